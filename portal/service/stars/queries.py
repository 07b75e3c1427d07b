"""Stars as pages show them. Only what is published is the owner's to see. Call inside a door."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from portal.core.web.paging import Cut, Page, paged
from portal.service.stars import taking
from portal.service.stars.cases import CASES, Case, Range
from portal.service.stars.criteria import Metric
from portal.service.stars.raising import Way, way_up
from portal.service.stars.rules import APPEAL_WITHIN, Inputs, Outcome, Result, Scored, reckon
from portal.service.stars.runs import RunInfo, run_by_id, run_of
from portal.service.stars.tables import StarInput, StarResult

BEYOND = 2**62
HISTORY = 24


@dataclass(frozen=True, slots=True)
class Explained:
    """A store's month with all that it rests on. `same`: reckoned again from what was frozen, it is what was kept."""

    id: int
    run: RunInfo
    inputs: Inputs
    result: Result
    way: Way | None
    cause: str
    corrects: int | None
    at: datetime
    same: bool

    @property
    def last_day(self) -> datetime:
        """Within the month's last day; `until` is the first instant after it."""
        return self.run.until - timedelta(seconds=1)

    def appealable(self, now: datetime) -> bool:
        published = self.run.published_at or self.run.confirmed_at
        return published is not None and now < published + APPEAL_WITHIN


@dataclass(frozen=True, slots=True)
class MonthRow:
    """A line of a store's history."""

    month: str
    outcome: Outcome
    star: int | None
    points: int
    cause: str


_RESULT = (
    "SELECT r.id, r.run, r.input_of, r.outcome, r.star, r.earned AS raw, r.points, r.scored, r.cause, r.corrects, r.at"
    " FROM star_results r WHERE"
)


async def explained(month: str, store_id: int) -> Explained | None:
    """A store's month as it stands, with corrections; published or not."""
    run = await run_of(month)
    if run is None:
        return None
    rows = await StarResult.raw(
        f"{_RESULT} r.run = {{}} AND r.store = {{}} AND r.superseded_at IS NULL", run.id, store_id
    )
    return await _explained(run, rows[0]) if rows else None


async def explained_by_id(result_id: int) -> Explained | None:
    """A result, superseded or not."""
    rows = await StarResult.raw(f"{_RESULT} r.id = {{}}", result_id)
    return await _explained(await run_by_id(rows[0]["run"]), rows[0]) if rows else None


async def _explained(run: RunInfo, row: Mapping[str, Any]) -> Explained:
    kept = await StarInput.raw("SELECT * FROM star_inputs WHERE id = {}", row["input_of"])
    inputs = taking.inputs_of(kept[0])
    result = reckon(inputs, run.criteria, run.priors)
    stored = tuple(Scored(**each | {"metric": Metric(each["metric"])}) for each in json.loads(row["scored"]))
    same = (str(result.outcome), result.star, result.raw, result.points, result.scored) == (
        row["outcome"],
        row["star"],
        row["raw"],
        row["points"],
        stored,
    )
    way = way_up(result, inputs, run.criteria, run.priors)
    return Explained(row["id"], run, inputs, result, way, row["cause"], row["corrects"], row["at"], same)


_HISTORY = (
    "SELECT u.month, r.outcome, r.star, r.points, r.cause FROM star_results r JOIN star_runs u ON u.id = r.run"
    " WHERE r.store = {} AND r.superseded_at IS NULL AND u.published_at IS NOT NULL ORDER BY u.month DESC LIMIT {}"
)


async def history(store_id: int, limit: int = HISTORY) -> list[MonthRow]:
    """A store's published months, the latest first."""
    return [
        MonthRow(row["month"], Outcome(row["outcome"]), row["star"], row["points"], row["cause"])
        for row in await StarResult.raw(_HISTORY, store_id, limit)
    ]


@dataclass(frozen=True, slots=True)
class Shown:
    """A case as a page lists it: with its order's number, if it came from one."""

    case: Case
    number: str | None


async def cases_of(found: Explained, metric: Metric, cut: Cut) -> Page[Shown]:
    """The cases behind a metric, those against her first, then the latest; `after` counts them."""
    span = Range(found.inputs.store_id - 1, found.inputs.store_id, found.inputs.since, found.run.until)
    everything = sorted(await CASES[metric](span), key=lambda case: (case.good, -case.at.timestamp()))
    numbered = list(enumerate(everything, start=1))[cut.after : cut.after + cut.fetch]
    shown = paged(numbered, cut, lambda each: each[0])
    numbers = await _numbers([case.order_id for _, case in shown.items if case.order_id is not None])
    items = [Shown(case, numbers.get(case.order_id or 0)) for _, case in shown.items]
    return Page(items, shown.next_after)


