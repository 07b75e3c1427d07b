"""A cycle's life: planned and frozen once, reviewed, objected to, published by two, corrected; nothing frozen changes."""

import asyncio
from datetime import datetime, timedelta

import pytest

from certification.certificates.tables import Certificate
from portal.core.base.audit import SYSTEM
from portal.core.base.clock import now
from portal.core.base.database import reading, writing
from portal.core.base.refusals import Refused
from portal.core.base.sweeping import Unfinished
from portal.core.base.tables import Event
from portal.core.people.tables import Person
from portal.core.stores import honours
from portal.core.stores.groups import add_members, group, make_group
from portal.core.stores.tables import Store, Vip
from portal.service.awards import (
    correcting,
    cycles,
    nominations,
    objections,
    periods,
    planning,
    prizes,
    publishing,
    queries,
    reviewing,
    runs,
    sweeps,
    told,
    winners,
)
from portal.service.awards.cycles import Cycle, Wanted
from portal.service.awards.nominations import Writeup
from portal.service.awards.periods import Period
from portal.service.awards.rules import APPEAL_WITHIN, Award, Reason, Scope, State, Subject
from portal.service.awards.signals import Kind, Strength
from portal.service.awards.tables import AwardCandidate, AwardCycle
from portal.service.facts import keeping
from portal.service.orders.tables import Order
from portal.service.quality.measures import Figure
from portal.service.quality.tables import AgentFigure, FigureMonth
from portal.service.stars import publishing as star_publishing
from portal.service.voices.tables import Rating
from tests import make
from tests.service.awards import make as awards
from tests.service.stars import make as stars
from tests.service.stars.make import Shop

AT, DAY = stars.FIRST + timedelta(days=1), timedelta(days=1)
pytestmark = pytest.mark.usefixtures("database")


async def _four() -> list[Shop]:
    """Four stores, each with better marks than the next, and the fourth with too few orders."""
    many = (("甲", 32, 0), ("乙", 32, 1), ("丙", 32, 2), ("丁", 4, 0))
    return [await awards.shop(name, orders=n, ratings=min(n, 20), low=low) for name, n, low in many]


async def _admins() -> tuple[int, int]:
    return await make.person("admin", "Ada", AT), await make.person("admin", "Alan", AT)


async def _rows(cycle: Cycle) -> list[dict[str, object]]:
    async with reading():
        found: list[dict[str, object]] = (
            await AwardCandidate.select().where(AwardCandidate.cycle == cycle.id).order_by(AwardCandidate.id)
        )
    return found


async def _published(shops: list[Shop]) -> tuple[Cycle, int, int]:
    ada, alan = await _admins()
    await stars.published(first=ada, second=alan)
    cycle = await awards.closed(await awards.opened(await awards.frozen(), ada, AT), AT)
    await publishing.propose(SYSTEM, ada, cycle.ref, AT + APPEAL_WITHIN)
    await publishing.confirm(SYSTEM, alan, cycle.ref, AT + APPEAL_WITHIN)
    assert shops
    return await awards.again(cycle), ada, alan


async def _won(cycle: Cycle) -> dict[Award, list[int | None]]:
    async with reading():
        found = await winners.results("r.cycle = {} AND r.superseded_at IS NULL ORDER BY r.id", cycle.id)
    return {award: [each.store_id for each in found if each.award is award and each.standing] for award in Award}


async def test_periods_are_planned_once_and_caught_up_with() -> None:
    async with reading():
        due = await cycles.to_plan(AT)
    assert {(one.subject, label) for one, label in due if one.period is Period.MONTH} == {
        (subject, label) for subject in Subject for label in ("2026-10", "2026-11")
    }
    assert {label for one, label in due if one.period is not Period.MONTH} == {"2026-Q4", "2026"}
    for one, label in due:
        async with writing():
            assert await cycles.plan(one, label, AT)
            assert not await cycles.plan(one, label, AT)
    async with reading():
        assert await cycles.to_plan(AT) == []
        later = await cycles.to_plan(AT + timedelta(days=70))
    assert [label for one, label in later if one == awards.OWNERS] == ["2026-12", "2027-01"]


