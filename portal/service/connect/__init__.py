"""The shop's side: what its programs tell us, and what we tell them.

`api_*.py` take stores and VIPs whole, by PUT; `api_webhooks.py` takes the same records as signed webhooks, each id
once, in the transaction of its effect (`intake.py`). Out go events: a room writes one outbox row, `deliveries.py`
makes one message of it per endpoint, renders it at sending from what was decided, signs it, and posts it in order
per subject until it arrives or is given up; `posting.py` never connects to an address inside. Admins see endpoints,
tries and dead letters under /admin/webhooks. All programs' writes are counted per key (`rates.py`).
"""
