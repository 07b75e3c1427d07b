"""What the shop, the buyer's answer and the order itself do to returns."""

from contextlib import suppress
from datetime import datetime
from typing import Any

from portal.core.base import audit
from portal.core.base.audit import SYSTEM, Actor
from portal.core.base.database import writing
from portal.core.base.hooks import OrderFact
from portal.core.base.money import yuan
from portal.core.base.refusals import NotFound, Refused
from portal.service.mandates import actions as mandates
from portal.service.mandates import queries as asked_mandates
from portal.service.mandates.queries import MandateInfo
from portal.service.mandates.rules import Act
from portal.service.mandates.rules import State as Consent
from portal.service.orders import queries as orders
from portal.service.orders.queries import OrderInfo
from portal.service.orders.rules import Status
from portal.service.returns import queries, told
from portal.service.returns.filing import MATTERS
from portal.service.returns.moving import held, move
from portal.service.returns.queries import ReturnInfo
from portal.service.returns.rules import MONEY
from portal.service.returns.standing import order_state
from portal.service.returns.states import AT_SHOP, OPEN, Answer, ShopAnswer, State, reached, said_before
from portal.service.returns.tables import ReturnLine

SUBJECT = "return:"
BY_ORDER = "order"  # the note of a step that the order itself brought

# ---- the buyer's answer ----


async def on_confirmed(mandate: MandateInfo, actor: Actor, at: datetime) -> None:
    """The buyer agrees: the return goes to the shop, whose clock starts."""
    info = await _waiting(mandate)
    if info is None or info.state is not State.AWAITING_MANDATE:
        return
    moved = await move(info, State.REQUESTED, at, requested_at=at)
    await told.emit_requested(moved, at)
    await audit.record(actor, "return.requested", ("return", info.id), at, {"mandate": mandate.ref})


async def on_revoked(mandate: MandateInfo, actor: Actor, at: datetime) -> None:
    """The buyer's consent is not to be had any more: what has not been approved yet stops.

    A term that ends while the shop makes up its mind does not undo what she has agreed to in time.
    """
    info = await _waiting(mandate)
    if info is None or info.state not in (State.AWAITING_MANDATE, State.REQUESTED):
        return
    if info.state is State.REQUESTED and mandate.state(at) is not Consent.REVOKED:
        return
    await move(info, State.WITHDRAWN, at, note=f"mandate_{mandate.state(at)}", told=False)
    if info.requested_at is not None:
        await told.emit_withdrawn(info, at)


async def _waiting(mandate: MandateInfo) -> ReturnInfo | None:
    if not mandate.subject.startswith(SUBJECT):
        return None
    try:
        return await held(mandate.subject.removeprefix(SUBJECT))
    except NotFound:
        return None


# ---- the shop's answer ----


async def take_change(actor: Actor, ref: str, answer: ShopAnswer, at: datetime) -> ReturnInfo:
    """Take the shop's answer; the same answer again changes nothing. Returns the return as it stands now.

    Raises NotFound; Refused(409): `return_state` (the answer does not fit where it is); Refused(422):
    `return_refusal_text`, `return_refunded_more`, `return_parcel_missing`.
    """
    _check_answer(answer)
    async with writing():
        found = await queries.by_ref(ref)
        if found is None or found.state in (State.DRAFT, State.AWAITING_MANDATE):
            raise NotFound
        if found.state is State.REQUESTED:
            await _spend(actor, found, at)
        info = await held(ref)
        if said_before(info.course, info.state, answer.answer):
            return info
        states = reached(info.course, info.state, answer.answer)
        if not states:
            raise Refused("return_state", {"state": str(info.state), "answer": str(answer.answer)})
        moved = await _walk(info, states, answer, at)
        if moved.state is State.REFUNDED and moved.refunded_fen < moved.amount_fen:
            await _share_out(moved)
        await audit.record(actor, "return.answered", ("return", info.id), at, {"answer": str(answer.answer)})
        return moved


def _check_answer(answer: ShopAnswer) -> None:
    if answer.answer is Answer.REFUSED and not answer.text:
        raise Refused("return_refusal_text", field="text", status=422)
    if answer.answer in (Answer.EXCHANGED, Answer.RESENT) and not (answer.carrier and answer.tracking_number):
        raise Refused("return_parcel_missing", field="tracking_number", status=422)


