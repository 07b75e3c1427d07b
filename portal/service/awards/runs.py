"""A cycle's work in batches, each once, whoever works and however often it is interrupted: inputs frozen and scored,
ranked, looked at. What regions and groups have is taken from the whole platform's cycle, frozen at the same moment.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any

from portal.core.base import audit
from portal.core.base.audit import SYSTEM
from portal.core.base.database import reading, writing
from portal.core.base.statistics import Beta
from portal.service.awards import cycles, looking, queries, taking
from portal.service.awards.cycles import STANDING, Cycle, Wanted, advance
from portal.service.awards.queries import Seen
from portal.service.awards.rules import (
    AGENT_LINES,
    BARRED_FOR,
    FROZEN_AFTER,
    MANAGER_LINES,
    WON_WITHIN,
    Missing,
    Reason,
    Scope,
    State,
    Subject,
    fitted,
    lot_of,
    score,
)
from portal.service.awards.signals import Kind
from portal.service.awards.tables import AwardCandidate, AwardCycle, AwardSignal
from portal.service.awards.taking import Taken
from portal.service.stars.criteria import Line, Metric
from portal.service.stars.runs import RunInfo, run_of

BATCH = 200
LOOKED = 20  # candidates whose orders are looked through at once


async def ready_to_freeze(cycle: Cycle, at: datetime) -> bool:
    """Whether everything that a cycle rests on is there: stars reckoned, agents' months taken, facts kept up."""
    if at < cycle.until + FROZEN_AFTER:
        return False
    if not cycle.whole:
        return (await _platforms(cycle)).frozen_at is not None
    last = cycle.span.last_month
    if cycle.subject is Subject.AGENT:
        return bool(await taking.rows("SELECT id FROM quality_months WHERE month = {}", last))
    run = await run_of(last)
    return run is not None and run.reckoned_at is not None


async def _platforms(cycle: Cycle) -> Cycle:
    """The whole platform's cycle of the same period."""
    one = next(each for each in STANDING if (each.subject, each.period) == (cycle.subject, cycle.period))
    return await cycles.by_ref(Wanted(one.subject, one.period).ref_of(cycle.label))


async def freeze(cycle: Cycle, at: datetime) -> bool:
    """Begin to freeze a planned cycle, once: what it is reckoned by is kept with it."""
    if cycle.state is not State.PLANNED:
        return False
    async with reading():
        lines, priors = await _reckoned_by(cycle)
    async with writing():
        begun = await advance(cycle, State.TAKING, body=_lines(lines), priors=_priors(priors))
        if begun:
            await audit.record(SYSTEM, "awards.freezing", ("award_cycle", cycle.id), at, {"ref": cycle.ref})
        return begun


async def _reckoned_by(cycle: Cycle) -> tuple[Mapping[str, Line], Mapping[str, Beta]]:
    if not cycle.whole:
        platforms = await _platforms(cycle)
        return platforms.lines, platforms.priors
    if cycle.subject is Subject.OWNER:
        run = await _star_run(cycle)
        lines = {str(metric): run.criteria.lines[metric] for metric in Metric}
        return lines, {str(metric): prior for metric, prior in run.priors.items()}
    lines = dict(AGENT_LINES if cycle.subject is Subject.AGENT else MANAGER_LINES)
    taken = await _staff(cycle)
    return lines, {name: fitted([one.counts[name] for one in taken if name in one.counts]) for name in lines}


def _lines(lines: Mapping[str, Line]) -> str:
    return json.dumps({name: [line.weight, line.floor_bp, line.full_bp] for name, line in lines.items()})


def _priors(priors: Mapping[str, Beta]) -> str:
    return json.dumps({name: [prior.a, prior.b] for name, prior in priors.items()})


async def _star_run(cycle: Cycle) -> RunInfo:
    run = await run_of(cycle.span.last_month)
    assert run is not None  # it was there when the cycle was ready to be frozen
    return run


async def _staff(cycle: Cycle) -> list[Taken]:
    return await (taking.agents(cycle) if cycle.subject is Subject.AGENT else taking.managers(cycle))


async def work(cycle_id: int, at: datetime) -> bool:
    """Do a cycle's next batch; False where there is nothing to do."""
    async with reading():
        cycle = await cycles.by_id(cycle_id)
    step = {
        State.TAKING: _take if cycle.whole else _copy,
        State.RANKING: _rank,
        State.LOOKING: _look,
        State.CLOSING: _look,
    }.get(cycle.state)
    if step is None:
        return False
    await step(cycle, at)
    return True


# ---- taking ----


async def _take(cycle: Cycle, at: datetime) -> None:
    async with reading(long=True):
        if cycle.subject is Subject.OWNER:
            last, taken = await taking.owners(cycle, (await _star_run(cycle)).criteria, cycle.after, BATCH)
        else:
            last, taken = 0, await _staff(cycle)
        rows = [await _row(cycle, one, at) for one in taken]
    async with writing():
        to, after = (State.TAKING, last) if last else (State.RANKING, 0)
        if await advance(cycle, to, after, cycle.done + len(rows)) and rows:
            await AwardCandidate.insert(*rows)


_WON = (
    "SELECT COUNT(*) AS n FROM award_results r JOIN award_cycles c ON c.id = r.cycle WHERE r.person = {}"
    " AND r.superseded_at IS NULL AND NOT r.taken_back AND r.award IN ('champion', 'runner_up', 'third')"
    " AND c.subject = {} AND c.period = {} AND c.until > {}"
)
_BARRED = (
    "SELECT g.id FROM award_rulings g JOIN award_candidates a ON a.id = g.candidate WHERE a.person = {}"
    " AND g.gaming AND g.superseded_at IS NULL AND g.at > {} LIMIT 1"
)


