"""Asking, answering, escalating and settling against the real database, with two hands at once."""

import asyncio
import json
from datetime import timedelta
from pathlib import Path

import pytest

from portal.core.base import events
from portal.core.base.audit import SYSTEM
from portal.core.base.clock import now
from portal.core.base.database import reading
from portal.core.base.refusals import Refused
from portal.core.base.settings import settings
from portal.core.base.tables import AuditEntry, Event
from portal.core.base.worker import drain
from portal.core.notices.tables import Notice
from portal.service.inquiries import actions, following, queries, sweeps
from portal.service.inquiries.rules import Answered, End, Kind, Said, Via
from portal.service.inquiries.settling import Wish
from portal.service.inquiries.tables import BuyerWish, Inquiry, InquiryAnswer, InquiryStep
from portal.service.messages.tables import BuyerMessage
from portal.service.orders import queries as order_queries
from portal.service.orders.rules import Address, LineFacts, ParcelState, Status
from portal.service.orders.sweeps import turn_due
from tests import make
from tests.cast import Cast
from tests.service.inquiries import make as inquiries
from tests.service.orders import make as orders

STOCK = Said(Answered.OUT_OF_STOCK)
NEW = Address("王芳", "13987654321", "浙江省杭州市余杭区", "五常大道 8 号")


async def told_buyer() -> list[str]:
    async with reading():
        rows = await BuyerMessage.select(BuyerMessage.kind).order_by(BuyerMessage.id)
    return [row["kind"] for row in rows]


async def told_shop() -> list[str]:
    async with reading():
        rows = await Event.select(Event.type).where(Event.type.like("%hurry%")).order_by(Event.id)
    return [row["type"] for row in rows]


def move_clock(offset: str) -> None:
    clock = settings().clock_file
    assert clock is not None
    Path(clock).write_text(offset)


async def test_a_hurry_tells_supplier_shop_and_buyer_once_in_twelve_hours(cast: Cast) -> None:
    late = await inquiries.late(cast.olive)
    info = await late.hurry()
    assert (info.kind, info.party, info.open) == (Kind.HURRY, "qinling", True)
    assert info.due_at == late.at + timedelta(hours=24)
    assert await told_shop() == ["hurry.requested"]
    assert await told_buyer() == ["hurry_asked"]
    with pytest.raises(Refused) as refused:
        await late.hurry(late.at + timedelta(hours=11))
    assert refused.value.code == "inquiry_cooldown"
    again = await late.hurry(late.at + timedelta(hours=12))
    assert (again.id, again.presses, again.due_at) == (info.id, 2, info.due_at)
    assert await told_shop() == ["hurry.requested", "hurry.requested"]


async def test_twenty_four_hands_make_one_hurry(cast: Cast) -> None:
    late = await inquiries.late(cast.olive)
    outcomes = await asyncio.gather(*(late.hurry() for _ in range(24)), return_exceptions=True)
    assert sum(not isinstance(one, BaseException) for one in outcomes) == 1
    assert {one.code for one in outcomes if isinstance(one, Refused)} == {"inquiry_cooldown"}
    async with reading():
        assert await Inquiry.count() == 1


async def test_each_supplier_of_an_order_is_asked_for_its_own_lines(cast: Cast) -> None:
    await inquiries.contacts()
    at = now()
    first, second = await make.product(), await make.product(supplier="huaian")
    lines = (LineFacts("1", first, "蜂蜜", 1, 5_900), LineFacts("2", second, "茶叶", 1, 5_900))
    buyer = await orders.vip(cast.olive)
    order = await orders.order(buyer, at - timedelta(days=3), lines=lines)
    made = await actions.hurry(SYSTEM, cast.olive.person_id, order.id, at)
    assert sorted((one.party, one.lines) for one in made) == [("huaian", ("2",)), ("qinling", ("1",))]
    await inquiries.say(made[0], STOCK, at)
    with pytest.raises(Refused):
        await actions.hurry(SYSTEM, cast.olive.person_id, order.id, at + timedelta(hours=1))


