"""The gate: nobody earns before she has learned.

`rules.decide` answers from plain facts; `queries.load_facts` gathers them in one snapshot; `actions.reconsider` is
called in the transaction of whatever may change the answer (a lesson finished, an exam passed, a store closed, points
taken) and keeps the new decision with its facts; every door asks `actions.require_right` at that very moment.
Suspension by points assigns the remedial curriculum, and passing it lifts the suspension in the same transaction.
"""
