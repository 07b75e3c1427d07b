"""What may be asked back, until when, who bears the postage, and how much.

Sources: Consumer Rights Law of China (2013), article 24 (faulty goods: seven days to return, then exchange or repair,
the seller pays the postage) and article 25 (seven days without a reason from receipt, four kinds of goods excepted,
the buyer pays the postage); Civil Code article 201 (the first day is not counted, the last ends at midnight); the
house's three days for what was broken on arrival, 48 hours where fresh goods are spoiled or broken, and fifteen for an
exchange of faulty goods; source text 002
(cancelling by stage).
"""

from datetime import datetime, time, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from portal.service.orders.rules import Status


class Kind(StrEnum):
    """What is asked for."""

    CANCEL = "cancel"
    REFUND = "refund"  # whole or partial, the goods stay
    RETURN = "return"  # goods back, money back
    EXCHANGE = "exchange"
    RESEND = "resend"
    REPAIR_ALLOWANCE = "repair_allowance"


class Reason(StrEnum):
    """Why."""

    CHANGED_MIND = "changed_mind"
    OUT_OF_STOCK = "out_of_stock"
    LATE = "late"
    LOST = "lost"
    NO_REASON = "no_reason"
    DAMAGED = "damaged"
    QUALITY = "quality"
    WRONG_GOODS = "wrong_goods"
    MISSING = "missing"
    NOT_AS_DESCRIBED = "not_as_described"


class Side(StrEnum):
    """Whose fault it is, and who pays the postage."""

    SELLER = "seller"
    CARRIER = "carrier"
    BUYER = "buyer"
    PLATFORM = "platform"
    NOBODY = "nobody"  # no goods travel


class Stage(StrEnum):
    """How far an order is, for what may be done about it."""

    UNPAID = "unpaid"
    UNPACKED = "unpacked"
    PACKED = "packed"
    SHIPPED = "shipped"
    DELIVERED = "delivered"
    OVER = "over"


class GoodsClass(StrEnum):
    """Goods by the rules of their return."""

    ORDINARY = "ordinary"
    FRESH = "fresh"  # fresh and perishable
    CUSTOM = "custom"  # made to the buyer's order
    DIGITAL = "digital"  # opened or downloaded
    PRESS = "press"  # newspapers and periodicals
    HYGIENE = "hygiene"  # as ordinary while sealed, as custom once opened


FAULT: dict[Reason, Side] = {
    Reason.CHANGED_MIND: Side.BUYER,
    Reason.OUT_OF_STOCK: Side.SELLER,
    Reason.LATE: Side.SELLER,
    Reason.LOST: Side.CARRIER,
    Reason.NO_REASON: Side.BUYER,
    Reason.DAMAGED: Side.CARRIER,
    Reason.QUALITY: Side.SELLER,
    Reason.WRONG_GOODS: Side.SELLER,
    Reason.MISSING: Side.SELLER,
    Reason.NOT_AS_DESCRIBED: Side.SELLER,
}
REASONS: dict[Kind, tuple[Reason, ...]] = {
    Kind.CANCEL: (Reason.CHANGED_MIND, Reason.LATE, Reason.OUT_OF_STOCK),
    Kind.REFUND: (
        Reason.DAMAGED,
        Reason.QUALITY,
        Reason.WRONG_GOODS,
        Reason.MISSING,
        Reason.NOT_AS_DESCRIBED,
        Reason.LOST,
    ),
    Kind.RETURN: (
        Reason.NO_REASON,
        Reason.DAMAGED,
        Reason.QUALITY,
        Reason.WRONG_GOODS,
        Reason.NOT_AS_DESCRIBED,
    ),
    Kind.EXCHANGE: (Reason.DAMAGED, Reason.QUALITY, Reason.WRONG_GOODS, Reason.NOT_AS_DESCRIBED, Reason.NO_REASON),
    Kind.RESEND: (Reason.LOST, Reason.MISSING, Reason.DAMAGED, Reason.WRONG_GOODS),
    Kind.REPAIR_ALLOWANCE: (Reason.DAMAGED, Reason.QUALITY, Reason.NOT_AS_DESCRIBED),
}
# Reasons to cancel that an order cannot have yet, or any more.
_NOT_AT: dict[Stage, Reason] = {Stage.UNPAID: Reason.LATE, Stage.SHIPPED: Reason.OUT_OF_STOCK}
EVIDENCE = frozenset(
    {Reason.DAMAGED, Reason.QUALITY, Reason.WRONG_GOODS, Reason.MISSING, Reason.NOT_AS_DESCRIBED}
)  # reasons that a photo must prove
MOST_PHOTOS = 9
LARGEST_PHOTO = 8_000_000
MONEY = frozenset({Kind.CANCEL, Kind.REFUND, Kind.RETURN, Kind.REPAIR_ALLOWANCE})
GOODS_BACK = frozenset({Kind.RETURN, Kind.EXCHANGE})
ALLOWANCE_SHARE_BP = 5_000

