"""The operator's side: one small file per command of `portal`, on top of every room.

`running` opens settings and database for a command and says in one sentence what stopped it; `archive` is the
form of a backup, `postgres_tools` calls PostgreSQL's own; `demo_people` makes the demo's cast through the rooms'
actions. Commands print to stdout; what fails goes to stderr.
"""
