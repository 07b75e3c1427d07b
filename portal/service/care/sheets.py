"""An owner's orders as a spreadsheet takes them: CSV with headings in her language, nothing in it a formula."""

import csv
from collections.abc import AsyncIterator, Iterable
from datetime import datetime
from io import StringIO

from portal.core.base.clock import local
from portal.core.base.database import reading
from portal.core.web.i18n import t
from portal.core.web.paging import Cut
from portal.service.care import queries
from portal.service.orders import listing
from portal.service.orders.listing import Card, Wanted
from portal.service.orders.story import need_text

MARK = "\ufeff"  # by which spreadsheets know UTF-8
BATCH = 100
MOST_ROWS = 50_000
_FORMULA = ("=", "+", "-", "@", "\t", "\r")
COLUMNS = (
    "number",
    "status",
    "placed",
    "ship_by",
    "buyer",
    "level",
    "items",
    "quantity",
    "paid",
    "flag",
    "note",
    "needs",
)


def cell(text: str) -> str:
    """Text that no spreadsheet takes for a formula."""
    return f"'{text}" if text.startswith(_FORMULA) else text


def _moment(value: datetime | None) -> str:
    return f"{local(value):%Y-%m-%d %H:%M}" if value is not None else ""


def row_of(card: Card, level: str) -> list[str]:
    """One order; money in yuan with two decimals, times where the site is."""
    return [
        cell(card.number),
        t(f"orders.status.{card.status}"),
        _moment(card.placed_at),
        _moment(card.ship_by),
        cell(card.vip_name),
        t(f"care.level.{level}"),
        cell("; ".join(line.title for line in card.lines)),
        str(sum(line.quantity for line in card.lines)),
        f"{card.paid_fen // 100}.{card.paid_fen % 100:02d}",
        t(f"orders.colour.{card.flag.colour}") if card.flag else "",
        cell(card.flag.note or "") if card.flag else "",
        "; ".join(need_text(need) for need in card.needs),
    ]


def lines(rows: Iterable[list[str]]) -> str:
    out = StringIO()
    csv.writer(out).writerows(rows)
    return out.getvalue()


async def sheet(store_id: int, wanted: Wanted, *, most: int = MOST_ROWS, batch: int = BATCH) -> AsyncIterator[str]:
    """The whole list that she looks at, a page at a time, each its own snapshot: nobody waits for an export."""
    yield MARK + lines([[t(f"care.export.{name}") for name in COLUMNS]])
    after, told = 0, 0
    while True:
        async with reading(long=True):
            page = await listing.orders(store_id, wanted, Cut(after, batch))
            known = await queries.level_words({card.vip_id for card in page.items})
        yield lines(row_of(card, known.get(card.vip_id, "new")) for card in page.items)
        told += len(page.items)
        if page.next_after is None:
            return
        if told >= most:
            yield lines([[t("care.export.cut", n=told)]])
            return
        after = page.next_after


async def chosen_sheet(store_id: int, numbers: list[str]) -> str:
    """The orders of these numbers as one text, in the order of the list."""
    async with reading():
        cards = await listing.cards(await queries.chosen_rows(store_id, numbers))
        known = await queries.level_words({card.vip_id for card in cards})
    heads = [t(f"care.export.{name}") for name in COLUMNS]
    return MARK + lines([heads, *(row_of(card, known.get(card.vip_id, "new")) for card in cards)])