async def test_a_cycle_is_frozen_ranked_and_never_changes() -> None:
    shops = await _four()
    await stars.reckoned()
    cycle = await awards.planned()
    async with reading():
        assert not await runs.ready_to_freeze(cycle, stars.END + timedelta(hours=1))
    cycle = await awards.frozen()
    assert cycle.state is State.REVIEW
    assert not await runs.freeze(await awards.planned(), AT)
    async with reading():
        ranked = await queries.leaders(cycle.id, 10)
        few = await queries.of_person(cycle.id, shops[3].owner.person_id)
    assert [each.store_id for each in ranked] == [shop.store_id for shop in shops[:3]]
    assert [each.place for each in ranked] == [1, 2, 3]
    assert few is not None
    assert {each.reason for each in few.missing} >= {Reason.ORDERS, Reason.RATINGS, Reason.STAR}
    before = await _rows(cycle)
    async with writing():
        await Rating.update({Rating.owner: 1}, force=True)
        await Certificate.update({Certificate.revoked_at: AT}, force=True)
    while await runs.work(cycle.id, AT):
        pass
    assert await _rows(cycle) == before


async def test_two_workers_and_an_interruption_take_each_store_once() -> None:
    shops = await _four()
    await stars.reckoned()
    cycle = await awards.planned()
    async with reading():
        assert await runs.ready_to_freeze(cycle, AT)
    begun = await asyncio.gather(*(runs.freeze(cycle, AT) for _ in range(3)))
    assert sorted(begun) == [False, False, True]
    while any(await asyncio.gather(*(runs.work(cycle.id, AT) for _ in range(3)))):
        pass
    assert len(await _rows(cycle)) == len(shops)
    assert (await awards.again(cycle)).state is State.REVIEW


async def test_a_region_and_a_group_have_the_platforms_frozen_candidates() -> None:
    shops = await _four()
    ada, _ = await _admins()
    async with writing():
        await Store.update({Store.region: "浙江省"}).where(Store.id.is_in([shops[0].store_id, shops[1].store_id]))
    group_id = await make_group(SYSTEM, "新星", None, AT)
    async with reading():
        made = await group(group_id)
    assert made is not None
    await add_members(SYSTEM, made, [shops[1].owner.person_id, shops[2].owner.person_id], AT)
    for scope, key in ((Scope.REGION, "浙江省"), (Scope.GROUP, str(group_id))):
        await planning.make(SYSTEM, ada, Subject.OWNER, Period.MONTH, scope, key, AT)
    for bad, key, code in (
        (Scope.PLATFORM, "", "award_plan_scope"),
        (Scope.REGION, "火星", "award_plan_key"),
        (Scope.GROUP, "999", "award_plan_key"),
        (Scope.REGION, "浙江省", "award_plan_twice"),
    ):
        with pytest.raises(Refused, match=code):
            await planning.make(SYSTEM, ada, Subject.OWNER, Period.MONTH, bad, key, AT)
    with pytest.raises(Refused, match="award_plan_scope"):
        await planning.make(SYSTEM, ada, Subject.AGENT, Period.MONTH, Scope.REGION, "浙江省", AT)
    await stars.reckoned()
    async with reading():
        wanted = [one for one in await cycles.wanted() if one.plan is not None]
    part = await awards.planned(wanted=wanted[0])
    async with writing():
        await cycles.plan(awards.OWNERS, stars.MONTH, AT)
    async with reading():
        assert not await runs.ready_to_freeze(part, AT)
    whole = await awards.frozen()
    found = [await awards.frozen(wanted=one) for one in wanted]
    async with reading():
        ranked = [[each.store_id for each in await queries.leaders(cycle.id, 10)] for cycle in found]
        points = [(await queries.leaders(cycle.id, 1))[0].points for cycle in (whole, found[0])]
    assert ranked == [[shops[0].store_id, shops[1].store_id], [shops[1].store_id, shops[2].store_id]]
    assert points[0] == points[1]


