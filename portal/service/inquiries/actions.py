"""Asking: a hurry, a trace, a recall, a corrected address. Each holds the order's row, so that hands come in turn."""

import json
from datetime import datetime
from typing import Any

from portal.core.base import audit
from portal.core.base.audit import Actor
from portal.core.base.database import placeholders, writing
from portal.core.base.ids import new_ref
from portal.core.base.public_links import Door, link_to
from portal.core.base.refusals import NotFound, Refused
from portal.core.notices.texts import shown
from portal.service.inquiries import queries, telling
from portal.service.inquiries.queries import InquiryInfo
from portal.service.inquiries.rules import (
    COOLDOWN,
    LINK_LIFE,
    Kind,
    No,
    OrderState,
    ParcelSeen,
    Past,
    address_no,
    due_at,
    hurry_no,
    rank,
    recall_no,
    step_at,
    trace_no,
)
from portal.service.inquiries.tables import Inquiry
from portal.service.orders import queries as orders
from portal.service.orders.actions import held
from portal.service.orders.queries import LineInfo, OrderInfo, ParcelInfo
from portal.service.orders.rules import UNSHIPPED, Address


def plain(no: No) -> dict[str, object]:
    """What fills a no's sentence, as texts: instants as ISO 8601 under names ending `_at`."""
    return {name: value.isoformat() if isinstance(value, datetime) else value for name, value in no.params.items()}


def refused(no: No) -> Refused:
    """The no as a refusal, its times as the reader in hand reads them."""
    return Refused(no.why, shown(plain(no)))


# ---- what may be asked now ----


def unshipped_lines(order: OrderInfo, parcels: list[ParcelInfo]) -> tuple[LineInfo, ...]:
    """The lines that are in no parcel yet; a parcel that names no lines holds them all."""
    packed = {line for parcel in parcels for line in parcel.lines or [one.line for one in order.lines]}
    return tuple(line for line in order.present if line.line not in packed)


def order_state(order: OrderInfo, parcels: list[ParcelInfo]) -> OrderState:
    return OrderState(order.status, order.placed_at, order.ship_by, bool(unshipped_lines(order, parcels)))


def parcel_seen(parcel: ParcelInfo | None) -> ParcelSeen | None:
    if parcel is None:
        return None
    return ParcelSeen(parcel.shipped_at, parcel.state, parcel.state_at, parcel.delivered_at)


def latest(asked: list[InquiryInfo], kind: Kind, party: int | None = None, parcel: int | None = None) -> Past | None:
    """The last inquiry of a kind to a party, or about a parcel; `asked` has the latest first."""
    for info in asked:
        if info.kind is kind and info.parcel_id == parcel and (party is None or info.party_id == party):
            return info.past
    return None


def hurry_noes(
    order: OrderInfo, parcels: list[ParcelInfo], asked: list[InquiryInfo], now: datetime
) -> dict[int, No | None]:
    """For each supplier of lines that are to be shipped, why it may not be hurried now, or None where it may."""
    state = order_state(order, parcels)
    waiting = unshipped_lines(order, parcels) or order.present
    return {
        supplier: hurry_no(state, latest(asked, Kind.HURRY, supplier), now)
        for supplier in dict.fromkeys(line.supplier_id for line in waiting)
    }


def no_of(
    kind: Kind, order: OrderState, parcel: ParcelInfo | None, asked: list[InquiryInfo], now: datetime
) -> No | None:
    """Why a question about a parcel (or an address) may not be asked now."""
    judge = {Kind.TRACE: trace_no, Kind.RECALL: recall_no, Kind.ADDRESS: address_no}[kind]
    to_shop = kind is Kind.ADDRESS and order.status in UNSHIPPED and order.to_ship
    about = None if to_shop or parcel is None else parcel.id
    return judge(order, parcel_seen(parcel), latest(asked, kind, parcel=about), now)


async def _held(order_id: int) -> OrderInfo:
    known = await orders.order(order_id)
    order = await held(known.number) if known else None
    if order is None:
        raise NotFound
    return order


# ---- asking ----


async def hurry(actor: Actor, person_id: int, order_id: int, at: datetime) -> list[InquiryInfo]:
    """Ask every supplier that has something to ship and may be asked now; returns the inquiries.

    Raises Refused by the first supplier's no: `inquiry_cooldown`, `inquiry_promised`, `inquiry_too_soon`, … .
    """
    async with writing():
        order = await _held(order_id)
        parcels, asked = await orders.parcels(order_id), await queries.of_order(order_id)
        noes = hurry_noes(order, parcels, asked, at)
        if not noes or all(noes.values()):
            raise refused(next((no for no in noes.values() if no), No("inquiry_shipped")))
        made = []
        for supplier in (supplier for supplier, no in noes.items() if no is None):
            lines = [line.line for line in unshipped_lines(order, parcels) if line.supplier_id == supplier]
            made.append(await _hurry_one(actor, person_id, order, supplier, lines, asked, at))
        return made


async def _hurry_one(
    actor: Actor,
    person_id: int,
    order: OrderInfo,
    supplier: int,
    lines: list[str],
    asked: list[InquiryInfo],
    at: datetime,
) -> InquiryInfo:
    waiting = next((one for one in asked if one.kind is Kind.HURRY and one.party_id == supplier and one.open), None)
    if waiting is None:
        return await _open(actor, person_id, order, Kind.HURRY, at, party=supplier, lines=lines)
    return await _press_again(actor, person_id, waiting, at)


