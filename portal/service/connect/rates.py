"""How much one key may do: far more than a shop ever should, so that a program gone wild harms nobody else.

Writes are counted in the database, for all processes together. Reads are counted in memory, for each process: a
count in the database would cost more than the reading does.
"""

from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from litestar.connection import ASGIConnection
from litestar.handlers.base import BaseRouteHandler

from portal.core.base.clock import now
from portal.core.base.refusals import Refused
from portal.core.people.rules import Bucket
from portal.core.people.throttling import TooManyTries, take
from portal.core.web.guards import SAFE
from portal.core.web.state import state

WRITES = 3_000  # within people's window, fifteen minutes; each row of a batch is one
READS = 12_000  # within a minute, in one process


@dataclass(slots=True)
class Minute:
    """How often each key has read within one minute."""

    number: int = 0
    reads: Counter[int] = field(default_factory=Counter)

    def count(self, key_id: int, at: datetime) -> int:
        """One more; returns how many there were in this minute."""
        number = int(at.timestamp()) // 60
        if number != self.number:
            self.number = number
            self.reads.clear()
        self.reads[key_id] += 1
        return self.reads[key_id]


MINUTE = Minute()


async def count_call(connection: ASGIConnection[Any, Any, Any, Any], handler: BaseRouteHandler) -> None:
    """A guard over every route: counts a program's calls by its key. Raises Refused(429)."""
    program = state().program
    if program is None or not handler.opt.get("scope"):
        return
    at = now()
    if connection.scope.get("method") not in SAFE:
        await _take(program.key_id, 1, at)
    elif MINUTE.count(program.key_id, at) > READS:
        seconds = 60 - int(at.timestamp()) % 60
        raise Refused("slow_down", {"seconds": seconds}, status=429, retry_after=seconds)


async def count_rows(rows: int, at: datetime) -> None:
    """Count what a call writes beyond itself. Call outside any door. Raises Refused(429): none of it is taken."""
    program = state().program
    if program is not None and rows > 0:
        await _take(program.key_id, rows, at)


async def _take(key_id: int, tries: int, at: datetime) -> None:
    try:
        await take([Bucket(f"api:{key_id}", WRITES)], at, tries)
    except TooManyTries as full:
        seconds = full.retry_after or 1
        raise Refused("slow_down", {"seconds": seconds}, status=429, retry_after=seconds) from full
