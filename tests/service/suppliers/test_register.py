"""Dossiers, dates and reminders, evaluations by two, grace, and orders that come for a blacklisted supplier."""

import asyncio
from datetime import timedelta

import pytest

from portal.core.base.audit import SYSTEM
from portal.core.base.clock import local, now
from portal.core.base.database import reading, writing
from portal.core.base.refusals import Refused
from portal.core.base.tables import AuditEntry
from portal.core.notices.tables import Notice
from portal.core.supply import standings
from portal.core.supply.rules import Hold, Standing
from portal.core.web.paging import Cut
from portal.service.orders.rules import LineFacts
from portal.service.suppliers import checklists, dates, dossier, due, evaluating, grace, held, queries
from portal.service.suppliers.dossier import Reach, Terms
from portal.service.suppliers.rules import Criterion, Matter, Result, Stage, VisitKind
from portal.service.suppliers.tables import HeldDay, HeldOrder, RegisterDate
from tests import make
from tests.cast import Cast
from tests.make import Owner
from tests.service.orders.make import order, vip
from tests.service.suppliers.make import DAY, planned, supplier, supplier_id, visited


async def told(kind: str, person: int) -> int:
    async with reading():
        return int(await Notice.count().where(Notice.kind == kind, Notice.person == person))


async def test_a_selection_goes_step_by_step(cast: Cast) -> None:
    external, ada = await supplier(), await make.viewer(cast.ada)
    for stage in (Stage.APPLIED, Stage.EXAMINED, Stage.APPROVED):
        await dossier.select(ada, external, stage, "资料齐全，样品合格。", None, now())
    with pytest.raises(Refused, match="supplier_stage"):
        await dossier.select(ada, external, Stage.REFUSED, "改主意了。", None, now())
    async with reading():
        steps = await queries.steps(await supplier_id_in(external))
    assert [step.stage for step in steps] == [Stage.APPROVED, Stage.EXAMINED, Stage.APPLIED]


async def supplier_id_in(external: str) -> int:
    return (await dossier.found_supplier(external)).id


async def test_a_contract_reminds_once_a_rung_and_after_a_downtime_once(cast: Cast) -> None:
    external, ada, at = await supplier(), await make.viewer(cast.ada), now()
    end = local(at).date() + timedelta(days=20)
    await dossier.add_contract(ada, external, Terms("2026 供货合同", end - timedelta(days=300), end), None, at)
    await dates.remind()
    await dates.remind()
    assert await told("supplier_contract", cast.dora) == 1
    async with writing():  # a fortnight later
        rows = await RegisterDate.select(RegisterDate.id, RegisterDate.due_at, RegisterDate.next_at)
        (row,) = rows
        assert row["next_at"] == row["due_at"] - 7 * DAY
        await RegisterDate.update(due_at=at + 5 * DAY, next_at=at - DAY).where(RegisterDate.id == row["id"])
    await asyncio.gather(dates.remind(), dates.remind())
    assert await told("supplier_contract", cast.dora) == 2
    async with reading():
        contract = (await queries.contracts(await supplier_id_in(external)))[0]
        assert (await due.waiting(at)).contracts == 1
    await dossier.end_contract(ada, external, contract.id, at)
    async with reading():
        assert (await due.waiting(at)).contracts == 0
    with pytest.raises(Refused, match="contract_over"):
        await dossier.end_contract(ada, external, contract.id, at)
    with pytest.raises(Refused, match="contract_days"):
        await dossier.add_contract(ada, external, Terms("x", end, end), None, at)


async def test_who_goes_is_reminded_of_a_visit_that_was_not_recorded(cast: Cast) -> None:
    await planned(cast, await supplier())
    async with writing():
        await RegisterDate.update(due_at=now() - 2 * DAY, next_at=now() - DAY).where(RegisterDate.id > 0)
    await dates.remind()
    assert (await told("supplier_visit_over", cast.ada), await told("supplier_visit_over", cast.alan)) == (1, 0)
    async with reading():
        assert (await due.waiting(now())).overdue == 1


async def test_personal_values_of_contacts_are_never_in_the_audit_and_can_be_erased(cast: Cast) -> None:
    external, ada = await supplier(), await make.viewer(cast.ada)
    with pytest.raises(Refused, match="contact_reach"):
        await dossier.add_contact(ada, external, Reach("质量", "王秦岭", None, None), now())
    await dossier.add_contact(ada, external, Reach("质量", "王秦岭", "13912345678", None), now())
    await visited(cast, external)
    async with reading():
        (contact,) = await queries.contacts(await supplier_id_in(external))
    assert await dossier.reveal(ada, external, contact.id, now()) == "13912345678"
    await dossier.erase_people(ada, external, now())
    async with reading():
        party = await supplier_id_in(external)
        assert await queries.contacts(party) == []
        rows = await AuditEntry.raw("SELECT facts, action FROM audit_entries")
    assert not any("13912345678" in str(row["facts"]) or "王秦岭" in str(row["facts"]) for row in rows)
    assert "supplier.contact_seen" in {row["action"] for row in rows}


FIVES = dict.fromkeys(Criterion, 5)


