"""What looks like gaming in an owner's period. Pure; a signal decides nothing: a reviewer sees it with its orders.

What an owner buys openly for herself is no signal; it is only left out of stars.
"""

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import IntEnum, StrEnum

MOST_EVIDENCE = 50
SHORTEST_PHONE = 7
SHORTEST_TEXT = 8
TOGETHER = timedelta(hours=2)
YOUNG = timedelta(days=7)
BEST = 5


class Kind(StrEnum):
    """What was seen."""

    OWN_PHONE = "own_phone"  # a VIP's orders by or to the owner's telephone
    OWN_ADDRESS = "own_address"  # to where the owner has her own things sent
    UPLINE = "upline"  # by or to the telephone or home of who referred her
    ONE_DOOR = "one_door"  # several VIPs, one telephone or address
    DEVICE = "device"  # ratings from a network address that the owner or her upline signs in from
    MUTUAL = "mutual"  # owners who buy from each other and rate each other
    BURST = "burst"  # many best marks of young VIPs within two hours
    SAME_TEXT = "same_text"
    REFUNDED = "refunded"  # orders of the period given back when it was over


class Strength(IntEnum):
    """How much it says: a hint happens to honest stores too; what is clear wants a reviewer's word."""

    HINT = 1
    CLEAR = 2
    STRONG = 3


@dataclass(frozen=True, slots=True)
class Bought:
    """An order of the period. `home`: where it went, without blanks; `given_back`: refunded once it was over."""

    order_id: int
    vip_id: int
    vip_phone: str
    to_phone: str
    home: str
    own: bool
    given_back: bool = False


@dataclass(frozen=True, slots=True)
class Rated:
    """A rating of the period. `vip_since`: when its VIP was bound; `address`: the network address that it came from."""

    order_id: int
    vip_id: int
    at: datetime
    mark: int
    text: str
    vip_since: datetime
    address: str | None = None


@dataclass(frozen=True, slots=True)
class Ties:
    """By what the owner and her upline are known. `mutual`: orders by which another owner rated her whom she rated."""

    phones: frozenset[str] = frozenset()
    homes: frozenset[str] = frozenset()
    up_phones: frozenset[str] = frozenset()
    up_homes: frozenset[str] = frozenset()
    addresses: frozenset[str] = frozenset()
    mutual: tuple[int, ...] = field(default=())


@dataclass(frozen=True, slots=True)
class Signal:
    """What was seen of an owner, `hits` of `of` cases, with the orders that it rests on."""

    kind: Kind
    strength: Strength
    hits: int
    of: int
    orders: tuple[int, ...]


def digits(phone: str | None) -> str:
    """A telephone number without its country and its dashes; empty where it is none."""
    plain = "".join(c for c in phone or "" if c.isdigit())[-11:]
    return plain if len(plain) >= SHORTEST_PHONE else ""


def home_of(region: str, street: str) -> str:
    return "".join(f"{region}{street}".split())


def plain_text(text: str) -> str:
    """A text as it is compared: letters and characters alone."""
    return "".join(c for c in text.casefold() if c.isalnum())


def _graded(
    kind: Kind, orders: Iterable[int], of: int, *, clear: tuple[int, float], strong: tuple[int, float]
) -> Signal | None:
    """`clear` and `strong`: from so many cases on, and such a share of all."""
    found = tuple(dict.fromkeys(orders))
    if not found:
        return None
    hits, share = len(found), len(found) / max(of, 1)

    def reaches(least: tuple[int, float]) -> bool:
        return hits >= least[0] and share >= least[1]

    strength = Strength.STRONG if reaches(strong) else Strength.CLEAR if reaches(clear) else Strength.HINT
    return Signal(kind, strength, hits, of, found[:MOST_EVIDENCE])


