"""A month's statement: what stood before, what came and went, what stands after; and the same as a file."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import date, datetime

from portal.core.base.clock import local, now
from portal.core.base.database import reading
from portal.core.base.refusals import NotFound
from portal.core.web.format import moment
from portal.core.web.i18n import t
from portal.core.web.paging import MOST, Cut, Page
from portal.core.web.sheets import Cell, money
from portal.service.earnings import queries
from portal.service.earnings.months import MonthSums, month_of, next_month, read_month
from portal.service.earnings.queries import Balances, Entry
from portal.service.earnings.rules import Kind

MOST_ROWS = 50_000  # of one file


@dataclass(frozen=True, slots=True)
class Statement:
    """A store's month: balances before and after, its sums, and a page of what happened."""

    first: date
    opening: Balances
    closing: Balances
    sums: MonthSums
    entries: Page[Entry]


def month_named(text: str, at: datetime) -> date:
    """The month that an address names. Raises NotFound where it is none, or has not begun."""
    first = read_month(text)
    if first is None or first > local(at).date():
        raise NotFound
    return first


async def statement(store_id: int, first: date, cut: Cut, at: datetime) -> Statement:
    """The statement of a month. Call inside a door."""
    month = month_of(first)
    return Statement(
        first,
        opening=await queries.balances_before(store_id, month, at),
        closing=await queries.balances_before(store_id, month_of(next_month(first)), at),
        sums=(await queries.months(first, at, store_id))[-1],
        entries=await queries.entries(store_id, month, cut),
    )


def signed(entry: Entry) -> int:
    """How an entry changes what is hers: a release moves it, and changes nothing."""
    return {Kind.REVERSE: -entry.fen, Kind.RELEASE: 0}.get(entry.kind, entry.fen)


async def sheet(store_id: int, first: date) -> list[list[Cell]]:
    """The statement as rows in the reader's language, money in yuan. Call outside a door."""
    async with reading():
        found = await statement(store_id, first, Cut(0, 1), now())
    names = ("at", "number", "title", "kind", "cause", "moved", "change")
    rows: list[list[Cell]] = [[t(f"earnings.sheet.{name}") for name in names]]
    rows.append([t("earnings.statement.opening"), *[None] * 5, money(found.opening.total_fen)])
    async for entry in _all(store_id, month_of(first)):
        if len(rows) > MOST_ROWS:
            rows.append([t("earnings.sheet.cut")])
            break
        kind, cause = t(f"earnings.kind.{entry.kind}"), t(f"earnings.cause.{entry.cause}")
        shown: list[Cell] = [moment(entry.at), entry.number, entry.title, kind, cause]
        rows.append([*shown, money(entry.fen), money(signed(entry))])
    rows.append([t("earnings.statement.closing"), *[None] * 5, money(found.closing.total_fen)])
    return rows


async def _all(store_id: int, month: str) -> AsyncIterator[Entry]:
    """A month's entries, each batch a snapshot of its own."""
    after: int | None = 0
    while after is not None:
        async with reading():
            found = await queries.entries(store_id, month, Cut(after, 10 * MOST))
        for entry in found.items:
            yield entry
        after = found.next_after
