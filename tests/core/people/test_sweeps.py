"""What the hourly pass forgets: replies kept for repeats are good for three days, and not kept for longer."""

from datetime import timedelta

from portal.core.base.clock import now
from portal.core.base.database import reading, writing
from portal.core.base.idempotency import KEPT_FOR, claim_once, once_of
from portal.core.base.tables import KeptReply
from portal.core.people.sweeps import tidy


async def test_kept_replies_are_forgotten_after_their_time(database: str) -> None:
    at = now()
    async with writing():
        for key, age in (("old", KEPT_FOR + timedelta(minutes=1)), ("fresh", KEPT_FOR - timedelta(minutes=1))):
            assert await claim_once(once_of("shop", "POST /x", key, b"{}"), at - age) is None
    await tidy()
    async with reading():
        rows = await KeptReply.select(KeptReply.key)
    assert [row["key"] for row in rows] == ["POST /x#fresh"]
