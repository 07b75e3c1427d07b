"""Returns against a real database: the buyer's consent, the shop's answers, the order's own course, and time."""

import asyncio
import json
from datetime import timedelta

import pytest

from portal.core.base import files
from portal.core.base.database import reading
from portal.core.base.refusals import NotFound, Refused
from portal.core.base.tables import Event
from portal.service.mandates import answers as consent
from portal.service.mandates import queries as mandates
from portal.service.mandates.actions import expire_due
from portal.service.mandates.rules import State as Consent
from portal.service.messages.tables import BuyerMessage
from portal.service.orders.rules import LineFacts, Status
from portal.service.orders.tables import OrderNeed
from portal.service.returns import evidence, filing, queries, told
from portal.service.returns.offers import Asked
from portal.service.returns.rules import Kind, Reason, Side
from portal.service.returns.states import Answer, State, Turn
from portal.service.returns.tables import Return, ReturnStep
from tests.service.orders import make as orders
from tests.service.returns import make
from tests.service.returns.make import agree, answer, found, scene, state

pytestmark = pytest.mark.usefixtures("cast")
A, S = Answer, State


async def events(kind: str) -> list[dict]:  # type: ignore[type-arg]
    async with reading():
        rows = await Event.select(Event.payload, Event.subject).where(Event.type == kind).order_by(Event.id)
    found = []
    for row in rows:
        said = await told.RENDERERS[kind](json.loads(row["payload"]), row["subject"])
        assert said is not None
        found.append(said.data)
    return found


async def told_buyer() -> list[str]:
    async with reading():
        rows = await BuyerMessage.select(BuyerMessage.kind).order_by(BuyerMessage.id)
    return [row["kind"] for row in rows if row["kind"].startswith("return_")]


async def needs() -> list[str]:
    async with reading():
        rows = await OrderNeed.select(OrderNeed.code).where(OrderNeed.ended_at.is_null())
    return [row["code"] for row in rows]


async def test_a_return_goes_its_whole_way_to_the_money() -> None:
    one = await scene()
    ref = await one.draft()
    assert await state(ref) is S.DRAFT
    await filing.ask(one.actor, one.owner.person_id, ref, "两盒都退。", one.at)
    assert await events("return.requested") == []
    await agree(ref, one.at)
    info = await found(ref)
    assert (info.state, info.turn, info.due_at) == (S.REQUESTED, Turn.SHOP, one.at + timedelta(hours=48))
    (said,) = await events("return.requested")
    assert said["ref"] == ref
    assert said["lines"] == [{"line": "1", "quantity": 2, "amount_fen": 11_800}]
    assert (said["kind"], said["postage_by"], said["evidence"]) == ("return", "buyer", 0)
    assert (await answer(ref, A.APPROVED, one.at)).turn is Turn.BUYER
    await filing.goods_sent(one.actor, one.owner.person_id, ref, "圆通", "YT123456", one.at)
    assert (await events("return.sent_back"))[0]["tracking_number"] == "YT123456"
    assert (await answer(ref, A.RECEIVED, one.at)).state is S.REFUND_DUE
    done = await answer(ref, A.REFUNDED, one.at)
    assert (done.state, done.refunded_fen, done.due_at) == (S.REFUNDED, 11_800, None)
    assert await told_buyer() == [
        "return_requested",
        "return_send_goods",
        "return_goods_back",
        "return_refund_due",
        "return_refunded",
    ]
    async with reading():
        walked = await ReturnStep.select(ReturnStep.state).order_by(ReturnStep.id)
        mandate = await mandates.mandate_for(f"return:{ref}")
    way = "draft awaiting_mandate requested approved goods_back received refund_due refunded"
    assert [row["state"] for row in walked] == way.split()
    assert mandate is not None
    assert mandate.state(one.at) is Consent.USED


async def test_the_same_answer_again_changes_nothing_and_a_wrong_one_is_refused() -> None:
    one = await scene()
    ref = await one.requested()
    first = await answer(ref, A.APPROVED, one.at)
    again = await answer(ref, A.APPROVED, one.at + timedelta(hours=1))
    assert again == first
    with pytest.raises(Refused, match="return_state"):
        await answer(ref, A.EXCHANGED, one.at)
    with pytest.raises(NotFound):
        await answer("no-such-return", A.APPROVED, one.at)


