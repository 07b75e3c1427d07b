"""Whether a store held the right at a moment gone by: the gate's own kept decisions answer."""

from datetime import datetime, timedelta

import pytest

from certification.rights import actions, measures, queries
from portal.core.base.audit import SYSTEM
from portal.core.base.database import reading
from portal.core.stores import actions as stores
from tests import make
from tests.cast import Cast
from tests.make import START, Owner

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
pytestmark = pytest.mark.usefixtures("school")


async def held(owner: Owner, *moments: datetime) -> list[bool]:
    async with reading():
        return [await queries.held_at(owner.store_id, moment) is not None for moment in moments]


async def granted_at(owner: Owner) -> datetime:
    async with reading():
        kept = await queries.last_decision(owner.store_id)
    assert kept is not None
    assert kept.decision.may_share
    return kept.decided_at


async def test_nobody_held_it_before_the_store_or_the_certificate() -> None:
    owner = await make.licensed_owner("李芳")
    granted = await granted_at(owner)
    assert await held(owner, START - DAY, granted - HOUR, granted, granted + DAY) == [False, False, True, True]


async def test_it_names_the_decision_of_that_moment() -> None:
    owner = await make.licensed_owner("李芳")
    granted = await granted_at(owner)
    async with reading():
        found = await queries.held_at(owner.store_id, granted)
        assert found is not None
        decision = await queries.decision(found)
    assert decision is not None
    assert decision.decided_at == granted


async def test_a_suspension_is_remembered_from_its_start_to_its_own_end(cast: Cast) -> None:
    owner = await make.licensed_owner("李芳")
    granted = await granted_at(owner)
    start, end = granted + 10 * DAY, granted + 17 * DAY
    ada = await make.viewer(cast.ada)
    await measures.suspend(ada, owner.store_id, kind="suspension", reason="核查", ends_at=end, remedial=False, at=start)
    moments = (start - HOUR, start, end - HOUR, end, end + DAY)
    # Nobody has decided afresh since: the end counts from its own instant, and stays so after the sweep.
    assert await held(owner, *moments) == [True, False, False, True, True]
    await actions.reconsider(SYSTEM, owner.store_id, "time", end + 2 * DAY)
    assert await held(owner, *moments) == [True, False, False, True, True]


async def test_an_expiry_counts_before_any_sweep() -> None:
    owner = await make.licensed_owner("李芳")
    async with reading():
        kept = await queries.last_decision(owner.store_id)
    assert kept is not None
    end = kept.decision.valid_until
    assert end is not None
    assert await held(owner, end - HOUR, end, end + DAY) == [True, False, False]


async def test_a_closed_store_holds_nothing_from_then_on() -> None:
    owner = await make.licensed_owner("李芳")
    closed = await granted_at(owner) + 5 * DAY
    await stores.close_store(SYSTEM, owner.store_id, closed)
    assert await held(owner, closed - HOUR, closed + HOUR) == [True, False]
