"""Each role's first page, and the ways from it: the owner's checklist, the manager's team, the admin's overview.

It composes what the rooms below know and owns no tables. The navigation of every layout is written here, in `ways`.
"""