async def test_an_answer_counts_once_and_may_be_put_right_for_half_an_hour(cast: Cast) -> None:
    late = await inquiries.late(cast.olive)
    info = await late.hurry()
    at = late.at + timedelta(hours=1)
    day = at + timedelta(days=2)
    answered = await inquiries.say(info, Said(Answered.SHIPS_BY, day), at)
    assert (answered.state, answered.ended_why, answered.next_at) == ("answered", End.ANSWERED, day)
    same = await inquiries.say(info, Said(Answered.SHIPS_BY, day), at + timedelta(minutes=50))
    assert same.answer == answered.answer
    put_right = await inquiries.say(info, STOCK, at + timedelta(minutes=20))
    assert put_right.answer is not None
    assert put_right.answer.said == STOCK
    assert "hurry_out_of_stock" in await late.needs()
    with pytest.raises(Refused, match="inquiry_answered"):
        await inquiries.say(info, Said(Answered.SHIPPED, tracking="SF9"), at + timedelta(hours=2))
    with pytest.raises(Refused, match="inquiry_answered"):
        await inquiries.say(info, Said(Answered.SHIPPED, tracking="SF9"), at + timedelta(minutes=21), Via.API)
    async with reading():
        assert await InquiryAnswer.count() == 2
    assert await told_buyer() == ["hurry_asked", "hurry_ships_by", "hurry_out_of_stock"]


async def test_two_answers_at_once_leave_one(cast: Cast) -> None:
    late = await inquiries.late(cast.olive)
    info = await late.hurry()
    at = late.at + timedelta(hours=1)
    given = [(STOCK, Via.LINK), (Said(Answered.CANNOT, text="later"), Via.API)] * 6
    await asyncio.gather(*(inquiries.say(info, said, at, via) for said, via in given), return_exceptions=True)
    async with reading():
        assert await InquiryAnswer.count().where(InquiryAnswer.replaced_at.is_null()) == 1
        assert await InquiryAnswer.count() == 1


async def test_silence_climbs_the_ladder_and_escalates_once(cast: Cast) -> None:
    late = await inquiries.late(cast.olive)
    info = await late.hurry()
    for offset, level in (("+12h5m", 1), ("+18h5m", 2), ("+21h50m", 3), ("+25h", 4)):
        move_clock(offset)
        await asyncio.gather(sweeps.climb(), sweeps.climb())
        assert (await inquiries.seen(info)).level == level
    move_clock("+3d")
    assert await sweeps.climb() == 0
    assert await told_shop() == ["hurry.requested", "hurry.escalated"]
    assert await late.needs() == ["hurry_silent"]
    async with reading():
        steps = [step for step, _ in await queries.steps(info.id)]
        kinds = await Notice.select(Notice.person, Notice.kind).where(Notice.kind.like("inquiries.%"))
        event = await Event.objects().where(Event.type == "hurry.escalated").first()
    assert [str(step) for step in steps] == ["remind", "call", "last", "breach"]
    assert {(row["person"], row["kind"]) for row in kinds} == {
        (cast.olive.person_id, "inquiries.silent"),
        (cast.ada, "inquiries.silent_staff"),
        (cast.alan, "inquiries.silent_staff"),
    }
    assert event is not None
    told = await events.RENDERERS["hurry.escalated"](json.loads(event.payload), event.subject)
    assert told is not None
    assert (told.data["ref"], told.data["level"], told.data["supplier"]) == (info.ref, 4, "qinling")
    answered = await inquiries.say(info, STOCK, late.at + timedelta(days=3))
    assert answered.answer is not None
    assert answered.answer.late
    assert await late.needs() == ["hurry_out_of_stock"]


async def test_after_a_downtime_the_ladder_catches_up_with_one_step_each(cast: Cast) -> None:
    late = await inquiries.late(cast.olive)
    await late.hurry()
    move_clock("+9d")
    await sweeps.climb()
    async with reading():
        assert await InquiryStep.count() == 4
    assert await told_shop() == ["hurry.requested", "hurry.escalated"]