async def test_two_score_without_seeing_each_other(cast: Cast) -> None:
    external = await supplier()
    ada, dora, alan = await make.viewer(cast.ada), await make.viewer(cast.dora), await make.viewer(cast.alan)
    assert await evaluating.give(ada, external, FIVES, "到货稳定。", now()) is None
    with pytest.raises(Refused, match="evaluation_given"):
        await evaluating.give(ada, external, FIVES, "再来一次", now())
    async with reading():
        (open_one,) = await evaluating.evaluations(await supplier_id_in(external))
    assert (len(open_one.seen_by(cast.ada)), len(open_one.seen_by(cast.dora))) == (1, 0)
    assert await evaluating.give(dora, external, dict.fromkeys(Criterion, 4), "偶尔缺货。", now()) == 90
    with pytest.raises(Refused, match="evaluation_closed"):
        await evaluating.give(alan, external, FIVES, "我也来。", now())


async def test_weights_and_checklists_are_versioned(cast: Cast) -> None:
    ada, at = await make.viewer(cast.ada), now()
    weights = dict(zip(Criterion, (40, 10, 20, 20, 10), strict=True))
    assert await evaluating.weigh(ada.actor, cast.ada, weights, "质量更要紧", 0, at) == 1
    with pytest.raises(Refused, match="site_checklist_moved_on"):
        await evaluating.weigh(ada.actor, cast.ada, weights, "晚了一步", 0, at)
    with pytest.raises(Refused, match="evaluation_weights"):
        await evaluating.weigh(ada.actor, cast.ada, FIVES, "不够一百", 1, at)
    points = checklists.read_points("! 执照 | Licence\n冷库 | Cold store", ())
    assert [(point.key, point.must) for point in points] == [("own_1", True), ("own_2", False)]
    assert await checklists.change(ada.actor, cast.ada, VisitKind.FOOD, points, "改短", 0, at) == 1
    async with reading():
        assert (await checklists.current(VisitKind.FOOD)).points == points
        assert (await checklists.version(VisitKind.FOOD, 0)).points != points
    with pytest.raises(Refused, match="checklist_lines"):
        checklists.read_points("only one language", ())


async def sale(owner: Owner, product: str) -> None:
    """Somebody buys it."""
    await order(await vip(owner), lines=(LineFacts("1", product, "槐花蜜", 1, 5_900),), paid_fen=5_900)


async def test_who_sold_before_the_rule_has_a_grace(cast: Cast) -> None:
    sold, unsold = (
        await make.product(supplier="old-farm", visited=False),
        await make.product(supplier="new-farm", visited=False),
    )
    await sale(await make.owner("李芳"), sold)
    await grace.begin(now())
    await grace.begin(now() + DAY)
    party, other = await supplier_id("old-farm"), await supplier_id("new-farm")
    async with reading():
        assert await standings.hold_of(party, "food", now()) is None
        assert await standings.hold_of(party, "food", now() + 91 * DAY) is Hold.NOT_VISITED
        assert await standings.hold_of(other, "food", now()) is Hold.NOT_VISITED
    with pytest.raises(Refused, match="grace_end"):
        await grace.set_grace(SYSTEM, now() - DAY, now())
    assert unsold


async def test_grace_forgives_no_failed_visit(cast: Cast) -> None:
    sold = await make.product(supplier="old-farm", visited=False)
    await sale(await make.owner("李芳"), sold)
    await visited(cast, "old-farm", Result.FAILED)
    assert await grace.set_grace(SYSTEM, now() + DAY, now()) == 0


async def test_orders_for_a_blacklisted_supplier_are_recorded_and_told_once_a_day(cast: Cast) -> None:
    product = await make.product(supplier="old-farm")
    owner = await make.owner("李芳")
    await sale(owner, product)  # before
    party = await supplier_id("old-farm")
    await standings.set_standing(SYSTEM, party, Standing.BLACKLISTED, "verdict:1", now())
    for _ in range(3):
        await sale(owner, product)
    async with reading():
        assert await queries.held_orders(party) == 3
    await asyncio.gather(held.tell_held(), held.tell_held())
    assert await told("supplier_held_orders", cast.ada) == 1
    await sale(owner, product)
    await held.tell_held()
    assert await told("supplier_held_orders", cast.ada) == 1  # once a day
    async with writing():
        await HeldDay.update(day="2026-01-01").where(HeldDay.id > 0)
    await held.tell_held()
    assert await told("supplier_held_orders", cast.ada) == 2
    async with reading():
        assert await HeldOrder.count().where(HeldOrder.told_at.is_null()) == 0


async def test_the_list_shows_who_is_held_back(cast: Cast) -> None:
    food, toys = await supplier(), await supplier("toys")
    async with reading():
        found = await queries.register(Cut(), "", None, held=True, at=now())
        assert [row.external_id for row in found.items] == [food]
        assert (await due.waiting(now())).unvisited == 1
        both = await queries.register(Cut(), "", None, held=False, at=now())
    assert {row.external_id for row in both.items} == {food, toys}
    await visited(cast, food)
    async with reading():
        assert (await queries.register(Cut(), "", None, held=True, at=now())).items == []
        assert [one.matter for one in await due.coming(now() + 320 * DAY)] == [Matter.CLEARANCE]
