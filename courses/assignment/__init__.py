"""Who must or may learn what, and by when.

A rule assigns (a store opens, a violation asks for a remedial course) or a person does: to one, to a group, to a whole
team. Each assignment is a new registration: what was learned for an older one never counts for it, and at most one of
a curriculum or course is open at a time. Many at once are given by a job, which reports who was left out and why. What
is due is said before, on, and after the day, and the manager hears once a week of whoever is late.
"""
