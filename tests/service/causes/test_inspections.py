"""Three of the same in a month open one inspection, whoever notices it; two people look, one writes, the other signs."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import pytest

from portal.core.base.audit import SYSTEM
from portal.core.base.clock import now
from portal.core.base.database import reading, writing
from portal.core.base.refusals import Refused
from portal.core.base.tables import Outbox
from portal.core.notices.tables import Notice
from portal.core.supply.tables import Supplier
from portal.service.causes import gathering, inspecting, inspections, letters, mending
from portal.service.causes.crowding import Scope, State
from portal.service.causes.inspecting import Visit
from portal.service.causes.inspections import InspectionInfo
from portal.service.causes.letters import letter
from portal.service.causes.mending import Plan
from portal.service.causes.tables import Inspection
from portal.service.complaints import ending, filing
from portal.service.complaints.filing import Filing
from portal.service.complaints.queries import ComplaintInfo
from portal.service.complaints.rules import Channel, FiledBy, Function, Urgency, Wanted
from portal.service.complaints.tables import Complaint
from tests import make
from tests.cast import Cast
from tests.service.complaints.make import complaint, scene

DAY = timedelta(days=1)


async def same(count: int, at: datetime | None = None, **changes: Any) -> list[ComplaintInfo]:
    """Complaints of different buyers about the same goods."""
    owner = await make.owner("李芳", now() - timedelta(days=90))
    return [await complaint(await scene(owner), at or now(), **changes) for _ in range(count)]


async def opened() -> list[InspectionInfo]:
    async with reading():
        return await inspections.inspections("i.id > {} ORDER BY i.id", 0)


async def alike(infos: list[ComplaintInfo]) -> None:
    """Give all of them the first one's product, as orders of the same goods have."""
    async with writing():
        for info in infos:
            await Complaint.update(product=infos[0].product_id, supplier=infos[0].supplier_id).where(
                Complaint.id == info.id
            )


async def three(**changes: Any) -> list[ComplaintInfo]:
    infos = await same(3, **changes)
    await alike(infos)
    await gathering.gather()
    return infos


async def test_three_of_the_same_open_one_inspection_and_later_ones_join(cast: Cast) -> None:
    infos = await same(2)
    await alike(infos)
    await gathering.gather()
    assert await opened() == []
    more = await same(1)
    await alike([*infos, *more])
    await gathering.gather()
    (one,) = await opened()
    assert (one.scope, one.state, one.held) == (Scope.PRODUCT, State.OPEN, 3)
    last = await same(1)
    await alike([*infos, *last])
    await gathering.gather()
    await gathering.gather()
    (one,) = await opened()
    assert one.held == 4
    async with reading():
        told = await Notice.count().where(Notice.person == cast.dora, Notice.kind == "inspection_opened")
    assert told == 1


async def test_what_repeats_or_was_taken_back_does_not_count(cast: Cast) -> None:
    infos = await same(3)
    await alike(infos)
    again = await complaint_twin(infos[0])
    await ending.withdraw(SYSTEM, infos[1].id, "buyer", now())
    await gathering.gather()
    assert again.duplicate_of == infos[0].id
    assert await opened() == []


async def complaint_twin(info: ComplaintInfo) -> ComplaintInfo:
    told = Filing(
        vip_id=info.vip_id,
        order_id=info.order_id,
        lines=(),
        function=Function.DAMAGED,
        wanted=Wanted.REFUND,
        urgency=Urgency.NORMAL,
        text="还是同一箱，又漏了。",
        channel=Channel.PORTAL,
        filed_by=FiledBy.BUYER,
        person_id=None,
    )
    return await filing.file(SYSTEM, told, now())


async def test_what_is_further_apart_than_a_month_is_not_one_problem(cast: Cast) -> None:
    infos = await same(3)
    await alike(infos)
    async with writing():
        old = now() - 31 * DAY
        await Complaint.update(received_at=old).where(Complaint.id == infos[0].id)
    await gathering.gather()
    assert await opened() == []


async def test_two_hands_that_notice_it_at_once_open_one(cast: Cast) -> None:
    infos = await same(4)
    await alike(infos)
    at = now()
    await asyncio.gather(*(gathering.look(info.id, at) for info in infos for _ in range(2)))
    await gathering.gather()
    (one,) = await opened()
    assert one.held == 4


