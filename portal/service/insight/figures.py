"""Service figures of a period beside those of the one before. Pure."""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

from portal.service.insight.queries import Looked, Sums
from portal.service.insight.rules import Share


class Name(StrEnum):
    """The words are `insight.figure.<code>` and `insight.about.<code>`."""

    CONVERSION = "conversion"  # orders through links, of visits
    ORDER_VALUE = "order_value"
    ADD_ON = "add_on"  # orders with several products
    REPEAT = "repeat"  # orders that were not the buyer's first
    REFUND = "refund"
    COMPLAINED = "complained"
    REPLY = "reply"  # within four hours
    LOST = "lost"


@dataclass(frozen=True, slots=True)
class Shown:
    """A figure: a share, an amount in fen (`of` cases), or a plain count; and the same before."""

    name: Name
    now: Share
    before: Share
    kind: str = "share"  # share, money, count


_SHARES: dict[Name, Callable[[Sums], Share]] = {
    Name.CONVERSION: lambda sums: Share(sums.orders.shared, sums.days.visits),
    Name.ADD_ON: lambda sums: Share(sums.orders.several, sums.orders.orders),
    Name.REPEAT: lambda sums: Share(sums.orders.repeats, sums.orders.orders),
    Name.REFUND: lambda sums: Share(sums.orders.refunded, sums.orders.paid),
    Name.COMPLAINED: lambda sums: Share(sums.orders.complained, sums.orders.orders),
    Name.REPLY: lambda sums: Share(sums.days.in_hour + sums.days.in_four, sums.days.replies),
}


def share(name: Name, sums: Sums) -> Share:
    return _SHARES[name](sums)


def value(sums: Sums) -> Share:
    """What the orders that were paid came to, of how many."""
    return Share(sums.orders.paid_fen, sums.orders.paid)


def shown(looked: Looked) -> list[Shown]:
    """All of them, in the order of the page."""
    found = []
    for name in Name:
        if name is Name.ORDER_VALUE:
            found.append(Shown(name, value(looked.now), value(looked.before), "money"))
        elif name is Name.LOST:
            lost = (Share(looked.now.days.lost, 0), Share(looked.before.days.lost, 0))
            found.append(Shown(name, *lost, "count"))
        else:
            found.append(Shown(name, share(name, looked.now), share(name, looked.before)))
    return found


def mean_fen(sums: Share) -> int | None:
    """The mean of an amount, in whole fen."""
    return round(sums.hits / sums.of) if sums.of else None
