"""How much one key may write: far more than a shop ever should, so that a program gone wild harms nobody else."""

from typing import Any

from litestar.connection import ASGIConnection
from litestar.handlers.base import BaseRouteHandler

from portal.core.base.clock import now
from portal.core.base.refusals import Refused
from portal.core.people.rules import Bucket
from portal.core.people.throttling import TooManyTries, take
from portal.core.web.guards import SAFE
from portal.core.web.state import state

WRITES = 3_000  # within people's window, fifteen minutes


async def count_write(connection: ASGIConnection[Any, Any, Any, Any], handler: BaseRouteHandler) -> None:
    """A guard over every route: counts a program's writes by its key. Raises Refused(429)."""
    program = state().program
    if program is None or not handler.opt.get("scope") or connection.scope.get("method") in SAFE:
        return
    try:
        await take([Bucket(f"api:{program.key_id}", WRITES)], now())
    except TooManyTries as full:
        seconds = full.retry_after or 1
        raise Refused("slow_down", {"seconds": seconds}, status=429, retry_after=seconds) from full
