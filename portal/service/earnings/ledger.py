"""The present of an order's lines, and posting what settles them. Call inside `writing()`."""

from collections.abc import Awaitable, Callable, Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from portal.core.base.clock import local
from portal.core.base.database import DB
from portal.service.earnings.months import month_of
from portal.service.earnings.rules import Booked, Move, Settled, Through
from portal.service.earnings.tables import EarningLine, LedgerEntry, LedgerTransaction
from portal.service.orders.rules import Status
from portal.service.returns.rules import GoodsClass

# Which of these order lines have something open that keeps their earning from becoming payable; joined in wiring.
HOLDS: list[Callable[[Collection[int]], Awaitable[set[int]]]] = []


async def held(order_lines: Collection[int]) -> set[int]:
    """The order lines with an open return or complaint."""
    found: set[int] = set()
    if order_lines:
        for hold in HOLDS:
            found |= await hold(order_lines)
    return found


@dataclass(frozen=True, slots=True)
class Present:
    """An order line with its order, its link and what is booked of it; money in fen."""

    order_line: int
    store_id: int
    link_id: int | None
    link: Through | None
    status: Status
    placed_at: datetime
    told_delivered_at: datetime | None
    updated_at: datetime
    paid_fen: int
    refunded_fen: int
    bp: int
    goods: GoodsClass
    removed: bool
    id: int | None  # the earning line's; None: there is none yet
    kept: dict[str, Any]  # the columns that `post` writes beside the money, as they stand
    booked: Booked

    @property
    def judged(self) -> "Judged | None":
        """Its verdict, where it was given for this very link and order day."""
        same = (self.kept["link"], self.kept["placed_at"]) == (self.link_id, self.placed_at)
        return Judged(self.kept["why"], self.kept["decision"]) if self.id is not None and same else None


@dataclass(frozen=True, slots=True)
class Judged:
    """A line's verdict with the decision that the gate had given by the moment of the order."""

    why: str
    decision_id: int | None


_PRESENT = (
    "SELECT l.id AS order_line, o.store AS store_id, o.link AS link_id, k.store AS link_store,"
    " d.may_share AS link_right, o.status, o.placed_at, o.delivered_at AS told_delivered_at, o.updated_at, l.paid_fen,"
    " l.refunded_fen, l.commission_bp, c.kind AS goods, l.removed_at, e.id, e.link AS kept_link, e.decision,"
    " e.placed_at AS kept_placed_at, e.why, e.state, e.pending_fen, e.payable_fen, e.reversed_fen, e.released, e.moves,"
    " e.delivered_at AS kept_delivered_at, e.release_at, e.look_at"
    " FROM order_lines l JOIN orders o ON o.id = l.order_of JOIN products p ON p.id = l.product"
    " LEFT JOIN return_classes c ON c.category = p.category"
    " LEFT JOIN earning_lines e ON e.order_line = l.id LEFT JOIN share_links k ON k.id = o.link"
    " LEFT JOIN gate_decisions d ON d.id = k.decision WHERE l.order_of = {} ORDER BY l.id"
)
# The column as the row names it, by its own name.
_KEPT = {
    "link": "kept_link",
    "decision": "decision",
    "placed_at": "kept_placed_at",
    "why": "why",
    "state": "state",
    "delivered_at": "kept_delivered_at",
    "release_at": "release_at",
    "look_at": "look_at",
}


async def present(order_id: int) -> list[Present]:
    """Every line that the order has or had, in one query."""
    return [_present(row) for row in await EarningLine.raw(_PRESENT, order_id)]


def _present(row: dict[str, Any]) -> Present:
    link = None
    if row["link_id"] is not None:
        link = Through(row["link_store"] == row["store_id"], bool(row["link_right"]))
    sums = (row["pending_fen"] or 0, row["payable_fen"] or 0, row["reversed_fen"] or 0)
    return Present(
        order_line=row["order_line"],
        store_id=row["store_id"],
        link_id=row["link_id"],
        link=link,
        status=Status(row["status"]),
        placed_at=row["placed_at"],
        told_delivered_at=row["told_delivered_at"],
        updated_at=row["updated_at"],
        paid_fen=row["paid_fen"],
        refunded_fen=row["refunded_fen"],
        bp=row["commission_bp"],
        goods=GoodsClass(row["goods"] or GoodsClass.ORDINARY),
        removed=row["removed_at"] is not None,
        id=row["id"],
        kept={name: row[told] for name, told in _KEPT.items()},
        booked=Booked(*sums, released=bool(row["released"]), moves=row["moves"] or 0),
    )


_HOLD = (
    "SELECT e.id FROM earning_lines e JOIN order_lines l ON l.id = e.order_line WHERE l.order_of = {}"
    " ORDER BY e.id FOR NO KEY UPDATE OF e"
)


async def hold(order_id: int) -> list[Present]:
    """Every line as it is, its earning kept to the end of the transaction: two hands post one after the other."""
    if DB.engine_type == "postgres":
        await EarningLine.raw(_HOLD, order_id)
    return await present(order_id)


_CREATE = (
    "INSERT INTO earning_lines (order_line, store, link, decision, placed_at, why, bp, state, pending_fen, payable_fen,"
    " reversed_fen, released, moves, at) VALUES ({}, {}, {}, {}, {}, {}, {}, 'nothing', 0, 0, 0, {}, 0, {})"
    " ON CONFLICT (order_line) DO NOTHING"
)


async def create(line: Present, judged: Judged, at: datetime) -> None:
    """A line's earning, with nothing booked; where it is there already, it stays as it is."""
    await EarningLine.raw(
        _CREATE,
        line.order_line,
        line.store_id,
        line.link_id,
        judged.decision_id,
        line.placed_at,
        judged.why,
        line.bp,
        False,
        at,
    )


@dataclass(frozen=True, slots=True)
class Delivered:
    """From when a line's return window runs, and when it is over; both None: not delivered yet."""

    at: datetime | None
    release_at: datetime | None


async def post(line: Present, judged: Judged, delivered: Delivered, settled: Settled, at: datetime) -> bool:
    """Write the moves and where the line stands after them. False where nothing has changed."""
    assert line.id is not None
    columns: dict[str, Any] = {
        "link": line.link_id,
        "decision": judged.decision_id,
        "placed_at": line.placed_at,
        "why": judged.why,
        "state": str(settled.state),
        "delivered_at": delivered.at,
        "release_at": delivered.release_at,
        "look_at": settled.look_at,
    }
    if not settled.moves and columns == line.kept:
        return False
    booked = settled.booked
    sums: dict[str, Any] = {
        "pending_fen": booked.pending_fen,
        "payable_fen": booked.payable_fen,
        "reversed_fen": booked.reversed_fen,
        "released": booked.released,
        "moves": booked.moves,
    }
    await EarningLine.update(**columns, **sums, at=at).where(EarningLine.id == line.id)
    for move in settled.moves:
        await _write(line, move, at)
    return True


async def _write(line: Present, move: Move, at: datetime) -> None:
    month = month_of(local(at).date())
    rows = await LedgerTransaction.insert(
        LedgerTransaction(
            line=line.id,
            store=line.store_id,
            number=move.number,
            kind=str(move.kind),
            cause=str(move.cause),
            fen=move.fen,
            at=at,
            month=month,
        )
    )
    entries = [
        LedgerEntry(move=rows[0]["id"], account=str(entry.account), store=line.store_id, fen=entry.fen, month=month)
        for entry in move.entries
    ]
    await LedgerEntry.insert(*entries)