async def _numbers(order_ids: list[int]) -> dict[int, str]:
    if not order_ids:
        return {}
    marks = ", ".join("{}" for _ in order_ids)
    rows = await StarInput.raw(f"SELECT id, number FROM orders WHERE id IN ({marks})", *order_ids)  # noqa: S608 - marks
    return {row["id"]: row["number"] for row in rows}


# ---- many stores ----


@dataclass(frozen=True, slots=True)
class StoreRow:
    """A line of a list of stores."""

    result_id: int
    store_id: int
    store_name: str
    owner_name: str
    outcome: Outcome
    star: int | None
    raw: int | None
    points: int
    cause: str
    month: str


_LIST = (
    "SELECT r.id AS result_id, r.store AS store_id, s.name AS store_name, p.name AS owner_name, r.outcome, r.star,"
    " r.earned AS raw, r.points, r.cause, u.month FROM star_results r JOIN star_runs u ON u.id = r.run"
    " JOIN stores s ON s.id = r.store JOIN persons p ON p.id = r.owner"
)


def _store_row(row: Mapping[str, Any]) -> StoreRow:
    return StoreRow(**{**row, "outcome": Outcome(row["outcome"])})


async def distribution(run_id: int) -> tuple[dict[int, int], dict[str, int]]:
    """How many stores have how many stars, and how many have none and why."""
    rows = await StarResult.raw(
        "SELECT r.outcome, r.star, COUNT(*) AS n FROM star_results r WHERE r.run = {} AND r.superseded_at IS NULL"
        " GROUP BY r.outcome, r.star",
        run_id,
    )
    stars = {row["star"]: int(row["n"]) for row in rows if row["star"] is not None}
    none = {str(row["outcome"]): int(row["n"]) for row in rows if row["star"] is None}
    return stars, none


async def listed(run_id: int, show: str, cut: Cut) -> Page[StoreRow]:
    """The run's stores: with so many stars (`1` to `5`), with an outcome, or all."""
    extra, values = "", list[object]()
    if show.isdigit():
        extra, values = " AND r.star = {}", [int(show)]
    elif show in set(Outcome):
        extra, values = " AND r.outcome = {}", [show]
    rows = await StarResult.raw(
        f"{_LIST} WHERE r.run = {{}} AND r.superseded_at IS NULL AND r.id > {{}}{extra} ORDER BY r.id LIMIT {{}}",
        run_id,
        cut.after,
        *values,
        cut.fetch,
    )
    return paged([_store_row(row) for row in rows], cut, lambda each: each.result_id)


_TEAM = (
    f"{_LIST} JOIN stewardships g ON g.store = r.store AND g.until IS NULL WHERE g.manager = {{}} AND r.store > {{}}"
    " AND u.month = {} AND u.published_at IS NOT NULL AND r.superseded_at IS NULL ORDER BY r.store LIMIT {}"
)


async def team(manager_id: int, month: str, cut: Cut) -> Page[StoreRow]:
    """The published stars of a month of the stores that she manages now."""
    rows = await StarResult.raw(_TEAM, manager_id, cut.after, month, cut.fetch)
    return paged([_store_row(row) for row in rows], cut, lambda each: each.store_id)


async def published_months(limit: int = 12) -> list[str]:
    rows = await StarResult.raw(
        "SELECT month FROM star_runs WHERE published_at IS NOT NULL ORDER BY month DESC LIMIT {}", limit
    )
    return [row["month"] for row in rows]


Line = tuple[StoreRow, Inputs, list[dict[str, Any]]]


async def results_after(run_id: int, after: int, limit: int) -> list[Line]:
    """Every result of a run by its id, corrections too, with inputs and scores; for files."""
    return await _lines("r.run = {} AND r.id > {} ORDER BY r.id LIMIT {}", run_id, after, limit)


async def results_of(run_id: int, store_id: int) -> list[Line]:
    """A store's results of a run with what each was reckoned from."""
    return await _lines("r.run = {} AND r.store = {} ORDER BY r.id", run_id, store_id)


async def _lines(condition: str, *values: int) -> list[Line]:
    rows = await StarResult.raw(f"{_LIST} WHERE {condition}", *values)
    if not rows:
        return []
    kept = await StarInput.raw(
        f"SELECT i.*, r.id AS result_id, r.scored FROM star_results r JOIN star_inputs i ON i.id = r.input_of"  # noqa: S608
        f" WHERE {condition}",
        *values,
    )
    by_id = {row["result_id"]: (taking.inputs_of(row), json.loads(row["scored"])) for row in kept}
    return [(_store_row(row), *by_id[row["result_id"]]) for row in rows]
