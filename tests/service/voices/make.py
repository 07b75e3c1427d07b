"""Makers: a buyer with an order, and the browser that opens her page of it."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from portal.core.base.clock import now
from portal.core.base.settings import settings
from portal.service.orders.rules import Status
from portal.service.voices.actions import buyer_link
from tests import make
from tests.make import Owner
from tests.service.orders import make as orders
from tests.service.orders.make import Bought


@dataclass(frozen=True)
class Scene:
    """An owner, her VIP's order, and the path of the buyer's page."""

    owner: Owner
    bought: Bought
    path: str


async def scene(
    status: Status = Status.DELIVERED, at: datetime | None = None, owner: Owner | None = None, **changes: object
) -> Scene:
    """An order as it stands now (arrived an hour ago unless told else), and the link that was sent to its buyer."""
    at = at or now()
    owner = owner or await make.owner("李芳", at - timedelta(days=9))
    buyer = await orders.vip(owner, at - timedelta(days=8))
    arrived = at - timedelta(hours=1) if status in (Status.DELIVERED, Status.COMPLETED) else None
    told = {"status": status, "delivered_at": arrived, **changes}
    bought = await orders.order(buyer, at - timedelta(days=3))
    if status is not Status.PAID or changes:
        bought = await orders.move(bought, at - timedelta(hours=1), **told)
    link = await buyer_link(bought.id, at)
    return Scene(owner, bought, link.removeprefix(settings().base_url))
