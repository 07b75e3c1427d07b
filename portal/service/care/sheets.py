"""An owner's orders as a spreadsheet takes them, with headings in her language."""

from collections.abc import AsyncIterator, Sequence
from datetime import datetime

from portal.core.base.clock import local
from portal.core.base.database import reading
from portal.core.web.i18n import t
from portal.core.web.paging import Cut
from portal.core.web.sheets import Cell, Rows, money
from portal.service.care import queries
from portal.service.orders import listing
from portal.service.orders.listing import Card, Wanted
from portal.service.orders.story import need_text

BATCH = 100
MOST_ROWS = 50_000
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


def _moment(value: datetime | None) -> str | None:
    return f"{local(value):%Y-%m-%d %H:%M}" if value is not None else None


def _heads() -> list[Cell]:
    return [t(f"care.export.{name}") for name in COLUMNS]


async def _rows(cards: Sequence[Card]) -> Rows:
    known = await queries.level_words({card.vip_id for card in cards})
    return [_row(card, known.get(card.vip_id, "new")) for card in cards]


def _row(card: Card, level: str) -> list[Cell]:
    """One order; money in yuan with two decimals, times where the site is."""
    return [
        card.number,
        t(f"orders.status.{card.status}"),
        _moment(card.placed_at),
        _moment(card.ship_by),
        card.vip_name,
        t(f"care.level.{level}"),
        "; ".join(line.title for line in card.lines),
        sum(line.quantity for line in card.lines),
        money(card.paid_fen),
        t(f"orders.colour.{card.flag.colour}") if card.flag else None,
        card.flag.note if card.flag else None,
        "; ".join(need_text(need) for need in card.needs),
    ]


async def sheet(store_id: int, wanted: Wanted, *, most: int = MOST_ROWS, batch: int = BATCH) -> AsyncIterator[Rows]:
    """The whole list that she looks at, a page at a time, each its own snapshot: nobody waits for an export."""
    yield [_heads()]
    after, told = 0, 0
    while True:
        async with reading(long=True):
            page = await listing.orders(store_id, wanted, Cut(after, batch))
            rows = await _rows(page.items)
        yield rows
        told += len(rows)
        if page.next_after is None:
            return
        if told >= most:
            yield [[t("care.export.cut", n=told)]]
            return
        after = page.next_after


async def chosen_sheet(store_id: int, numbers: list[str]) -> Rows:
    """The orders of these numbers, in the order of the list."""
    async with reading():
        cards = await listing.cards(await queries.chosen_rows(store_id, numbers))
        return [_heads(), *await _rows(cards)]
