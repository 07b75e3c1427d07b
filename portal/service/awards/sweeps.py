"""What time brings: cycles are planned, frozen when all that they rest on is there, gone on with, closed, published."""

from collections.abc import Awaitable, Callable
from datetime import datetime
from functools import partial

from portal.core.base.clock import now
from portal.core.base.database import hold, reading, writing
from portal.core.base.sweeping import each
from portal.service.awards import cycles, objections, publishing, runs
from portal.service.awards.cycles import Cycle, Wanted, advance
from portal.service.awards.rules import State


async def go_on() -> int:
    """Everything that is due, each step once; returns how many steps that took.

    A cycle that cannot go on keeps no other from it. Raises Unfinished when all others have gone on.
    """
    return await each(STEPS, lambda step: step())


async def _work() -> int:
    async with reading():
        found = await runs.open_work()
    return await each(found, partial(_through, runs.work))


async def _publish() -> int:
    return await each(await publishing.publishing(), partial(_through, publishing.work))


async def _through(work: Callable[[int, datetime], Awaitable[bool]], cycle_id: int) -> int:
    """Batch by batch until nothing of this cycle is left; how many."""
    steps = 0
    while await work(cycle_id, now()):
        steps += 1
    return steps


async def _plan() -> int:
    at = now()
    async with reading():
        due = await cycles.to_plan(at)

    async def plan(wanted: tuple[Wanted, str]) -> int:
        async with writing():
            return await cycles.plan(*wanted, at)

    return await each(due, plan)


async def _freeze() -> int:
    """The whole platform's first: a region's and a group's are taken from them."""
    async with reading():
        over = await cycles.cycles(
            "state = {} AND until <= {} ORDER BY until, plan IS NOT NULL, id", str(State.PLANNED), now()
        )
    return await each(over, _freeze_one)


async def _freeze_one(cycle: Cycle) -> int:
    async with reading():
        ready = await runs.ready_to_freeze(cycle, now())
    if not ready or not await runs.freeze(cycle, now()):
        return 0
    await _through(runs.work, cycle.id)
    return 1


async def _close() -> int:
    """Windows that are over, once every objection is decided."""
    async with reading():
        over = await cycles.cycles("state = {} AND appeal_until <= {} ORDER BY id", str(State.APPEAL), now())
    return await each(over, _close_one)


async def _close_one(cycle: Cycle) -> int:
    async with writing():
        await hold("award_cycles", cycle.id)
        return not await objections.waiting(cycle.id) and await advance(cycle, State.CLOSING)


STEPS: tuple[Callable[[], Awaitable[int]], ...] = (_plan, _freeze, _close, _work, _publish)
