"""Stores and who serves whom: a starter kit opens a store, a manager looks after it, buyers are bound to it.

The shop is the authority over a store: its PUT brings the whole record, and what differs is taken over, audited, and
told upward by the hooks in the same transaction. Who manages a store is kept as dated rows, so that it changes hands
without losing its past; a team is the stores whose current manager one is, a group a named set of people within it.
"""
