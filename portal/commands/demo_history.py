"""The demo's months behind it: what several stores sold then, and what their buyers said of it, told by the shop."""

import tomllib
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from itertools import count
from pathlib import Path

import msgspec
from msgspec import Struct

from portal.commands.demo_data import demo_data
from portal.core.base.audit import SYSTEM
from portal.core.base.clock import local
from portal.core.base.database import writing
from portal.service.orders import queries as orders
from portal.service.orders.actions import put_order
from portal.service.orders.rules import Address, LineFacts, OrderFacts, Status
from portal.service.sharing import actions as sharing
from portal.service.sharing.actions import Binding
from portal.service.stars.spans import end_of, month_before
from portal.service.voices import actions as voices
from portal.service.voices.rules import Marks

FILE = Path(__file__).with_name("demo_stars.toml")
DAY, HOUR = timedelta(days=1), timedelta(hours=1)
MONTHS = 4
BUSY_DAYS = 23  # of a month: what is ordered later would not arrive within it
BOUND_BEFORE = timedelta(days=12)
FIRST_NUMBER = 2001
GOODS = ("acacia-honey", "green-tea", "navel-oranges", "kettle")
THANKS = ("thanks_1", "thanks_2", "thanks_3", "thanks_4")


class DemoMonths(Struct, frozen=True, forbid_unknown_fields=True):
    """A store's four months; `known` are VIPs that it has, `vips` the names of new ones."""

    owner: str
    region: str
    orders: list[int]
    good: list[int]
    fair: list[int]
    vips: list[str] = []
    known: list[str] = []
    door: int = 0


class DemoBurst(Struct, frozen=True, forbid_unknown_fields=True):
    """Best marks that came all at once, on the evening after a day of last month."""

    owner: str
    day: int
    vips: list[str]
    phone: str
    street: str
    text: str


class DemoStars(Struct, frozen=True, forbid_unknown_fields=True):
    """All of it; `texts` are what buyers and staff wrote, `story` a winner's, in both languages."""

    stores: list[DemoMonths]
    burst: DemoBurst
    texts: dict[str, str]
    story: dict[str, dict[str, str]]


@cache
def demo_stars() -> DemoStars:
    return msgspec.convert(tomllib.loads(FILE.read_text(encoding="utf-8")), DemoStars)


@dataclass(frozen=True, slots=True)
class Buyer:
    """A VIP and where her things are sent."""

    external_id: str
    name: str
    phone: str
    address: Address


def months_before(now: datetime) -> list[str]:
    """The four months before this one, the oldest first."""
    found = [month_before(f"{local(now):%Y-%m}")]
    while len(found) < MONTHS:
        found.append(month_before(found[-1]))
    return found[::-1]


def begin_of(month: str) -> datetime:
    return end_of(month_before(month))


async def make_history(now: datetime) -> None:
    """Every store's VIPs, orders and ratings of those months, and the burst."""
    numbers = count(FIRST_NUMBER)
    months = months_before(now)
    for place, told in enumerate(demo_stars().stores):
        async with writing():  # one wait for the disk instead of hundreds
            buyers = _known(told) if told.known else await _bound(told, place, begin_of(months[0]) - BOUND_BEFORE)
            for month, *amounts in zip(months, told.orders, told.good, told.fair, strict=True):
                await _month(buyers, begin_of(month), amounts, numbers)
    async with writing():
        await _burst(demo_stars().burst, begin_of(months[-1]), numbers)


def _known(told: DemoMonths) -> list[Buyer]:
    vips = {vip.external_id: vip for vip in demo_data().vips}
    return [_buyer(told, turn, one, vips[one].name, vips[one].phone) for turn, one in enumerate(told.known)]


def _buyer(told: DemoMonths, turn: int, external_id: str, name: str, phone: str) -> Buyer:
    texts = demo_stars().texts
    if turn < told.door:
        address = Address(name, texts["reception_phone"], told.region, texts["reception"])
    else:
        address = Address(name, phone, told.region, texts["street"].format(number=11 + 7 * turn, unit=1 + turn % 4))
    return Buyer(external_id, name, phone, address)


async def _bound(told: DemoMonths, place: int, at: datetime) -> list[Buyer]:
    found = []
    for turn, name in enumerate(told.vips):
        one = _buyer(told, turn, f"{told.owner}-vip-{turn + 1}", name, f"1370010{place}{turn:03}")
        await _bind(one, told.owner, at + turn * HOUR)
        found.append(one)
    return found


async def _bind(one: Buyer, owner: str, at: datetime) -> None:
    await sharing.bind(SYSTEM, Binding(one.external_id, one.name, one.phone, at, None, owner), at)


async def _month(buyers: list[Buyer], first: datetime, amounts: list[int], numbers: "count[int]") -> None:
    """So many orders, each arriving after two days; the first of them are rated the day after."""
    wanted, good, fair = amounts
    for turn in range(wanted):
        placed = first + turn * BUSY_DAYS * DAY / wanted + (9 + turn % 12) * HOUR
        number = await _sold(buyers[turn % len(buyers)], placed, next(numbers))
        texts = demo_stars().texts
        if turn < fair:
            await _rated(number, Marks(4, 4, 3), texts["fair"], placed + 3 * DAY)
        elif turn < good + fair:
            words = texts[THANKS[turn // 2 % len(THANKS)]] if turn % 2 else None
            await _rated(number, Marks(5, 5 - turn % 2, 5 - turn % 5 // 4), words, placed + 3 * DAY)


async def _sold(one: Buyer, placed: datetime, nth: int) -> str:
    """An order that went well, as the shop tells of it at its end."""
    goods = {product.external_id: product for product in demo_data().products}[GOODS[nth % len(GOODS)]]
    line = LineFacts("1", goods.external_id, goods.title, 1, goods.price_fen)
    delivered = placed + 2 * DAY
    facts = OrderFacts(
        number=f"D-2026-{nth}",
        updated_at=delivered,
        placed_at=placed,
        status=Status.COMPLETED,
        vip=one.external_id,
        address=one.address,
        lines=(line,),
        paid_fen=line.paid_fen,
        delivered_at=delivered,
        ship_by=placed + 2 * DAY,
    )
    await put_order(SYSTEM, facts, delivered)
    return facts.number


async def _rated(number: str, marks: Marks, words: str | None, at: datetime) -> None:
    order = await orders.order_by_number(number)
    assert order is not None
    await voices.rate(SYSTEM, order, "1", marks, words, at)


async def _burst(told: DemoBurst, first: datetime, numbers: "count[int]") -> None:
    region = next(one.region for one in demo_stars().stores if one.owner == told.owner)
    begin = first + told.day * DAY
    for turn, name in enumerate(told.vips):
        address = Address(name, told.phone, region, told.street)
        one = Buyer(f"{told.owner}-vip-{100 + turn}", name, f"1370019{turn:04}", address)
        await _bind(one, told.owner, begin + turn * HOUR / 6)
        number = await _sold(one, begin + 2 * HOUR + turn * HOUR / 6, next(numbers))
        await _rated(number, Marks(5, 5, 5), told.text, begin + 3 * DAY + turn * HOUR / 8)
