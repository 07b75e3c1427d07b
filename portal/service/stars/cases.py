"""The cases that a star is counted from, with the order each came from: for the count of many stores and for the page
of one. Each takes stores by a range of ids and a time, and gives the same for a month whenever it is asked. In a door.
"""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from portal.core.base.clock import local
from portal.core.stores.rules import ERASED
from portal.service.inquiries.telling import LATE
from portal.service.stars.criteria import Metric
from portal.service.stars.rules import CASE, GOOD_MARK, PAIR_MONTH, LeftOut, weight_of
from portal.service.stars.tables import StarInput

DAY = timedelta(days=1)
FILED_WITHIN = timedelta(days=2)
CALLED_WITHIN = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class Range:
    """Stores beyond `low` up to `high`, from when to when."""

    low: int
    high: int
    since: datetime
    until: datetime

    @property
    def args(self) -> tuple[int, int, datetime, datetime]:
        return (self.low, self.high, self.since, self.until)


@dataclass(frozen=True, slots=True)
class Case:
    """One case of a metric: when, of which order, good or not, its weight in hundredths; `why` it weighs nothing."""

    store_id: int
    at: datetime
    order_id: int | None
    good: bool
    weight: int = CASE
    why: LeftOut | None = None


async def _rows(sql: str, *values: Any) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = await StarInput.raw(sql, *values)
    return found


def _moment(value: Any) -> datetime | None:
    return datetime.fromisoformat(value) if isinstance(value, str) else value


_RATINGS = (
    "SELECT r.store, r.vip, r.order_of, r.at, r.owner AS mark, f.delivered_at, f.own, o.address_phone, o.region,"
    " o.street, p.phone FROM ratings r JOIN order_facts f ON f.order_of = r.order_of JOIN orders o ON o.id = r.order_of"
    " JOIN stores s ON s.id = r.store JOIN persons p ON p.id = s.owner"
    " WHERE r.store > {} AND r.store <= {} AND r.at >= {} AND r.at < {} ORDER BY r.at, r.id"
)
_HOMES = (
    "SELECT DISTINCT f.store, o.region, o.street FROM order_facts f JOIN orders o ON o.id = f.order_of"
    " WHERE f.store > {} AND f.store <= {} AND f.own"
)


async def ratings(span: Range) -> list[Case]:
    """Marks for owners: the first three of a buyer in a month count; none from an owner's own phone or household."""
    homes: dict[int, set[str]] = defaultdict(set)
    for row in await _rows(_HOMES, span.low, span.high):
        homes[row["store"]].add(_home(row))
    seen: dict[tuple[int, int, str], int] = defaultdict(int)
    found = []
    for row in await _rows(_RATINGS, *span.args):
        why = _left_out(row, homes[row["store"]], seen)
        weight = 0 if why else weight_of(row["at"], row["delivered_at"])
        good = row["mark"] >= GOOD_MARK
        found.append(Case(row["store"], row["at"], row["order_of"], good, weight, why))
    return found


def _home(row: Mapping[str, Any]) -> str:
    return "".join(f"{row['region']}{row['street']}".split())


def _left_out(row: Mapping[str, Any], homes: set[str], seen: dict[tuple[int, int, str], int]) -> LeftOut | None:
    known = row["street"] != ERASED
    if row["own"] or (known and (row["address_phone"] == row["phone"] or _home(row) in homes)):
        return LeftOut.OWN
    pair = (row["store"], row["vip"], f"{local(row['at']):%Y-%m}")
    seen[pair] += 1
    return LeftOut.MANY if seen[pair] > PAIR_MONTH else None


_ORDERS = (
    "SELECT f.store, f.order_of, f.delivered_at, f.owner_faults FROM order_facts f WHERE f.store > {} AND f.store <= {}"
    " AND f.delivered_at >= {} AND f.delivered_at < {} AND NOT f.own AND NOT f.cancelled ORDER BY f.delivered_at"
)


async def orders(span: Range) -> list[Case]:
    """Delivered orders; one is not good where a fault was found against the owner. Of one store: for its page."""
    return [
        Case(row["store"], row["delivered_at"], row["order_of"], not row["owner_faults"])
        for row in await _rows(_ORDERS, *span.args)
    ]


_LATE_ORDERS = (
    "SELECT f.store, n.order_of, n.since, n.ended_at, (SELECT MIN(i.asked_at) FROM inquiries i"
    " WHERE i.order_of = n.order_of AND i.kind = 'hurry') AS hurried, (SELECT MIN(w.at) FROM buyer_wishes w"
    " WHERE w.order_of = n.order_of) AS wished FROM order_facts f JOIN order_needs n ON n.order_of = f.order_of"
    " WHERE f.store > {} AND f.store <= {} AND n.since >= {} AND n.since < {} AND n.code = {} AND NOT f.own"
    " ORDER BY n.since"
)


