"""The outbox: what must reach the outside once a transaction is committed, and how often it is tried."""

import json
import random
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from portal.core.base import nudge
from portal.core.base.database import after_commit
from portal.core.base.ids import new_ref
from portal.core.base.tables import Outbox

# Standard Webhooks' schedule, in seconds: ten tries over three days.
SCHEDULE = (5, 300, 1_800, 7_200, 18_000, 36_000, 50_400, 72_000, 86_400)
_JITTER = 0.1


def next_try(attempts: int, now: datetime, roll: float | None = None) -> datetime | None:
    """When to try again after the `attempts`-th failure (1 and up), or None when it is time to give up.

    `roll` in 0..1 places the moment within ten per cent either way.
    """
    if attempts > len(SCHEDULE):
        return None
    spread = 1 + _JITTER * (2 * (random.random() if roll is None else roll) - 1)  # noqa: S311 - jitter, not a secret
    return now + timedelta(seconds=SCHEDULE[attempts - 1] * spread)


async def send(
    topic: str,
    subject: str,
    payload: Mapping[str, Any],
    at: datetime,
    *,
    lane: str | None = None,
    due_at: datetime | None = None,
) -> str:
    """Write a message in the caller's transaction; returns its ref. Payloads hold references, never personal values."""
    ref = new_ref()
    await Outbox.insert(
        Outbox(
            created_at=at,
            due_at=due_at or at,
            topic=topic,
            ref=ref,
            subject=subject,
            lane=lane,
            payload=json.dumps(dict(payload), sort_keys=True, default=str),
        )
    )
    after_commit(nudge.worker)
    return ref


async def bring_forward(lane: str, at: datetime) -> bool:
    """Have what still waits in a lane tried at once, in the caller's transaction; False where nothing waits."""
    rows = (
        await Outbox.update({Outbox.due_at: at})
        .where(Outbox.lane == lane, Outbox.done_at.is_null(), Outbox.dead_at.is_null())
        .returning(Outbox.id)
    )
    after_commit(nudge.worker)
    return bool(rows)
