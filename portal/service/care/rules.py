"""VIP levels, when a key VIP is called next, and what a bulk may do. Each number stands on the page that applies it."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta, tzinfo
from enum import StrEnum

from portal.service.orders.rules import Status

RETURNING_FROM = 2  # arrived orders, ever
KEY_FROM = 5  # arrived orders within the year
KEY_FROM_FEN = 100_000  # or paid for them within the year, less refunds
YEAR = timedelta(days=365)
CALL_EVERY = timedelta(days=30)
AGAIN_AFTER = timedelta(days=3)  # nobody answered
FURTHEST_NEXT = timedelta(days=180)  # a next date that she chooses herself
ARRIVED = frozenset({Status.DELIVERED, Status.COMPLETED})


class Level(StrEnum):
    """How long and how much a buyer has trusted her owner."""

    NEW = "new"
    RETURNING = "returning"
    KEY = "key"


@dataclass(frozen=True, slots=True)
class Bought:
    """One order as the level counts it; `net_fen`: paid, less refunds."""

    placed_at: datetime
    status: Status
    net_fen: int


@dataclass(frozen=True, slots=True)
class Standing:
    """A VIP's level and the counts behind it; the year is the 365 days before it was counted.

    `recount_at`: when an order leaves the year and the level may fall, though nothing happens.
    """

    level: Level
    orders: int
    arrived: int
    year_arrived: int
    year_fen: int
    last_order_at: datetime | None
    recount_at: datetime | None


def standing(orders: Iterable[Bought], now: datetime) -> Standing:
    """Count a VIP's orders. Called-off ones are orders, but have not arrived."""
    known = list(orders)
    arrived = [one for one in known if one.status in ARRIVED]
    year = [one for one in arrived if one.placed_at > now - YEAR]
    year_fen = sum(one.net_fen for one in year)
    level = level_of(len(arrived), len(year), year_fen)
    leaves = min((one.placed_at for one in year), default=None)
    return Standing(
        level=level,
        orders=len(known),
        arrived=len(arrived),
        year_arrived=len(year),
        year_fen=year_fen,
        last_order_at=max((one.placed_at for one in known), default=None),
        recount_at=leaves + YEAR if leaves is not None and level is Level.KEY else None,
    )


def level_of(arrived: int, year_arrived: int, year_fen: int) -> Level:
    if year_arrived >= KEY_FROM or year_fen >= KEY_FROM_FEN:
        return Level.KEY
    return Level.RETURNING if arrived >= RETURNING_FROM else Level.NEW


class Outcome(StrEnum):
    """How a call-back went."""

    REACHED = "reached"
    NO_ANSWER = "no_answer"
    WRONG_NUMBER = "wrong_number"
    DO_NOT_CALL = "do_not_call"


def next_call(level: Level, outcome: Outcome, chosen: datetime | None, at: datetime) -> datetime | None:
    """When she is called next: the chosen day, or by rule for a key VIP; never again where the buyer wishes so."""
    if outcome is Outcome.DO_NOT_CALL:
        return None
    if chosen is not None or level is not Level.KEY:
        return chosen
    return at + (AGAIN_AFTER if outcome is Outcome.NO_ANSWER else CALL_EVERY)


class Script(StrEnum):
    """Which words a call begins with, by what is known of the buyer."""

    RECENT = "recent"  # something of hers has come lately: did it arrive well?
    ON_THE_WAY = "on_the_way"  # something is under way: say where
    QUIET = "quiet"  # nothing for a while: ask, do not sell
    FIRST = "first"  # nothing yet


QUIET_AFTER = timedelta(days=60)
_UNDER_WAY = frozenset({Status.PAID, Status.SHIPPED})


def script_of(status: Status | None, placed_at: datetime | None, now: datetime) -> Script:
    """The script for a buyer whose last order this is (None: she has none)."""
    if status is None or placed_at is None:
        return Script.FIRST
    if status in _UNDER_WAY:
        return Script.ON_THE_WAY
    return Script.QUIET if now - placed_at > QUIET_AFTER else Script.RECENT


def next_fault(chosen: date, today: date) -> str | None:
    """What is wrong with a next day that she chose."""
    if chosen <= today:
        return "past"
    return "care.fault.too_far" if chosen > today + FURTHEST_NEXT else None


def month_of(at: datetime, zone: tzinfo) -> tuple[datetime, datetime]:
    """The first instant of the site's month that `at` lies in, and of the one after it."""
    first = at.astimezone(zone).replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    return first, (first + timedelta(days=32)).replace(day=1)


def month_name(at: datetime, zone: tzinfo) -> str:
    return f"{at.astimezone(zone):%Y-%m}"


class Act(StrEnum):
    """What can be done with many orders at once."""

    FLAG = "flag"
    HURRY = "hurry"
    EXPORT = "export"
    EXPORT_XLSX = "export_xlsx"


MOST_AT_ONCE = 200  # orders in one bulk: as many as a form of ours can carry
