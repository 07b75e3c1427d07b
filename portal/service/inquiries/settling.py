"""What settles an inquiry by itself, and whether the buyer of a late order is to be asked. Plain values only."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from portal.service.inquiries.rules import End, Kind
from portal.service.orders.rules import UNSHIPPED, Address, ParcelState, Status, is_late

_GONE = frozenset({Status.CANCELLED, Status.REFUNDED})
REFRESH = timedelta(hours=72)  # after a wish for swap or refund: asked again if nothing came of it


class Wish(StrEnum):
    """What the buyer of a late order wants."""

    WAIT = "wait"
    SWAP = "swap"
    REFUND = "refund"


@dataclass(frozen=True, slots=True)
class Asked:
    """An inquiry that waits, as far as its end goes; `wanted` is the address that the shop was asked for."""

    kind: Kind
    asked_at: datetime
    lines: Collection[str] = ()
    tracking: str | None = None  # of the parcel it is about
    wanted: Address | None = None


@dataclass(frozen=True, slots=True)
class ParcelNow:
    """A parcel of the order now; no lines: all of them."""

    tracking: str
    lines: Collection[str]
    state: ParcelState | None
    first_trace_at: datetime | None
    delivered_at: datetime | None


def settled_by(
    asked: Asked, status: Status, delivered_at: datetime | None, address: Address, parcels: Collection[ParcelNow]
) -> End | None:
    """Why the inquiry is over though nobody answered; None where it still waits."""
    if status in _GONE and asked.kind is not Kind.RECALL:  # a cancelled order's parcel is still to be stopped
        return End.CANCELLED
    own = next((parcel for parcel in parcels if parcel.tracking == asked.tracking), None)
    if asked.kind is Kind.HURRY:
        return _hurry_end(asked, status, parcels)
    if asked.kind is Kind.ADDRESS and asked.tracking is None:
        if address == asked.wanted:
            return End.CORRECTED
        return None if status in UNSHIPPED else End.SHIPPED
    if own is not None and own.state in (ParcelState.RETURNING, ParcelState.RETURNED):
        return End.RETURNING
    arrived = own.delivered_at if own is not None and own.delivered_at is not None else delivered_at
    # A parcel that was called delivered when the question was asked is not its answer.
    return End.DELIVERED if arrived is not None and arrived > asked.asked_at else None


def _hurry_end(asked: Asked, status: Status, parcels: Collection[ParcelNow]) -> End | None:
    if status is not Status.PAID:
        return End.SHIPPED if status is not Status.PLACED else None
    scanned: set[str] = set()
    for parcel in parcels:
        if parcel.first_trace_at is not None:
            scanned |= set(parcel.lines or asked.lines)
    return End.SCANNED if asked.lines and set(asked.lines) <= scanned else None


def needs_question(status: Status, ship_by: datetime | None, wished_until: datetime | None, now: datetime) -> bool:
    """Whether the buyer of a late order is to be asked if she still wants it; a wish of hers holds for its time."""
    return is_late(status, ship_by, now) and (wished_until is None or wished_until <= now)


def wish_until(wish: Wish, ships_by: datetime | None, at: datetime) -> datetime:
    """Until when a buyer's wish holds before she is asked again."""
    return ships_by if wish is Wish.WAIT and ships_by is not None and ships_by > at else at + REFRESH
