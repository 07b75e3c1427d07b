"""What time brings: a shop that is silent, goods that nobody sent. Each deadline that breaks is told once."""

from collections.abc import Awaitable, Callable
from datetime import datetime
from functools import partial

from portal.core.base import audit
from portal.core.base.audit import SYSTEM
from portal.core.base.clock import now
from portal.core.base.database import writing
from portal.core.base.sweeping import each_due
from portal.core.notices.actions import notify
from portal.core.people import queries as people
from portal.core.people.rules import Role
from portal.service.orders import actions as orders
from portal.service.returns.moving import LATE_BUYER, LATE_SHOP, held, move, tell_her
from portal.service.returns.queries import ReturnInfo
from portal.service.returns.states import GRACE, State, Turn
from portal.service.returns.tables import Return

LAPSED = "lapsed"  # the note of a step that came because the goods never did
_DUE = "SELECT ref FROM returns WHERE due_at < {} AND late_at IS NULL AND ended_at IS NULL AND state <> {} LIMIT {}"
_LAPSED = "SELECT ref FROM returns WHERE late_at < {} AND ended_at IS NULL AND state = {} AND kind = {} LIMIT {}"


async def watch_deadlines() -> int:
    """Say of every deadline that has broken that it has, and end what the buyer let lapse; returns how many."""
    at = now()
    broken = partial(_found, _DUE, at, str(State.AWAITING_MANDATE))
    lapsed = partial(_found, _LAPSED, at - GRACE, str(State.APPROVED), "return")
    return await each_due(broken, partial(_do, _broken, at)) + await each_due(lapsed, partial(_do, _lapse, at))


async def _found(sql: str, *values: object) -> list[str]:
    return [row["ref"] for row in await Return.raw(sql, *values)]


async def _do(act: Callable[[ReturnInfo, datetime], Awaitable[int]], at: datetime, ref: str) -> int:
    async with writing():
        return await act(await held(ref), at)


async def _broken(info: ReturnInfo, at: datetime) -> int:
    """A deadline is over: the owner hears of it, the buyer is reminded or the admins are called in."""
    rows = (
        await Return.update({Return.late_at: at})
        .where(Return.id == info.id, Return.state == str(info.state), Return.late_at.is_null(), Return.due_at < at)
        .returning(Return.id)
    )
    if not rows:
        return 0
    code = LATE_SHOP if info.turn is Turn.SHOP else LATE_BUYER
    params = {"order": info.order_number, "due_at": info.due_at}
    await orders.raise_need(info.order_id, code, info.subject, info.way, at)
    await orders.note(info.order_id, code, at)
    await notify(info.owner_id, code, params, at, way=info.way)
    if info.turn is Turn.BUYER:
        await tell_her(info, "send_goods_reminder", {"order": info.order_number}, at)
    if info.turn is Turn.SHOP or info.state is State.SENT_AHEAD:
        await _escalate(info, at)
    await audit.record(SYSTEM, "return.late", ("return", info.id), at, {"state": str(info.state)})
    return 1


async def _escalate(info: ReturnInfo, at: datetime) -> None:
    params = {"order": info.order_number, "due_at": info.due_at}
    for admin in await people.people_with_role(Role.ADMIN):
        await notify(admin.id, "return_escalated", params, at, way=f"/admin/returns/{info.ref}", email=False)


async def _lapse(info: ReturnInfo, at: datetime) -> int:
    """Reminded, and still nothing was sent: the matter ends; within its window it may be filed again."""
    if info.state is not State.APPROVED or not info.waits_for_goods:
        return 0
    await move(info, State.CLOSED, at, note=LAPSED)
    await audit.record(SYSTEM, "return.lapsed", ("return", info.id), at)
    return 1
