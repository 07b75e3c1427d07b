"""Makers of messages: noon on a day that has been, so that what is told then goes out at once."""

import json
from datetime import datetime, timedelta
from typing import Any

from portal.core.base.clock import local, now
from portal.core.base.database import reading
from portal.core.stores.queries import VipInfo
from portal.service.messages import queries
from portal.service.messages.actions import tell_buyer
from portal.service.messages.queries import MessageInfo
from portal.service.messages.tables import BuyerMessage
from tests import make
from tests.service.orders import make as orders

KIND = "mandate_withdrawn"  # a text that takes one parameter
PARAMS = {"store": "李芳的小店"}


def noon() -> datetime:
    """The last noon where the site is."""
    at = now()
    today = local(at).replace(hour=12, minute=0, second=0, microsecond=0)
    return (today if today <= at else today - timedelta(days=1)).astimezone(at.tzinfo)


async def buyer() -> VipInfo:
    """A buyer of a new owner."""
    return await orders.vip(await make.owner("李芳"))


async def tell(buyer: VipInfo, at: datetime | None = None, **more: Any) -> int:
    """Tell her something that the shop may send on."""
    message = await tell_buyer(buyer.id, more.pop("kind", KIND), more.pop("params", PARAMS), at or noon(), **more)
    assert message is not None
    return message


async def message(message_id: int) -> MessageInfo:
    async with reading():
        found = await queries.message(message_id)
    assert found is not None
    return found


async def kinds(vip_id: int) -> list[str]:
    """What a buyer was told, in order."""
    async with reading():
        rows = await BuyerMessage.select(BuyerMessage.kind).where(BuyerMessage.vip == vip_id).order_by(BuyerMessage.id)
    return [row["kind"] for row in rows]


async def params(vip_id: int, kind: str) -> dict[str, Any]:
    """The parameters of the last message of a kind."""
    async with reading():
        rows = (
            await BuyerMessage.select(BuyerMessage.params)
            .where(BuyerMessage.vip == vip_id, BuyerMessage.kind == kind)
            .order_by(BuyerMessage.id, ascending=False)
        )
    return dict(json.loads(rows[0]["params"]))
