"""A month's run: inputs frozen, priors fitted, stars reckoned; in batches, each once, whoever works and however often
it is interrupted. What is heavy is reckoned between the doors; the cursor says whose work counts.
"""

import asyncio
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from portal.core.base import audit
from portal.core.base.audit import SYSTEM
from portal.core.base.database import reading, writing
from portal.core.base.statistics import Beta, fit_beta
from portal.service.stars import setting, taking
from portal.service.stars.criteria import Criteria, Metric, from_body, to_body
from portal.service.stars.rules import CASE, FEW, LEAST_STORES, MOST_PRIOR, Inputs, Priors, Result, reckon
from portal.service.stars.spans import end_of, month_after, month_before, month_of, spans_of
from portal.service.stars.tables import StarInput, StarResult, StarRun

BATCH = 200
FACTS_WITHIN = timedelta(hours=12)  # so long a month waits for facts that are still to be reckoned
MONTH_CAUSE = "month"


class State(StrEnum):
    """How far a month is."""

    TAKING = "taking"
    FITTING = "fitting"
    RECKONING = "reckoning"
    READY = "ready"
    PROPOSED = "proposed"
    PUBLISHING = "publishing"
    PUBLISHED = "published"


@dataclass(frozen=True, slots=True)
class RunInfo:
    """A month's run."""

    id: int
    month: str
    until: datetime
    state: State
    number: int
    criteria: Criteria
    priors: Priors
    after: int
    done: int
    total: int
    began_at: datetime
    reckoned_at: datetime | None
    proposed_by: int | None
    proposed_at: datetime | None
    confirmed_by: int | None
    confirmed_at: datetime | None
    published_at: datetime | None


_RUN = (
    "SELECT id, month, until, state, criteria AS number, body, priors, after_store AS after, done, total, began_at,"
    " reckoned_at, proposed_by, proposed_at, confirmed_by, confirmed_at, published_at FROM star_runs"
)


def _info(row: Mapping[str, Any]) -> RunInfo:
    plain = {name: row[name] for name in RunInfo.__slots__ if name not in ("criteria", "priors", "state")}
    priors = {Metric(name): Beta(a, b) for name, (a, b) in json.loads(row["priors"]).items()}
    return RunInfo(**plain, state=State(row["state"]), criteria=from_body(json.loads(row["body"])), priors=priors)


async def run_of(month: str) -> RunInfo | None:
    rows = await StarRun.raw(f"{_RUN} WHERE month = {{}}", month)
    return _info(rows[0]) if rows else None


async def run_by_id(run_id: int) -> RunInfo:
    return _info((await StarRun.raw(f"{_RUN} WHERE id = {{}}", run_id))[0])


async def runs(limit: int = 24) -> list[RunInfo]:
    """The months, the latest first."""
    return [_info(row) for row in await StarRun.raw(f"{_RUN} ORDER BY month DESC LIMIT {{}}", limit)]


async def next_month(at: datetime) -> str | None:
    """The month to begin; None where the last that is over has begun, or its facts are still being reckoned."""
    over = month_before(month_of(at))
    rows = await StarRun.raw("SELECT month FROM star_runs ORDER BY month DESC LIMIT 1")
    month = month_after(rows[0]["month"]) if rows else over
    if month > over:
        return None
    until = end_of(month)
    due = await StarRun.raw("SELECT id FROM fact_dues WHERE at < {} LIMIT 1", until)
    return None if due and at < until + FACTS_WITHIN else month


async def begin(month: str, at: datetime) -> int | None:
    """Begin a month once; None where it has begun."""
    async with writing():
        version = await setting.holding(month)
        total = await StarRun.raw("SELECT COUNT(*) AS n FROM stores WHERE opened_at < {}", end_of(month))
        rows = await StarRun.raw(
            "INSERT INTO star_runs (month, until, state, criteria, body, priors, after_store, done, total, began_at)"
            " VALUES ({}, {}, {}, {}, {}, {}, 0, 0, {}, {}) ON CONFLICT DO NOTHING RETURNING id",
            month,
            end_of(month),
            str(State.TAKING),
            version.number,
            json.dumps(to_body(version.criteria), sort_keys=True),
            "{}",
            int(total[0]["n"]),
            at,
        )
        if not rows:
            return None
        run_id = int(rows[0]["id"])
        await audit.record(SYSTEM, "stars.begun", ("star_run", run_id), at, {"month": month})
        return run_id


