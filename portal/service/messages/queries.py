"""Messages to buyers, for sending and for the admin's page. Call inside a door."""

import json
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from portal.core.base.public_links import Door, address_of
from portal.core.base.settings import settings
from portal.core.web.paging import Cut, Page, paged
from portal.service.messages.rules import State, state_of
from portal.service.messages.tables import BuyerMessage

BEYOND = 2**62  # beyond every id: lists begin with the newest
LINK = "link:"

# The number that the shop knows an order by; joined in `portal/wiring.py`, because orders stand above this room.
OrderNumber = Callable[[int], Awaitable[str | None]]
ORDER_NUMBER: list[OrderNumber] = []


@dataclass(frozen=True, slots=True)
class MessageInfo:
    """One message and whom it goes to. `phone` is whole: whoever shows it masks it."""

    id: int
    vip_id: int
    vip: str  # her external id
    vip_name: str
    phone: str
    order_id: int | None
    kind: str
    params: Mapping[str, Any]
    way: str | None
    at: datetime
    due_at: datetime
    channel: str | None
    sent_at: datetime | None
    failed: str | None
    failed_at: datetime | None

    @property
    def state(self) -> State:
        return state_of(self.sent_at, self.failed)


_MESSAGE = (
    "SELECT m.id, m.vip AS vip_id, v.external_id AS vip, v.name AS vip_name, v.phone, m.order_id, m.kind, m.params,"
    " m.way, m.at, m.due_at, m.channel, m.sent_at, m.failed, m.failed_at"
    " FROM buyer_messages m JOIN vips v ON v.id = m.vip"
)


def _message(row: Mapping[str, Any]) -> MessageInfo:
    return MessageInfo(**{**row, "params": json.loads(row["params"])})


async def message(message_id: int) -> MessageInfo | None:
    rows = await BuyerMessage.raw(f"{_MESSAGE} WHERE m.id = {{}}", message_id)
    return _message(rows[0]) if rows else None


async def messages(cut: Cut, *, failed: bool = False) -> Page[MessageInfo]:
    """All messages, or those that have failed, the newest first."""
    only = " AND m.failed IS NOT NULL AND m.failed <> 'erased' AND m.sent_at IS NULL" if failed else ""
    rows = await BuyerMessage.raw(
        f"{_MESSAGE} WHERE m.id < {{}}{only} ORDER BY m.id DESC LIMIT {{}}", cut.after or BEYOND, cut.fetch
    )
    return paged([_message(row) for row in rows], cut, lambda one: one.id)


async def told_since(vip_id: int, since: datetime, most: int) -> int:
    """How many messages a buyer has got since then, counted to `most`."""
    rows = await BuyerMessage.raw(
        "SELECT count(*) AS n FROM (SELECT 1 AS one FROM buyer_messages WHERE vip = {} AND at > {} LIMIT {}) m",
        vip_id,
        since,
        most,
    )
    return int(rows[0]["n"])


async def address(way: str | None) -> str | None:
    """The whole address that a message leads to; None where it leads nowhere (any more)."""
    if way is None or not way.startswith("/"):
        return await address_of(*_link(way)) if way and way.startswith(LINK) else way
    return f"{settings().base_url}{way}"


def _link(way: str) -> tuple[Door, int]:
    _, door, subject = way.split(":")
    return Door(door), int(subject)


async def order_number(order_id: int | None) -> str | None:
    """The shop's number of the order that a message is about."""
    if order_id is None or not ORDER_NUMBER:
        return None
    return await ORDER_NUMBER[0](order_id)
