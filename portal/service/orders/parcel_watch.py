"""Parcels that need their owner come to her by themselves: a problem, one that comes back, one that does not move.

What the guide would find if she looked is looked for here: at each change, and when a parcel has been quiet too long.
"""

from datetime import datetime
from typing import Any

from portal.core.base.clock import now
from portal.core.base.database import reading, writing
from portal.core.base.hooks import OrderFact
from portal.core.notices.actions import notify
from portal.service.orders.actions import end_need, raise_need
from portal.service.orders.guide import STALE_AFTER, Bought, Carried, Code, Step, next_step
from portal.service.orders.rules import ParcelState, Status
from portal.service.orders.tables import Parcel

BATCH = 200
NEEDS = {
    Code.PROBLEM: "parcel_problem",
    Code.RETURNING: "parcel_returning",
    Code.RETURNED: "parcel_returned",
    Code.STALE: "parcel_still",
    Code.NO_TRACE: "parcel_untraced",
}
WAITS = (Code.WAIT_TRACE, Code.MOVING, Code.ON_ITS_WAY_TO_HER)

_PARCEL = (
    "SELECT p.id, p.state, p.state_at, p.shipped_at, p.worried, p.quiet_at, o.id AS order_id, o.number, o.status,"
    " o.placed_at, o.updated_at, o.ship_by, o.delivered_at, s.owner AS owner_id"
    " FROM parcels p JOIN orders o ON o.id = p.order_of JOIN stores s ON s.id = o.store"
)


async def on_order(fact: OrderFact) -> None:
    """Look at each parcel of an order that has changed."""
    for row in await Parcel.raw(f"{_PARCEL} WHERE p.order_of = {{}} ORDER BY p.id", fact.order_id):
        await _look(row, fact.at)


async def in_hand(order_id: int, at: datetime) -> None:
    """Something is being done about the order's parcels: she need not look, unless they stay quiet as long again."""
    async with writing():
        rows = await Parcel.raw(f"{_PARCEL} WHERE p.order_of = {{}} AND p.worried IS NOT NULL", order_id)
        for row in rows:
            if await end_need(order_id, _code(row), _subject(row), at):
                await Parcel.update({Parcel.quiet_at: at + STALE_AFTER}).where(Parcel.id == row["id"])


async def watch_due() -> int:
    """Look at every parcel that has been quiet until its time; returns how many."""
    at, looked = now(), 0
    while True:
        async with reading():
            due = await Parcel.raw("SELECT id FROM parcels WHERE quiet_at < {} ORDER BY quiet_at LIMIT {}", at, BATCH)
        if not due:
            return looked
        async with writing():
            for row in due:
                await _come_due(row["id"], at)
        looked += len(due)


async def _come_due(parcel_id: int, at: datetime) -> None:
    taken = (
        await Parcel.update({Parcel.quiet_at: None})
        .where(Parcel.id == parcel_id, Parcel.quiet_at < at)
        .returning(Parcel.id)
    )
    if taken:
        rows = await Parcel.raw(f"{_PARCEL} WHERE p.id = {{}}", parcel_id)
        await _look(rows[0], at, again=True)


def _code(row: dict[str, Any]) -> str:
    return str(row["worried"]).partition(" ")[0]


def _subject(row: dict[str, Any]) -> str:
    return f"parcel:{row['id']}"


def _step(row: dict[str, Any], at: datetime) -> Step:
    status, state = Status(row["status"]), ParcelState(row["state"]) if row["state"] else None
    bought = Bought(row["number"], status, row["placed_at"], row["updated_at"], row["ship_by"], row["delivered_at"])
    return next_step(bought, Carried(row["shipped_at"], state, row["state_at"]), None, at)


async def _look(row: dict[str, Any], at: datetime, *, again: bool = False) -> None:
    """Raise what the parcel needs and end what it no longer needs; the same finding is told once."""
    step = _step(row, at)
    code = NEEDS.get(step.code)
    mark = f"{code} {step.since.isoformat()}" if code and step.since else None
    if mark is not None and mark == row["worried"] and not again:
        return
    if row["worried"] and _code(row) != code:
        await end_need(row["order_id"], _code(row), _subject(row), at)
    quiet_at = step.due_at if step.code in WAITS else None
    if (mark, quiet_at) != (row["worried"], row["quiet_at"]):
        await Parcel.update({Parcel.worried: mark, Parcel.quiet_at: quiet_at}).where(Parcel.id == row["id"])
    if code is not None:
        await _tell(row, code, at)


async def _tell(row: dict[str, Any], code: str, at: datetime) -> None:
    way = f"/orders/{row['number']}/guide"
    if await raise_need(row["order_id"], code, _subject(row), way, at):
        await notify(row["owner_id"], "orders.parcel", {"number": row["number"]}, at, way=way)