async def hurries(span: Range) -> list[Case]:
    """Late orders: good where she hurried the supplier or asked the buyer within a day. One that was settled within
    the day without her asked nothing of her."""
    found = []
    for row in await _rows(_LATE_ORDERS, span.low, span.high, span.since, span.until - DAY, LATE):
        by, ended = row["since"] + DAY, row["ended_at"]
        acts = [at for at in (_moment(row["hurried"]), _moment(row["wished"])) if at is not None]
        good = any(at <= by for at in acts)
        if good or ended is None or ended > by:
            found.append(Case(row["store"], row["since"], row["order_of"], good))
    return found


_REPLIES = (
    "SELECT d.store, d.order_of, m.at, m.reply_seconds FROM threads d JOIN thread_messages m ON m.thread = d.id"
    " WHERE d.store > {} AND d.store <= {} AND m.at >= {} AND m.reply_seconds IS NOT NULL ORDER BY m.at"
)
_WAITING = (
    "SELECT d.store, d.order_of, d.waiting_since FROM threads d WHERE d.store > {} AND d.store <= {}"
    " AND d.waiting_since >= {} AND d.waiting_since < {}"
)


async def replies(span: Range) -> list[Case]:
    """Buyers' questions, by when they were asked: good where the reply came within a day; silence is not."""
    last = span.until - DAY
    found = []
    for row in await _rows(_REPLIES, span.low, span.high, span.since):
        asked = row["at"] - timedelta(seconds=row["reply_seconds"])
        if span.since <= asked < last:
            good = row["reply_seconds"] <= DAY.total_seconds()
            found.append(Case(row["store"], asked, row["order_of"], good))
    waiting = await _rows(_WAITING, span.low, span.high, span.since, last)
    return [*found, *(Case(row["store"], row["waiting_since"], row["order_of"], False) for row in waiting)]


_RETURNS = (
    "SELECT r.store, r.order_of, r.filed_at, (SELECT MIN(t.at) FROM return_steps t WHERE t.return_of = r.id"
    " AND t.state <> 'draft') AS moved FROM returns r WHERE r.store > {} AND r.store <= {} AND r.filed_at >= {}"
    " AND r.filed_at < {} ORDER BY r.filed_at"
)


async def returns(span: Range) -> list[Case]:
    """Returns that she began: good where they were on their way, or given up, within two days."""
    found = []
    for row in await _rows(_RETURNS, span.low, span.high, span.since, span.until - FILED_WITHIN):
        moved = _moment(row["moved"])
        good = moved is not None and moved <= row["filed_at"] + FILED_WITHIN
        found.append(Case(row["store"], row["filed_at"], row["order_of"], good))
    return found


_CALLS = (
    "SELECT c.store, c.vip, c.at, c.next_at FROM call_backs c WHERE c.store > {} AND c.store <= {}"
    " ORDER BY c.store, c.vip, c.at, c.id"
)
_DUE_CALLS = (
    "SELECT v.store, v.next_call_at FROM vip_levels v WHERE v.store > {} AND v.store <= {}"
    " AND v.next_call_at >= {} AND v.next_call_at < {}"
)


async def calls(span: Range) -> list[Case]:
    """Call-backs by the day they were due: good where she called by a week after it. A first call is good."""
    last = span.until - CALLED_WITHIN
    found = []
    previous: dict[str, Any] | None = None
    for row in await _rows(_CALLS, span.low, span.high):
        follows = previous is not None and (previous["store"], previous["vip"]) == (row["store"], row["vip"])
        due = previous["next_at"] if follows and previous is not None else row["at"]
        if due is not None and span.since <= due < last:
            found.append(Case(row["store"], due, None, row["at"] <= due + CALLED_WITHIN))
        previous = row
    due_now = await _rows(_DUE_CALLS, span.low, span.high, span.since, last)
    return [*found, *(Case(row["store"], row["next_call_at"], None, False) for row in due_now)]


_TRAINING = (
    "SELECT s.id AS store, a.due_at, a.completed_at FROM stores s JOIN assignments a ON a.person = s.owner"
    " WHERE s.id > {} AND s.id <= {} AND a.required AND a.cancelled_at IS NULL AND a.due_at >= {} AND a.due_at < {}"
    " ORDER BY a.due_at"
)


async def training(span: Range) -> list[Case]:
    """Required courses that were due: good where they were done by the month's end, however late."""
    return [
        Case(row["store"], row["due_at"], None, row["completed_at"] is not None and row["completed_at"] < span.until)
        for row in await _rows(_TRAINING, *span.args)
    ]


CASES = {
    Metric.SATISFACTION: ratings,
    Metric.FAULTS: orders,
    Metric.HURRY: hurries,
    Metric.REPLY: replies,
    Metric.RETURNS: returns,
    Metric.CALLS: calls,
    Metric.TRAINING: training,
}
