"""Records whose number may be asked for, and who has asked. Call inside a door."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from portal.core.base import site_settings
from portal.core.base.clock import day_start, local
from portal.core.people.policy import Capability
from portal.core.stores import queries as stores
from portal.core.web.paging import Cut, Page, paged
from portal.core.web.viewer import Viewer
from portal.service.complaints import desk_queries as desk
from portal.service.orders import queries as orders
from portal.service.privacy.rules import MOST_A_DAY, Kind, Reason, limit_of, odd
from portal.service.privacy.tables import Erasure, Reveal

BEYOND = 2**62


@dataclass(frozen=True, slots=True)
class Record:
    """What a reveal would show: whole values, for the answer page alone. An order has an address, a VIP has none."""

    kind: Kind
    subject_id: int
    ident: str  # order number, or the VIP's external id
    vip_id: int
    store_id: int
    name: str
    phone: str
    address: str | None


@dataclass(frozen=True, slots=True)
class Reach:
    """A record and whether the viewer sees it as its owner."""

    record: Record
    own: bool


async def reach(viewer: Viewer, kind: Kind, ident: str) -> Reach | None:
    """The record if this viewer may ask for it: her own store's; that of a buyer whose open complaint is in her hands
    (for the desk lead: is open at all); any for who sees all."""
    record = await (_order(ident) if kind is Kind.ORDER else _vip(ident))
    if record is None:
        return None
    store = await stores.store_of_owner(viewer.person_id)
    if store is not None and store.id == record.store_id:
        return Reach(record, own=True)
    return Reach(record, own=False) if viewer.may("see.all") or await _at_desk(viewer, record.vip_id) else None


async def _at_desk(viewer: Viewer, vip_id: int) -> bool:
    if viewer.may(Capability.LEAD_DESK):
        return await desk.has_open(vip_id)
    return viewer.may(Capability.WORK_DESK) and await desk.holds_open_of(viewer.person_id, vip_id)


async def _order(number: str) -> Record | None:
    found = await orders.order_by_number(number)
    if found is None:
        return None
    where = found.address
    address = f"{where.region} {where.street}".strip()
    return Record(
        Kind.ORDER, found.id, found.number, found.vip_id, found.store_id, where.name, where.phone, address or None
    )


async def _vip(external_id: str) -> Record | None:
    found = await stores.vip_by_external_id(external_id)
    if found is None:
        return None
    return Record(Kind.VIP, found.id, found.external_id, found.id, found.store_id, found.name, found.phone, None)


async def most_a_day() -> int:
    """How many numbers one person may see within a day."""
    return limit_of(await site_settings.value("reveals_a_day", str(MOST_A_DAY)))


async def seen_today(person_id: int, at: datetime) -> int:
    """How many numbers she has seen since midnight of the site's calendar."""
    return await _seen_since(person_id, day_start(local(at).date()))


async def seen_within_hour(person_id: int, at: datetime) -> int:
    return await _seen_since(person_id, at - timedelta(hours=1))


async def _seen_since(person_id: int, since: datetime) -> int:
    return int(await Reveal.count().where(Reveal.person == person_id, Reveal.at >= since))


async def erased(vip_id: int) -> bool:
    """Whether the buyer's data was erased."""
    return bool(await Erasure.exists().where(Erasure.vip == vip_id))


@dataclass(frozen=True, slots=True)
class RevealRow:
    """A reveal in the admins' list, and what is odd about it."""

    id: int
    person_id: int
    person_name: str
    kind: Kind
    ident: str
    store_name: str
    own: bool
    reason: Reason
    note: str | None
    at: datetime
    odd: tuple[str, ...]


_LIST = (
    "SELECT r.id, r.person AS person_id, p.name AS person_name, r.kind, coalesce(o.number, v.external_id) AS ident,"
    " s.name AS store_name, r.own, r.reason, r.note, r.at, r.in_hour FROM reveals r"
    " JOIN persons p ON p.id = r.person JOIN vips v ON v.id = r.vip JOIN stores s ON s.id = r.store"
    " LEFT JOIN orders o ON r.kind = 'order' AND o.id = r.subject_id"
)


async def reveals(cut: Cut, person_id: int | None = None) -> Page[RevealRow]:
    """Who saw whose number, the newest first; of one person, or of all."""
    where, values = "r.id < {}", [cut.after or BEYOND]
    if person_id is not None:
        where, values = f"{where} AND r.person = {{}}", [*values, person_id]
    rows = await Reveal.raw(f"{_LIST} WHERE {where} ORDER BY r.id DESC LIMIT {{}}", *values, cut.fetch)
    found = []
    for row in (dict(one) for one in rows):
        row["odd"] = odd(local(row["at"]).hour, row.pop("in_hour"))
        row |= {"kind": Kind(row["kind"]), "reason": Reason(row["reason"]), "own": bool(row["own"])}
        found.append(RevealRow(**row))
    return paged(found, cut, lambda row: row.id)
