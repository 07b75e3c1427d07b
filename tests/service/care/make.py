"""Makers: a key VIP, made by what she bought."""

from datetime import datetime, timedelta

from portal.core.base.clock import now
from portal.core.stores.queries import VipInfo
from portal.service.orders.rules import LineFacts, Status
from tests import make
from tests.make import Owner
from tests.service.orders import make as orders


async def arrived(buyer: VipInfo, at: datetime, fen: int = 11_800) -> orders.Bought:
    """An order of hers that arrived two days after `at`."""
    lines = (LineFacts("1", await make.product(at), "冻干草莓", 2, fen),)
    bought = await orders.order(buyer, at, lines=lines, paid_fen=fen)
    came = at + timedelta(days=2)
    return await orders.move(bought, came, status=Status.DELIVERED, delivered_at=came)


async def key_vip(owner: Owner, name: str = "张秀兰", age: timedelta = timedelta(days=20)) -> VipInfo:
    """A buyer whose one large order makes her a key VIP."""
    buyer = await orders.vip(owner, now() - age - timedelta(days=1), name)
    await arrived(buyer, now() - age, 120_000)
    return buyer
