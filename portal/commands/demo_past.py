"""Last month of the demo: its days, and what was bought then. Last month is whole whatever day the demo is made on."""

from datetime import date, datetime, timedelta

from portal.commands.demo_data import DemoComplaint, DemoOrder, DemoStory, demo_past
from portal.core.base.clock import day_start, local

HOUR = timedelta(hours=1)
ASKED_AT = timedelta(hours=10)  # of the day
BOUGHT_BEFORE, SHIPPED_BEFORE, ARRIVED_BEFORE = 7 * 24, 6 * 24, 3 * 24  # hours before the complaint
REGIONS = ("region_1", "region_2", "region_3")


def month_of(now: datetime) -> date:
    """The first day of last month, where the site is."""
    return (local(now).date().replace(day=1) - timedelta(days=1)).replace(day=1)


def asked_at(told: DemoStory, now: datetime) -> datetime:
    return day_start(month_of(now).replace(day=told.day)) + ASKED_AT


def _number(place: int) -> str:
    return f"D-2026-{901 + place:04}"


def past_orders(now: datetime) -> list[DemoOrder]:
    """What the stories of last month are about, all of it long done."""
    return [_order(place, told, (now - asked_at(told, now)) / HOUR) for place, told in enumerate(demo_past().stories)]


def _order(place: int, told: DemoStory, hours: float) -> DemoOrder:
    return DemoOrder(
        number=_number(place),
        vip=told.vip,
        product=told.product,
        quantity=1,
        placed=hours + BOUGHT_BEFORE,
        status="completed",
        shipped=hours + SHIPPED_BEFORE,
        delivered=hours + ARRIVED_BEFORE,
        link=False,
        region=demo_past().texts[REGIONS[place % len(REGIONS)]],
    )


def past_complaints(now: datetime) -> list[DemoComplaint]:
    """The stories as complaints that were brought to their end, in the order of their days."""
    found = [_complaint(place, told, now) for place, told in enumerate(demo_past().stories)]
    return sorted(found, key=lambda one: -one.hours)


def _complaint(place: int, told: DemoStory, now: datetime) -> DemoComplaint:
    return DemoComplaint(
        order=_number(place),
        hours=(now - asked_at(told, now)) / HOUR,
        stage="closed",
        function=told.function,
        wanted=told.wanted,
        filed_by=told.filed_by,
        text=told.text,
        channel=told.channel,
        reply=told.reply,
        answer=told.answer,
        hand=told.hand,
        waits=told.waits,
        offer=told.offer,
        offer_fen=told.offer_fen,
        proposal=told.proposal,
        satisfaction=told.satisfaction,
        cause=told.cause,
        evidence=told.evidence,
        action=told.action,
    )
