"""Holding the shop's list of orders against ours: what is missing on either side, and what differs.

Nothing is changed by it: the shop mends a difference by telling the order again.
"""

import json
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta, tzinfo
from enum import StrEnum
from typing import Any

from portal.core.base import audit
from portal.core.base.audit import Actor
from portal.core.base.database import reading, writing
from portal.core.base.refusals import NotFound, Refused
from portal.service.connect.tables import Reconciliation
from portal.service.orders import reckoning
from portal.service.orders.reckoning import OrderFigures

MOST_ROWS = 20_000
MOST_DAYS = 31
LISTED = 2_000
LARGEST_ID = 2**63 - 1


class Kind(StrEnum):
    """How the two sides differ."""

    MISSING_HERE = "missing_here"
    MISSING_THERE = "missing_there"
    STATUS = "status"
    PAID = "paid"
    REFUNDED = "refunded"


@dataclass(frozen=True, slots=True)
class Said:
    """What the shop says of an order; money in fen. None: it does not say."""

    number: str
    status: str
    paid_fen: int
    refunded_fen: int
    placed_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Difference:
    """One difference; `day` is the order's in the site's zone, empty where nobody knows it."""

    kind: str
    number: str
    day: str
    here: str
    there: str


@dataclass(frozen=True, slots=True)
class ReconciliationInfo:
    """A comparison that was made; `counts` by kind, `by_day` by day and kind, of all differences."""

    id: int
    made_at: datetime
    since: datetime
    until: datetime
    told: int
    held: int
    counts: dict[str, int]
    by_day: dict[str, dict[str, int]]
    differences: tuple[Difference, ...]

    @property
    def total(self) -> int:
        return sum(self.counts.values())


def compared(
    there: Mapping[str, Said], here: Mapping[str, OrderFigures], since: datetime, until: datetime, zone: tzinfo
) -> Iterator[Difference]:
    """Every difference. An order of ours is missing there only where it was placed between `since` and `until`."""
    for number in sorted(there.keys() | here.keys()):
        said, held = there.get(number), here.get(number)
        placed_at = held.placed_at if held else said.placed_at if said else None
        day = placed_at.astimezone(zone).date().isoformat() if placed_at else ""
        if held is None and said is not None:
            yield Difference(Kind.MISSING_HERE, number, day, "", said.status)
        elif said is None and held is not None:
            if since <= held.placed_at < until:
                yield Difference(Kind.MISSING_THERE, number, day, str(held.status), "")
        elif said is not None and held is not None:
            pairs = (
                (Kind.STATUS, str(held.status), said.status),
                (Kind.PAID, str(held.paid_fen), str(said.paid_fen)),
                (Kind.REFUNDED, str(held.refunded_fen), str(said.refunded_fen)),
            )
            yield from (Difference(kind, number, day, ours, theirs) for kind, ours, theirs in pairs if ours != theirs)


async def reconcile(
    actor: Actor, said: Iterable[Said], since: datetime, until: datetime, at: datetime, zone: tzinfo
) -> ReconciliationInfo:
    """Compare and keep the report. Raises Refused(422): `reconciling_span`, `reconciling_twice`, `reconciling_many`."""
    if not since < until <= since + timedelta(days=MOST_DAYS):
        raise Refused("reconciling_span", {"days": MOST_DAYS}, field="until", status=422)
    rows = list(said)
    there = {one.number: one for one in rows}
    if len(there) < len(rows):
        twice = next(number for number, n in Counter(one.number for one in rows).items() if n > 1)
        raise Refused("reconciling_twice", {"number": twice}, field="orders", status=422)
    async with reading(long=True):
        held = await reckoning.placed_between(since, until, MOST_ROWS + 1)
        if len(held) > MOST_ROWS:
            raise Refused("reconciling_many", {"limit": MOST_ROWS}, field="until", status=422)
        others = await reckoning.numbered(sorted(there.keys() - {one.number for one in held}))
    here = {one.number: one for one in (*held, *others)}
    found = list(compared(there, here, since, until, zone))
    return await _keep(actor, found, len(there), len(here), (since, until), at)


async def _keep(
    actor: Actor, found: list[Difference], told: int, held: int, span: tuple[datetime, datetime], at: datetime
) -> ReconciliationInfo:
    counts = {"by_kind": dict(Counter(one.kind for one in found)), "by_day": _by_day(found)}
    listed = [asdict(one) for one in found[:LISTED]]
    row = Reconciliation(
        made_at=at,
        made_by=actor.name,
        since=span[0],
        until=span[1],
        told=told,
        held=held,
        counts=json.dumps(counts, sort_keys=True),
        differences=json.dumps(listed, ensure_ascii=False),
    )
    async with writing():
        rows = await Reconciliation.insert(row)
        kept_id = int(rows[0]["id"])
        await audit.record(actor, "connect.reconciled", ("reconciliation", kept_id), at, {"differences": len(found)})
        return await reconciliation(kept_id)


def _by_day(found: list[Difference]) -> dict[str, dict[str, int]]:
    days: dict[str, dict[str, int]] = {}
    for one in found:
        day = days.setdefault(one.day, {})
        day[one.kind] = day.get(one.kind, 0) + 1
    return days


async def reconciliation(kept_id: int) -> ReconciliationInfo:
    """Raises NotFound. Call inside a door."""
    if not 0 < kept_id <= LARGEST_ID:
        raise NotFound
    rows = await Reconciliation.select().where(Reconciliation.id == kept_id)
    if not rows:
        raise NotFound
    return _info(rows[0])


async def latest(limit: int = 20) -> list[ReconciliationInfo]:
    """The latest ones, newest first, without their differences. Call inside a door."""
    wanted = [column for column in Reconciliation.all_columns() if column._meta.name != "differences"]
    rows = await Reconciliation.select(*wanted).order_by(Reconciliation.id, ascending=False).limit(limit)
    return [_info({**row, "differences": "[]"}) for row in rows]


def _info(row: dict[str, Any]) -> ReconciliationInfo:
    counts = json.loads(row["counts"])
    names = ("id", "made_at", "since", "until", "told", "held")
    return ReconciliationInfo(
        counts={str(kind): counts["by_kind"].get(kind, 0) for kind in Kind},
        by_day=counts["by_day"],
        differences=tuple(Difference(**one) for one in json.loads(row["differences"])),
        **{name: row[name] for name in names},
    )
