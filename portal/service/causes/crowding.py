"""When several complaints are one problem: what they share, how many in how short a time."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from portal.service.complaints.rules import Family, Function

LEAST = 3
WINDOW = timedelta(days=30)
# What a carrier can have to do with; the rest of an order's troubles is not its.
_CARRIED = frozenset({Function.DELIVERY, Function.DAMAGED})


class Scope(StrEnum):
    """What an inspection looks at, from the narrow to the wide."""

    PRODUCT = "product"
    SUPPLIER = "supplier"
    CARRIER = "carrier"
    REGION = "region"


@dataclass(frozen=True, slots=True)
class Problem:
    """What a complaint is about, by ids."""

    product: int | None
    supplier: int | None
    carrier: int | None
    region: str | None
    function: Function
    family: Family


@dataclass(frozen=True, slots=True)
class Share:
    """One thing that complaints may have in common; `key` is the same for all that have it."""

    key: str
    scope: Scope


def shares(one: Problem) -> tuple[Share, ...]:
    """What this problem may share with others, the narrow first."""
    found = []
    if one.product is not None:
        found.append(Share(f"product:{one.product}:{one.family}", Scope.PRODUCT))
    if one.supplier is not None:
        found.append(Share(f"supplier:{one.supplier}:{one.family}", Scope.SUPPLIER))
    carrier = one.carrier if one.function in _CARRIED else None
    if carrier is not None:
        found.append(Share(f"carrier:{carrier}:{one.family}", Scope.CARRIER))
    if one.region:
        by = f"carrier-{carrier}" if carrier is not None else str(one.function)
        found.append(Share(f"region:{one.region}:{by}", Scope.REGION))
    return tuple(found)


@dataclass(frozen=True, slots=True)
class Told:
    """A complaint with its moment."""

    id: int
    at: datetime


def crowd(told: Sequence[Told], least: int = LEAST, window: timedelta = WINDOW) -> tuple[int, ...]:
    """The complaints of the newest stretch of `window` that holds at least `least` of them; () where none does."""
    ordered = sorted(told, key=lambda one: (one.at, one.id))
    for last in range(len(ordered) - 1, least - 2, -1):
        held = [one.id for one in ordered[: last + 1] if ordered[last].at - one.at <= window]
        if len(held) >= least:
            return tuple(held)
    return ()


class State(StrEnum):
    """How far an inspection is."""

    OPEN = "open"
    PLANNED = "planned"
    FOUND = "found"  # the result is written; the other inspector has not signed yet
    PUBLISHED = "published"
    CLOSED = "closed"


# What inspectors look at, each with what they found there.
POINTS = ("goods", "storage", "packing", "papers", "handling", "advice")
MARKS = ("good", "bad", "not_looked")


def inspectors_no(first: int, second: int, able: frozenset[int], related: frozenset[int]) -> str | None:
    """Why these two may not inspect (a refusal's code), or None."""
    if first == second:
        return "inspectors_same"
    if not {first, second} <= able:
        return "inspector_unable"
    return "inspector_related" if {first, second} & related else None
