"""Makers: months with stars, cycles frozen and reviewed, through the rooms' own actions."""

from datetime import datetime, timedelta

from portal.core.base.audit import SYSTEM
from portal.core.base.database import reading, writing
from portal.core.stores.tables import Vip
from portal.service.awards import cycles, objections, reviewing, runs
from portal.service.awards.cycles import Cycle, Wanted, advance
from portal.service.awards.periods import Period
from portal.service.awards.rules import APPEAL_WITHIN, State, Subject
from portal.service.voices.tables import Rating
from tests.service.stars import make as stars
from tests.service.stars.make import Shop

DAY = timedelta(days=1)
OWNERS = Wanted(Subject.OWNER, Period.MONTH)


async def shop(name: str, until: datetime = stars.END, **more: object) -> Shop:
    """A store whose VIPs were bound long ago and rated one by one: nothing about it is strange."""
    made = await stars.shop(name, until=until, **more)  # type: ignore[arg-type]
    async with writing():
        await Vip.update({Vip.bound_at: until - 300 * DAY}).where(Vip.id.is_in(made.vips))
        await Rating.update({Rating.text: None}).where(Rating.store == made.store_id)
    return made


async def planned(label: str = stars.MONTH, wanted: Wanted = OWNERS, at: datetime = stars.FIRST) -> Cycle:
    async with writing():
        await cycles.plan(wanted, label, at)
    async with reading():
        return await cycles.by_ref(wanted.ref_of(label))


async def frozen(label: str = stars.MONTH, wanted: Wanted = OWNERS, at: datetime = stars.FIRST) -> Cycle:
    """The cycle with its candidates ranked and looked at: under review."""
    cycle = await planned(label, wanted, at)
    at += DAY
    async with reading():
        assert await runs.ready_to_freeze(cycle, at)
    assert await runs.freeze(cycle, at)
    while await runs.work(cycle.id, at):
        pass
    return await again(cycle)


async def again(cycle: Cycle) -> Cycle:
    async with reading():
        return await cycles.by_id(cycle.id)


async def opened(cycle: Cycle, reviewer: int, at: datetime) -> Cycle:
    await reviewing.open_window(SYSTEM, reviewer, cycle.ref, at)
    return await again(cycle)


async def closed(cycle: Cycle, at: datetime) -> Cycle:
    """The window over and looked at once more: ready."""
    async with writing():
        assert not await objections.waiting(cycle.id)
        assert await advance(await cycles.by_id(cycle.id), State.CLOSING)
    while await runs.work(cycle.id, at + APPEAL_WITHIN):
        pass
    return await again(cycle)
