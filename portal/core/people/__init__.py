"""People: who has an account, how she comes in, and what she may do.

A person holds dated roles; `policy.py` says what each role may. She comes in by password (and for staff a second
factor) through `sign_ins.py`; an invitation or a recovery link lets her set the password in the first place. The
frame asks `entrance.py` who is looking, in one query. Sensitive acts want the password again (`doorway.py`).
Programs come in by API keys, each limited to its scopes. Tokens, codes and keys stand here as hashes only; what is
tried too often is slowed down by `throttling.py`, which never locks a person out of a browser that we know.
"""
