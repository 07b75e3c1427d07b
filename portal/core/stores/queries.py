"""Stores, teams and VIPs, for pages and the rooms above. Call inside `reading()` or `writing()`."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from portal.core.stores.rules import State, StoreFacts, state_of, tail_of
from portal.core.stores.tables import Stewardship, Store, Vip
from portal.core.web.paging import Cut, Page, paged

BEYOND = 2**62  # beyond every id: lists begin with the newest


@dataclass(frozen=True, slots=True)
class StoreInfo:
    """A store with its owner and its current manager, if it has one; the kit's price in fen."""

    id: int
    external_id: str
    owner_id: int
    owner_external_id: str
    name: str
    region: str | None
    opened_at: datetime
    closed_at: datetime | None
    kit_returned_at: datetime | None
    manager_id: int | None
    manager_name: str | None
    owner_name: str = ""
    kit_sku: str = ""
    kit_paid_fen: int = 0
    referred_by: str | None = None

    @property
    def state(self) -> State:
        return state_of(self.closed_at, self.kit_returned_at)

    @property
    def open(self) -> bool:
        return self.state is State.OPEN

    @property
    def facts(self) -> StoreFacts:
        """The record as the shop tells it."""
        return StoreFacts(
            name=self.name,
            region=self.region,
            opened_at=self.opened_at,
            closed_at=self.closed_at,
            kit_sku=self.kit_sku,
            kit_paid_fen=self.kit_paid_fen,
            kit_returned_at=self.kit_returned_at,
            referred_by=self.referred_by,
        )


@dataclass(frozen=True, slots=True)
class Tenure:
    """Who managed a store from when to when."""

    manager_id: int
    manager_name: str
    since: datetime
    until: datetime | None


@dataclass(frozen=True, slots=True)
class VipInfo:
    """A buyer bound to a store. `phone` is whole: whoever shows it masks it."""

    id: int
    external_id: str
    name: str
    phone: str
    store_id: int
    registered_at: datetime
    bound_at: datetime
    bound_via: str  # share_code, owner


_STORE = (
    "SELECT s.id, s.external_id, s.owner AS owner_id, o.external_id AS owner_external_id, o.name AS owner_name, s.name,"
    " s.region, s.opened_at, s.closed_at, s.kit_returned_at, s.kit_sku, s.kit_paid_fen, s.referred_by,"
    " g.manager AS manager_id, m.name AS manager_name FROM stores s JOIN persons o ON o.id = s.owner"
    " LEFT JOIN stewardships g ON g.store = s.id AND g.until IS NULL LEFT JOIN persons m ON m.id = g.manager"
)
_OPEN = "s.closed_at IS NULL AND s.kit_returned_at IS NULL"
_NEWEST = f" ORDER BY ({_OPEN}) DESC, s.id DESC LIMIT 1"
_STATES = {
    State.OPEN: _OPEN,
    State.CLOSED: "s.closed_at IS NOT NULL AND s.kit_returned_at IS NULL",
    State.KIT_RETURNED: "s.kit_returned_at IS NOT NULL",
}


async def _one(condition: str, value: object) -> StoreInfo | None:
    rows = await Store.raw(f"{_STORE} WHERE {condition}", value)
    return StoreInfo(**rows[0]) if rows else None


async def store(store_id: int) -> StoreInfo | None:
    return await _one("s.id = {}", store_id)


async def store_by_external_id(external_id: str) -> StoreInfo | None:
    return await _one("s.external_id = {}", external_id)


async def store_of_owner(person_id: int) -> StoreInfo | None:
    """The open store of a person, or else her newest."""
    return await _one(f"s.owner = {{}}{_NEWEST}", person_id)


async def store_of_owner_external_id(external_id: str) -> StoreInfo | None:
    """The open store of the person whom the shop calls so, or else her newest."""
    return await _one(f"o.external_id = {{}}{_NEWEST}", external_id)


async def other_open_store(owner_id: int, external_id: str) -> str | None:
    """The external id of an open store of this owner, other than the one named."""
    rows = await Store.raw(
        f"{_STORE} WHERE s.owner = {{}} AND s.external_id <> {{}} AND {_OPEN}", owner_id, external_id
    )
    return rows[0]["external_id"] if rows else None


async def stores(cut: Cut, search: str | None = None, state: State | None = None) -> Page[StoreInfo]:
    """All stores, the newest first; `search` looks into external ids and the names of store and owner."""
    return await _listed(["s.id < {}"], [cut.after or BEYOND], cut, search, state)