async def _row(cycle: Cycle, one: Taken, at: datetime) -> AwardCandidate:
    missing, won = list(one.missing), 0
    if not missing:
        counted = await taking.rows(
            _WON, one.person_id, str(cycle.subject), str(cycle.period), cycle.since - WON_WITHIN
        )
        won = int(counted[0]["n"])
        if await taking.rows(_BARRED, one.person_id, cycle.until - BARRED_FOR):
            missing.append(Missing(Reason.BARRED, 0, BARRED_FOR.days))
    points, scored = score(one.counts, cycle.lines, cycle.priors)
    return AwardCandidate(
        cycle=cycle.id,
        person=one.person_id,
        store=one.store_id,
        region=one.region,
        eligible=not missing,
        reasons=json.dumps([[str(each.reason), each.have, each.need] for each in missing]),
        counts=json.dumps({name: [count.hits, count.of] for name, count in one.counts.items()}),
        scored=json.dumps([asdict(each) for each in scored]),
        facts=json.dumps(dict(one.facts)),
        points=points,
        cases=one.cases,
        won=won,
        lot=lot_of(cycle.ref, one.external),
        star=one.star,
        fives=one.fives,
        at=at,
    )


_COLUMNS = (
    "person",
    "store",
    "region",
    "eligible",
    "reasons",
    "counts",
    "scored",
    "facts",
    "points",
    "cases",
    "won",
    "lot",
    "star",
    "fives",
    "at",
)
_REGION = "a.region = {}"
_MEMBERS = "a.person IN (SELECT x.person FROM group_members x WHERE x.group_of = {})"


async def _copy(cycle: Cycle, at: datetime) -> None:
    """A region's or group's candidates are the platform's, as they were frozen."""
    async with writing():
        if not await advance(cycle, State.RANKING):
            return
        platforms = await _platforms(cycle)
        among: str = _REGION
        key: str | int = cycle.scope_key
        if cycle.scope is Scope.GROUP:
            among, key = _MEMBERS, int(cycle.scope_key)
        named = ", ".join(f"a.{name}" for name in _COLUMNS)
        await AwardCandidate.raw(
            f"INSERT INTO award_candidates (cycle, {', '.join(_COLUMNS)}) SELECT c.id, {named}"  # noqa: S608 - our own words
            f" FROM award_candidates a JOIN award_cycles c ON c.id = {{}} WHERE a.cycle = {{}} AND {among}",
            cycle.id,
            platforms.id,
            key,
        )


# ---- ranking and looking ----

_RANK = (
    "UPDATE award_candidates SET place = n.nth FROM (SELECT id, row_number() OVER"
    " (ORDER BY points DESC, cases DESC, won, lot, id) AS nth FROM award_candidates WHERE cycle = {} AND eligible) n"
    " WHERE n.id = award_candidates.id"
)


async def _rank(cycle: Cycle, at: datetime) -> None:
    async with writing():
        counted = await AwardCandidate.raw(
            "SELECT COUNT(*) AS n FROM award_candidates WHERE cycle = {} AND eligible", cycle.id
        )
        looks = cycle.subject is Subject.OWNER
        total = int(counted[0]["n"]) if looks else 0
        if await advance(cycle, State.LOOKING, 0, 0, total=total, frozen_at=at):
            await AwardCandidate.raw(_RANK, cycle.id)
            await audit.record(SYSTEM, "awards.frozen", ("award_cycle", cycle.id), at, {"ranked": total})


async def _look(cycle: Cycle, at: datetime) -> None:
    """The next candidates' orders; of staff there is nothing to look through."""
    again = cycle.state is State.CLOSING
    found: Sequence[Mapping[str, Any]] = []
    signals: list[AwardSignal] = []
    if cycle.subject is Subject.OWNER:
        async with reading(long=True):
            found = await AwardCandidate.raw(
                "SELECT id, store FROM award_candidates WHERE cycle = {} AND eligible AND id > {} ORDER BY id LIMIT {}",
                cycle.id,
                cycle.after,
                LOOKED,
            )
            stores = {row["store"]: row["id"] for row in found}
            seen = await looking.look(cycle, list(stores), again=again)
            known = await queries.seen_of(stores.values()) if again else {}
        signals = [
            looking.row_of(stores[store], each, again, at)
            for store, many in seen.items()
            for each in many
            if each.strength > _strongest(known.get(stores[store], ()), each.kind)
        ]
    async with writing():
        if not found:
            to = State.READY if again else State.REVIEW
            times = {} if again else {"review_at": at}
            if await advance(cycle, to, 0, cycle.done, **times):
                await audit.record(SYSTEM, f"awards.{to}", ("award_cycle", cycle.id), at)
        elif await advance(cycle, cycle.state, found[-1]["id"], cycle.done + len(found)) and signals:
            await AwardSignal.insert(*signals)


def _strongest(known: Sequence[Seen], kind: Kind) -> int:
    return max((each.strength for each in known if each.kind is kind), default=0)


async def open_work() -> list[int]:
    """The cycles that the worker has to go on with; a region's after the platform's."""
    found = await AwardCycle.raw(
        "SELECT id FROM award_cycles WHERE state IN ('taking', 'ranking', 'looking', 'closing')"
        " AND published_at IS NULL ORDER BY until, plan IS NOT NULL, id"
    )
    return [int(row["id"]) for row in found]