async def test_a_simulated_cheat_is_shown_to_reviewers_who_must_say_a_word_and_an_honest_store_is_not() -> None:
    shops = await _four()
    async with writing():
        phone = (await Person.select(Person.phone).where(Person.id == shops[0].owner.person_id))[0]["phone"]
        await Order.update({Order.address_phone: phone}).where(Order.id.is_in(shops[0].orders[:8]))
        await Rating.update({Rating.text: "老板人特别好，东西也特别好"}).where(
            Rating.order_of.is_in(shops[0].orders[:8])
        )
        await Rating.update({Rating.at: stars.END - 2 * DAY}).where(Rating.order_of.is_in(shops[0].orders[:8]))
        await Vip.update({Vip.bound_at: stars.END - 4 * DAY}).where(Vip.id.is_in(shops[0].vips))
    await stars.reckoned()
    cycle = await awards.frozen()
    ada, _ = await _admins()
    async with reading():
        cheat, honest = (await queries.leaders(cycle.id, 3))[:2]
    seen = {each.kind: each for each in cheat.signals}
    assert set(seen) >= {Kind.OWN_PHONE, Kind.BURST, Kind.SAME_TEXT}
    assert seen[Kind.OWN_PHONE].strength >= Strength.CLEAR
    assert set(seen[Kind.OWN_PHONE].orders) <= set(shops[0].orders[:8])
    assert [each for each in honest.signals if each.strength >= Strength.CLEAR] == []
    assert cheat.place == 1  # a signal decides nothing
    with pytest.raises(Refused, match="award_unsaid"):
        await reviewing.open_window(SYSTEM, ada, cycle.ref, AT)
    await reviewing.rule(
        SYSTEM, ada, cheat.id, "八单寄给自己的电话。", AT + timedelta(hours=1), kept=False, gaming=True
    )
    await reviewing.open_window(SYSTEM, ada, cycle.ref, AT + timedelta(hours=2))
    with pytest.raises(Refused, match="award_not_in_review"):
        await reviewing.rule(SYSTEM, ada, honest.id, "太晚了。", AT, kept=False)
    async with reading():
        assert [each.store_id for each in await queries.leaders(cycle.id, 2)] == [shops[1].store_id, shops[2].store_id]


async def test_who_is_left_out_objects_once_in_time_and_another_decides() -> None:
    shops = await _four()
    await stars.reckoned()
    cycle = await awards.frozen()
    ada, alan = await _admins()
    async with reading():
        first = (await queries.leaders(cycle.id, 1))[0]
    with pytest.raises(Refused, match="award_own"):
        await reviewing.rule(SYSTEM, first.person_id, first.id, "我自己。", AT, kept=True)
    await reviewing.rule(SYSTEM, ada, first.id, "评价看着不自然。", AT, kept=False)
    with pytest.raises(Refused, match="award_window_closed"):
        await objections.file(SYSTEM, first, "请再看。", AT)
    await awards.opened(cycle, ada, AT)
    filed = await objections.file(SYSTEM, first, "这些都是真的订单。", AT + DAY)
    with pytest.raises(Refused, match="award_objected"):
        await objections.file(SYSTEM, first, "再说一次。", AT + DAY)
    for nobody, code in ((ada, "award_own_ruling"), (first.person_id, "award_own")):
        with pytest.raises(Refused, match=code):
            await objections.decide(SYSTEM, nobody, filed, "不行。", AT + DAY, upheld=True)
    tried = await asyncio.gather(
        *(objections.decide(SYSTEM, alan, filed, "核对过了，是真的。", AT + DAY, upheld=True) for _ in range(2)),
        return_exceptions=True,
    )
    assert sorted(str(each) for each in tried) == ["None", "award_objection_decided"]
    async with reading():
        assert (await queries.leaders(cycle.id, 1))[0].store_id == shops[0].store_id
        late = await queries.candidate(first.id)
    assert late is not None
    with pytest.raises(Refused, match="award_window_closed"):
        await objections.file(SYSTEM, late, "太晚了。", AT + APPEAL_WITHIN)


async def test_an_upheld_objection_admits_who_was_not_eligible_on_her_frozen_points() -> None:
    shops = await _four()
    await stars.reckoned()
    ada, alan = await _admins()
    cycle = await awards.opened(await awards.frozen(), ada, AT)
    async with reading():
        few = await queries.of_person(cycle.id, shops[3].owner.person_id)
    assert few is not None
    filed = await objections.file(SYSTEM, few, "我的证书一直有效。", AT)
    await objections.decide(SYSTEM, alan, filed, "证书登记晚了。", AT, upheld=True)
    async with reading():
        assert shops[3].store_id in [each.store_id for each in await queries.leaders(cycle.id, 10)]