async def team(manager_id: int, cut: Cut, search: str | None = None, state: State | None = None) -> Page[StoreInfo]:
    """The stores whose current manager she is, the newest first."""
    return await _listed(["g.manager = {}", "s.id < {}"], [manager_id, cut.after or BEYOND], cut, search, state)


async def _listed(
    where: list[str], values: list[Any], cut: Cut, search: str | None, state: State | None
) -> Page[StoreInfo]:
    if state is not None:
        where.append(_STATES[state])
    if search:
        where.append(contains("s.external_id", "s.name", "o.name", "o.external_id"))
        values += [pattern(search)] * 4
    sql = f"{_STORE} WHERE {' AND '.join(where)} ORDER BY s.id DESC LIMIT {{}}"
    rows = await Store.raw(sql, *values, cut.fetch)
    return paged([StoreInfo(**row) for row in rows], cut, lambda item: item.id)


async def team_owners(manager_id: int) -> list[int]:
    """The owners of the open stores in her team, for acts on the whole of it."""
    rows = await Store.raw(
        "SELECT DISTINCT s.owner FROM stores s JOIN stewardships g ON g.store = s.id AND g.until IS NULL"
        " WHERE g.manager = {} AND s.closed_at IS NULL AND s.kit_returned_at IS NULL ORDER BY s.owner",
        manager_id,
    )
    return [row["owner"] for row in rows]


_MANAGES_STORE = "SELECT g.id FROM stewardships g WHERE g.manager = {} AND g.until IS NULL AND g.store = {} LIMIT 1"
_MANAGES_PERSON = (
    "SELECT g.id FROM stewardships g JOIN stores s ON s.id = g.store"
    " WHERE g.manager = {} AND g.until IS NULL AND s.owner = {} LIMIT 1"
)


async def manages(manager_id: int, *, store_id: int | None = None, person_id: int | None = None) -> bool:
    """Whether she is the current manager of this store, or of a store of this person."""
    sql = _MANAGES_STORE if store_id is not None else _MANAGES_PERSON
    return bool(await Stewardship.raw(sql, manager_id, store_id if store_id is not None else person_id))


async def tenures(store_id: int) -> list[Tenure]:
    """Who has managed a store, the latest first."""
    rows = await Stewardship.raw(
        "SELECT g.manager AS manager_id, m.name AS manager_name, g.since, g.until FROM stewardships g"
        " JOIN persons m ON m.id = g.manager WHERE g.store = {} ORDER BY g.id DESC LIMIT 50",
        store_id,
    )
    return [Tenure(**row) for row in rows]


# ---- VIPs ----

_VIP = "SELECT id, external_id, name, phone, store AS store_id, registered_at, bound_at, bound_via FROM vips"


async def vips_of(store_id: int, cut: Cut, search: str | None = None) -> Page[VipInfo]:
    """The VIPs of a store, the newest first; `search` is part of a name, or a phone's last four digits."""
    where: list[str] = ["store = {}", "id < {}"]
    values: list[Any] = [store_id, cut.after or BEYOND]
    if search and (tail := tail_of(search)):
        where.append("phone LIKE {}")
        values.append(f"%{tail}")
    elif search:
        where.append(contains("name"))
        values.append(pattern(search))
    sql = f"{_VIP} WHERE {' AND '.join(where)} ORDER BY id DESC LIMIT {{}}"
    rows = await Vip.raw(sql, *values, cut.fetch)
    return paged([VipInfo(**row) for row in rows], cut, lambda item: item.id)


async def vip_by_external_id(external_id: str) -> VipInfo | None:
    rows = await Vip.raw(f"{_VIP} WHERE external_id = {{}}", external_id)
    return VipInfo(**rows[0]) if rows else None


# ---- searching ----


def contains(*columns: str) -> str:
    """A condition that finds a `pattern` in any of the columns, whatever the case of Latin letters."""
    return "(" + " OR ".join(f"lower({column}) LIKE {{}} ESCAPE '\\'" for column in columns) + ")"


def pattern(search: str) -> str:
    """A LIKE pattern that finds `search` anywhere; what it holds of wildcards is meant literally."""
    literal = "".join(f"\\{c}" if c in "\\%_" else c for c in search.lower())
    return f"%{literal}%"
