"""Exams by blueprint.

A curriculum's exam part has a blueprint: how many questions of which tag and difficulty, how long, what passes. A
person whose courses are done starts an attempt: the server draws the questions, freezes them with their language and
option order, and keeps the clock. Every tap is a numbered answer of its own; the highest number counts, all of them
stay in the log. The attempt is sealed once, by her or by the clock, and graded in the same transaction, where the
upper rooms hear of it.
"""