async def _press_again(actor: Actor, person_id: int, info: InquiryInfo, at: datetime) -> InquiryInfo:
    """The same hurry asked for once more after its cooldown: its deadline stays."""
    taken = (
        await Inquiry.update({Inquiry.pressed_at: at, Inquiry.presses: Inquiry.presses + 1})
        .where(Inquiry.id == info.id, Inquiry.pressed_at <= at - COOLDOWN, Inquiry.ended_at.is_null())
        .returning(Inquiry.id)
    )
    if not taken:
        raise refused(No("inquiry_cooldown", {"again_at": info.pressed_at + COOLDOWN}))
    await audit.record(actor, "inquiry.pressed", ("inquiry", info.id), at)
    await telling.pressed_again(info, at, person_id)
    return await required(info.id)


async def ask_carrier(
    actor: Actor, person_id: int, order_id: int, parcel_id: int, kind: Kind, note: str | None, at: datetime
) -> InquiryInfo:
    """Ask the carrier where a parcel is, or to stop it. Raises NotFound, Refused (`inquiry_moving`, …)."""
    async with writing():
        order = await _held(order_id)
        parcels, asked = await orders.parcels(order_id), await queries.of_order(order_id)
        parcel = next((one for one in parcels if one.id == parcel_id), None)
        if parcel is None:
            raise NotFound
        no = no_of(kind, order_state(order, parcels), parcel, asked, at)
        if no is not None:
            raise refused(no)
        return await _open(actor, person_id, order, kind, at, party=parcel.carrier_id, parcel=parcel.id, note=note)


async def correct_address(actor: Actor, person_id: int, order_id: int, wanted: Address, at: datetime) -> InquiryInfo:
    """Have an order sent elsewhere: the shop is asked before shipping, the latest parcel's carrier after it.

    Raises Refused: `inquiry_same_address` (field "street"), `inquiry_open`, `inquiry_arrived`, … .
    """
    async with writing():
        order = await _held(order_id)
        parcels, asked = await orders.parcels(order_id), await queries.of_order(order_id)
        state, parcel = order_state(order, parcels), parcels[0] if parcels else None
        no = no_of(Kind.ADDRESS, state, parcel, asked, at)
        if no is not None:
            raise refused(no)
        if wanted == order.address:
            raise Refused("inquiry_same_address", field="street", status=422)
        if parcel is None or (state.status in UNSHIPPED and state.to_ship):
            return await _open(actor, person_id, order, Kind.ADDRESS, at, wanted=wanted)
        return await _open(
            actor, person_id, order, Kind.ADDRESS, at, party=parcel.carrier_id, parcel=parcel.id, wanted=wanted
        )


async def _open(
    actor: Actor,
    person_id: int,
    order: OrderInfo,
    kind: Kind,
    at: datetime,
    *,
    party: int | None = None,
    parcel: int | None = None,
    lines: list[str] | None = None,
    note: str | None = None,
    wanted: Address | None = None,
) -> InquiryInfo:
    """Write the inquiry and tell of it. Raises Refused("inquiry_open") where the same one waits already."""
    due = due_at(kind, at)
    values = {
        "order_of": order.id,
        "kind": str(kind),
        "party": party,
        "parcel": parcel,
        "lines": json.dumps(lines or [line.line for line in order.present]),
        "asked_by": person_id,
        "note": note,
    }
    if wanted is not None:
        values |= dict(zip(_NEW, (wanted.name, wanted.phone, wanted.region, wanted.street), strict=True))
    inquiry_id = await _insert(values, at, due)
    if party is not None:
        await link_to(Door.INQUIRY, inquiry_id, at, expires_at=due + LINK_LIFE)
    await audit.record(actor, f"inquiry.{kind}_asked", ("inquiry", inquiry_id), at, {"order": order.id})
    info = await required(inquiry_id)
    await telling.asked(info, at, person_id)
    return info


async def _insert(what: dict[str, Any], at: datetime, due: datetime) -> int:
    clock = {"asked_at": at, "pressed_at": at, "presses": 1, "due_at": due, "level": 0, "next_at": step_at(at, due, 0)}
    values = {"ref": new_ref(), "rank": 0, **what, **clock}
    names, places = ", ".join(values), placeholders(values)
    sql = f"INSERT INTO inquiries ({names}) VALUES ({places}) ON CONFLICT DO NOTHING RETURNING id"  # noqa: S608 - ours
    rows = await Inquiry.raw(sql, *values.values())
    if not rows:
        raise refused(No("inquiry_open", {"due_at": due}))
    inquiry_id = int(rows[0]["id"])
    await Inquiry.update({Inquiry.rank: rank(due, inquiry_id)}).where(Inquiry.id == inquiry_id)
    return inquiry_id


_NEW = ("new_name", "new_phone", "new_region", "new_street")


async def required(inquiry_id: int) -> InquiryInfo:
    """The inquiry. Raises NotFound."""
    found = await queries.inquiry(inquiry_id)
    if found is None:
        raise NotFound
    return found
