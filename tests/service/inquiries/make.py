"""Makers of inquiries: an order that is late, a parcel that does not move, and what a party answers."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from portal.core.base.audit import SYSTEM
from portal.core.base.clock import now
from portal.core.base.database import reading
from portal.core.base.public_links import Door, address_of
from portal.core.stores.queries import VipInfo
from portal.core.supply import actions as supply
from portal.core.supply.rules import SupplierFacts, SupplierKind
from portal.service.inquiries import actions, queries
from portal.service.inquiries.answers import answer
from portal.service.inquiries.queries import InquiryInfo
from portal.service.inquiries.rules import Kind, Said, Via
from portal.service.orders import queries as order_queries
from portal.service.orders.queries import ParcelInfo
from portal.service.orders.rules import ParcelState, Status
from tests import make
from tests.make import Owner
from tests.service.orders import make as orders
from tests.service.orders.make import Bought


@dataclass(frozen=True)
class Late:
    """An order of a store that should have been shipped an hour ago."""

    owner: Owner
    buyer: VipInfo
    order: Bought
    at: datetime

    async def needs(self) -> list[str]:
        async with reading():
            return [need.code for need in await order_queries.needs(self.order.id)]

    async def hurry(self, at: datetime | None = None) -> InquiryInfo:
        made = await actions.hurry(SYSTEM, self.owner.person_id, self.order.id, at or self.at)
        return made[0]


async def contacts() -> None:
    """The supplier of all test products and the carrier can be written to."""
    for name, kind in (("qinling", SupplierKind.GOODS), ("sf-express", SupplierKind.CARRIER)):
        facts = SupplierFacts(name, f"Firm {name}", kind, (), "Wang", "02988887777", f"{name}@example.test")
        await supply.put_supplier(SYSTEM, facts, now())


async def late(owner: Owner, at: datetime | None = None) -> Late:
    """A paid order, placed three days ago, that was to be shipped an hour ago."""
    at = at or now()
    await contacts()
    buyer = await orders.vip(owner, at - timedelta(days=5))
    placed = at - timedelta(days=3)
    order = await orders.order(buyer, placed, ship_by=at - timedelta(hours=1))
    return Late(owner, buyer, order, at)


@dataclass(frozen=True)
class Stuck:
    """A shipped order whose parcel has not moved for four days."""

    owner: Owner
    buyer: VipInfo
    order: Bought
    parcel: ParcelInfo
    at: datetime

    async def ask(self, kind: Kind = Kind.TRACE, at: datetime | None = None) -> InquiryInfo:
        return await actions.ask_carrier(
            SYSTEM, self.owner.person_id, self.order.id, self.parcel.id, kind, None, at or self.at
        )


async def stuck(owner: Owner, at: datetime | None = None) -> Stuck:
    at = at or now()
    await contacts()
    buyer = await orders.vip(owner, at - timedelta(days=9))
    placed = at - timedelta(days=6)
    order = await orders.order(buyer, placed)
    order = await orders.move(order, at - timedelta(days=5), status=Status.SHIPPED)
    parcel = await orders.parcel(order, at - timedelta(days=4), ParcelState.ACCEPTED, ParcelState.IN_TRANSIT)
    return Stuck(owner, buyer, order, parcel, at)


async def say(info: InquiryInfo, said: Said, at: datetime, via: Via = Via.LINK) -> InquiryInfo:
    """The party answers."""
    return await answer(SYSTEM, info.id, said, via, at)


async def seen(info: InquiryInfo) -> InquiryInfo:
    """The inquiry as it is now."""
    async with reading():
        found = await queries.inquiry(info.id)
    assert found is not None
    return found


async def link_of(info: InquiryInfo) -> str:
    """The path of the page that answers it."""
    async with reading():
        address = await address_of(Door.INQUIRY, info.id)
    assert address is not None
    return address.removeprefix("http://127.0.0.1:8000")


async def program() -> dict[str, str]:
    return await make.api_key("hurries:write")
