"""Passwords: argon2 in a few threads of their own, never inside a transaction, never more at once than memory bears."""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cache
from typing import TypeVar

from passlib.context import CryptContext

from portal.core.base.ids import new_token
from portal.core.base.refusals import Unavailable

AT_ONCE = 4  # each takes 64 MiB
MOST_WAITING = 64
_MOST_BYTES = 4096

_CONTEXT = CryptContext(schemes=["argon2"])
_POOL = ThreadPoolExecutor(AT_ONCE, thread_name_prefix="passwords")
Result = TypeVar("Result")


class _Line:
    """How many wait for a thread; beyond a bound the next is told to come back later."""

    waiting = 0


@dataclass(frozen=True, slots=True)
class Check:
    """Whether a password fits, and its hash by today's measure where the stored one is weaker."""

    fits: bool
    new_hash: str | None = None


async def hash_password(password: str) -> str:
    """The hash to keep. Raises Unavailable when too many wait."""
    return await _in_line(lambda: str(_CONTEXT.hash(_bytes(password))))


async def check_password(password: str, stored: str | None) -> Check:
    """Compare; with nothing stored the same work is done in vain, so that time tells nobody who has an account."""
    return await _in_line(lambda: _compare(_bytes(password), stored))


async def _in_line(call: Callable[[], Result]) -> Result:
    if _Line.waiting >= MOST_WAITING:
        raise Unavailable
    _Line.waiting += 1
    try:
        return await asyncio.get_running_loop().run_in_executor(_POOL, call)
    finally:
        _Line.waiting -= 1


def _bytes(password: str) -> bytes:
    """Every character counts, whatever it is: nothing is cut off, folded, or refused."""
    return password.encode("utf-8", "surrogatepass")


def _compare(secret: bytes, stored: str | None) -> Check:
    possible = stored is not None and len(secret) <= _MOST_BYTES
    fits, new_hash = _CONTEXT.verify_and_update(secret[:_MOST_BYTES], stored or _nobodys_hash())
    return Check(True, new_hash) if fits and possible else Check(False)


@cache
def _nobodys_hash() -> str:
    return str(_CONTEXT.hash(new_token()))
