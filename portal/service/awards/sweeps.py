"""What time brings: cycles are planned, frozen when all that they rest on is there, gone on with, closed, published."""

from portal.core.base.clock import now
from portal.core.base.database import hold, reading, writing
from portal.service.awards import cycles, objections, publishing, runs
from portal.service.awards.cycles import advance
from portal.service.awards.rules import State


async def go_on() -> int:
    """Everything that is due, each step once; returns how many steps that took."""
    steps = await _plan() + await _freeze() + await _close()
    async with reading():
        found = await runs.open_work()
    for each in found:
        while await runs.work(each, now()):
            steps += 1
    for each in await publishing.publishing():
        while await publishing.work(each, now()):
            steps += 1
    return steps


async def _plan() -> int:
    at, planned = now(), 0
    async with reading():
        due = await cycles.to_plan(at)
    for wanted, label in due:
        async with writing():
            planned += await cycles.plan(wanted, label, at)
    return planned


async def _freeze() -> int:
    """The whole platform's first: a region's and a group's are taken from them."""
    frozen = 0
    async with reading():
        over = await cycles.cycles(
            "state = {} AND until <= {} ORDER BY until, plan IS NOT NULL, id", str(State.PLANNED), now()
        )
    for cycle in over:
        async with reading():
            ready = await runs.ready_to_freeze(cycle, now())
        if ready and await runs.freeze(cycle, now()):
            frozen += 1
            while await runs.work(cycle.id, now()):
                pass
    return frozen


async def _close() -> int:
    """Windows that are over, once every objection is decided."""
    closed = 0
    async with reading():
        over = await cycles.cycles("state = {} AND appeal_until <= {} ORDER BY id", str(State.APPEAL), now())
    for cycle in over:
        async with writing():
            await hold("award_cycles", cycle.id)
            if not await objections.waiting(cycle.id):
                closed += await advance(cycle, State.CLOSING)
    return closed
