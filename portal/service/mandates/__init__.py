"""A buyer's consent, recorded before an owner acts in her name: what exactly, how much at most, until when.

The owner asks; the buyer gets a link to her own phone, reads, and confirms with a code that only she sees. She may
revoke it while the act has not been sent. Rooms above ask for a mandate, hear what became of it through the lists in
`slots.py`, and spend it when they act.
"""
