"""Returns: cancelling, refunds, goods back, exchanges, resending and allowances, filed on a buyer's behalf.

An owner drafts a return, the buyer consents to it (mandates), the shop is told, and each step to the money's return has
a deadline and somebody whose turn it is. What was lost, damaged or sent wrong stands in registers until it is settled.
"""
