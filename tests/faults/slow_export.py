"""A worker that writes an export in small parts, says `half` within the third, and never comes to its end.

Run as `python -m tests.faults.slow_export LEASE_SECONDS`.
"""

import asyncio
import sys
from dataclasses import dataclass, field

from portal.core.base.clock import now
from portal.core.base.database import connect, disconnect
from portal.core.base.leases import claim
from portal.core.base.settings import settings
from portal.core.base.tables import Job
from portal.exports import KINDS
from portal.service.insight import running
from portal.service.insight.exporting import SOURCES, Piece, Source


@dataclass
class Stalling:
    """A source that hangs when it is read for the third time."""

    source: Source
    group: str = "trail"
    forms: tuple[str, ...] = ("csv",)
    reads: list[str] = field(default_factory=list)

    def head(self, form: str) -> bytes:
        return self.source.head(form)

    async def count(self) -> int:
        return await self.source.count()

    async def batch(self, form: str, after: str, *, full: bool = False) -> Piece:
        self.reads.append(after)
        if len(self.reads) == 3:
            print("half", flush=True)
            await asyncio.Event().wait()
        return await self.source.batch(form, after, full=full)


async def main(lease_seconds: float) -> None:
    await connect(settings().database_url)
    try:
        SOURCES["site-settings"] = Stalling(KINDS["site-settings"])
        (held,) = await claim(Job, now(), lease_seconds=lease_seconds)
        await running.write(held, part_bytes=1)
    finally:
        await disconnect()


if __name__ == "__main__":
    asyncio.run(main(float(sys.argv[1])))
