"""What time brings: counts, half-made sign-ins, long-ended ones and replies kept for repeats are forgotten."""

from datetime import datetime, timedelta

from portal.core.base.clock import now
from portal.core.base.database import writing
from portal.core.base.idempotency import forget_old
from portal.core.people.tables import PendingSignIn, SignIn
from portal.core.people.throttling import forget_old_tries

KEPT_AFTER_END = timedelta(days=90)  # so long a person or an admin may ask what an ended sign-in was


async def tidy() -> None:
    """One pass over what is past; running it twice changes nothing."""
    at = now()
    await forget_old_tries(at)
    await forget_old_sign_ins(at)
    async with writing():
        await forget_old(at)


async def forget_old_sign_ins(at: datetime) -> None:
    """Sign-ins are personal data: rows that opened nothing for long are deleted; the audit trail knows of them."""
    async with writing():
        await PendingSignIn.delete().where(PendingSignIn.expires_at < at)
        await SignIn.delete().where(SignIn.expires_at < at - KEPT_AFTER_END)
        await SignIn.delete().where(SignIn.revoked_at < at - KEPT_AFTER_END)