# The written table: who pays where goods travel. What a carrier spoilt the platform pays, and claims it of the carrier.
PAYER: dict[Side, Side] = {Side.SELLER: Side.SELLER, Side.CARRIER: Side.PLATFORM, Side.BUYER: Side.BUYER}


def reasons_of(kind: Kind, stage: Stage) -> tuple[Reason, ...]:
    """The reasons to choose from for a matter, as far as the order is."""
    return tuple(one for one in REASONS[kind] if kind is not Kind.CANCEL or one is not _NOT_AT.get(stage))


def postage_by(kind: Kind, reason: Reason, stage: Stage) -> Side:
    """Who pays the postage of a matter."""
    travels = kind in GOODS_BACK or kind is Kind.RESEND or (kind is Kind.CANCEL and stage is Stage.SHIPPED)
    return PAYER[FAULT[reason]] if travels else Side.NOBODY


# ---- how far an order is ----


def stage_of(status: Status, *, packed: bool, delivered: bool) -> Stage:
    """`packed`: it has a parcel that no carrier has scanned yet; `delivered`: the shop or a carrier says so."""
    if status in (Status.CANCELLED, Status.REFUNDED):
        return Stage.OVER
    if status in (Status.DELIVERED, Status.COMPLETED) or delivered:
        return Stage.DELIVERED
    if status is Status.SHIPPED:
        return Stage.SHIPPED
    if status is Status.PAID:
        return Stage.PACKED if packed else Stage.UNPACKED
    return Stage.UNPAID


STAGES: dict[Kind, frozenset[Stage]] = {
    Kind.CANCEL: frozenset({Stage.UNPAID, Stage.UNPACKED, Stage.PACKED, Stage.SHIPPED}),
    Kind.REFUND: frozenset({Stage.SHIPPED, Stage.DELIVERED}),
    Kind.RETURN: frozenset({Stage.DELIVERED}),
    Kind.EXCHANGE: frozenset({Stage.DELIVERED}),
    Kind.RESEND: frozenset({Stage.SHIPPED, Stage.DELIVERED}),
    Kind.REPAIR_ALLOWANCE: frozenset({Stage.DELIVERED}),
}


# ---- until when ----

_NO_REASON_DAYS: dict[GoodsClass, int | None] = {
    GoodsClass.ORDINARY: 7,
    GoodsClass.HYGIENE: 7,
    GoodsClass.FRESH: None,
    GoodsClass.CUSTOM: None,
    GoodsClass.DIGITAL: None,
    GoodsClass.PRESS: None,
}
_QUALITY_DAYS: dict[Kind, int] = {Kind.EXCHANGE: 15, Kind.REPAIR_ALLOWANCE: 15}
ARRIVAL_DAYS = 3
FAULTY_DAYS = 7
_FRESH_FAULTY_DAYS = 3
FRESH_HOURS = 48
_FRESH_SPOILS = frozenset({Reason.DAMAGED, Reason.QUALITY})


def window_days(goods: GoodsClass, kind: Kind, reason: Reason) -> int | None:
    """Days from delivery in which it may be filed; 0: not counted from delivery, None: these goods are excepted."""
    if reason is Reason.NO_REASON:
        return _NO_REASON_DAYS[goods]
    if goods is GoodsClass.FRESH and reason in _FRESH_SPOILS:
        return FRESH_HOURS // 24
    if reason in (Reason.DAMAGED, Reason.MISSING):
        return ARRIVAL_DAYS
    if reason in (Reason.QUALITY, Reason.NOT_AS_DESCRIBED, Reason.WRONG_GOODS):
        if goods is GoodsClass.FRESH:
            return _FRESH_FAULTY_DAYS
        return _QUALITY_DAYS.get(kind, FAULTY_DAYS) if reason is Reason.QUALITY else FAULTY_DAYS
    return 0


def window_end(delivered_at: datetime, days: int, zone: ZoneInfo) -> datetime:
    """The last second of the last day; the day of delivery itself is not counted."""
    last = delivered_at.astimezone(zone).date() + timedelta(days=days)
    return datetime.combine(last, time(23, 59, 59), zone)


def closes_at(goods: GoodsClass, kind: Kind, reason: Reason, delivered_at: datetime, zone: ZoneInfo) -> datetime | None:
    """The last instant to file; None where no time runs from delivery. Spoiled fresh goods are counted by the hour."""
    days = window_days(goods, kind, reason)
    if not days:
        return None
    if goods is GoodsClass.FRESH and reason in _FRESH_SPOILS:
        return delivered_at + timedelta(hours=FRESH_HOURS)
    return window_end(delivered_at, days, zone)


def photos_needed(reason: Reason) -> int:
    return 1 if reason in EVIDENCE else 0
