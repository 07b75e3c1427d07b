"""One step of a return, and what everybody hears of it. Call inside `writing()`, the order's row held."""

from dataclasses import replace
from datetime import datetime
from typing import Any

from portal.core.base.public_links import Door, address_of
from portal.core.base.refusals import NotFound, Refused
from portal.core.notices.actions import notify
from portal.service.mandates import queries as mandates
from portal.service.messages.actions import tell_buyer
from portal.service.orders import actions as orders
from portal.service.returns import queries, registers
from portal.service.returns.queries import ReturnInfo
from portal.service.returns.states import ENDED, State, due_after
from portal.service.returns.tables import Return, ReturnStep

LATE_SHOP = "return_shop_late"
LATE_BUYER = "return_goods_late"
_TOLD_OWNER = frozenset(
    {
        State.REQUESTED,
        State.APPROVED,
        State.SENT_AHEAD,
        State.REFUSED,
        State.RECEIVED,
        State.REFUNDED,
        State.EXCHANGED,
        State.RESENT,
        State.CLOSED,
        State.WITHDRAWN,
    }
)
_TOLD_BUYER = (_TOLD_OWNER | {State.REFUND_DUE, State.GOODS_BACK}) - {State.RECEIVED}
_CHARGED = frozenset({State.APPROVED, State.REFUNDED})  # from then on somebody bears the cost


async def held(ref: str) -> ReturnInfo:
    """The return with its order's row held to the end of the transaction, so that hands come one after the other.

    Raises NotFound.
    """
    found = await queries.by_ref(ref)
    if found is None:
        raise NotFound
    await orders.held(found.order_number)
    current = await queries.by_id(found.id)
    assert current is not None
    return current


async def move(
    info: ReturnInfo,
    to: State,
    at: datetime,
    *,
    by: int | None = None,
    note: str | None = None,
    told: bool = True,
    **values: Any,
) -> ReturnInfo:
    """Bring a return into a state: step, deadline, timeline, messages. Raises Refused("return_meanwhile").

    `told` False: a state that is passed through at once tells the buyer and the owner nothing.
    """
    changes = {
        "state": str(to),
        "due_at": due_after(info.course, to, at),
        "late_at": None,
        "changed_at": at,
        "ended_at": at if to in ENDED else None,
        **values,
    }
    rows = (
        await Return.update(**changes).where(Return.id == info.id, Return.state == str(info.state)).returning(Return.id)
    )
    if not rows:
        raise Refused("return_meanwhile", way=info.way)
    await write_step(info.id, to, at, by, note)
    moved = replace(info, **{**changes, "state": to})
    await end_needs(moved, at)
    if to is not State.DRAFT:
        await orders.note(info.order_id, f"return_{to}", at, _facts(moved, to), by)
    if to in _CHARGED:
        await registers.enter(moved, at)
    if told:
        await tell(moved, at)
    return moved


def _facts(info: ReturnInfo, to: State) -> dict[str, object]:
    if to is State.REFUNDED:
        return {"amount_fen": info.refunded_fen}
    return {"due_at": info.due_at.isoformat()} if info.due_at is not None else {}


async def write_step(return_id: int, state: State, at: datetime, by: int | None, note: str | None) -> None:
    await ReturnStep.insert(ReturnStep(return_of=return_id, state=str(state), at=at, by_person=by, note=note))


async def end_needs(info: ReturnInfo, at: datetime) -> None:
    """Whatever was late has moved."""
    for code in (LATE_SHOP, LATE_BUYER):
        await orders.end_need(info.order_id, code, info.subject, at)


async def tell(info: ReturnInfo, at: datetime) -> None:
    """Tell the buyer and the owner that the return has come this far."""
    params: dict[str, object] = {"order": info.order_number, "amount_fen": info.amount_fen}
    if info.state is State.REFUNDED:
        params["amount_fen"] = info.refunded_fen
    if info.due_at is not None:
        params["due_at"] = info.due_at
    if info.state in _TOLD_OWNER:
        await notify(info.owner_id, f"return_{info.state}", params, at, way=info.way, email=False)
    if info.state in _TOLD_BUYER:
        await tell_her(info, "send_goods" if info.waits_for_goods else str(info.state), params, at)


async def tell_her(info: ReturnInfo, what: str, params: dict[str, object], at: datetime) -> None:
    """One sentence to the buyer (`buyer.return_<what>`), with the link where she sees how her matter stands."""
    mandate = await mandates.mandate_for(info.subject)
    way = await address_of(Door.MANDATE, mandate.id) if mandate is not None else None
    await tell_buyer(info.vip_id, f"return_{what}", params, at, way=way, order_id=info.order_id)
