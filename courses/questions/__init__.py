"""Banks of questions: what a question is and earns (`rules`), how it comes in (`gift`), and how it is kept.

A question has a lasting code and versions; a version has an edition a language, which agree in kind, size and key.
Nothing that was ever asked changes: a mended question is a new version, and attempts go on pointing at the old one.
"""
