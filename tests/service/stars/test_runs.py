"""A month frozen, fitted, reckoned and published once; what is counted and what is not; corrections and replays."""

import asyncio
from dataclasses import replace
from datetime import timedelta

import pytest

from portal.core.base.audit import SYSTEM
from portal.core.base.database import reading, writing
from portal.core.base.refusals import Refused
from portal.core.notices.tables import Notice
from portal.core.people.tables import Person
from portal.core.stores import honours
from portal.core.stores.tables import StoreStar
from portal.core.web.paging import Cut
from portal.service.care.tables import CallBack, VipLevel
from portal.service.causes.tables import Finding
from portal.service.facts import keeping
from portal.service.facts.tables import OrderFact
from portal.service.inquiries.tables import Inquiry
from portal.service.inquiries.telling import LATE
from portal.service.orders.tables import Order, OrderNeed
from portal.service.stars import appeals, publishing, queries, runs, setting, sweeps, taking
from portal.service.stars.appeals import Decision
from portal.service.stars.criteria import FIRST, Metric
from portal.service.stars.queries import Explained
from portal.service.stars.rules import CASE, Count, Gate, Inputs, Outcome, reckon
from portal.service.stars.runs import State
from portal.service.stars.spans import month_after, month_before, spans_of
from portal.service.stars.tables import StarInput, StarResult, StarRun
from portal.service.voices.tables import Rating, Thread, ThreadMessage
from tests import make
from tests.service.complaints import make as complaints
from tests.service.stars import make as stars
from tests.service.stars.make import DAY, END, MONTH, Shop
from tests.service.stars.make import FIRST as AT

pytestmark = pytest.mark.usefixtures("database")


async def taken(shop: Shop, month: str = MONTH) -> Inputs:
    async with reading():
        found = await taking.take(spans_of(month, FIRST), FIRST, shop.store_id - 1, 1)
    return found[0]


async def explained(shop: Shop, month: str = MONTH) -> Explained:
    async with reading():
        found = await queries.explained(month, shop.store_id)
    assert found is not None
    assert found.same
    return found


async def test_a_month_is_reckoned_published_and_told_and_opens_down_to_its_orders() -> None:
    good, few = await stars.shop(), await stars.shop("王芳", orders=5, vips=5, ratings=2)
    none = await stars.shop("赵敏", certified=False)
    run = await stars.published()
    assert (run.state, run.total, run.done) == (State.PUBLISHED, 3, 3)
    found = await explained(good)
    assert (found.result.outcome, found.result.star, found.inputs.span_days) == (Outcome.STAR, 5, 90)
    assert (found.inputs.orders, found.inputs.vips, found.inputs.ratings) == (40, 10, 20)
    assert (await explained(few)).result.lacking == {"orders": 25, "vips": 5, "ratings": 8}
    assert (await explained(none)).result.gates == (Gate.CERTIFICATE,)
    async with reading():
        shown = await queries.cases_of(found, Metric.FAULTS, Cut())
        numbers = await Order.select(Order.number).where(Order.id.is_in(good.orders))
        star = await honours.star_of(good.store_id)
        told = await Notice.select(Notice.person, Notice.kind).where(Notice.kind.like("star%"))
        history = await queries.history(good.store_id)
    assert {each.number for each in shown.items} <= {row["number"] for row in numbers}
    assert (len(shown.items), shown.next_after) == (30, 30)
    assert star is not None
    assert (star.month, star.star) == (MONTH, 5)
    assert [(row["person"], row["kind"]) for row in told] == [(good.owner.person_id, "star_star")]
    assert [row.month for row in history] == [MONTH]


async def test_faults_of_suppliers_and_carriers_never_change_it_and_her_own_does() -> None:
    shop = await stars.shop()
    there = await complaints.scene(shop.owner, END - 5 * DAY)
    async with writing():
        await Order.update({Order.delivered_at: END - 5 * DAY}).where(Order.id == there.bought.id)
    info = await complaints.complaint(there, END - 4 * DAY)
    async with writing():
        await keeping.reckon([there.bought.id], END)
    before = await taken(shop)
    lead = await make.person("desk_lead", "Dora", END)
    async with reading():
        supplier = (await Person.raw("SELECT id FROM suppliers ORDER BY id LIMIT 1"))[0]["id"]
    for party in ("supplier", "carrier", "platform", "buyer"):
        async with writing():
            await Finding.update({Finding.superseded_at: END}).where(Finding.superseded_at.is_null())
            await Finding.insert(_finding(info.id, party, lead, supplier if party in ("supplier", "carrier") else None))
            await keeping.reckon([there.bought.id], END)
        assert await taken(shop) == before
    async with writing():
        await Finding.update({Finding.superseded_at: END}).where(Finding.superseded_at.is_null())
        await Finding.insert(_finding(info.id, "owner", lead, None, shop.owner.person_id))
        await keeping.reckon([there.bought.id], END)
    after = await taken(shop)
    assert after.counts[Metric.FAULTS] == Count(
        before.counts[Metric.FAULTS].hits - CASE, before.counts[Metric.FAULTS].of
    )
    assert after.fault_vips == 1


