"""A worker that stalls: claims one job, says so, waits for a file, and then acts and settles in one transaction.

Run as `python -m tests.faults.slow_worker FILE LEASE_SECONDS`; prints `claimed`, then `done` or `lost`.
"""

import asyncio
import sys
import time
from pathlib import Path

from portal.core.base.clock import now
from portal.core.base.database import connect, disconnect, writing
from portal.core.base.leases import Claim, claim
from portal.core.base.settings import settings
from portal.core.base.tables import Job, SiteSetting


class LostError(Exception):
    """The lease went to another worker meanwhile; the effect must not stay."""


async def act(held: Claim, name: str) -> bool:
    """The job's one effect together with its settling; False where somebody else holds it by now."""
    try:
        async with writing():
            await SiteSetting.insert(SiteSetting(name=f"effect-{name}", value="paid", changed_at=now()))
            if not await held.finish(now()):
                raise LostError
    except LostError:
        return False
    return True


def wait_for(gate: Path) -> None:
    while not gate.exists():
        time.sleep(0.02)


async def main(gate: Path, lease_seconds: float) -> None:
    await connect(settings().database_url)
    try:
        (held,) = await claim(Job, now(), lease_seconds=lease_seconds)
        print("claimed", flush=True)
        await asyncio.to_thread(wait_for, gate)
        print("done" if await act(held, "stalled") else "lost", flush=True)
    finally:
        await disconnect()


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1]), float(sys.argv[2])))