async def test_two_admins_publish_once_stars_are_and_badges_event_and_list_follow() -> None:
    shops = await _four()
    ada, alan = await _admins()
    await stars.reckoned()
    cycle = await awards.closed(await awards.opened(await awards.frozen(), ada, AT), AT)
    with pytest.raises(Refused, match="award_stars_unpublished"):
        await publishing.propose(SYSTEM, ada, cycle.ref, AT)
    await star_publishing.propose(SYSTEM, ada, stars.MONTH, AT)
    await star_publishing.confirm(SYSTEM, alan, stars.MONTH, AT)
    await publishing.propose(SYSTEM, ada, cycle.ref, AT)
    with pytest.raises(Refused, match="award_own_proposal"):
        await publishing.confirm(SYSTEM, ada, cycle.ref, AT)
    tried = await asyncio.gather(
        *(publishing.confirm(SYSTEM, alan, cycle.ref, AT) for _ in range(3)), return_exceptions=True
    )
    assert sorted(str(each) for each in tried) == ["None", "award_not_proposed", "award_not_proposed"]
    won = await _won(cycle)
    assert [won[award] for award in (Award.CHAMPION, Award.RUNNER_UP, Award.THIRD)] == [
        [shop.store_id] for shop in shops[:3]
    ]
    assert won[Award.FIVE_STAR]
    async with reading():
        badges = await honours.badges_of(shops[0].store_id)
        events = await Event.select(Event.subject, Event.payload).where(Event.type == "award.published")
    assert {each.award for each in badges} >= {"champion"}
    assert {each.label for each in badges} == {stars.MONTH}
    assert [each["subject"] for each in events] == [f"award:{cycle.ref}"]
    said = await told.told_published({"cycle": cycle.id, "correction": None}, "")
    assert said is not None
    assert said.data["awards"][0]["store"] == shops[0].owner.store_external_id  # type: ignore[index]


async def test_a_correction_takes_two_moves_the_places_up_and_says_what_it_corrects() -> None:
    shops = await _four()
    cycle, ada, alan = await _published(shops)
    async with reading():
        champion = (await winners.results("r.cycle = {} AND r.award = 'champion'", cycle.id))[0]
    prize = await prizes.record(SYSTEM, ada, champion.id, "按摩椅", 199_900, AT)
    await correcting.propose(SYSTEM, ada, champion.id, "事后查实刷单。", AT, move_up=True)
    with pytest.raises(Refused, match="award_correcting"):
        await correcting.propose(SYSTEM, alan, champion.id, "再来一次。", AT, move_up=True)
    with pytest.raises(Refused, match="award_own_proposal"):
        await correcting.confirm(SYSTEM, ada, champion.id, AT)
    await correcting.confirm(SYSTEM, alan, champion.id, AT)
    with pytest.raises(Refused, match="award_not_standing"):
        await correcting.confirm(SYSTEM, alan, champion.id, AT)
    won = await _won(cycle)
    assert won[Award.CHAMPION] == [shops[1].store_id]
    assert won[Award.RUNNER_UP] == [shops[2].store_id]
    assert won[Award.THIRD] == []
    async with reading():
        rows = await winners.results("r.cycle = {} AND r.award = 'champion' ORDER BY r.id", cycle.id)
        badges = await honours.badges_of(shops[0].store_id)
        events = await Event.count().where(Event.type == "award.published")
    assert [(each.corrects, each.taken_back) for each in rows] == [
        (None, False),
        (rows[0].id, True),
        (rows[1].id, False),
    ]
    assert "champion" not in {each.award for each in badges}
    assert events == 2
    with pytest.raises(Refused, match="award_prize_handed"):
        await prizes.hand_out(SYSTEM, ada, prize, "没有发出去", AT)


