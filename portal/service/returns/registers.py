"""The registers: parcels lost or damaged, goods sent wrong, what they cost, and what the carrier or supplier paid."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from portal.core.base import audit
from portal.core.base.audit import Actor
from portal.core.base.clock import local
from portal.core.base.database import writing
from portal.core.base.ids import new_ref
from portal.core.base.money import yuan
from portal.core.base.refusals import NotFound, Refused
from portal.core.web.paging import Cut, Page, paged
from portal.service.orders import queries as orders
from portal.service.orders.queries import ParcelInfo
from portal.service.returns.queries import BEYOND, ReturnInfo
from portal.service.returns.rules import Reason
from portal.service.returns.tables import RegisterEntry


class What(StrEnum):
    """What happened to the goods."""

    LOST = "lost"
    DAMAGED = "damaged"
    WRONG = "wrong"


OF_REASON = {Reason.LOST: What.LOST, Reason.DAMAGED: What.DAMAGED, Reason.WRONG_GOODS: What.WRONG}
CARRIERS = frozenset({What.LOST, What.DAMAGED})


@dataclass(frozen=True, slots=True)
class Entry:
    """What is written into a register: `amount_fen` is claimed of the carrier, or what sending wrong goods has cost."""

    what: What
    amount_fen: int
    text: str = ""
    sent: str | None = None
    wanted: str | None = None
    parcel_id: int | None = None


@dataclass(frozen=True, slots=True)
class EntryInfo:
    """An entry with its order, carrier and outcome; money in fen."""

    id: int
    ref: str
    order_number: str
    store_id: int
    store_name: str
    return_ref: str | None
    what: What
    month: str
    at: datetime
    carrier_name: str | None
    tracking_number: str | None
    sent: str | None
    wanted: str | None
    text: str
    amount_fen: int
    settled_fen: int | None
    settled_at: datetime | None


@dataclass(frozen=True, slots=True)
class Month:
    """What a month cost: how many entries, what was asked for, what came back, and how many are still open."""

    month: str
    entries: int
    amount_fen: int
    settled_fen: int
    unsettled: int


async def enter(info: ReturnInfo, at: datetime) -> None:
    """Write what a return says of a lost, damaged or wrong parcel into its register, once. Inside `writing()`."""
    what = OF_REASON.get(info.reason)
    if what is None:
        return
    parcel = await _parcel_of(info) if what in CARRIERS else None
    titles = ", ".join(f"{line.title} × {line.quantity}" for line in info.lines)[:300]
    entry = Entry(what, await _cost(info), info.text[:500], wanted=titles if what is What.WRONG else None)
    await _insert(info.order_id, info.store_id, entry, parcel, at, return_of=info.id, made_by=None)


async def _parcel_of(info: ReturnInfo) -> ParcelInfo | None:
    wanted = {line.line for line in info.lines}
    return next((one for one in await orders.parcels(info.order_id) if wanted & set(one.lines)), None)


async def _cost(info: ReturnInfo) -> int:
    """What is asked back; for goods sent again, what was paid for them."""
    if info.amount_fen:
        return info.amount_fen
    order = await orders.order(info.order_id)
    paid = {line.id: (line.paid_fen, line.quantity) for line in order.lines} if order else {}
    return sum(paid[line.line_id][0] * line.quantity // paid[line.line_id][1] for line in info.lines)


async def _insert(
    order_id: int,
    store_id: int,
    entry: Entry,
    parcel: ParcelInfo | None,
    at: datetime,
    *,
    return_of: int | None,
    made_by: int | None,
) -> str | None:
    ref = new_ref()
    rows = await RegisterEntry.raw(
        "INSERT INTO register_entries (ref, order_of, store, return_of, what, month, at, carrier, tracking_number,"
        " sent, wanted, text, amount_fen, made_by) VALUES ({}, {}, {}, {}, {}, {}, {}, {}, {}, {}, {}, {}, {}, {})"
        " ON CONFLICT DO NOTHING RETURNING id",
        ref,
        order_id,
        store_id,
        return_of,
        str(entry.what),
        local(at).strftime("%Y-%m"),
        at,
        parcel.carrier_id if parcel else None,
        parcel.tracking_number if parcel else None,
        entry.sent,
        entry.wanted,
        entry.text,
        entry.amount_fen,
        made_by,
    )
    return ref if rows else None


async def make(actor: Actor, person_id: int, order_id: int, store_id: int, entry: Entry, at: datetime) -> str:
    """Write an entry by hand; returns its ref. Raises NotFound where the parcel is none of the order's."""
    async with writing():
        parcel = await orders.parcel(entry.parcel_id) if entry.parcel_id is not None else None
        if entry.parcel_id is not None and (parcel is None or parcel.order_id != order_id):
            raise NotFound
        ref = await _insert(order_id, store_id, entry, parcel, at, return_of=None, made_by=person_id)
        assert ref is not None  # nothing by hand can meet an entry of a return
        await audit.record(actor, "register.entered", ("order", order_id), at, {"what": str(entry.what), "ref": ref})
        return ref


