"""How far stores have come, as the rooms below say it; and the rows of marks and of days. Call inside a door."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import astuple, fields
from datetime import datetime
from operator import itemgetter
from typing import Any

from portal.core.base.clock import local
from portal.core.base.database import placeholders
from portal.service.insight.rules import COLUMNS, DaySums, Mark, added, sums_of
from portal.service.insight.tables import InsightDay, StoreMark

PLATFORM, REGION = "platform", "region"
AT_ONCE = 200  # rows in one statement
Key = tuple[str, str, str]  # scope, key, day
MARK = tuple(f.name for f in fields(Mark))

# The first licence that reached into the store's life; the first link; the first line that earned.
_STORES = (
    "SELECT s.id AS store, s.region, s.opened_at, s.closed_at, s.kit_returned_at,"
    " (SELECT c.issued_at FROM certificates c JOIN curriculum_versions v ON v.id = c.curriculum_version"
    " JOIN curricula u ON u.id = v.curriculum WHERE c.person = s.owner AND u.purpose = 'owner_licence'"
    " AND c.valid_until > s.opened_at ORDER BY c.id LIMIT 1) AS certified_at,"
    " (SELECT l.made_at FROM share_links l WHERE l.store = s.id ORDER BY l.id LIMIT 1) AS shared_at,"
    " (SELECT m.at FROM ledger_transactions m WHERE m.store = s.id AND m.kind = 'accrue' ORDER BY m.id LIMIT 1)"
    " AS earned_at FROM stores s WHERE s.id IN "
)


def places(values: Sequence[object]) -> str:
    return f"({placeholders(values)})"


def moment(value: Any) -> datetime | None:
    """SQLite gives back what a subquery found as text."""
    return datetime.fromisoformat(value) if isinstance(value, str) else value


async def present(store_ids: Sequence[int]) -> list[Mark]:
    """The marks of these stores as they are now."""
    rows = await StoreMark.raw(f"{_STORES}{places(store_ids)}", *store_ids)
    return [_mark(row) for row in rows]


def _mark(row: Mapping[str, Any]) -> Mark:
    opened_at: datetime = row["opened_at"]
    ends = [at for at in (row["closed_at"], row["kit_returned_at"]) if at is not None]
    certified_at = moment(row["certified_at"])
    return Mark(
        store=row["store"],
        region=row["region"] or "",
        day=local(opened_at).date().isoformat(),
        opened_at=opened_at,
        closed_at=min(ends, default=None),
        certified_at=max(certified_at, opened_at) if certified_at else None,
        shared_at=moment(row["shared_at"]),
        earned_at=moment(row["earned_at"]),
    )


async def kept(store_ids: Sequence[int]) -> dict[int, Mark]:
    """The marks of these stores as they are kept."""
    if not store_ids:
        return {}
    sql = f"SELECT {', '.join(MARK)} FROM store_marks WHERE store IN {places(store_ids)}"  # noqa: S608
    return {row["store"]: Mark(**row) for row in await StoreMark.raw(sql, *store_ids)}


async def put(marks: Sequence[Mark]) -> None:
    """Keep these marks in the place of those of the same stores."""
    news = ", ".join(f"{name} = excluded.{name}" for name in MARK if name != "store")
    for start in range(0, len(marks), AT_ONCE):
        part = marks[start : start + AT_ONCE]
        await StoreMark.raw(
            f"INSERT INTO store_marks ({', '.join(MARK)}) VALUES {', '.join([places(MARK)] * len(part))}"  # noqa: S608
            f" ON CONFLICT (store) DO UPDATE SET {news}",
            *(value for one in part for value in astuple(one)),
        )


# ---- days ----


def both(region: str, day: str) -> tuple[Key, Key]:
    """The two days that something in a region belongs to."""
    return (PLATFORM, "", day), (REGION, region, day)


def shifts(before: Iterable[Mark], after: Iterable[Mark]) -> dict[Key, DaySums]:
    """By how much days move where these marks take the place of those."""
    moves: dict[Key, DaySums] = {}
    for marks, times in ((before, -1), (after, 1)):
        for one in marks:
            for key in both(one.region, one.day):
                moves[key] = added(moves.get(key, DaySums()), sums_of(one), times)
    return {key: by for key, by in moves.items() if by != DaySums()}


async def move(by: Mapping[Key, DaySums]) -> None:
    """Move the sums of days by these differences, in the order of their keys."""
    ordered = sorted(by.items(), key=itemgetter(0))
    columns = ("scope", "key", "day", *COLUMNS)
    sums = ", ".join(f"{name} = insight_days.{name} + excluded.{name}" for name in COLUMNS)
    for start in range(0, len(ordered), AT_ONCE):
        part = ordered[start : start + AT_ONCE]
        await InsightDay.raw(
            f"INSERT INTO insight_days ({', '.join(columns)}) VALUES {', '.join([places(columns)] * len(part))}"  # noqa: S608
            f" ON CONFLICT (scope, key, day) DO UPDATE SET {sums}",
            *(value for key, one in part for value in (*key, *astuple(one))),
        )
