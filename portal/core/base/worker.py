"""The worker: claims due messages and jobs, has their handlers do them, and sees to retries and sweeps.

Any number of workers may run over one PostgreSQL. The handlers and sweeps are named in `portal/wiring.py`.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import timedelta

from portal.core.base import jobs, nudge
from portal.core.base.clock import now
from portal.core.base.database import writing
from portal.core.base.leases import Claim, Dead, Later, claim
from portal.core.base.outbox import next_try
from portal.core.base.refusals import Unavailable
from portal.core.base.tables import Job, Outbox

log = logging.getLogger("portal.worker")

Handler = Callable[[Claim], Awaitable[None]]
POLL_SECONDS = 1.0
AT_ONCE = 8


@dataclass(slots=True)
class Registry:
    """What this deployment can do: outbox topics, job kinds, and sweeps by name with their seconds."""

    topics: dict[str, Handler] = field(default_factory=dict)
    kinds: dict[str, Handler] = field(default_factory=dict)
    sweeps: dict[str, tuple[Callable[[], Awaitable[object]], int]] = field(default_factory=dict)


REGISTRY = Registry()


async def plant_sweeps() -> None:
    """Make sure that every sweep stands in the jobs table once."""
    async with writing():
        for name, (_, seconds) in REGISTRY.sweeps.items():
            await jobs.enqueue("sweep", name, now(), every_seconds=seconds)


async def run_due(limit: int = 20) -> int:
    """Do what is due now, once; returns how many rows were handled."""
    handled = 0
    for table in (Outbox, Job):
        claims = await claim(table, now(), limit)
        gate = asyncio.Semaphore(AT_ONCE)
        await asyncio.gather(*(_guarded(gate, held) for held in claims))
        handled += len(claims)
    return handled


async def drain(rounds: int = 50) -> None:
    """Run until nothing is due; for commands and tests."""
    for _ in range(rounds):
        if not await run_due():
            return


async def _guarded(gate: asyncio.Semaphore, held: Claim) -> None:
    async with gate:
        await handle(held)


def _handler(held: Claim) -> Handler | None:
    if held.table is Outbox:
        return REGISTRY.topics.get(held.row["topic"])
    if held.row["kind"] == "sweep":
        sweep = REGISTRY.sweeps.get(held.row["key"])
        return _as_handler(sweep[0]) if sweep else None
    return REGISTRY.kinds.get(held.row["kind"])


def _as_handler(sweep: Callable[[], Awaitable[object]]) -> Handler:
    async def handler(_: Claim) -> None:
        await sweep()

    return handler


async def handle(held: Claim) -> None:
    """Do one claimed row and settle it: done, due again, tried later, or dead."""
    handler = _handler(held)
    if handler is None:
        await held.bury(now(), "nobody handles this")
        return
    try:
        await handler(held)
    except Dead as verdict:
        await held.bury(now(), str(verdict))
    except Later as verdict:
        await held.postpone(now() + verdict.after, str(verdict))
    except Exception as error:
        log.warning("work failed", exc_info=error, extra={"row": held.id, "table": held.table._meta.tablename})
        await _retry(held, error)
    else:
        await _done(held)


async def _done(held: Claim) -> None:
    seconds = held.row.get("every_seconds", 0)
    if seconds:
        await held.postpone(now() + timedelta(seconds=seconds), None)
    else:
        await held.finish(now())


async def _retry(held: Claim, error: Exception) -> None:
    seconds = held.row.get("every_seconds", 0)
    again = now() + timedelta(seconds=seconds) if seconds else next_try(held.attempts, now())
    reason = f"{type(error).__name__}: {error}"
    if again is None:
        await held.bury(now(), reason)
    else:
        await held.postpone(again, reason)


async def run_forever(stop: asyncio.Event) -> None:
    """Work until `stop` is set; a database that is away is waited for."""
    await plant_sweeps()
    while not stop.is_set():
        try:
            handled = await run_due()
        except Unavailable:
            handled = 0
        except Exception:
            log.exception("the worker stumbled")
            handled = 0
        if not handled:
            await nudge.wait(POLL_SECONDS)