async def test_what_the_buyer_has_not_agreed_to_is_unknown_to_the_shop() -> None:
    one = await scene()
    ref = await one.asked()
    with pytest.raises(NotFound):
        await answer(ref, A.APPROVED, one.at)


async def test_a_draft_holds_nothing_and_what_was_asked_holds_its_pieces_and_money() -> None:
    one = await scene()
    first, second = await one.draft(), await one.draft()
    line = await one.line()
    async with reading():
        assert await queries.open_for_lines([line]) == set()
    await filing.ask(one.actor, one.owner.person_id, first, "x", one.at)
    async with reading():
        assert await queries.open_for_lines([line, line + 1]) == {line}
    with pytest.raises(Refused, match="return_quantity"):
        await filing.ask(one.actor, one.owner.person_id, second, "x", one.at)
    await filing.withdraw(one.actor, one.owner.person_id, first, one.at)
    await filing.ask(one.actor, one.owner.person_id, second, "x", one.at)
    assert await state(second) is S.AWAITING_MANDATE


async def test_parallel_requests_never_take_more_than_was_paid() -> None:
    one = await scene()
    drafts = [await one.draft(Kind.REFUND, Reason.QUALITY, quantity=1, fen=5_900) for _ in range(8)]

    async def try_one(ref: str) -> bool:
        try:
            await filing.ask(one.actor, one.owner.person_id, ref, "x", one.at)
        except Refused:
            return False
        return True

    assert sum(await asyncio.gather(*(try_one(ref) for ref in drafts))) == 2
    async with reading():
        held = await Return.select(Return.amount_fen).where(Return.state == "awaiting_mandate")
    assert sum(row["amount_fen"] for row in held) == 11_800


async def test_twentyfour_parallel_answers_have_one_effect() -> None:
    one = await scene()
    ref = await one.requested()
    answers = await asyncio.gather(*(answer(ref, A.APPROVED, one.at) for _ in range(24)))
    assert {info.state for info in answers} == {S.APPROVED}
    async with reading():
        assert await ReturnStep.count().where(ReturnStep.state == "approved") == 1


@pytest.mark.parametrize(
    ("kind", "reason", "fen", "code"),
    [
        (Kind.REFUND, Reason.QUALITY, 11_801, "return_too_much"),
        (Kind.REPAIR_ALLOWANCE, Reason.QUALITY, 5_901, "return_too_much"),
        (Kind.REFUND, Reason.QUALITY, 0, "return_nothing_asked"),
        (Kind.CANCEL, Reason.LATE, 100, "return_delivered_already"),
        (Kind.RESEND, Reason.LOST, 0, None),
    ],
)
async def test_what_is_filed_is_checked(kind: Kind, reason: Reason, fen: int, code: str | None) -> None:
    one = await scene()
    if code is None:
        assert await one.draft(kind, reason, fen=fen)
        return
    with pytest.raises(Refused, match=code):
        await one.draft(kind, reason, fen=fen)


async def test_evidence_is_needed_and_keeps_no_place() -> None:
    one = await scene()
    wanted = filing.Draft(Kind.REFUND, Reason.QUALITY, (Asked(await one.line(), 1, 100),), "坏了。", photos=())
    with pytest.raises(Refused, match="return_photos_missing"):
        await filing.file_draft(one.actor, one.owner.person_id, one.bought.number, wanted, one.at)
    with pytest.raises(Refused, match="return_photo_unfit"):
        await evidence.keep([b"not a picture"])
    with pytest.raises(Refused, match="return_photos_many"):
        await evidence.keep([make.picture()] * 10)
    (photo,) = await evidence.keep([make.picture()])
    assert b"Exif" not in await files.read(photo.sha256)


async def test_an_unpaid_order_is_cancelled_as_a_whole_and_without_money() -> None:
    one = await scene(status=Status.PLACED)
    ref = await one.requested(Kind.CANCEL, Reason.CHANGED_MIND, fen=0)
    done = await answer(ref, A.APPROVED, one.at)
    assert (done.state, done.postage_by) == (S.CLOSED, Side.NOBODY)


