"""Finding a buyer for whom an agent files: by the shop's number, an order, or a phone's last four digits."""

from dataclasses import dataclass
from datetime import datetime

from portal.core.base import search
from portal.core.stores.rules import tail_of
from portal.service.complaints import queries
from portal.service.complaints.queries import ComplaintInfo
from portal.service.complaints.tables import Complaint

MOST = 20
_LOOKED_AT = 300  # orders with the same four digits


@dataclass(frozen=True, slots=True)
class Buyer:
    """A buyer whom the words may mean; `name` and `phone` are whole: whoever shows them masks them."""

    id: int
    external_id: str
    name: str
    phone: str
    store_name: str
    order_number: str | None = None


@dataclass(frozen=True, slots=True)
class Bought:
    """An order of hers, as far as one recognises it."""

    number: str
    status: str
    placed_at: datetime
    title: str | None


_BUYER = "SELECT v.id, v.external_id, v.name, v.phone, s.name AS store_name FROM vips v JOIN stores s ON s.id = v.store"


async def buyer(external_id: str) -> Buyer | None:
    """Inside a door."""
    rows = await Complaint.raw(f"{_BUYER} WHERE v.external_id = {{}}", external_id)
    return Buyer(**rows[0]) if rows else None


async def buyers(typed: str) -> list[Buyer]:
    """Those whom the words may mean: an id or an order number exactly, four or more digits by the last four.

    Inside a door.
    """
    exact = await Complaint.raw(f"{_BUYER} WHERE v.external_id = {{}}", typed)
    ordered = await Complaint.raw(
        f"{_BUYER.replace(' FROM', ', o.number AS order_number FROM', 1)} JOIN orders o ON o.vip = v.id"
        " WHERE o.number = {}",
        typed,
    )
    found = {row["id"]: Buyer(**row) for row in (*exact, *ordered)}
    if not found and (tail := tail_of(typed)):
        rows = await Complaint.raw(
            f"{_BUYER} WHERE v.id IN (SELECT k.vip FROM (SELECT o.vip FROM orders o WHERE o.phone_tail = {{}}"  # noqa: S608
            " ORDER BY o.id DESC LIMIT {}) k) ORDER BY v.id DESC LIMIT {}",
            tail,
            _LOOKED_AT,
            MOST,
        )
        found = {row["id"]: Buyer(**row) for row in rows}
    return list(found.values())


async def orders_of(vip_id: int, limit: int = 10) -> list[Bought]:
    """Her latest orders. Inside a door."""
    rows = await Complaint.raw(
        "SELECT o.number, o.status, o.placed_at, (SELECT l.title FROM order_lines l WHERE l.order_of = o.id"
        " AND l.removed_at IS NULL ORDER BY l.id LIMIT 1) AS title"
        " FROM orders o WHERE o.vip = {} ORDER BY o.id DESC LIMIT {}",
        vip_id,
        limit,
    )
    return [Bought(**row) for row in rows]


ALIKE_AT_LEAST = 0.06  # of two texts' words; a few sentences about one thing share that much
MOST_ALIKE, LOOKED_BACK = 3, 60


async def alike_of(vip_id: int, text: str, function: str) -> list[ComplaintInfo]:
    """Her own earlier complaints that are like what is being written down: by the words, the kind of problem first;
    before anything is written, the latest ones. Inside a door."""
    hers = await queries.listed("c.vip = {} ORDER BY c.id DESC LIMIT {}", vip_id, LOOKED_BACK)
    own = search.tokens(text)
    if not own:
        return hers[:MOST_ALIKE]
    shared = {info.id: search.likeness(own, search.tokens(info.text)) for info in hers}
    close = [info for info in hers if shared[info.id] >= ALIKE_AT_LEAST]
    close.sort(key=lambda info: (str(info.function) == function, shared[info.id]), reverse=True)
    return close[:MOST_ALIKE]


async def orders_of_store(store_id: int, limit: int = 20) -> list[tuple[Bought, str]]:
    """A store's latest orders, each with its buyer's name. Inside a door."""
    rows = await Complaint.raw(
        "SELECT o.number, o.status, o.placed_at, v.name, (SELECT l.title FROM order_lines l WHERE l.order_of = o.id"
        " AND l.removed_at IS NULL ORDER BY l.id LIMIT 1) AS title"
        " FROM orders o JOIN vips v ON v.id = o.vip WHERE o.store = {} ORDER BY o.id DESC LIMIT {}",
        store_id,
        limit,
    )
    return [(Bought(row["number"], row["status"], row["placed_at"], row["title"]), row["name"]) for row in rows]
