"""Makers of orders: a VIP of an owner, an order of hers, a parcel with its traces, through the rooms' own actions."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from portal.core.base.audit import SYSTEM
from portal.core.base.clock import now
from portal.core.stores import actions as stores
from portal.core.stores.queries import VipInfo
from portal.service.orders.actions import put_order
from portal.service.orders.parcels import put_parcel
from portal.service.orders.queries import OrderInfo, ParcelInfo
from portal.service.orders.rules import (
    Address,
    LineFacts,
    OrderFacts,
    ParcelFacts,
    ParcelState,
    Status,
    TraceFacts,
)
from tests import make

ADDRESS = Address("王芳", "13912345678", "浙江省杭州市西湖区", "文三路 1 号")


async def vip(owner: make.Owner, at: datetime | None = None, name: str = "王芳") -> VipInfo:
    """A buyer bound to an owner's store, whatever the owner's right."""
    at = at or now()
    found, _ = await stores.bind_vip(
        SYSTEM,
        external_id=make.serial("vip"),
        name=name,
        phone="13912345678",
        store_id=owner.store_id,
        registered_at=at,
        via="owner",
        at=at,
    )
    return found


@dataclass(frozen=True)
class Bought:
    """An order and how the shop told it."""

    info: OrderInfo
    facts: OrderFacts

    @property
    def id(self) -> int:
        return self.info.id

    @property
    def number(self) -> str:
        return self.info.number


async def order(buyer: VipInfo, at: datetime | None = None, **changes: object) -> Bought:
    """A paid order of one line (two for 59.00 yuan each), to ship within 48 hours; `changes` are fields of OrderFacts."""
    at = at or now()
    lines = changes.pop("lines", None)
    if lines is None:
        lines = (LineFacts("1", await make.product(at), "冻干草莓", 2, 11_800),)
    facts = OrderFacts(
        number=make.serial("order"),
        updated_at=at,
        placed_at=at,
        status=Status.PAID,
        vip=buyer.external_id,
        address=ADDRESS,
        lines=lines,  # type: ignore[arg-type]
        paid_fen=11_800,
        ship_by=at + timedelta(hours=48),
    )
    return await tell(replace(facts, **changes), at)  # type: ignore[arg-type]


async def tell(facts: OrderFacts, at: datetime) -> Bought:
    """The shop tells an order."""
    put = await put_order(SYSTEM, facts, at)
    return Bought(put.order, facts)


async def move(bought: Bought, at: datetime, **changes: object) -> Bought:
    """The shop tells the order again, changed as of `at`."""
    return await tell(replace(bought.facts, updated_at=at, **changes), at)  # type: ignore[arg-type]


async def parcel(bought: Bought, at: datetime, *states: ParcelState) -> ParcelInfo:
    """The order's parcel with a trace for each state, a minute apart, the last at `at`."""
    traces = tuple(
        TraceFacts(at - timedelta(minutes=len(states) - 1 - n), state, f"包裹状态 {state}", "杭州")
        for n, state in enumerate(states)
    )
    lines = tuple(line.line for line in bought.facts.lines)
    facts = ParcelFacts("sf-express", f"SF{bought.id:010d}", at - timedelta(hours=1), lines, traces)
    return (await put_parcel(SYSTEM, bought.number, facts, at)).parcel
