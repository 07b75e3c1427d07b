"""A visit from plan to result, what it means for the doors of sharing, and two hands at once."""

import asyncio

import pytest

from portal.core.base.clock import now
from portal.core.base.database import reading
from portal.core.base.refusals import Refused
from portal.core.notices.tables import Notice
from portal.core.supply import standings
from portal.core.supply.rules import Hold, SupplierKind
from portal.service.suppliers import files, recording, visiting, visits
from portal.service.suppliers.recording import Place
from portal.service.suppliers.rules import YEAR, Mark, Result, VisitKind, VisitState
from portal.service.suppliers.visiting import Plan
from tests import make
from tests.cast import Cast
from tests.service.suppliers.make import DAY, planned, png, recorded, supplier, supplier_id, visit, visited


async def held(external: str) -> Hold | None:
    party = await supplier_id(external)
    async with reading():
        return await standings.hold_of(party, "food", now())


async def cleared(external: str) -> object:
    party = await supplier_id(external)
    async with reading():
        return await standings.cleared_until(party)


async def test_a_passed_visit_clears_for_a_year_once_the_second_has_confirmed(cast: Cast) -> None:
    external = await supplier()
    assert await held(external) is Hold.NOT_VISITED
    at = now()
    ref = await recorded(cast, external, at)
    ada, dora = await make.viewer(cast.ada), await make.viewer(cast.dora)
    await visiting.conclude(ada, ref, Result.PASSED, "现场干净。", at)
    assert (await visit(ref)).state is VisitState.RECORDED
    assert await held(external) is Hold.NOT_VISITED
    with pytest.raises(Refused, match="visit_second"):
        await visiting.confirm(ada, ref, at)
    await visiting.confirm(dora, ref, at)
    done = await visit(ref)
    assert (done.state, done.kind, done.latitude, done.confirmed_by) == (
        VisitState.CLOSED,
        VisitKind.FOOD,
        34.2741,
        cast.dora,
    )
    assert await cleared(external) == at + YEAR
    assert await held(external) is None
    with pytest.raises(Refused, match="visit_moved_on"):
        await visiting.confirm(dora, ref, at)


async def test_with_actions_it_clears_until_they_are_due_and_then_for_the_year(cast: Cast) -> None:
    external, at = await supplier(), now()
    ref = await visited(cast, external, Result.ACTIONS, at)
    assert await cleared(external) == at + 10 * DAY
    async with reading():
        (action,) = await visits.actions_of((await visit(ref)).id)
    ada = await make.viewer(cast.ada)
    await visiting.mended(ada, ref, action.id, "看到温度计和三天的记录", at + DAY)
    assert await cleared(external) == at + YEAR
    with pytest.raises(Refused, match="visit_action_done"):
        await visiting.mended(ada, ref, action.id, "再来一次", at + DAY)


async def test_a_failed_visit_ends_what_an_earlier_one_allowed(cast: Cast) -> None:
    external, at = await supplier(), now()
    await visited(cast, external, Result.PASSED, at)
    assert await held(external) is None
    await visited(cast, external, Result.FAILED)
    assert await held(external) is Hold.NOT_VISITED
    async with reading():
        told = await Notice.count().where(Notice.kind == "supplier_visit_failed", Notice.person == cast.alan)
    assert told == 1


async def test_who_saw_it_otherwise_opens_the_record_again(cast: Cast) -> None:
    external = await supplier()
    ref = await recorded(cast, external)
    ada, dora = await make.viewer(cast.ada), await make.viewer(cast.dora)
    await visiting.conclude(ada, ref, Result.PASSED, "现场干净。", now())
    await visiting.object_to(dora, ref, "冷库的温度没有看", now())
    again = await visit(ref)
    assert (again.state, again.result, again.reason) == (VisitState.PLANNED, None, "冷库的温度没有看")
    await recording.save_marks(dora, ref, {"cold": (Mark.MINOR, "少一天记录")}, now())
    with pytest.raises(Refused, match="visit_result_marks"):
        await visiting.conclude(dora, ref, Result.PASSED, "改过了。", now())


async def test_one_goes_alone_where_no_food_is_sold(cast: Cast) -> None:
    external = await supplier("toys")
    ada, at = await make.viewer(cast.ada), now()
    ref = await visiting.plan(ada, external, Plan(at, cast.ada, None), at)
    assert (await visit(ref)).kind is VisitKind.GOODS
    carrier = await supplier("x", kind=SupplierKind.CARRIER)
    assert (await visit(await visiting.plan(ada, carrier, Plan(at, cast.ada, None), at))).kind is VisitKind.CARRIER


@pytest.mark.parametrize(
    ("days", "first", "second", "code"),
    [
        (-1, "admin", "desk_lead", "site_visit_past"),
        (1, "admin", None, "visit_two"),
        (1, "admin", "admin", "visit_same"),
        (1, "admin", "agent", "visit_unable"),
    ],
)
async def test_what_a_plan_is_refused_for(cast: Cast, days: int, first: str, second: str | None, code: str) -> None:
    external, at = await supplier(), now()
    plan = Plan(at + days * DAY, cast.person_of(first), cast.person_of(second) if second else None)
    with pytest.raises(Refused, match=code):
        await visiting.plan(await make.viewer(cast.ada), external, plan, at)


async def test_only_who_goes_records_and_only_from_the_day_on(cast: Cast) -> None:
    external, at = await supplier(), now()
    ref = await planned(cast, external, at + 2 * DAY)
    ada, alan = await make.viewer(cast.ada), await make.viewer(cast.alan)
    with pytest.raises(Refused, match="site_visit_not_yet"):
        await recording.save_place(ada, ref, Place(words="仓库"), at)
    with pytest.raises(Refused, match="visit_of_others"):
        await recording.save_place(alan, ref, Place(words="仓库"), at + 2 * DAY)
    with pytest.raises(Refused, match="visit_place"):
        await recording.save_place(ada, ref, Place(), at + 2 * DAY)
    with pytest.raises(Refused, match="visit_planned_already"):
        await planned(cast, external, at)


async def test_the_same_photo_sent_again_is_one(cast: Cast) -> None:
    ref, ada = await planned(cast, await supplier()), await make.viewer(cast.ada)
    one, two = await files.keep_photos([png(1)]), await files.keep_photos([png(1), png(2)])
    await asyncio.gather(*(recording.add_photos(ada, ref, one, now()) for _ in range(3)))
    assert await recording.add_photos(ada, ref, two, now()) == 2


async def test_two_hands_that_conclude_at_once_close_it_once(cast: Cast) -> None:
    external = await supplier()
    ref = await recorded(cast, external)
    ada, dora = await make.viewer(cast.ada), await make.viewer(cast.dora)
    acts = (visiting.conclude(who, ref, Result.PASSED, "现场干净。", now()) for who in (ada, dora))
    done = await asyncio.gather(*acts, return_exceptions=True)
    assert sorted(isinstance(one, Refused) for one in done) == [False, True]
    assert (await visit(ref)).state is VisitState.RECORDED


async def test_a_cancelled_visit_makes_room_for_another(cast: Cast) -> None:
    external = await supplier()
    ref, ada = await planned(cast, external), await make.viewer(cast.ada)
    await visiting.cancel(ada, ref, "对方停工", now())
    with pytest.raises(Refused, match="visit_moved_on"):
        await recording.sign(ada, ref, "王", None, now())
    assert await planned(cast, external) != ref
