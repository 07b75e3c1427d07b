"""Rows whose time has come, worked off one by one: what cannot be done now keeps nothing else from being done."""

import logging
from collections.abc import Awaitable, Callable, Hashable, Iterable, Sequence
from typing import TypeVar

from portal.core.base.database import reading
from portal.core.base.refusals import Unavailable

Key = TypeVar("Key", bound=Hashable)
Each = TypeVar("Each")
Answer = TypeVar("Answer")
Failed = list[tuple[object, Exception]]
log = logging.getLogger("portal.worker")


class Unfinished(Exception):
    """Some rows of a sweep failed; it is tried again at its next turn, and says so until then."""


async def each_due(
    due: Callable[[int], Awaitable[Sequence[Key]]], act: Callable[[Key], Awaitable[object]], batch: int = 100
) -> int:
    """Call `act` once for every row that `due(limit)` names, in batches until it names none that is new; how many.

    `due` is asked inside `reading()`, the longest due first; `act` opens its own transaction and looks again whether
    the row is still due. Raises Unfinished at the end if some rows failed, Unavailable at once.
    """
    seen: set[Key] = set()
    failed: Failed = []
    stuck = 0  # rows that are named again although they had their turn: those behind them are not to wait
    while True:
        limit = batch + stuck
        async with reading():
            named = await due(limit)
        fresh = [one for one in named if one not in seen]
        for one in fresh:
            seen.add(one)
            await _try(act, one, failed)
        if len(named) < limit:
            break
        if not fresh:
            stuck = len(named)
    _tell(failed, len(seen))
    return len(seen)


async def each(these: Iterable[Each], act: Callable[[Each], Awaitable[int]]) -> int:
    """Call `act` once for every one, whatever becomes of those before it; the sum of its answers.

    `act` opens its own transaction. Raises Unfinished at the end if some failed, Unavailable at once.
    """
    failed: Failed = []
    done = count = 0
    for one in these:
        count += 1
        done += await _try(act, one, failed) or 0
    _tell(failed, count)
    return done


async def _try(act: Callable[[Each], Awaitable[Answer]], one: Each, failed: Failed) -> Answer | None:
    try:
        return await act(one)
    except Unavailable:
        raise
    except Exception as error:
        log.warning("a row could not be done", exc_info=error, extra={"row": str(one)})
        failed.append((one, error))
        return None


def _tell(failed: Failed, count: int) -> None:
    if failed:
        first = failed[0]
        raise Unfinished(f"{len(failed)} of {count} rows failed, the first {first[0]}: {type(first[1]).__name__}")
