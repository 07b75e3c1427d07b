"""What another owner's VIPs of the demo bought from suppliers that were judged: many plain orders."""

from datetime import datetime, timedelta

from portal.commands.demo_data import DemoBought, demo_judged
from portal.core.base.audit import SYSTEM
from portal.core.base.database import writing
from portal.core.supply import queries as supply
from portal.service.orders.actions import put_order
from portal.service.orders.rules import Address, LineFacts, OrderFacts, Status
from portal.service.sharing import actions as sharing
from portal.service.sharing.actions import Binding

DAY = timedelta(days=1)
BOUND_BEFORE = 240 * DAY
ARRIVES_IN, COMPLETE_AFTER = 3 * DAY, 7 * DAY
FIRST_NUMBER = 5001


def vip_id(place: int) -> str:
    return f"vip-{231 + place % len(demo_judged().vips)}"


def number_of(product: str, place: int) -> str:
    """The number of the order in this place of a product's."""
    before = 0
    for bought in demo_judged().orders:
        if bought.product == product and place < bought.many:
            return f"D-2026-{FIRST_NUMBER + before + place}"
        before += bought.many
        place -= bought.many if bought.product == product else 0
    return f"D-2026-{FIRST_NUMBER + before + place}"


async def make_bought(now: datetime) -> None:
    """The VIPs, and all that they bought and received."""
    async with writing():  # one wait for the disk instead of hundreds
        for place, name in enumerate(demo_judged().vips):
            at = now - BOUND_BEFORE + timedelta(hours=place)
            phone = f"139000003{place:02}"
            binding = Binding(vip_id(place), name, phone, at, share_code=None, owner_external_id=demo_judged().store)
            await sharing.bind(SYSTEM, binding, at)
        seen = dict.fromkeys((one.product for one in demo_judged().orders), 0)
        for bought in demo_judged().orders:
            for turn in range(bought.many):
                await _received(bought, seen[bought.product] + turn, _placed(bought, turn, now), now)
            seen[bought.product] += bought.many


def bought_at(product: str, place: int, now: datetime) -> datetime:
    """When the order in this place of a product's only row was placed."""
    return _placed(next(one for one in demo_judged().orders if one.product == product), place, now)


def _placed(bought: DemoBought, turn: int, now: datetime) -> datetime:
    step = (bought.first - bought.last) / max(1, bought.many - 1)
    return now - DAY * (bought.first - step * turn) - timedelta(hours=1 + turn % 7)


async def _received(bought: DemoBought, place: int, placed: datetime, now: datetime) -> None:
    arrived = placed + ARRIVES_IN
    done = arrived + COMPLETE_AFTER
    status, at = (Status.COMPLETED, done) if done <= now else (Status.DELIVERED, arrived)
    await tell(bought.product, place, placed, status, at, arrived)


async def tell(
    product: str, place: int, placed: datetime, status: Status, at: datetime, arrived: datetime | None = None
) -> None:
    """An order as the shop tells it at `at`. In `writing()`."""
    found = await supply.product_by_external_id(product)
    assert found is not None
    texts, vips = demo_judged().texts, demo_judged().vips
    number, who = number_of(product, place), place % len(vips)
    facts = OrderFacts(
        number=number,
        updated_at=at,
        placed_at=placed,
        status=status,
        vip=vip_id(who),
        address=Address(vips[who], f"139000003{who:02}", texts["region"], texts["street"]),
        lines=(LineFacts("1", product, found.title, 1, found.price_fen),),
        paid_fen=found.price_fen,
        ship_by=placed + 2 * DAY,
        delivered_at=arrived,
    )
    await put_order(SYSTEM, facts, at)
