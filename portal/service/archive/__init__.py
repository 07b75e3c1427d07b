"""What the desk remembers: every complaint by its words, those alike beside the open one, one row for each of them,
and what a case begins with that is made of a closed one.
"""
