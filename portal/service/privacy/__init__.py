"""Privacy: who sees a buyer's phone or address, and what is kept of her.

Masked everywhere, a phone number is shown once, here, for a reason that is kept. A buyer's data is exported and
erased on her wish: each room tells what it knows of her through its `personal.py`, which `portal/wiring.py` joins.
An erasure is also noted outside the database, so that a restored backup does not bring back what was erased.
"""