_CODES = {
    "supplier": "supplier_defect",
    "carrier": "carrier_lost",
    "platform": "desk_slow",
    "buyer": "buyer_misuse",
    "owner": "owner_slow_reply",
}


def _finding(complaint: int, party: str, by: int, supplier: int | None, person: int | None = None) -> Finding:
    return Finding(
        complaint=complaint,
        party=party,
        code=_CODES[party],
        supplier=supplier,
        person=person,
        evidence="看过照片",
        made_by=by,
        made_at=END,
        month=MONTH,
    )


async def test_a_late_and_lost_parcel_leaves_the_star_where_it_was() -> None:
    shop = await stars.shop()
    first = reckon(await taken(shop), FIRST, {})
    async with writing():
        await Rating.update({Rating.delivery: 1, Rating.goods: 1}).where(Rating.store == shop.store_id)
        await OrderFact.raw("UPDATE party_facts SET late = {}, lost = {}, damaged = {}", True, True, True)
    assert reckon(await taken(shop), FIRST, {}) == first


async def test_own_orders_households_and_the_fourth_rating_of_a_month_are_left_out_and_late_ones_weigh_less() -> None:
    shop = await stars.shop(orders=12, vips=2, ratings=12)
    async with writing():
        rows = await Rating.select(Rating.id, Rating.order_of).where(Rating.store == shop.store_id).order_by(Rating.id)
        phone = (await Person.select(Person.phone).where(Person.id == shop.owner.person_id))[0]["phone"]
        await Rating.update({Rating.at: END - DAY, Rating.vip: shop.vips[0]}).where(Rating.store == shop.store_id)
        await Rating.update({Rating.vip: shop.vips[1], Rating.at: END - timedelta(hours=1)}).where(
            Rating.id.is_in([row["id"] for row in rows[8:]])
        )
        await Order.update({Order.address_phone: phone}).where(Order.id == rows[8]["order_of"])
        await OrderFact.update({OrderFact.own: True}).where(OrderFact.order_of == rows[9]["order_of"])
        street = (await Order.select(Order.street).where(Order.id == rows[9]["order_of"]))[0]["street"]
        await Order.update({Order.street: street}).where(Order.id == rows[10]["order_of"])
        await OrderFact.update({OrderFact.delivered_at: END - 40 * DAY}).where(
            OrderFact.order_of == rows[11]["order_of"]
        )
    found = await taken(shop)
    assert found.ratings == 4
    assert found.counts[Metric.SATISFACTION] == Count(3 * CASE + CASE // 2, 3 * CASE + CASE // 2)
    assert found.orders == 11


async def test_late_orders_count_where_she_acted_within_a_day_and_not_where_nothing_was_left_to_do() -> None:
    shop, since = await stars.shop(), END - 20 * DAY
    moments = [(timedelta(hours=3), None), (None, None), (None, timedelta(hours=5)), (2 * DAY, None)]
    async with writing():
        for n, (asked, ended) in enumerate(moments):
            need = OrderNeed(order_of=shop.orders[n], code=LATE, subject=LATE, way="/", since=since)
            need.ended_at = since + ended if ended else None
            await OrderNeed.insert(need)
            if asked:
                await Inquiry.insert(_hurry(shop.orders[n], since + asked))
    assert (await taken(shop)).counts[Metric.HURRY] == Count(CASE, 3 * CASE)


async def test_replies_count_by_when_the_question_came_and_silence_counts_too() -> None:
    shop = await stars.shop()
    me, at = shop.owner.person_id, END - 9 * DAY
    async with writing():
        for n, seconds in enumerate((3_600, 90_000)):
            thread = (await Thread.insert(_thread(shop, n)))[0]["id"]
            await ThreadMessage.insert(
                ThreadMessage(thread=thread, by_person=me, text="好", at=at, reply_seconds=seconds)
            )
        silent = _thread(shop, 2)
        silent.waiting_since = END - 3 * DAY
        await Thread.insert(silent)
    assert (await taken(shop)).counts[Metric.REPLY] == Count(CASE, 3 * CASE)


async def test_call_backs_count_by_the_day_they_were_due() -> None:
    shop = await stars.shop()
    me, store = shop.owner.person_id, shop.store_id
    async with writing():
        for at, due in ((END - 60 * DAY, END - 30 * DAY), (END - 28 * DAY, END - 20 * DAY)):
            call = CallBack(vip=shop.vips[0], store=store, by_person=me, at=at, outcome="reached", next_at=due)
            await CallBack.insert(call)
        late = VipLevel(vip=shop.vips[1], store=store, level="key", counted_at=END, next_call_at=END - 20 * DAY)
        await VipLevel.insert(late)
    assert (await taken(shop)).counts[Metric.CALLS] == Count(2 * CASE, 3 * CASE)


def _hurry(order_id: int, at: object) -> Inquiry:
    return Inquiry(
        ref=make.serial("H"),
        order_of=order_id,
        kind="hurry",
        lines="[]",
        asked_at=at,
        pressed_at=at,
        due_at=at,
        ended_at=at,
    )


def _thread(shop: Shop, n: int) -> Thread:
    return Thread(
        ref=make.serial("T"),
        order_of=shop.orders[n],
        store=shop.store_id,
        vip=shop.vips[n % len(shop.vips)],
        opened_at=END - 10 * DAY,
        last_at=END - 10 * DAY,
    )


async def test_a_store_with_few_recent_orders_is_counted_over_a_year() -> None:
    shop = await stars.shop(orders=40)
    async with writing():
        await OrderFact.update({OrderFact.delivered_at: END - 200 * DAY}).where(
            OrderFact.order_of.is_in(shop.orders[:20])
        )
    found = await taken(shop)
    assert (found.span_days, found.orders, found.since) == (365, 40, END - 365 * DAY)
    later = await taken(shop, "2028-01")
    assert reckon(later, FIRST, {}).lacking["orders"] == 30


async def test_two_workers_and_an_interruption_reckon_each_store_once() -> None:
    shops = [await stars.shop(f"店主{n}", orders=3, vips=2, ratings=1) for n in range(3)]
    async with writing():
        await runs.begin(MONTH, AT)
        assert await runs.begin(MONTH, AT) is None
    async with reading():
        run = await runs.run_of(MONTH)
    assert run is not None
    while any(await asyncio.gather(*(runs.work(run.id, AT) for _ in range(3)))):
        pass
    async with reading():
        inputs = await StarInput.count().where(StarInput.run == run.id)
        results = await StarResult.count().where(StarResult.run == run.id)
        again = await runs.run_by_id(run.id)
    assert (inputs, results, again.state, again.done) == (len(shops), len(shops), State.READY, len(shops))


async def test_the_sweep_takes_the_month_that_is_over_once_and_waits_for_facts() -> None:
    await stars.shop(orders=3, vips=2, ratings=1)
    assert await sweeps.reckon() > 0
    assert await sweeps.reckon() == 0
    async with reading():
        assert await StarRun.count() == 1
        assert await runs.next_month(END + 70 * DAY) is not None
    assert (month_after("2026-12"), month_before("2026-01")) == ("2027-01", "2025-12")


async def test_publishing_takes_two_and_each_step_its_turn() -> None:
    await stars.shop(orders=3, vips=2, ratings=1)
    ada, alan = await make.person("admin", "Ada", AT), await make.person("admin", "Alan", AT)
    with pytest.raises(Refused, match="not_found"):
        await publishing.propose(SYSTEM, ada, MONTH, AT)
    run = await stars.reckoned()
    with pytest.raises(Refused, match="stars_not_proposed"):
        await publishing.confirm(SYSTEM, alan, MONTH, AT)
    await publishing.propose(SYSTEM, ada, MONTH, AT)
    with pytest.raises(Refused, match="stars_own_proposal"):
        await publishing.confirm(SYSTEM, ada, MONTH, AT)
    await publishing.take_back(SYSTEM, alan, MONTH, AT)
    with pytest.raises(Refused, match="stars_not_proposed"):
        await publishing.confirm(SYSTEM, alan, MONTH, AT)
    await publishing.propose(SYSTEM, alan, MONTH, AT)
    tried = await asyncio.gather(
        *(publishing.confirm(SYSTEM, ada, MONTH, AT) for _ in range(3)), return_exceptions=True
    )
    assert sorted(str(each) for each in tried) == ["None", "stars_not_proposed", "stars_not_proposed"]
    async with reading():
        assert await StoreStar.count() == 1
        assert (await runs.run_by_id(run.id)).published_at == AT


async def test_an_upheld_appeal_is_reckoned_anew_in_a_row_that_says_what_it_corrects() -> None:
    shop = await stars.shop(low=6)
    run = await stars.published()
    lead = await make.person("desk_lead", "Dora", AT)
    before = await explained(shop)
    assert before.result.star is not None
    assert before.result.star < 5
    appeal = await appeals.file(SYSTEM, shop.owner.person_id, before, "有三份是同行打的。", AT + DAY)
    with pytest.raises(Refused, match="star_appeal_twice"):
        await appeals.file(SYSTEM, shop.owner.person_id, before, "再说一次。", AT + DAY)
    for nobody in (shop.owner.person_id, run.proposed_by, run.confirmed_by):
        assert nobody is not None
        with pytest.raises(Refused, match="star_appeal_own"):
            await appeals.take(SYSTEM, nobody, appeal, AT + DAY)
    await appeals.take(SYSTEM, lead, appeal, AT + DAY)
    with pytest.raises(Refused, match="star_struck"):
        await appeals.decide(SYSTEM, lead, appeal, Decision(True, "核实", Metric.SATISFACTION, 7), AT + DAY)
    made = await appeals.decide(SYSTEM, lead, appeal, Decision(True, "核实", Metric.SATISFACTION, 6), AT + 2 * DAY)
    after = await explained(shop)
    assert (after.id, after.corrects, after.cause) == (made, before.id, f"appeal:{appeal}")
    assert after.inputs.counts[Metric.SATISFACTION] == Count(14 * CASE, 14 * CASE)
    async with reading():
        star = await honours.star_of(shop.store_id)
        old = await queries.explained_by_id(before.id)
        lines = await queries.results_of(run.id, shop.store_id)
    assert star is not None
    assert star.star == after.result.star
    assert old is not None
    assert old.result == before.result
    assert [row.cause for row, _, _ in lines] == ["month", f"appeal:{appeal}"]
    with pytest.raises(Refused, match="star_appeal_decided"):
        await appeals.decide(SYSTEM, lead, appeal, Decision(False, "又看"), AT + 3 * DAY)
    late = replace(after, run=run)
    with pytest.raises(Refused, match="star_appeal_late"):
        await appeals.file(SYSTEM, shop.owner.person_id, late, "太晚了吗", AT + 14 * DAY)


async def test_a_new_version_holds_for_months_that_have_not_begun_and_old_months_replay() -> None:
    shop = await stars.shop()
    admin = await make.person("admin", "Ada", AT)
    harder = replace(FIRST, points=(25, 45, 65, 99), satisfaction_bp=(4_000, 6_000, 7_500, 9_900))
    for since, code in (("2026-11", "star_criteria_past"), ("2026-10", "star_criteria_past")):
        with pytest.raises(Refused, match=code):
            await setting.set_criteria(SYSTEM, admin, harder, since, "更严", 1, AT)
    with pytest.raises(Refused, match="star_criteria_same"):
        await setting.set_criteria(SYSTEM, admin, FIRST, "2026-12", "没有变", 1, AT)
    assert await setting.set_criteria(SYSTEM, admin, harder, "2026-12", "更严", 1, AT) == 2
    with pytest.raises(Refused, match="star_criteria_meanwhile"):
        await setting.set_criteria(SYSTEM, admin, FIRST, "2027-01", "改回", 1, AT)
    run = await stars.reckoned()
    assert run.number == 1
    assert (await explained(shop)).result.star == 5
    async with reading():
        assert (await setting.holding("2026-11")).number == 1
        assert (await setting.holding("2026-12")).number == 2


async def test_next_month_knows_what_was_before_and_a_star_stands_one_bad_month() -> None:
    shop = await stars.shop()
    await stars.reckoned()
    async with writing():
        await Rating.update({Rating.owner: 2, Rating.low: True}).where(Rating.store == shop.store_id)
    await stars.reckoned("2026-11", END + 31 * DAY)
    found = await explained(shop, "2026-11")
    assert (found.inputs.before, found.inputs.raws) == (5, (5, None))
    assert found.result.held
    assert found.result.star == 5