async def test_a_prize_is_handed_out_once() -> None:
    cycle, ada, alan = await _published(await _four())
    async with reading():
        champion = (await winners.results("r.cycle = {} AND r.award = 'champion'", cycle.id))[0]
    prize = await prizes.record(SYSTEM, ada, champion.id, "按摩椅", 199_900, AT)
    with pytest.raises(Refused, match="award_prize_twice"):
        await prizes.record(SYSTEM, ada, champion.id, "按摩椅", 199_900, AT)
    tried = await asyncio.gather(
        *(prizes.hand_out(SYSTEM, who, prize, f"单号 {who}", AT) for who in (ada, alan)), return_exceptions=True
    )
    assert sorted(str(each) for each in tried) == ["None", "award_prize_handed"]


WRITEUP = Writeup(
    "雨夜送药", "买家半夜发烧，订的药没到。", "冒雨骑车送过去，又陪着等到家人回来。", "第二天买家说好多了。"
)


async def test_a_nomination_names_nobody_and_two_judge_it_blind() -> None:
    mona, milo = await make.person("manager", "Mona", AT), await make.person("manager", "Milo", AT)
    shop = await awards.shop("李芳", manager_id=mona)
    store = shop.owner.store_external_id
    await stars.reckoned()
    cycle = await awards.planned()
    ada, alan = await _admins()
    for text in ("李芳送的药。", "电话 13912345678。"):
        with pytest.raises(Refused, match="award_nomination_names"):
            await nominations.nominate(SYSTEM, mona, cycle.ref, store, Writeup("送药", text, "送了", "好了"), AT)
    with pytest.raises(Refused, match="award_nomination_team"):
        await nominations.nominate(SYSTEM, milo, cycle.ref, store, WRITEUP, AT)
    made = await nominations.nominate(SYSTEM, mona, cycle.ref, store, WRITEUP, AT)
    with pytest.raises(Refused, match="award_nominated"):
        await nominations.nominate(SYSTEM, mona, cycle.ref, store, WRITEUP, AT)
    for nobody in (mona, shop.owner.person_id):
        with pytest.raises(Refused, match="award_own"):
            await nominations.judge(SYSTEM, nobody, made, (5, 5, 5), None, AT)
    await nominations.judge(SYSTEM, ada, made, (5, 5, 4), None, AT)
    with pytest.raises(Refused, match="award_judged"):
        await nominations.judge(SYSTEM, ada, made, (5, 5, 5), None, AT)
    third = await make.person("desk_lead", "Dora", AT)
    tried = await asyncio.gather(
        *(nominations.judge(SYSTEM, who, made, (4, 4, 4), None, AT) for who in (alan, third)), return_exceptions=True
    )
    assert sorted(str(each) for each in tried) == ["None", "award_judged"]
    await star_publishing.propose(SYSTEM, ada, stars.MONTH, AT)
    await star_publishing.confirm(SYSTEM, alan, stars.MONTH, AT)
    ready = await awards.closed(await awards.opened(await awards.frozen(), ada, AT), AT)
    with pytest.raises(Refused, match="award_nomination_closed"):
        await nominations.withdraw(SYSTEM, mona, made, AT)
    await publishing.propose(SYSTEM, ada, ready.ref, AT)
    await publishing.confirm(SYSTEM, alan, ready.ref, AT)
    assert (await _won(ready))[Award.BEST_SERVICE] == [shop.store_id]


async def test_managers_are_ranked_by_their_teams() -> None:
    mona = await make.person("manager", "Mona", AT)
    for n in range(5):
        await awards.shop(f"店{n}", orders=32, ratings=12, manager_id=mona, opened_at=stars.END - 400 * DAY)
    await stars.reckoned()
    cycle = await awards.frozen(wanted=Wanted(Subject.MANAGER, Period.MONTH))
    async with reading():
        found = await queries.of_person(cycle.id, mona)
    assert found is not None
    assert found.facts == {"stores": 5, "starred": 5}
    assert [each.measure for each in found.scored if each.of] == ["stars"]


