"""What dashboards count: sums of days, how long the way to the certificate takes, periods, shares. Pure."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, fields
from datetime import date, datetime, timedelta
from enum import StrEnum

from portal.core.base.statistics import wilson

# ---- sums of days ----


@dataclass(frozen=True, slots=True)
class DaySums:
    """What a day came to. Stores stand at the day on which their kit was bought; everything else where it happened."""

    opened: int = 0
    closed: int = 0
    certified: int = 0
    shared: int = 0
    earned: int = 0
    in_3: int = 0  # certified within so many days of the kit
    in_7: int = 0
    in_14: int = 0
    in_30: int = 0
    over_30: int = 0
    visits: int = 0
    replies: int = 0
    in_hour: int = 0  # replies to buyers' questions within so long
    in_four: int = 0
    in_day: int = 0
    over_day: int = 0
    lost: int = 0  # buyers who had ordered at least twice, and then not for 90 days


COLUMNS = tuple(f.name for f in fields(DaySums))


def added(first: DaySums, second: DaySums, times: int = 1) -> DaySums:
    """The sums with others added, or (`times` -1) taken away."""
    return DaySums(*(getattr(first, name) + times * getattr(second, name) for name in COLUMNS))


def total(sums: Iterable[DaySums]) -> DaySums:
    found = DaySums()
    for one in sums:
        found = added(found, one)
    return found


# ---- a store's way ----


@dataclass(frozen=True, slots=True)
class Mark:
    """How far a store has come: what it is counted by."""

    store: int
    region: str
    day: str  # its kit was bought, where the site is
    opened_at: datetime
    closed_at: datetime | None = None
    certified_at: datetime | None = None
    shared_at: datetime | None = None
    earned_at: datetime | None = None


class Took(StrEnum):
    """How long it took from the kit to the certificate; the names are columns of `DaySums`."""

    IN_3 = "in_3"
    IN_7 = "in_7"
    IN_14 = "in_14"
    IN_30 = "in_30"
    OVER_30 = "over_30"


_TOOK = ((3, Took.IN_3), (7, Took.IN_7), (14, Took.IN_14), (30, Took.IN_30))


def took(mark: Mark) -> Took | None:
    """How long the way to the certificate took; None where she has not come so far."""
    if mark.certified_at is None:
        return None
    spent = mark.certified_at - mark.opened_at
    return next((name for days, name in _TOOK if spent <= timedelta(days=days)), Took.OVER_30)


def sums_of(mark: Mark) -> DaySums:
    """What a store adds to the day of its kit."""
    spent = took(mark)
    return DaySums(
        opened=1,
        closed=int(mark.closed_at is not None),
        certified=int(mark.certified_at is not None),
        shared=int(mark.shared_at is not None),
        earned=int(mark.earned_at is not None),
        **({str(spent): 1} if spent else {}),
    )


STEPS = ("opened", "certified", "shared", "earned")


def funnel(sums: DaySums) -> list[tuple[str, int]]:
    """The steps from the kit to earning, with how many have come there."""
    return [(step, getattr(sums, step)) for step in STEPS]


def worst_step(steps: Sequence[tuple[str, int]]) -> int | None:
    """The index of the step before which most were lost; None where nobody was."""
    losses = [(steps[n - 1][1] - steps[n][1], -n) for n in range(1, len(steps))]
    most = max(losses, default=(0, 0))
    return -most[1] if most[0] > 0 else None


# ---- replies ----

HOUR = 3600
LATE_REPLY = 24 * HOUR


class Reply(StrEnum):
    """How long a buyer waited for her owner's reply; the names are columns of `DaySums`."""

    IN_HOUR = "in_hour"
    IN_FOUR = "in_four"
    IN_DAY = "in_day"
    OVER_DAY = "over_day"


REPLY_BOUNDS = ((HOUR, Reply.IN_HOUR), (4 * HOUR, Reply.IN_FOUR), (LATE_REPLY, Reply.IN_DAY))


def reply(seconds: int) -> Reply:
    return next((name for bound, name in REPLY_BOUNDS if seconds <= bound), Reply.OVER_DAY)


LOST_AFTER = 90  # days without an order
LOST_FROM = 2  # orders that she had had


# ---- shares ----


@dataclass(frozen=True, slots=True)
class Share:
    """A share with its n, and the interval in which the true one lies (95 %)."""

    hits: int
    of: int

    @property
    def bp(self) -> int | None:
        return round(10_000 * self.hits / self.of) if self.of else None

    @property
    def bounds(self) -> tuple[int, int] | None:
        """In basis points, to a tenth of a percent."""
        if not 0 <= self.hits <= self.of or not self.of:
            return None
        low, high = wilson(self.hits, self.of)
        return 10 * round(1_000 * low), 10 * round(1_000 * high)


# ---- periods ----

PERIODS = (7, 30, 90, 365)
USUAL = 30
MONTHS_FROM = 120  # longer ones are drawn by month, shorter by week, the shortest by day
WEEKS_FROM = 28


@dataclass(frozen=True, slots=True)
class Period:
    """So many days up to and with `until`, and as many before them to compare with."""

    since: date
    until: date

    @property
    def days(self) -> int:
        return (self.until - self.since).days + 1

    @property
    def before(self) -> "Period":
        return Period(self.since - timedelta(days=self.days), self.since - timedelta(days=1))

    @property
    def by(self) -> str:
        """How finely it is drawn."""
        if self.days >= MONTHS_FROM:
            return "month"
        return "week" if self.days >= WEEKS_FROM else "day"

    def holds(self, day: str) -> bool:
        return self.since.isoformat() <= day <= self.until.isoformat()


def period_of(days: int, today: date) -> Period:
    """The last so many days, today among them."""
    return Period(today - timedelta(days=days - 1), today)


def slices(period: Period) -> list[tuple[str, date, date]]:
    """The period cut as it is drawn: name, first day, first day after; the ends may be shorter than a whole one."""
    found: list[tuple[str, date, date]] = []
    for offset in range(period.days):
        day = period.since + timedelta(days=offset)
        name = _name(day, period.by)
        after = day + timedelta(days=1)
        found = (
            [*found[:-1], (name, found[-1][1], after)]
            if found and found[-1][0] == name
            else [
                *found,
                (name, day, after),
            ]
        )
    return found


def _name(day: date, by: str) -> str:
    if by == "month":
        return day.isoformat()[:7]
    return (day - timedelta(days=day.weekday())).isoformat() if by == "week" else day.isoformat()
