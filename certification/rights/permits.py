"""Permits: a signed, short-lived yes that the shop can check without asking us.

A JWT (EdDSA over Ed25519, key named by `kid` in `/.well-known/jwks.json`). It may outlive a suspension by its own
lifetime, fifteen minutes, and by no more.
"""

from datetime import datetime, timedelta

from joserfc import jwt

from certification.rights.queries import Standing
from portal.core.base import keys
from portal.core.base.ids import new_ref
from portal.core.base.settings import settings

LIFETIME = timedelta(minutes=15)
ALGORITHM = "EdDSA"


async def permit(standing: Standing, now: datetime) -> str | None:
    """A permit for a store that may share now, never beyond the right's own end; None for one that may not."""
    decision = standing.decision
    if not decision.may_share:
        return None
    ends = now + LIFETIME
    if decision.valid_until is not None:
        ends = min(ends, decision.valid_until)
    key = await keys.current_key(keys.PERMIT, now)
    claims = {
        "iss": settings().base_url,
        "sub": standing.store.owner_external_id,
        "store": standing.store.external_id,
        "scope": "share",
        "status": str(decision.status),
        "iat": int(now.timestamp()),
        "exp": int(ends.timestamp()),
        "jti": new_ref(),
    }
    return jwt.encode({"alg": ALGORITHM, "typ": "JWT", "kid": key.kid}, claims, key, algorithms=[ALGORITHM])
