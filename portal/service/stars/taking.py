"""Inputs of many stores at once, by ranges of their ids: some ten queries a range, however many orders. In a door."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from certification.rights.rules import Category
from courses.assignment.actions import OWNER_LICENCE
from portal.service.stars import cases
from portal.service.stars.cases import CASES, Case, Range
from portal.service.stars.criteria import Criteria, Metric
from portal.service.stars.rules import CASE, Count, Inputs, lacks
from portal.service.stars.spans import Spans, month_before
from portal.service.stars.tables import StarInput

MISDESCRIPTION = (Category.FALSE_CLAIM, Category.MEDICAL_CLAIM, Category.OVERPROMISE)


@dataclass(slots=True)
class _Tally:
    """What one window of a store holds, before it is chosen."""

    orders: int = 0
    vips: int = 0
    faulted: int = 0
    fault_vips: int = 0
    ratings: int = 0
    hits: int = 0
    of: int = 0
    misdescribed: int = 0


@dataclass(slots=True)
class _Store:
    """A store while it is counted."""

    owner_id: int
    is_open: bool
    active_days: int
    since: datetime
    short: _Tally = field(default_factory=_Tally)
    long: _Tally = field(default_factory=_Tally)
    certified: bool = False
    counts: dict[Metric, list[int]] = field(default_factory=lambda: defaultdict(lambda: [0, 0]))
    past: dict[str, tuple[int | None, int | None]] = field(default_factory=dict)
    chosen: _Tally = field(default_factory=_Tally)
    days: int = 0


_STORES = (
    "SELECT s.id, s.owner, s.opened_at, s.closed_at, s.kit_returned_at FROM stores s WHERE s.id > {}"
    " AND s.opened_at < {} ORDER BY s.id LIMIT {}"
)


async def take(spans: Spans, criteria: Criteria, after: int, limit: int) -> list[Inputs]:
    """The inputs of the next stores by id; empty where there are no more."""
    found: dict[int, _Store] = {}
    for row in await StarInput.raw(_STORES, after, spans.until, limit):
        ended = [at for at in (row["closed_at"], row["kit_returned_at"]) if at is not None]
        is_open = all(at >= spans.until for at in ended)
        found[row["id"]] = _Store(row["owner"], is_open, (spans.until - row["opened_at"]).days, spans.long)
    if not found:
        return []
    whole = Range(after, max(found), spans.long, spans.until)
    await _orders(found, whole, spans)
    rated = await cases.ratings(whole)
    _ratings(found, rated, spans)
    await _violations(found, whole, spans)
    for store in found.values():
        _choose(store, spans, criteria)
    await _rest(found, whole)
    await _standing(found, whole, spans)
    return [_inputs(store_id, store) for store_id, store in found.items()]


_SUMS = (
    "SELECT f.store, COUNT(*) AS orders, COUNT(DISTINCT f.vip) AS vips,"
    " SUM(CASE WHEN f.owner_faults > 0 THEN 1 ELSE 0 END) AS faulted,"
    " COUNT(DISTINCT CASE WHEN f.owner_faults > 0 THEN f.vip END) AS fault_vips FROM order_facts f"
    " WHERE f.store > {} AND f.store <= {} AND f.delivered_at >= {} AND f.delivered_at < {}"
    " AND NOT f.own AND NOT f.cancelled GROUP BY f.store"
)


async def _orders(found: dict[int, _Store], whole: Range, spans: Spans) -> None:
    for name, since in (("short", spans.short), ("long", spans.long)):
        for row in await StarInput.raw(_SUMS, whole.low, whole.high, since, spans.until):
            if row["store"] in found:
                tally: _Tally = getattr(found[row["store"]], name)
                tally.orders, tally.vips = int(row["orders"]), int(row["vips"])
                tally.faulted, tally.fault_vips = int(row["faulted"]), int(row["fault_vips"])


def _windows(store: _Store, at: datetime, spans: Spans) -> Iterable[_Tally]:
    return (store.long, store.short) if at >= spans.short else (store.long,)


def _ratings(found: dict[int, _Store], rated: list[Case], spans: Spans) -> None:
    for case in rated:
        if case.weight and case.store_id in found:
            for tally in _windows(found[case.store_id], case.at, spans):
                tally.ratings += 1
                tally.of += case.weight
                tally.hits += case.weight if case.good else 0


_VIOLATIONS = (
    "SELECT v.store, v.occurred_at FROM violations v WHERE v.store > {} AND v.store <= {} AND v.occurred_at >= {}"
    " AND v.occurred_at < {} AND v.state = 'confirmed' AND v.category IN ({}, {}, {})"
)


async def _violations(found: dict[int, _Store], whole: Range, spans: Spans) -> None:
    for row in await StarInput.raw(_VIOLATIONS, *whole.args, *(str(each) for each in MISDESCRIPTION)):
        if row["store"] in found:
            for tally in _windows(found[row["store"]], row["occurred_at"], spans):
                tally.misdescribed += 1


def _choose(store: _Store, spans: Spans, criteria: Criteria) -> None:
    """The short window where it holds enough, else the long one."""
    short = store.short
    enough = not lacks(criteria, short.orders, short.vips, short.ratings)
    store.days, store.since = (spans.short_days, spans.short) if enough else (spans.long_days, spans.long)
    store.chosen = tally = short if enough else store.long
    store.counts[Metric.SATISFACTION] = [tally.hits, tally.of]
    store.counts[Metric.FAULTS] = [CASE * (tally.orders - tally.faulted), CASE * tally.orders]


async def _rest(found: dict[int, _Store], whole: Range) -> None:
    for metric, cases_of in CASES.items():
        if metric in (Metric.SATISFACTION, Metric.FAULTS):
            continue
        for case in await cases_of(whole):
            store = found.get(case.store_id)
            if store is not None and case.at >= store.since:
                count = store.counts[metric]
                count[0] += case.weight if case.good else 0
                count[1] += case.weight


_CERTIFIED = (
    "SELECT DISTINCT s.id FROM stores s JOIN certificates c ON c.person = s.owner JOIN curriculum_versions v"
    " ON v.id = c.curriculum_version JOIN curricula u ON u.id = v.curriculum WHERE s.id > {} AND s.id <= {}"
    " AND u.purpose = {} AND c.issued_at < {} AND c.valid_until >= {} AND (c.revoked_at IS NULL OR c.revoked_at >= {})"
)
_PAST = (
    "SELECT r.store, u.month, r.star, r.earned AS raw FROM star_results r JOIN star_runs u ON u.id = r.run"
    " WHERE r.store > {} AND r.store <= {} AND r.superseded_at IS NULL AND u.month IN ({}, {})"
)


async def _standing(found: dict[int, _Store], whole: Range, spans: Spans) -> None:
    at = spans.until
    for row in await StarInput.raw(_CERTIFIED, whole.low, whole.high, OWNER_LICENCE, at, at, at):
        if row["id"] in found:
            found[row["id"]].certified = True
    last = month_before(spans.month)
    for row in await StarInput.raw(_PAST, whole.low, whole.high, last, month_before(last)):
        if row["store"] in found:
            name = "last" if row["month"] == last else "before"
            found[row["store"]].past[name] = (row["star"], row["raw"])


def _inputs(store_id: int, store: _Store) -> Inputs:
    tally = store.chosen
    last, before = store.past.get("last", (None, None)), store.past.get("before", (None, None))
    return Inputs(
        store_id=store_id,
        owner_id=store.owner_id,
        is_open=store.is_open,
        certified=store.certified,
        active_days=store.active_days,
        misdescribed=tally.misdescribed,
        span_days=store.days,
        since=store.since,
        orders=tally.orders,
        vips=tally.vips,
        ratings=tally.ratings,
        fault_vips=tally.fault_vips,
        counts={metric: Count(*store.counts[metric]) for metric in Metric},
        before=last[0],
        raws=(last[1], before[1]),
    )


COLUMNS = [f"{metric}_{part}" for metric in Metric for part in ("hits", "of")]


def row_of(run_id: int, inputs: Inputs, round_of: int = 0) -> dict[str, Any]:
    """The inputs as their row."""
    counts = {f"{metric}_hits": count.hits for metric, count in inputs.counts.items()}
    counts |= {f"{metric}_of": count.of for metric, count in inputs.counts.items()}
    return {
        "run": run_id,
        "store": inputs.store_id,
        "owner": inputs.owner_id,
        "round": round_of,
        "is_open": inputs.is_open,
        "certified": inputs.certified,
        "active_days": inputs.active_days,
        "misdescribed": inputs.misdescribed,
        "span_days": inputs.span_days,
        "since": inputs.since,
        "orders": inputs.orders,
        "vips": inputs.vips,
        "ratings": inputs.ratings,
        "fault_vips": inputs.fault_vips,
        **counts,
        "before_star": inputs.before,
        "raw_one": inputs.raws[0],
        "raw_two": inputs.raws[1],
    }


_PLAIN = ("is_open", "certified", "active_days", "misdescribed", "span_days", "since", "orders", "vips", "ratings")


def inputs_of(row: dict[str, Any]) -> Inputs:
    """The inputs that a row keeps."""
    return Inputs(
        store_id=row["store"],
        owner_id=row["owner"],
        **{name: row[name] for name in _PLAIN},
        fault_vips=row["fault_vips"],
        counts={metric: Count(row[f"{metric}_hits"], row[f"{metric}_of"]) for metric in Metric},
        before=row["before_star"],
        raws=(row["raw_one"], row["raw_two"]),
    )