async def settle(actor: Actor, person_id: int, ref: str, settled_fen: int, at: datetime) -> None:
    """Say what came back of it, once; nothing is an answer too.

    Raises NotFound, Refused: `entry_settled` (it was already), `entry_too_much` (more than was asked for).
    """
    async with writing():
        found = await entry(ref)
        if found is None:
            raise NotFound
        if settled_fen > found.amount_fen:
            raise Refused("entry_too_much", {"most": yuan(found.amount_fen)}, field="yuan", status=422)
        rows = (
            await RegisterEntry.update(settled_fen=settled_fen, settled_at=at, settled_by=person_id)
            .where(RegisterEntry.ref == ref, RegisterEntry.settled_at.is_null())
            .returning(RegisterEntry.id)
        )
        if not rows:
            raise Refused("entry_settled", field="yuan")
        await audit.record(actor, "register.settled", ("register_entry", found.id), at, {"settled_fen": settled_fen})


_ENTRY = (
    "SELECT e.id, e.ref, o.number AS order_number, e.store AS store_id, s.name AS store_name, r.ref AS return_ref,"
    " e.what, e.month, e.at, c.name AS carrier_name, e.tracking_number, e.sent, e.wanted, e.text, e.amount_fen,"
    " e.settled_fen, e.settled_at FROM register_entries e JOIN orders o ON o.id = e.order_of"
    " JOIN stores s ON s.id = e.store LEFT JOIN returns r ON r.id = e.return_of"
    " LEFT JOIN suppliers c ON c.id = e.carrier"
)


def _entry(row: dict[str, Any]) -> EntryInfo:
    return EntryInfo(**{**row, "what": What(row["what"])})


async def entry(ref: str) -> EntryInfo | None:
    rows = await RegisterEntry.raw(f"{_ENTRY} WHERE e.ref = {{}}", ref)
    return _entry(rows[0]) if rows else None


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which entries: of one store or of all (None), what happened, in which month, settled or not."""

    store_id: int | None = None
    what: What | None = None
    month: str | None = None
    unsettled: bool = False

    def conditions(self) -> tuple[list[str], list[Any]]:
        where, values = ["e.id < {}"], list[Any]()
        for column, value in (("e.store", self.store_id), ("e.what", self.what), ("e.month", self.month)):
            if value is not None:
                where.append(f"{column} = {{}}")
                values.append(value if isinstance(value, int) else str(value))
        if self.unsettled:
            where.append("e.settled_at IS NULL")
        return where, values


async def entries(wanted: Wanted, cut: Cut) -> Page[EntryInfo]:
    """Entries, the newest first."""
    where, values = wanted.conditions()
    sql = f"{_ENTRY} WHERE {' AND '.join(where)} ORDER BY e.id DESC LIMIT {{}}"
    rows = await RegisterEntry.raw(sql, cut.after or BEYOND, *values, cut.fetch)
    return paged([_entry(row) for row in rows], cut, lambda item: item.id)


_SUMS = ("entries", "amount_fen", "settled_fen", "unsettled")
_MONTHS = (
    "SELECT month, count(*) AS entries, sum(amount_fen) AS amount_fen, sum(coalesce(settled_fen, 0)) AS settled_fen,"
    " sum(CASE WHEN settled_at IS NULL THEN 1 ELSE 0 END) AS unsettled FROM register_entries WHERE month >= {}"
)


async def months(store_id: int | None, first: str) -> list[Month]:
    """The totals of each month from `first` (`2026-01`) on, the oldest first; of one store or of all."""
    ending = " GROUP BY month ORDER BY month"
    if store_id is None:
        rows = await RegisterEntry.raw(f"{_MONTHS}{ending}", first)
    else:
        rows = await RegisterEntry.raw(f"{_MONTHS} AND store = {{}}{ending}", first, store_id)
    return [Month(row["month"], *(int(row[name]) for name in _SUMS)) for row in rows]