async def _spend(actor: Actor, info: ReturnInfo, at: datetime) -> None:
    """The shop acts on the buyer's consent: from here on it cannot be revoked.

    Another hand may have been first: what came of that, the return itself says once its row is held.
    """
    mandate = await asked_mandates.mandate_for(info.subject)
    if mandate is not None and mandate.state(at) is Consent.CONFIRMED:
        amount = info.amount_fen if info.kind in MONEY else None
        with suppress(Refused):
            await mandates.spend(actor, mandate.id, Act(info.order_id, MATTERS[info.kind], amount), at)


async def _walk(info: ReturnInfo, states: tuple[State, ...], answer: ShopAnswer, at: datetime) -> ReturnInfo:
    """Go through the states that an answer leads to; the last of them is told."""
    for state in states:
        values = _values(info, state, answer) if state is states[-1] else {}
        note = answer.text if state is states[0] else None
        info = await move(info, state, at, note=note, told=state is states[-1], **values)
    return info


async def _share_out(info: ReturnInfo) -> None:
    """The shop gave back less than was asked: each line gets its share, and the rest may be asked for again."""
    left, of = info.refunded_fen, info.amount_fen
    for line in info.lines:
        share = left if line is info.lines[-1] else min(left, info.refunded_fen * line.amount_fen // of)
        left -= share
        await ReturnLine.update({ReturnLine.amount_fen: share}).where(
            ReturnLine.return_of == info.id, ReturnLine.order_line == line.line_id
        )


def _values(info: ReturnInfo, state: State, answer: ShopAnswer) -> dict[str, Any]:
    if state is State.REFUSED:
        return {"refused_text": answer.text}
    if answer.answer in (Answer.EXCHANGED, Answer.RESENT):
        return {"new_carrier": answer.carrier, "new_number": answer.tracking_number}
    if state is State.REFUNDED:
        refunded = info.amount_fen if answer.refunded_fen is None else answer.refunded_fen
        if refunded > info.amount_fen:
            raise Refused("return_refunded_more", {"most": yuan(info.amount_fen)}, field="refunded_fen", status=422)
        return {"refunded_fen": refunded}
    return {}


# ---- the order's own course ----


async def on_order(fact: OrderFact) -> None:
    """Close what the order itself has settled: its money came back, or it ended."""
    running = [info for info in await queries.of_order(fact.order_id, 50) if info.state in OPEN]
    if not running:
        return
    order = await orders.order(fact.order_id)
    assert order is not None
    for info in reversed(running):
        await _settle(info, order, fact)


async def _settle(info: ReturnInfo, order: OrderInfo, fact: OrderFact) -> None:
    money = info.kind in MONEY and info.amount_fen > 0
    if info.state in AT_SHOP and money and await _paid_back(info, order):
        await _finish(info, State.REFUNDED, fact, info.amount_fen)
    elif order.status is Status.CANCELLED and info.state in AT_SHOP and money:
        if info.state is not State.REFUND_DUE:  # cancelled, and the money is still to come
            await move(info, State.REFUND_DUE, fact.at, note=BY_ORDER)
    elif order.status in (Status.CANCELLED, Status.REFUNDED):
        await _finish(info, State.CLOSED if info.state in AT_SHOP else State.WITHDRAWN, fact, 0)


async def _finish(info: ReturnInfo, to: State, fact: OrderFact, refunded_fen: int) -> None:
    await move(info, to, fact.at, note=BY_ORDER, refunded_fen=refunded_fen)
    mandate = await asked_mandates.mandate_for(info.subject)
    if mandate is not None and mandate.ended_at is None:
        await mandates.withdraw(SYSTEM, mandate, fact.at)


async def _paid_back(info: ReturnInfo, order: OrderInfo) -> bool:
    """Every line's refunds, but for those before it and those that other returns brought, cover what was asked."""
    if order.status is Status.REFUNDED:
        return True
    known = {line.id: line for line in (await order_state(order, [])).lines}
    lines = [line for line in info.lines if line.line_id in known]
    return bool(lines) and all(
        known[line.line_id].refunded_fen - line.outside_fen - known[line.line_id].settled_fen >= line.amount_fen
        for line in lines
    )