async def test_agents_are_ranked_by_what_their_figures_prove() -> None:
    people = [await make.person("agent", name, AT) for name in ("Abe", "Ann", "Amy")]
    cycle = await awards.planned(wanted=Wanted(Subject.AGENT, Period.MONTH))
    async with reading():
        assert not await runs.ready_to_freeze(cycle, AT)
    async with writing():
        month = FigureMonth(
            month=stars.MONTH, agents=3, asked=9, answered=9, satisfaction=40, effort=40, queue_broken=0, at=AT
        )
        taken = (await FigureMonth.insert(month))[0]["id"]
        for person, n, hits in zip(people, (40, 100, 10), (39, 100, 10), strict=True):
            figure = AgentFigure(
                taken=taken,
                agent=person,
                figure=str(Figure.PROPOSAL),
                n=n,
                value=10_000 * hits // n,
                low=9_000,
                high=10_000,
                apart=0,
            )
            await AgentFigure.insert(figure)
    frozen = await awards.frozen(wanted=Wanted(Subject.AGENT, Period.MONTH))
    async with reading():
        ranked = await queries.leaders(frozen.id, 10)
        few = await queries.of_person(frozen.id, people[2])
    assert [each.person_id for each in ranked] == [people[1], people[0]]
    assert ranked[1].scored[0].hits == 3_900
    assert few is not None
    assert [each.reason for each in few.missing] == [Reason.CASES]


async def test_a_cycle_that_cannot_go_on_keeps_no_other_from_it() -> None:
    await awards.shop("甲", until=month_end())
    label = periods.label_before(Period.MONTH, periods.label_of(Period.MONTH, now()))
    await stars.reckoned(label, now())
    await sweeps.go_on()
    async with writing():  # as a fault of the writing would leave it
        await AwardCycle.update({AwardCycle.state: "taking", AwardCycle.body: '{"x": 1}'}).where(
            AwardCycle.ref == f"{label}-agent"
        )
        await AwardCycle.update({AwardCycle.state: "ranking"}).where(AwardCycle.ref == f"{label}-owner")
    with pytest.raises(Unfinished):
        await sweeps.go_on()
    async with reading():
        assert (await cycles.by_ref(f"{label}-owner")).state is State.REVIEW


async def test_the_sweep_plans_freezes_and_closes_each_once() -> None:
    await awards.shop("甲", until=month_end())
    label = periods.label_before(Period.MONTH, periods.label_of(Period.MONTH, now()))
    await stars.reckoned(label, now())
    await sweeps.go_on()
    async with reading():
        owners = await cycles.by_ref(f"{label}-owner")
        planned = await AwardCycle.count()
    assert owners.state is State.REVIEW
    ada, _ = await _admins()
    await awards.opened(owners, ada, now())
    async with writing():
        await AwardCycle.update({AwardCycle.appeal_until: now() - DAY}).where(AwardCycle.id == owners.id)
    await asyncio.gather(sweeps.go_on(), sweeps.go_on())
    assert (await awards.again(owners)).state is State.READY
    assert await sweeps.go_on() == 0
    async with reading():
        assert await AwardCycle.count() == planned


def month_end() -> datetime:
    return periods.span_of(Period.MONTH, periods.label_of(Period.MONTH, now())).since


async def test_orders_given_back_after_the_period_are_seen_when_the_window_is_over() -> None:
    shops = await _four()
    await stars.reckoned()
    ada, _ = await _admins()
    cycle = await awards.opened(await awards.frozen(), ada, AT)
    back = shops[0].orders[:12]
    async with writing():
        await Order.update({Order.status: "refunded", Order.updated_at: AT + DAY}).where(Order.id.is_in(back))
        await Order.raw(
            f"UPDATE order_lines SET refunded_fen = paid_fen WHERE order_of IN ({', '.join(['{}'] * len(back))})",
            *back,
        )
        await keeping.reckon(back, AT + DAY)
    ready = await awards.closed(cycle, AT)
    assert ready.state is State.READY
    async with reading():
        first = await queries.of_person(cycle.id, shops[0].owner.person_id)
        unsaid = await queries.unsaid(cycle.id)
    assert first is not None
    seen = {each.kind: each for each in first.signals}
    assert seen[Kind.REFUNDED].look == 1
    assert [each.id for each in unsaid] == [first.id]
    with pytest.raises(Refused, match="award_unsaid"):
        await publishing.propose(SYSTEM, ada, ready.ref, AT + 8 * DAY)
    await reviewing.reopen(SYSTEM, ada, ready.ref, AT + 8 * DAY)
    assert (await awards.again(cycle)).state is State.REVIEW
