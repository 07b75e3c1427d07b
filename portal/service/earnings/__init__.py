"""Earnings: what each order line brings its owner, why or why not, and the ledger that proves it.

A line is settled: what should be is reckoned from the order, the right, the clock and what is held; the difference to
what is booked is posted as balanced entries. Replays and disorder therefore change nothing.
"""