async def work(run_id: int, at: datetime) -> bool:
    """Do the run's next batch; False where nothing is left to reckon."""
    async with reading():
        run = await run_by_id(run_id)
    step = {State.TAKING: _take, State.FITTING: _fit, State.RECKONING: _reckon}.get(run.state)
    if step is None:
        return False
    await step(run, at)
    return True


async def advance(run: RunInfo, to: State, after: int, done: int, **more: Any) -> bool:
    """Move a run on from where it was read; False where another has been faster. In `writing()`."""
    values = {"state": str(to), "after_store": after, "done": done, **more}
    rows = (
        await StarRun.update(**values)
        .where(StarRun.id == run.id, StarRun.state == str(run.state), StarRun.after_store == run.after)
        .returning(StarRun.id)
    )
    return bool(rows)


async def _take(run: RunInfo, at: datetime) -> None:
    async with reading(long=True):
        found = await taking.take(spans_of(run.month, run.criteria), run.criteria, run.after, BATCH)
    rows = [StarInput(**taking.row_of(run.id, each)) for each in found]
    async with writing():
        if not found:
            await advance(run, State.FITTING, 0, 0)
        elif await advance(run, State.TAKING, found[-1].store_id, run.done + len(found)):
            await StarInput.insert(*rows)


async def _fit(run: RunInfo, at: datetime) -> None:
    """One prior a metric, over all stores alike."""
    priors = {}
    for metric in Metric:
        async with reading(long=True):
            rows = await StarInput.raw(
                f"SELECT {metric}_hits AS hits, {metric}_of AS n FROM star_inputs"  # noqa: S608 - a name of the code
                f" WHERE run = {{}} AND round = 0 AND {metric}_of > 0",
                run.id,
            )
        priors[str(metric)] = await asyncio.to_thread(fitted, metric, [(row["hits"], row["n"]) for row in rows])
    async with writing():
        total = await StarInput.raw("SELECT COUNT(*) AS n FROM star_inputs WHERE run = {} AND round = 0", run.id)
        await advance(run, State.RECKONING, 0, 0, priors=json.dumps(priors, sort_keys=True), total=int(total[0]["n"]))


def fitted(metric: Metric, counts: list[tuple[int, int]]) -> tuple[float, float]:
    """The prior under which these counts (hundredths) are likeliest, to four places as it is published."""
    whole = [(min(round(hits / CASE), round(of / CASE)), round(of / CASE)) for hits, of in counts]
    cases = [(hits, of) for hits, of in whole if of > 0]
    prior = fit_beta(cases, most=MOST_PRIOR) if len(cases) >= LEAST_STORES else FEW[metric]
    return round(prior.a, 4), round(prior.b, 4)


async def _reckon(run: RunInfo, at: datetime) -> None:
    async with reading():
        found = await inputs_after(run.id, run.after, BATCH)
    results = await asyncio.to_thread(_reckoned, [each for _, each in found], run)
    rows = [
        result_row(run.id, input_id, inputs, result, at)
        for (input_id, inputs), result in zip(found, results, strict=True)
    ]
    async with writing():
        if not found:
            if await advance(run, State.READY, 0, run.done, reckoned_at=at):
                await audit.record(SYSTEM, "stars.reckoned", ("star_run", run.id), at, {"stores": run.done})
        elif await advance(run, State.RECKONING, found[-1][1].store_id, run.done + len(found)):
            await StarResult.insert(*rows)


def _reckoned(found: list[Inputs], run: RunInfo) -> list[Result]:
    return [reckon(inputs, run.criteria, run.priors) for inputs in found]


async def inputs_after(run_id: int, after: int, limit: int) -> list[tuple[int, Inputs]]:
    """The month's frozen inputs by store, with their ids."""
    rows = await StarInput.raw(
        "SELECT * FROM star_inputs WHERE run = {} AND round = 0 AND store > {} ORDER BY store LIMIT {}",
        run_id,
        after,
        limit,
    )
    return [(row["id"], taking.inputs_of(row)) for row in rows]


def result_row(
    run_id: int,
    input_id: int,
    inputs: Inputs,
    result: Result,
    at: datetime,
    *,
    cause: str = MONTH_CAUSE,
    round_of: int = 0,
    corrects: int | None = None,
) -> StarResult:
    return StarResult(
        run=run_id,
        store=inputs.store_id,
        owner=inputs.owner_id,
        input_of=input_id,
        round=round_of,
        outcome=str(result.outcome),
        star=result.star,
        earned=result.raw,
        points=result.points,
        scored=json.dumps([asdict(each) for each in result.scored], sort_keys=True),
        corrects=corrects,
        cause=cause,
        at=at,
    )