def signals_of(bought: Sequence[Bought], rated: Sequence[Rated], ties: Ties) -> list[Signal]:
    """Everything that was seen, the strongest first."""
    others = [one for one in bought if not one.own]
    best = [one for one in rated if one.mark == BEST]
    found = [
        _tied(Kind.OWN_PHONE, others, lambda one: _phones(one) & ties.phones),
        _tied(Kind.OWN_ADDRESS, others, lambda one: one.home in ties.homes),
        _tied(Kind.UPLINE, others, lambda one: _phones(one) & ties.up_phones or one.home in ties.up_homes),
        _one_door(others, ties),
        _device(best, ties),
        _graded(Kind.MUTUAL, ties.mutual, len(best), clear=(2, 0.05), strong=(3, 0.2)),
        _burst(best),
        _same_text(best),
        _refunded(others),
    ]
    return sorted((each for each in found if each is not None), key=lambda each: (-each.strength, each.kind))


def _phones(one: Bought) -> set[str]:
    return {phone for phone in (digits(one.vip_phone), digits(one.to_phone)) if phone}


def _tied(kind: Kind, others: Sequence[Bought], is_tied: Callable[[Bought], object]) -> Signal | None:
    orders = [one.order_id for one in others if is_tied(one)]
    return _graded(kind, orders, len(others), clear=(3, 0.05), strong=(5, 0.2))


def _one_door(others: Sequence[Bought], ties: Ties) -> Signal | None:
    """Three VIPs or more behind one telephone; one address alone may be an office, so it takes many of them."""
    doors: dict[str, list[Bought]] = defaultdict(list)
    for one in others:
        phone = digits(one.to_phone)
        if phone and phone not in ties.phones:
            doors[phone].append(one)
    orders = [one.order_id for each in doors.values() if _buyers(each) >= 3 for one in each]
    if orders:
        return _graded(Kind.ONE_DOOR, orders, len(others), clear=(4, 0.1), strong=(8, 0.3))
    homes: dict[str, list[Bought]] = defaultdict(list)
    for one in others:
        if one.home and one.home not in ties.homes:
            homes[one.home].append(one)
    orders = [one.order_id for each in homes.values() if _buyers(each) >= 4 for one in each]
    return _graded(Kind.ONE_DOOR, orders, len(others), clear=(8, 0.3), strong=(15, 0.6))


def _buyers(orders: Collection[Bought]) -> int:
    return len({one.vip_id for one in orders})


def _device(best: Sequence[Rated], ties: Ties) -> Signal | None:
    same = [one for one in best if one.address is not None and one.address in ties.addresses]
    several = len({one.vip_id for one in same}) >= 3
    orders = [one.order_id for one in same]
    never = (len(orders) + 1, 0.0)
    return _graded(
        Kind.DEVICE, orders, len(best), clear=(3, 0.1) if several else never, strong=(5, 0.4) if several else never
    )


def _burst(best: Sequence[Rated]) -> Signal | None:
    """The densest two hours of best marks from VIPs who were bound a week before at most."""
    young = sorted((one for one in best if one.at - one.vip_since <= YOUNG), key=lambda one: one.at)
    densest: list[Rated] = []
    first = 0
    for last, one in enumerate(young):
        while one.at - young[first].at > TOGETHER:
            first += 1
        if last - first + 1 > len(densest):
            densest = young[first : last + 1]
    if len({one.vip_id for one in densest}) < 4:
        return None
    orders = [one.order_id for one in densest]
    return _graded(Kind.BURST, orders, len(best), clear=(5, 0.2), strong=(8, 0.4))


def _same_text(best: Sequence[Rated]) -> Signal | None:
    told: dict[str, list[Rated]] = defaultdict(list)
    for one in best:
        text = plain_text(one.text)
        if len(text) >= SHORTEST_TEXT:
            told[text].append(one)
    orders = [one.order_id for each in told.values() if len({one.vip_id for one in each}) >= 3 for one in each]
    return _graded(Kind.SAME_TEXT, orders, len(best), clear=(4, 0.1), strong=(8, 0.3))


def _refunded(others: Sequence[Bought]) -> Signal | None:
    orders = [one.order_id for one in others if one.given_back]
    if len(orders) < 3:
        return None
    return _graded(Kind.REFUNDED, orders, len(others), clear=(4, 0.2), strong=(8, 0.4))
