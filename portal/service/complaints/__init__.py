"""The desk: a complaint is taken once, by one agent, under three clocks that the buyer sees too.

A complaint's events are its truth: clocks are derived from them under the promise that was frozen at receipt, never
from a due date that somebody could move. Rooms above (compensations, causes, archive, quality) write their events
through `actions.note` and put their panels on its pages through `slots`.
"""