async def test_filed_under_another_problem_it_counts_there(cast: Cast) -> None:
    infos = await same(3, function=Function.SERVICE)
    await alike(infos)
    async with writing():
        await Complaint.update(function_category="price", family="price").where(Complaint.id == infos[2].id)
    await gathering.gather()
    assert await opened() == []


@dataclass(frozen=True)
class Crew:
    """An inspection with the two who go."""

    ref: str
    first: Any
    second: Any
    day: datetime


async def crew(cast: Cast) -> Crew:
    await three()
    (one,) = await opened()
    async with writing():
        await Supplier.update(contact_email="quality@qingzhou.test").where(Supplier.id == (one.party_id or 0))
    first, second = await make.viewer(cast.dora), await make.viewer(cast.ada)
    return Crew(one.ref, first, second, now() + DAY)


async def went(cast: Cast, announced: bool = True) -> Crew:
    there = await crew(cast)
    visit = Visit(there.first.person_id, there.second.person_id, there.day, announced)
    await inspecting.schedule(there.first, there.ref, visit, now())
    return there


MARKS: Mapping[str, str] = {"packing": "bad", "goods": "good"}
FOUND = "旋盖机换型后没有重设力矩。"


@pytest.mark.parametrize(
    ("second", "code"),
    [("desk_lead", "inspectors_same"), ("agent", "inspector_unable"), ("manager", "inspector_unable")],
)
async def test_two_different_people_who_may_go(cast: Cast, second: str, code: str) -> None:
    there = await crew(cast)
    visit = Visit(cast.dora, cast.person_of(second), there.day, False)
    with pytest.raises(Refused, match=code):
        await inspecting.schedule(there.first, there.ref, visit, now())


async def test_the_result_is_published_once_the_other_has_signed_it(cast: Cast) -> None:
    there = await went(cast)
    later = there.day + timedelta(hours=8)
    with pytest.raises(Refused, match="visit_not_yet"):
        await inspecting.write_result(there.first, there.ref, MARKS, FOUND, now())
    with pytest.raises(Refused, match="inspection_of_others"):
        await inspecting.write_result(await make.viewer(cast.alan), there.ref, MARKS, FOUND, later)
    await inspecting.write_result(there.first, there.ref, MARKS, FOUND, later)
    with pytest.raises(Refused, match="inspection_second"):
        await inspecting.sign(there.first, there.ref, None, later)
    await inspecting.sign(there.second, there.ref, later, later)
    (one,) = await opened()
    assert (one.state, one.result, one.published_at) == (State.PUBLISHED, FOUND, later)
    async with reading():
        sent = await Outbox.count().where(Outbox.topic == letters.TOPIC)
        owners = await inspections.owners_of(one.id)
        told = await Notice.count().where(Notice.kind == "inspection_result", Notice.person.is_in(owners))
    assert (sent, told) == (2, len(owners))
    assert FOUND in letter(one, "result")[1]


async def test_it_closes_when_what_was_found_is_mended(cast: Cast) -> None:
    there = await went(cast)
    later = there.day + timedelta(hours=8)
    await inspecting.write_result(there.first, there.ref, MARKS, FOUND, later)
    await inspecting.sign(there.second, there.ref, None, later)
    plan = Plan("换型单加一步", there.first.person_id, later + 7 * DAY)
    ref = await inspecting.plan_action(there.first, there.ref, plan, later)
    with pytest.raises(Refused, match="inspection_unmended"):
        await inspecting.close(there.first, there.ref, later)
    await mending.done(there.first, ref, "加了", later)
    await mending.verify(there.second, ref, True, "看过", later)
    await inspecting.close(there.first, there.ref, later)
    assert [one.state for one in await opened()] == [State.CLOSED]
    await gathering.gather()
    assert len(await opened()) == 1


async def test_what_an_inspection_has_held_does_not_open_the_next(cast: Cast) -> None:
    infos = await three()
    async with writing():
        await Inspection.update(state="closed", closed_at=now()).where(Inspection.id > 0)
    fresh = await same(2)
    await alike([*infos, *fresh])
    await gathering.gather()
    assert len(await opened()) == 1
    third = await same(1)
    await alike([*infos, *fresh, *third])
    await gathering.gather()
    assert [one.held for one in await opened()] == [3, 3]
