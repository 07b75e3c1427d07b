"""One effect for one request, however often it is sent: the key is claimed in the transaction of its effect."""

import hashlib
from dataclasses import dataclass
from datetime import datetime, timedelta

from portal.core.base.keys import seal, unseal
from portal.core.base.refusals import Refused
from portal.core.base.tables import KeptReply

KEPT_FOR = timedelta(days=3)
LONGEST_KEY = 120


@dataclass(frozen=True, slots=True)
class Once:
    """A request's key within its actor's own keys, and a hash of what it asks."""

    actor: str
    key: str
    body_hash: str


def once_of(actor: str, route: str, key: str, body: bytes) -> Once:
    """`key` counts per actor and route; another route may use the same key for something else."""
    whole = f"{route}#{key}"
    kept = whole if len(whole) <= LONGEST_KEY else hashlib.sha256(whole.encode()).hexdigest()
    return Once(actor, kept, hashlib.sha256(body).hexdigest())


async def claim_once(once: Once, at: datetime) -> KeptReply | None:
    """Claim the key in the open transaction: None if it is ours to act on, else the reply kept for it.

    A second request with the same key waits for the first one's transaction (unique index), so it sees its reply.
    Raises Refused(422) where the same key came with another body.
    """
    claimed = await KeptReply.raw(
        "INSERT INTO kept_replies (actor, key, body_hash, created_at) VALUES ({}, {}, {}, {})"
        " ON CONFLICT (actor, key) DO NOTHING RETURNING id",
        once.actor,
        once.key,
        once.body_hash,
        at,
    )
    if claimed:
        return None
    kept = await KeptReply.objects().where(KeptReply.actor == once.actor, KeptReply.key == once.key).first()
    assert kept is not None
    if kept.body_hash != once.body_hash:
        raise Refused("key_reused", status=422)
    return kept


async def keep_location(once: Once, location: str) -> None:
    """Keep where the effect is to be seen, for whoever sends the same request again."""
    await KeptReply.update({KeptReply.location: location[:300]}).where(
        KeptReply.actor == once.actor, KeptReply.key == once.key
    )


@dataclass(frozen=True, slots=True)
class Answer:
    """What a program was answered: the status, and the JSON body as it went out."""

    status: int
    body: bytes


def answer_of(kept: KeptReply) -> Answer | None:
    """The answer that was kept; None where its act has not ended yet, or has failed."""
    row = kept.to_dict()
    status, sealed = row["status"], row["sealed_answer"]
    return Answer(status, unseal(sealed).encode()) if status is not None and sealed is not None else None


async def keep_answer(once: Once, answer: Answer) -> Answer:
    """Keep a program's answer, sealed: it may hold what opens something. The first one kept stays, and is returned."""
    kept = (
        await KeptReply.update({KeptReply.status: answer.status, KeptReply.sealed_answer: seal(answer.body.decode())})
        .where(KeptReply.actor == once.actor, KeptReply.key == once.key, KeptReply.status.is_null())
        .returning(KeptReply.id)
    )
    if kept:
        return answer
    rows = await KeptReply.objects().where(KeptReply.actor == once.actor, KeptReply.key == once.key)
    found = [answer_of(row) for row in rows]
    return next((first for first in found if first is not None), answer)


async def forget_old(at: datetime) -> None:
    await KeptReply.delete().where(KeptReply.created_at < at - KEPT_FOR)
