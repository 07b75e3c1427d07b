"""What can be learned, and how it comes in.

A package (folder or zip) holds courses of lessons in several languages, question banks, and at most one curriculum.
`package` reads it into plain values with every fault at its place; `importing` keeps it in one transaction, making a
new version only of what changed. Published versions never change: whoever began one finishes it. Lessons are Markdown,
kept as written and as clean HTML; their pictures are drawn anew and served to signed-in people only.
"""
