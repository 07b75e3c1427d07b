"""What orders come to together, by day, week and month; by how much days move when facts change. Pure."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, fields
from datetime import datetime, timedelta
from enum import StrEnum
from itertools import groupby
from operator import attrgetter
from typing import Any, TypeVar

from portal.service.facts.rules import OrderFacts, PartyFacts


class Scope(StrEnum):
    """What a day of orders is summed up for; the key is the region's name, the person's or store's id, or ""."""

    PLATFORM = "platform"
    REGION = "region"
    MANAGER = "manager"
    STORE = "store"


@dataclass(frozen=True, slots=True)
class OrderSums:
    """What orders came to together; `several`: with more than one product, `repeats`: not the buyer's first."""

    orders: int = 0
    paid: int = 0
    cancelled: int = 0
    delivered: int = 0
    refunded: int = 0
    several: int = 0
    repeats: int = 0
    shared: int = 0
    complained: int = 0
    owner_faults: int = 0
    paid_fen: int = 0
    refunded_fen: int = 0


@dataclass(frozen=True, slots=True)
class PartySums:
    """What orders of a supplier or carrier came to together: all but hurries are of those that count."""

    counted: int = 0
    faulted: int = 0  # orders with at least one fault
    severe: int = 0
    late: int = 0
    timed: int = 0  # had a date to keep, and it is known when it was kept
    lost: int = 0
    damaged: int = 0
    fresh: int = 0
    cold_broken: int = 0
    hurries: int = 0
    hurries_answered: int = 0
    ratings: int = 0
    rating_sum: int = 0
    low_ratings: int = 0


Sums = TypeVar("Sums", OrderSums, PartySums)


_NUMBERS: Mapping[type[Any], Callable[[Any], tuple[int, ...]]] = {
    kind: attrgetter(*(f.name for f in fields(kind))) for kind in (OrderSums, PartySums)
}


def moved(before: Sums, by: Sums, times: int = 1) -> Sums:
    """The sums with others added, or (`times` -1) taken away."""
    numbers = _NUMBERS[type(before)]
    return type(before)(*[had + times * more for had, more in zip(numbers(before), numbers(by), strict=True)])


# ---- sums of days ----


def order_sums(facts: OrderFacts) -> OrderSums:
    """What one order adds to its days."""
    return OrderSums(
        orders=1,
        paid=int(facts.paid),
        cancelled=int(facts.cancelled),
        delivered=int(facts.delivered_at is not None),
        refunded=int(facts.refunded_fen > 0),
        several=int(facts.products > 1),
        repeats=int(facts.nth > 1),
        shared=int(facts.shared),
        complained=int(facts.complaints > 0),
        owner_faults=facts.owner_faults,
        paid_fen=facts.paid_fen if facts.paid else 0,
        refunded_fen=facts.refunded_fen,
    )


def party_sums(facts: PartyFacts) -> PartySums:
    """What one order adds to a party's day; hurries count whether the order came to its end or not."""
    if not facts.counted:
        return PartySums(hurries=facts.hurries, hurries_answered=facts.hurries_answered)
    return PartySums(
        counted=1,
        faulted=int(facts.faults > 0),
        severe=facts.severe,
        late=int(facts.late),
        timed=int(facts.due_at is not None and facts.done_at is not None),
        lost=int(facts.lost),
        damaged=int(facts.damaged),
        fresh=int(facts.fresh),
        cold_broken=int(facts.cold_broken),
        hurries=facts.hurries,
        hurries_answered=facts.hurries_answered,
        ratings=facts.ratings,
        rating_sum=facts.rating_sum,
        low_ratings=facts.low_ratings,
    )


def days_of(facts: OrderFacts) -> tuple[tuple[str, str, str], ...]:
    """The days that an order belongs to: scope, key, day. Without a region or manager it stands under ""."""
    return (
        (str(Scope.PLATFORM), "", facts.day),
        (str(Scope.REGION), facts.region or "", facts.day),
        (str(Scope.MANAGER), str(facts.manager or ""), facts.day),
        (str(Scope.STORE), str(facts.store), facts.day),
    )


def shifts_of_parties(before: Iterable[PartyFacts], after: Iterable[PartyFacts]) -> dict[tuple[int, str], PartySums]:
    """By how much the days of parties move where these facts take the place of those; what stays is left out."""
    moves: dict[tuple[int, str], PartySums] = {}
    for each, times in ((before, -1), (after, 1)):
        for one in each:
            key = (one.party, one.day)
            moves[key] = moved(moves.get(key, PartySums()), party_sums(one), times)
    return {key: by for key, by in moves.items() if by != PartySums()}


def shifts_of_orders(
    before: Iterable[OrderFacts], after: Iterable[OrderFacts]
) -> dict[tuple[str, str, str], OrderSums]:
    """The same for the days of orders."""
    moves: dict[tuple[str, str, str], OrderSums] = {}
    for each, times in ((before, -1), (after, 1)):
        for one in each:
            for key in days_of(one):
                moves[key] = moved(moves.get(key, OrderSums()), order_sums(one), times)
    return {key: by for key, by in moves.items() if by != OrderSums()}


# ---- periods ----


class By(StrEnum):
    """How finely a series is drawn."""

    DAY = "day"
    WEEK = "week"  # named by its Monday
    MONTH = "month"


def period_of(day: str, by: By) -> str:
    """The period that a day lies in."""
    if by is By.MONTH:
        return day[:7]
    date = datetime.fromisoformat(day).date()
    return (date - timedelta(days=date.weekday())).isoformat() if by is By.WEEK else day


def periods(since_day: str, until_day: str, by: By) -> list[str]:
    """Every period from the first day to the last, both in it."""
    first, last = (datetime.fromisoformat(day).date() for day in (since_day, until_day))
    days = [(first + timedelta(days=n)).isoformat() for n in range((last - first).days + 1)]
    return [period for period, _ in groupby(days, key=lambda day: period_of(day, by))]


def folded(days: Mapping[str, OrderSums], since_day: str, until_day: str, by: By) -> list[tuple[str, OrderSums]]:
    """A series of every period, empty ones too, out of what is known of days."""
    sums = dict.fromkeys(periods(since_day, until_day, by), OrderSums())
    for day, one in days.items():
        period = period_of(day, by)
        sums[period] = moved(sums[period], one)
    return list(sums.items())
