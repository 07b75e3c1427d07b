"""The rows behind figures: stores by how far they came, orders and complaints by what they were. Inside a door."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from portal.core.base.clock import day_start
from portal.core.web.paging import Cut, Page, paged
from portal.service.complaints import queries as complaint_queries
from portal.service.complaints.queries import ComplaintInfo
from portal.service.complaints.rules import Function
from portal.service.insight.desk_queries import COUNTED
from portal.service.insight.rules import Period, Took
from portal.service.insight.scopes import Scope
from portal.service.insight.serving import LOST, last_order_day
from portal.service.insight.tables import InsightDay, StoreMark

# Which stores stand behind a figure; the words are `insight.stores.<code>`.
STORES: Mapping[str, str] = {
    "opened": "1 = 1",
    "uncertified": "m.certified_at IS NULL AND m.closed_at IS NULL",
    "certified": "m.certified_at IS NOT NULL",
    "unshared": "m.certified_at IS NOT NULL AND m.shared_at IS NULL",
    "shared": "m.shared_at IS NOT NULL",
    "unearned": "m.shared_at IS NOT NULL AND m.earned_at IS NULL",
    "earned": "m.earned_at IS NOT NULL",
    "closed": "m.closed_at IS NOT NULL",
}
# Which orders; the words are `insight.orders.<code>`.
ORDERS: Mapping[str, str] = {
    "all": "1 = 1",
    "paid": "f.paid",
    "shared": "f.shared",
    "several": "f.products > 1",
    "repeat": "f.nth > 1",
    "refund": "f.refunded_fen > 0",
    "complained": "f.complaints > 0",
}


@dataclass(frozen=True, slots=True)
class StoreRow:
    """A store and the moments of its way; `id` is the mark's, by which the list pages."""

    id: int
    external_id: str
    name: str
    owner_name: str
    region: str
    day: str
    opened_at: datetime
    closed_at: datetime | None
    certified_at: datetime | None
    shared_at: datetime | None
    earned_at: datetime | None

    @property
    def took(self) -> timedelta | None:
        return self.certified_at - self.opened_at if self.certified_at else None


async def stores(scope: Scope, period: Period, what: str, cut: Cut) -> Page[StoreRow]:
    """Stores whose kit was bought in the period, the latest first."""
    below, values = await _below("store_marks", cut)
    if scope.kind == "region":
        wanted, given = " AND m.region = {}", [scope.key]
    else:
        wanted, given = scope.stores("m.store"), scope.values
    rows = await StoreMark.raw(
        "SELECT m.id, s.external_id, s.name, p.name AS owner_name, m.region, m.day, m.opened_at, m.closed_at,"  # noqa: S608
        " m.certified_at, m.shared_at, m.earned_at FROM store_marks m JOIN stores s ON s.id = m.store"
        " JOIN persons p ON p.id = s.owner WHERE m.day >= {} AND m.day <= {}"
        f" AND {STORES[what]}{wanted}{below.format('m')} ORDER BY m.day DESC, m.id DESC LIMIT {{}}",
        period.since.isoformat(),
        period.until.isoformat(),
        *given,
        *values,
        cut.fetch,
    )
    return paged([StoreRow(**row) for row in rows], cut, lambda item: item.id)


async def _below(table: str, cut: Cut) -> tuple[str, list[Any]]:
    """What comes after the last row seen; `{}` in it stands for the table's name in the query."""
    if not cut.after:
        return "", []
    rows = await StoreMark.raw(f"SELECT day FROM {table} WHERE id = {{}}", cut.after)  # noqa: S608 - our own names
    return (" AND ({0}.day, {0}.id) < ({{}}, {{}})", [rows[0]["day"], cut.after]) if rows else (" AND 1 = 0", [])


@dataclass(frozen=True, slots=True)
class OrderRow:
    """An order of the period; money in fen. `id` is the fact's, by which the list pages."""

    id: int
    number: str
    store_external_id: str
    store_name: str
    placed_at: datetime
    paid_fen: int
    refunded_fen: int
    products: int
    nth: int
    shared: bool
    complaints: int


_ORDER = (
    "SELECT f.id, o.number, s.external_id AS store_external_id, s.name AS store_name, f.placed_at, f.paid_fen,"
    " f.refunded_fen, f.products, f.nth, f.shared, f.complaints FROM order_facts f JOIN orders o ON o.id = f.order_of"
    " JOIN stores s ON s.id = f.store WHERE f.day >= {} AND f.day <= {}"
)


async def orders(scope: Scope, period: Period, what: str, cut: Cut) -> Page[OrderRow]:
    """Orders placed in the period, the latest day first."""
    below, values = await _below("order_facts", cut)
    if scope.kind == "region":
        wanted, given = " AND coalesce(f.region, '') = {}", [scope.key]
    else:
        wanted, given = scope.stores("f.store"), scope.values
    rows = await InsightDay.raw(
        f"{_ORDER} AND {ORDERS[what]}{wanted}{below.format('f')} ORDER BY f.day DESC, f.id DESC LIMIT {{}}",
        period.since.isoformat(),
        period.until.isoformat(),
        *given,
        *values,
        cut.fetch,
    )
    return paged([OrderRow(**{**row, "shared": bool(row["shared"])}) for row in rows], cut, lambda item: item.id)


@dataclass(frozen=True, slots=True)
class LostRow:
    """A buyer's last order before she stayed away."""

    id: int
    vip_external_id: str
    vip_name: str
    store_external_id: str
    store_name: str
    number: str
    placed_at: datetime
    nth: int


async def lost(scope: Scope, day: str, cut: Cut) -> Page[LostRow]:
    """The buyers lost on a day."""
    rows = await InsightDay.raw(
        "SELECT f.id, v.external_id AS vip_external_id, v.name AS vip_name, s.external_id AS store_external_id,"  # noqa: S608
        " s.name AS store_name, o.number, f.placed_at, f.nth FROM order_facts f JOIN orders o ON o.id = f.order_of"
        " JOIN vips v ON v.id = f.vip JOIN stores s ON s.id = f.store"
        f" WHERE f.day = {{}} AND {LOST} AND f.id > {{}}{scope.stores('f.store')} ORDER BY f.id LIMIT {{}}",
        last_order_day(day),
        day,
        cut.after,
        *scope.values,
        cut.fetch,
    )
    return paged([LostRow(**row) for row in rows], cut, lambda item: item.id)


# Which complaints: all, those opened again, or those about one thing; the words are `insight.complaints.<code>` or
# `complaints.function.<code>`.
COMPLAINTS = ("all", "again", *Function)


async def complaints(scope: Scope, period: Period, what: str, cut: Cut) -> Page[ComplaintInfo]:
    """Complaints received in the period, as the dashboards count them, the latest first."""
    wanted, given = {"all": ("", []), "again": (" AND c.round > 1", [])}.get(
        what, (" AND c.function_category = {}", [what])
    )
    below = " AND (c.received_at, c.id) < (SELECT l.received_at, l.id FROM complaints l WHERE l.id = {})"
    found = await complaint_queries.listed(
        f"c.received_at >= {{}} AND c.received_at < {{}} AND {COUNTED}{wanted}{scope.stores('c.store')}"
        f"{below if cut.after else ''} ORDER BY c.received_at DESC, c.id DESC LIMIT {{}}",
        day_start(period.since),
        day_start(period.until + timedelta(days=1)),
        *given,
        *scope.values,
        *([cut.after] if cut.after else []),
        cut.fetch,
    )
    return paged(found, cut, lambda item: item.id)


TOOK = tuple(Took)
