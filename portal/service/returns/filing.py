"""What an owner does: drafts a return, asks the buyer for her consent, says that goods are under way, withdraws."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from portal.core.base import audit
from portal.core.base.audit import Actor
from portal.core.base.clock import site_zone
from portal.core.base.database import writing
from portal.core.base.ids import new_ref
from portal.core.base.refusals import NotFound, Refused
from portal.core.web.format import moment
from portal.service.mandates import actions as mandates
from portal.service.mandates import queries as asked_mandates
from portal.service.mandates.rules import Matter, Scope, ScopeLine
from portal.service.orders import actions as orders
from portal.service.orders import queries as order_queries
from portal.service.orders.parcel_watch import in_hand
from portal.service.orders.queries import OrderInfo
from portal.service.returns import queries, told
from portal.service.returns.evidence import Photo, attach
from portal.service.returns.moving import held, move, write_step
from portal.service.returns.offers import Asked, LineState, OrderState, amount_faults, may_file
from portal.service.returns.rules import FAULT, MONEY, Kind, Reason, Stage, photos_needed, postage_by
from portal.service.returns.standing import order_state
from portal.service.returns.states import WITHDRAWABLE, State
from portal.service.returns.tables import Return, ReturnLine

MATTERS: dict[Kind, Matter] = {
    Kind.CANCEL: Matter.CANCEL,
    Kind.REFUND: Matter.REFUND,
    Kind.RETURN: Matter.RETURN,
    Kind.EXCHANGE: Matter.EXCHANGE,
    Kind.RESEND: Matter.RESEND,
    Kind.REPAIR_ALLOWANCE: Matter.REPAIR,
}


@dataclass(frozen=True, slots=True)
class Draft:
    """What an owner wants to file: money in fen, `text` in her words."""

    kind: Kind
    reason: Reason
    lines: tuple[Asked, ...]
    text: str
    advance: bool = False
    photos: tuple[Photo, ...] = ()


async def file_draft(actor: Actor, person_id: int, number: str, draft: Draft, at: datetime) -> str:
    """Keep a return that nobody has been asked about yet; returns its ref. It holds nothing of the order.

    Raises NotFound, and Refused(422) with the field that it is about: `return_<why>`, `return_photos_missing`.
    """
    async with writing():
        order = await orders.held(number)
        if order is None:
            raise NotFound
        state = await _state(order)
        _check(state, draft.kind, draft.reason, draft.lines, at)
        if len(draft.photos) < photos_needed(draft.reason):
            raise Refused("return_photos_missing", field="photos", status=422)
        ref, return_id = await _insert(person_id, order, state, draft, at)
        await _insert_lines(return_id, state, draft.lines)
        await attach(return_id, draft.photos, at)
        await write_step(return_id, State.DRAFT, at, person_id, None)
        await audit.record(actor, "return.drafted", ("return", return_id), at, {"kind": str(draft.kind)})
        return ref


async def _state(order: OrderInfo) -> OrderState:
    return await order_state(order, await order_queries.parcels(order.id))


def _check(state: OrderState, kind: Kind, reason: Reason, asked: Sequence[Asked], at: datetime) -> None:
    """Raises Refused(422) where a line, its pieces or its money are not to be had."""
    if not asked:
        raise Refused("return_no_lines", field="lines", status=422)
    if (
        kind is Kind.CANCEL
        and state.stage is Stage.UNPAID
        and {one.line_id for one in asked} != {line.id for line in state.lines}
    ):
        raise Refused("return_cancel_whole", field="lines", status=422)
    lines = {line.id: line for line in state.lines}
    for line_id, fault in amount_faults(kind, state.stage, state.lines, asked):
        money = fault in ("too_much", "nothing_asked")
        field = f"yuan-{line_id}" if money else f"quantity-{line_id}"
        raise Refused(f"return_{fault}", _title(lines.get(line_id)), field=field, status=422)
    for one in asked:
        verdict = may_file(state, lines[one.line_id], kind, reason, at, site_zone())
        if not verdict.allowed:
            until = moment(verdict.until) if verdict.until else ""
            params = _title(lines[one.line_id]) | {"until": until}
            raise Refused(f"return_{verdict.why}", params, field=f"quantity-{one.line_id}", status=422)


def _title(line: LineState | None) -> dict[str, str]:
    return {"title": line.title} if line else {"title": ""}


async def _insert(person_id: int, order: OrderInfo, state: OrderState, draft: Draft, at: datetime) -> tuple[str, int]:
    ref = new_ref()
    row = Return(
        ref=ref,
        order_of=order.id,
        store=order.store_id,
        kind=str(draft.kind),
        reason=str(draft.reason),
        at_fault=str(FAULT[draft.reason]),
        postage_by=str(postage_by(draft.kind, draft.reason, state.stage)),
        amount_fen=sum(one.amount_fen for one in draft.lines),
        advance=draft.advance and draft.kind is Kind.EXCHANGE,
        state=str(State.DRAFT),
        text=draft.text,
        filed_by=person_id,
        filed_at=at,
        changed_at=at,
    )
    rows = await Return.insert(row)
    return ref, int(rows[0]["id"])


async def _insert_lines(return_id: int, state: OrderState, asked: Sequence[Asked]) -> None:
    outside = {line.id: line.outside_fen for line in state.lines}
    for one in asked:
        await ReturnLine.insert(
            ReturnLine(
                return_of=return_id,
                order_line=one.line_id,
                quantity=one.quantity,
                amount_fen=one.amount_fen,
                outside_fen=outside[one.line_id],
            )
        )


async def ask(actor: Actor, person_id: int, ref: str, text: str, at: datetime) -> None:
    """Ask the buyer; from now on the return holds its pieces and its money. `text` is the scope as she reads it.

    Asked again, it stays asked. Raises as `file_draft` where something has changed since the draft.
    """
    async with writing():
        info = await held(ref)
        if info.state is State.AWAITING_MANDATE:
            return
        if info.state is not State.DRAFT:
            raise Refused("return_meanwhile", way=info.way)
        order = await orders.required(info.order_id)
        asked = tuple(Asked(line.line_id, line.quantity, line.amount_fen) for line in info.lines)
        state = await _state(order)
        _check(state, info.kind, info.reason, asked, at)
        lines = tuple(ScopeLine(line.title, line.quantity) for line in info.lines)
        limit = info.amount_fen if info.kind in MONEY else None
        mandate = await mandates.ask(
            actor, person_id, info.order_id, MATTERS[info.kind], Scope(text, lines), limit, info.subject, at
        )
        payer = str(postage_by(info.kind, info.reason, state.stage))
        await move(
            info, State.AWAITING_MANDATE, at, by=person_id, told=False, mandate_ref=mandate.ref, postage_by=payer
        )
        await in_hand(info.order_id, at)
        await audit.record(actor, "return.asked", ("return", info.id), at, {"mandate": mandate.ref})


async def withdraw(actor: Actor, person_id: int, ref: str, at: datetime) -> None:
    """The buyer no longer wants it. Raises Refused("return_too_far") once goods or money are on their way."""
    async with writing():
        # The mandate comes before the order, as when the buyer answers: whoever locks both does it in this order.
        found = await queries.by_ref(ref)
        mandate = await asked_mandates.mandate_for(found.subject) if found is not None else None
        if found is not None and found.state in WITHDRAWABLE and mandate is not None and mandate.ended_at is None:
            await mandates.withdraw(actor, mandate, at)
        info = await held(ref)
        if info.state is State.WITHDRAWN:
            return
        if info.state not in WITHDRAWABLE:
            raise Refused("return_too_far", way=info.way)
        at_shop = info.requested_at is not None
        await move(info, State.WITHDRAWN, at, by=person_id, told=at_shop)
        if at_shop:
            await told.emit_withdrawn(info, at)
        await audit.record(actor, "return.withdrawn", ("return", info.id), at)


async def goods_sent(actor: Actor, person_id: int, ref: str, carrier: str, number: str, at: datetime) -> None:
    """The buyer has sent the goods back in this parcel. Raises Refused("return_not_sending") where none are awaited."""
    async with writing():
        info = await held(ref)
        if info.state is State.GOODS_BACK and (info.back_carrier, info.back_number) == (carrier, number):
            return
        if not info.waits_for_goods:
            raise Refused("return_not_sending", way=info.way)
        moved = await move(info, State.GOODS_BACK, at, by=person_id, back_carrier=carrier, back_number=number)
        await told.emit_sent_back(moved, at)
        await audit.record(actor, "return.goods_sent", ("return", info.id), at)