async def test_a_cancelled_order_still_owes_the_money() -> None:
    one = await scene(status=Status.PAID)
    ref = await one.requested(Kind.CANCEL, Reason.CHANGED_MIND)
    cancelled = await orders.move(one.bought, one.at, status=Status.CANCELLED)
    assert await state(ref) is S.REFUND_DUE
    await orders.move(cancelled, one.at + timedelta(hours=1), status=Status.REFUNDED)
    info = await found(ref)
    assert (info.state, info.refunded_fen) == (S.REFUNDED, 11_800)


async def test_the_orders_own_refund_closes_the_return_that_it_pays() -> None:
    one = await scene()
    first = await one.requested(Kind.REFUND, Reason.QUALITY, quantity=1, fen=2_000)
    second = await one.requested(Kind.REFUND, Reason.QUALITY, quantity=1, fen=3_000)
    line = one.bought.facts.lines[0]

    async def refunded(fen: int, hours: int) -> None:
        lines = (LineFacts(line.line, line.product, line.title, line.quantity, line.paid_fen, fen),)
        await orders.move(one.bought, one.at + timedelta(hours=hours), lines=lines)

    await refunded(1_999, 1)
    assert (await state(first), await state(second)) == (S.REQUESTED, S.REQUESTED)
    await refunded(2_000, 2)
    assert (await state(first), await state(second)) == (S.REFUNDED, S.REQUESTED)
    await refunded(4_000, 3)
    assert await state(second) is S.REQUESTED
    await refunded(5_000, 4)
    assert await state(second) is S.REFUNDED
    async with reading():
        assert await queries.open_for_lines([await one.line()]) == set()


async def test_a_smaller_refund_leaves_the_rest_to_be_asked_for() -> None:
    one = await scene()
    ref = await one.requested(Kind.REFUND, Reason.QUALITY)
    with pytest.raises(Refused, match="return_refunded_more"):
        await answer(ref, A.REFUNDED, one.at, refunded_fen=11_801)
    assert (await answer(ref, A.REFUNDED, one.at, refunded_fen=10_000)).refunded_fen == 10_000
    with pytest.raises(Refused, match="return_too_much"):
        await one.draft(Kind.REFUND, Reason.QUALITY, fen=1_801)
    assert await one.draft(Kind.REFUND, Reason.QUALITY, fen=1_800)


async def test_an_exchange_sent_ahead_ends_when_the_old_goods_are_back() -> None:
    one = await scene()
    ref = await one.requested(Kind.EXCHANGE, Reason.QUALITY, advance=True)
    assert (await answer(ref, A.APPROVED, one.at)).turn is Turn.SHOP
    ahead = await answer(ref, A.EXCHANGED, one.at)
    assert (ahead.state, ahead.turn, ahead.new_number) == (S.SENT_AHEAD, Turn.BUYER, "SF99")
    assert (await answer(ref, A.EXCHANGED, one.at)).state is S.SENT_AHEAD
    await filing.goods_sent(one.actor, one.owner.person_id, ref, "圆通", "YT1234", one.at)
    assert (await answer(ref, A.RECEIVED, one.at)).state is S.EXCHANGED


async def test_she_may_revoke_until_the_shop_has_approved() -> None:
    one = await scene()
    ref = await one.requested()
    async with reading():
        mandate = await mandates.mandate_for(f"return:{ref}")
    assert mandate is not None
    await consent.revoke(make.BUYER, mandate, one.at)
    assert await state(ref) is S.WITHDRAWN
    assert (await events("return.withdrawn"))[0]["ref"] == ref
    with pytest.raises(Refused, match="return_state"):
        await answer(ref, A.APPROVED, one.at)
    other = await one.requested()
    await answer(other, A.APPROVED, one.at)
    async with reading():
        mandate = await mandates.mandate_for(f"return:{other}")
    assert mandate is not None
    with pytest.raises(Refused, match="mandate_used"):
        await consent.revoke(make.BUYER, mandate, one.at)


async def test_silence_and_no_end_it_before_anything_was_sent() -> None:
    one = await scene()
    declined, silent = await one.asked(quantity=1), await one.asked(quantity=1)
    async with reading():
        mandate = await mandates.mandate_for(f"return:{declined}")
    assert mandate is not None
    await consent.decline(make.BUYER, mandate, None, one.at)
    assert await state(declined) is S.WITHDRAWN
    assert await state(silent) is S.AWAITING_MANDATE
    await expire_due(one.at + timedelta(days=8))
    assert await state(silent) is S.WITHDRAWN
    assert await events("return.withdrawn") == []