async def test_the_first_scan_settles_a_hurry_and_its_needs(cast: Cast) -> None:
    late = await inquiries.late(cast.olive)
    await turn_due()
    assert await late.needs() == ["late"]
    info = await late.hurry()
    await orders.parcel(late.order, late.at + timedelta(hours=2))
    assert (await inquiries.seen(info)).open
    await orders.parcel(late.order, late.at + timedelta(hours=3), ParcelState.ACCEPTED)
    assert (await inquiries.seen(info)).ended_why is End.SCANNED
    await orders.move(late.order, late.at + timedelta(hours=4), status=Status.SHIPPED)
    assert await late.needs() == []
    with pytest.raises(Refused, match="inquiry_settled"):
        await inquiries.say(info, STOCK, late.at + timedelta(hours=5))


async def test_cancelling_ends_everything_but_stopping_the_parcel(cast: Cast) -> None:
    stuck = await inquiries.stuck(cast.olive)
    trace, recall = await stuck.ask(), await stuck.ask(Kind.RECALL)
    await orders.move(stuck.order, stuck.at + timedelta(hours=1), status=Status.CANCELLED)
    assert (await inquiries.seen(trace)).ended_why is End.CANCELLED
    assert (await inquiries.seen(recall)).open
    with pytest.raises(Refused, match="inquiry_over"):
        await stuck.ask(Kind.TRACE, stuck.at + timedelta(days=1))
    await orders.parcel(stuck.order, stuck.at + timedelta(hours=2), ParcelState.RETURNING)
    assert (await inquiries.seen(recall)).ended_why is End.RETURNING


async def test_a_promise_that_is_not_kept_comes_back(cast: Cast) -> None:
    late = await inquiries.late(cast.olive)
    info = await late.hurry()
    await inquiries.say(info, Said(Answered.SHIPS_BY, late.at + timedelta(days=1)), late.at)
    assert "hurry_promise" not in await late.needs()
    move_clock("+1d1h")
    await sweeps.climb()
    assert "hurry_promise" in await late.needs()
    again = await late.hurry(late.at + timedelta(days=1, hours=1))
    assert again.id != info.id


async def test_a_lost_parcel_becomes_her_matter_until_she_has_told_the_buyer(cast: Cast) -> None:
    stuck = await inquiries.stuck(cast.olive)
    info = await stuck.ask()
    assert info.due_at == stuck.at + timedelta(hours=48)
    info = await inquiries.say(info, Said(Answered.LOST), stuck.at + timedelta(hours=5))
    async with reading():
        needs = await order_queries.needs(stuck.order.id)
    assert [(need.code, need.way) for need in needs] == [
        ("trace_lost", f"/orders/{stuck.order.number}/inquiries/{info.ref}")
    ]
    await following.acknowledge(SYSTEM, cast.olive.person_id, info, now())
    async with reading():
        assert await order_queries.needs(stuck.order.id) == []


async def test_before_shipping_the_shop_corrects_the_address_and_that_settles_it(cast: Cast) -> None:
    late = await inquiries.late(cast.olive)
    info = await actions.correct_address(SYSTEM, cast.olive.person_id, late.order.id, NEW, late.at)
    assert info.party is None
    async with reading():
        event = await Event.objects().where(Event.type == "order.correction_requested").first()
    assert event is not None
    assert "13987654321" not in event.payload
    told = await events.RENDERERS["order.correction_requested"](json.loads(event.payload), event.subject)
    assert told is not None
    assert told.data["address"] == {"name": NEW.name, "phone": NEW.phone, "region": NEW.region, "street": NEW.street}
    with pytest.raises(Refused, match="inquiry_open"):
        await actions.correct_address(SYSTEM, cast.olive.person_id, late.order.id, NEW, late.at)
    await orders.move(late.order, late.at + timedelta(hours=1), address=NEW)
    assert (await inquiries.seen(info)).ended_why is End.CORRECTED
    assert await told_buyer() == ["address_asked", "address_done"]


