"""What the signals rest on: orders, ratings, telephones, homes and network addresses of some owners' period. In a door.

Nothing of it is kept but the orders' ids.
"""

import json
from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from portal.core.base.database import placeholders
from portal.core.stores.rules import ERASED
from portal.service.awards.cycles import Cycle
from portal.service.awards.signals import Bought, Rated, Signal, Ties, digits, home_of, signals_of
from portal.service.awards.tables import AwardSignal
from portal.service.awards.taking import rows

Found = Mapping[int, list[Any]]


async def look(cycle: Cycle, store_ids: Sequence[int], *, again: bool) -> dict[int, list[Signal]]:
    """The signals of each store; empty where nothing was seen."""
    if not store_ids:
        return {}
    bought = await _bought(cycle, store_ids, again=again)
    rated = await _rated(cycle, store_ids)
    ties = await _ties(cycle, store_ids)
    return {store: signals_of(bought[store], rated[store], ties[store]) for store in store_ids}


def row_of(candidate_id: int, signal: Signal, again: bool, at: datetime) -> AwardSignal:
    return AwardSignal(
        candidate=candidate_id,
        kind=str(signal.kind),
        strength=int(signal.strength),
        hits=signal.hits,
        of=signal.of,
        evidence=json.dumps(list(signal.orders)),
        look=int(again),
        at=at,
    )


_BOUGHT = (
    "SELECT f.store, f.order_of, f.vip, f.own, f.refunded_fen, f.paid_fen, f.cancelled, o.status, o.updated_at,"
    " o.address_phone, o.region, o.street, v.phone FROM order_facts f JOIN orders o ON o.id = f.order_of"
    " JOIN vips v ON v.id = f.vip WHERE f.store IN ({}) AND f.placed_at >= {} AND f.placed_at < {} AND f.paid"
    " ORDER BY f.placed_at, f.id"
)


def _in(sql: str, ids: Sequence[object]) -> str:
    return sql.replace("IN ({})", f"IN ({placeholders(ids)})")


async def _bought(cycle: Cycle, store_ids: Sequence[int], *, again: bool) -> Found:
    found: dict[int, list[Bought]] = defaultdict(list)
    for row in await rows(_in(_BOUGHT, store_ids), *store_ids, cycle.since, cycle.until):
        back = row["cancelled"] or 2 * row["refunded_fen"] >= max(row["paid_fen"], 1)
        known = row["street"] != ERASED
        found[row["store"]].append(
            Bought(
                order_id=row["order_of"],
                vip_id=row["vip"],
                vip_phone=row["phone"],
                to_phone=row["address_phone"] if known else "",
                home=home_of(row["region"], row["street"]) if known else "",
                own=bool(row["own"]),
                given_back=bool(back) and row["updated_at"] >= cycle.until,
            )
        )
    return found


_RATED = (
    "SELECT r.store, r.order_of, r.vip, r.at, r.owner AS mark, r.text, v.bound_at, a.address FROM ratings r"
    " JOIN vips v ON v.id = r.vip JOIN order_facts f ON f.order_of = r.order_of LEFT JOIN audit_entries a"
    " ON a.subject_kind = 'rating' AND a.subject_id = r.id AND a.action = 'voices.rated'"
    " WHERE r.store IN ({}) AND r.at >= {} AND r.at < {} AND NOT f.own ORDER BY r.at, r.id"
)


async def _rated(cycle: Cycle, store_ids: Sequence[int]) -> Found:
    found: dict[int, list[Rated]] = defaultdict(list)
    for row in await rows(_in(_RATED, store_ids), *store_ids, cycle.since, cycle.until):
        found[row["store"]].append(
            Rated(
                row["order_of"],
                row["vip"],
                row["at"],
                row["mark"],
                row["text"] or "",
                row["bound_at"],
                row["address"],
            )
        )
    return found


_OWNERS = (
    "SELECT s.id, s.owner, p.phone, coalesce(u.id, w.id) AS up, coalesce(u.phone, w.phone) AS up_phone FROM stores s"
    " JOIN persons p ON p.id = s.owner LEFT JOIN persons u ON u.external_id = s.referred_by"
    " LEFT JOIN stores y ON y.external_id = s.referred_by LEFT JOIN persons w ON w.id = y.owner WHERE s.id IN ({})"
)
_HOMES = (
    "SELECT DISTINCT s.owner, o.region, o.street FROM stores s JOIN order_facts f ON f.store = s.id"
    " JOIN orders o ON o.id = f.order_of WHERE s.owner IN ({}) AND f.own"
)
_ADDRESSES = (
    "SELECT DISTINCT person, address FROM sign_ins WHERE person IN ({}) AND address IS NOT NULL AND last_seen_at >= {}"
)


async def _ties(cycle: Cycle, store_ids: Sequence[int]) -> dict[int, Ties]:
    owners = await rows(_in(_OWNERS, store_ids), *store_ids)
    people = sorted({one for row in owners for one in (row["owner"], row["up"]) if one is not None})
    homes: dict[int, set[str]] = defaultdict(set)
    for row in await rows(_in(_HOMES, people), *people):
        if row["street"] != ERASED:
            homes[row["owner"]].add(home_of(row["region"], row["street"]))
    addresses: dict[int, set[str]] = defaultdict(set)
    for row in await rows(_in(_ADDRESSES, people), *people, cycle.since):
        addresses[row["person"]].add(row["address"])
    mutual = await _mutual(cycle, store_ids)
    return {
        row["id"]: Ties(
            phones=_known(row["phone"]),
            homes=frozenset(homes[row["owner"]]),
            up_phones=_known(row["up_phone"]),
            up_homes=frozenset(homes[row["up"]]) if row["up"] is not None else frozenset(),
            addresses=frozenset(addresses[row["owner"]] | (addresses[row["up"]] if row["up"] is not None else set())),
            mutual=mutual.get(row["id"], ()),
        )
        for row in owners
    }


def _known(phone: str | None) -> frozenset[str]:
    plain = digits(phone)
    return frozenset({plain}) if plain else frozenset()


# Best marks that owners gave each other as buyers: one whose VIP has the telephone of another store's owner.
_GIVEN = (
    "SELECT r.store, s.id AS giver, r.order_of FROM ratings r JOIN vips v ON v.id = r.vip JOIN persons p"
    " ON p.phone = v.phone JOIN stores s ON s.owner = p.id AND s.id <> r.store WHERE r.owner = 5 AND r.at >= {}"
    " AND r.at < {} AND "
)


async def _mutual(cycle: Cycle, store_ids: Sequence[int]) -> dict[int, tuple[int, ...]]:
    times = (cycle.since, cycle.until)
    taken: dict[tuple[int, int], list[int]] = defaultdict(list)
    for row in await rows(_in(f"{_GIVEN}r.store IN ({{}})", store_ids), *times, *store_ids):
        taken[row["store"], row["giver"]].append(row["order_of"])
    givers = sorted({giver for _, giver in taken})
    if not givers:
        return {}
    given = await rows(_in(f"{_GIVEN}r.store IN ({{}})", givers), *times, *givers)
    back = {(row["giver"], row["store"]) for row in given}
    found: dict[int, list[int]] = defaultdict(list)
    for pair, orders in taken.items():
        if pair in back:
            found[pair[0]] += orders
    return {store: tuple(orders) for store, orders in found.items()}