async def test_shipped_before_the_correction_leads_to_the_carrier(cast: Cast) -> None:
    late = await inquiries.late(cast.olive)
    await actions.correct_address(SYSTEM, cast.olive.person_id, late.order.id, NEW, late.at)
    shipped = await orders.move(late.order, late.at + timedelta(hours=1), status=Status.SHIPPED)
    assert await late.needs() == ["address_missed"]
    await orders.parcel(shipped, late.at + timedelta(hours=2), ParcelState.IN_TRANSIT)
    at = late.at + timedelta(hours=3)
    info = await actions.correct_address(SYSTEM, cast.olive.person_id, late.order.id, NEW, at)
    assert (info.party, info.due_at) == ("sf-express", at + timedelta(hours=12))
    assert await late.needs() == []


async def test_the_same_address_is_no_correction(cast: Cast) -> None:
    late = await inquiries.late(cast.olive)
    with pytest.raises(Refused, match="inquiry_same_address"):
        await actions.correct_address(SYSTEM, cast.olive.person_id, late.order.id, orders.ADDRESS, late.at)


async def test_a_late_order_asks_the_buyer_and_her_wish_holds_for_its_time(cast: Cast) -> None:
    late = await inquiries.late(cast.olive)
    await turn_due()
    assert await late.needs() == ["late"]
    until = late.at + timedelta(days=2)
    await following.record_wish(SYSTEM, cast.olive.person_id, late.order.id, Wish.WAIT, until, late.at)
    assert await late.needs() == []
    await orders.move(late.order, late.at + timedelta(hours=1), paid_fen=11_900)
    assert await late.needs() == []
    assert await told_buyer() == ["wish_wait"]
    move_clock("+2d1h")
    await asyncio.gather(sweeps.ask_again(), sweeps.ask_again())
    assert await late.needs() == ["late"]
    await following.record_wish(SYSTEM, cast.olive.person_id, late.order.id, Wish.REFUND, None, now())
    async with reading():
        assert await BuyerWish.count().where(BuyerWish.ended_at.is_null()) == 1
    await orders.move(late.order, now(), status=Status.REFUNDED)
    with pytest.raises(Refused, match="wish_not_open"):
        await following.record_wish(SYSTEM, cast.olive.person_id, late.order.id, Wish.WAIT, None, now())


async def test_waiting_is_no_way_when_there_is_none_left(cast: Cast) -> None:
    late = await inquiries.late(cast.olive)
    await inquiries.say(await late.hurry(), STOCK, late.at)
    with pytest.raises(Refused, match="wish_no_stock"):
        await following.record_wish(SYSTEM, cast.olive.person_id, late.order.id, Wish.WAIT, None, late.at)
    await following.record_wish(SYSTEM, cast.olive.person_id, late.order.id, Wish.SWAP, None, late.at)
    assert await late.needs() == []


async def test_letters_carry_the_link_and_no_buyer(cast: Cast, tmp_path: Path) -> None:
    late = await inquiries.late(cast.olive)
    info = await late.hurry()
    await drain()
    letters = [path.read_text() for path in (tmp_path / "mail").glob("*.eml") if "qinling@" in path.read_text()]
    assert len(letters) == 1
    assert await inquiries.link_of(info) in letters[0]
    assert late.order.number in letters[0]
    assert "王芳" not in letters[0]
    assert "5678" not in letters[0]


async def test_buyer_and_owner_read_one_story(cast: Cast) -> None:
    late = await inquiries.late(cast.olive)
    info = await late.hurry()
    await inquiries.say(info, Said(Answered.CANNOT, text="two days of rain"), late.at + timedelta(hours=1))
    async with reading():
        story = await queries.story_of(late.order.id, now())
    assert [(one.kind, one.answer, one.text) for one in story] == [(Kind.HURRY, Answered.CANNOT, "two days of rain")]


async def test_the_trail_names_no_person(cast: Cast) -> None:
    late = await inquiries.late(cast.olive)
    await actions.correct_address(SYSTEM, cast.olive.person_id, late.order.id, NEW, late.at)
    async with reading():
        entries = await AuditEntry.select(AuditEntry.facts)
    assert not any("1398765" in row["facts"] or "五常" in row["facts"] for row in entries)
