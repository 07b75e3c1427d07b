"""An owner's appeal against her star: filed within fourteen days, looked at, upheld or rejected by somebody who had no
hand in it. What is upheld is reckoned anew from the facts as they stand now; the correction is a row of its own.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import Any

from portal.core.base import audit
from portal.core.base.audit import Actor
from portal.core.base.database import hold, writing
from portal.core.base.refusals import NotFound, Refused
from portal.core.notices.actions import notify
from portal.core.people import queries as people
from portal.core.people.rules import Role
from portal.core.stores import honours
from portal.core.web.paging import Cut, Page, paged
from portal.service.stars import queries, runs, taking
from portal.service.stars.criteria import Metric
from portal.service.stars.queries import BEYOND, Explained
from portal.service.stars.rules import CASE, Count, Inputs, reckon
from portal.service.stars.spans import spans_of
from portal.service.stars.tables import StarAppeal, StarInput, StarResult

HOME = "/admin/stars/appeals"


class State(StrEnum):
    """How an appeal stands; the owner sees each."""

    FILED = "filed"
    LOOKING = "looking"
    UPHELD = "upheld"
    REJECTED = "rejected"


@dataclass(frozen=True, slots=True)
class AppealInfo:
    """An appeal with its store and month."""

    id: int
    result_id: int
    store_id: int
    store_name: str
    person_id: int
    person_name: str
    month: str
    text: str
    state: State
    filed_at: datetime
    judge_id: int | None
    judge_name: str | None
    metric: str | None
    struck: int
    reason: str | None
    decided_at: datetime | None


@dataclass(frozen=True, slots=True)
class Decision:
    """What is decided: where it is upheld, so many bad cases of a metric may be left out."""

    upheld: bool
    reason: str
    metric: Metric | None = None
    struck: int = 0


_APPEAL = (
    "SELECT a.id, a.result AS result_id, a.store AS store_id, s.name AS store_name, a.person AS person_id,"
    " p.name AS person_name, u.month, a.text, a.state, a.filed_at, a.judge AS judge_id, j.name AS judge_name, a.metric,"
    " a.struck, a.reason, a.decided_at FROM star_appeals a JOIN star_results r ON r.id = a.result"
    " JOIN star_runs u ON u.id = r.run JOIN stores s ON s.id = a.store JOIN persons p ON p.id = a.person"
    " LEFT JOIN persons j ON j.id = a.judge WHERE"
)


def _info(row: Mapping[str, Any]) -> AppealInfo:
    return AppealInfo(**{**row, "state": State(row["state"])})


async def appeal(appeal_id: int) -> AppealInfo | None:
    """Inside a door."""
    rows = await StarAppeal.raw(f"{_APPEAL} a.id = {{}}", appeal_id)
    return _info(rows[0]) if rows else None


async def of_month(store_id: int, month: str) -> list[AppealInfo]:
    """A store's appeals against a month, the latest first. Inside a door."""
    rows = await StarAppeal.raw(f"{_APPEAL} a.store = {{}} AND u.month = {{}} ORDER BY a.id DESC", store_id, month)
    return [_info(row) for row in rows]


async def listed(cut: Cut, *, still_open: bool) -> Page[AppealInfo]:
    """Those that wait, the oldest first; or the decided ones, the newest first. Inside a door."""
    if still_open:
        sql, key = "a.decided_at IS NULL AND a.id > {} ORDER BY a.id LIMIT {}", cut.after
    else:
        sql, key = "a.decided_at IS NOT NULL AND a.id < {} ORDER BY a.id DESC LIMIT {}", cut.after or BEYOND
    rows = await StarAppeal.raw(f"{_APPEAL} {sql}", key, cut.fetch)
    return paged([_info(row) for row in rows], cut, lambda each: each.id)


async def file(actor: Actor, person_id: int, found: Explained, text: str, at: datetime) -> int:
    """Object to one's own result. Raises Refused: `star_appeal_late`, `star_appeal_twice`."""
    if not found.appealable(at):
        raise Refused("star_appeal_late", way="/stars")
    async with writing():
        rows = await StarAppeal.raw(
            "INSERT INTO star_appeals (result, store, person, text, state, filed_at, struck)"
            " VALUES ({}, {}, {}, {}, {}, {}, 0) ON CONFLICT DO NOTHING RETURNING id",
            found.id,
            found.inputs.store_id,
            person_id,
            text,
            str(State.FILED),
            at,
        )
        if not rows:
            raise Refused("star_appeal_twice", way="/stars")
        appeal_id = int(rows[0]["id"])
        await audit.record(actor, "stars.appealed", ("star_appeal", appeal_id), at, {"result": found.id})
        for each in await people.people_with_role(Role.DESK_LEAD):
            params = {"month": found.run.month}
            await notify(each.id, "star_appeal", params, at, way=f"{HOME}/{appeal_id}", email=False)
        return appeal_id


async def no_of(person_id: int, info: AppealInfo) -> str | None:
    """Why somebody may not decide on this one (a refusal's code). Inside a door."""
    run = await runs.run_of(info.month)
    assert run is not None
    return "star_appeal_own" if person_id in (info.person_id, run.proposed_by, run.confirmed_by) else None


async def _held(person_id: int, appeal_id: int) -> AppealInfo:
    await hold("star_appeals", appeal_id)
    info = await appeal(appeal_id)
    if info is None:
        raise NotFound
    no = await no_of(person_id, info)
    if no is not None:
        raise Refused(no, way=HOME, status=403)
    if info.decided_at is not None:
        raise Refused("star_appeal_decided", way=HOME)
    return info


async def take(actor: Actor, person_id: int, appeal_id: int, at: datetime) -> None:
    """Say that one looks at it now. Raises NotFound; Refused: `star_appeal_own` (403), `star_appeal_decided`."""
    async with writing():
        info = await _held(person_id, appeal_id)
        await StarAppeal.update(
            {StarAppeal.state: str(State.LOOKING), StarAppeal.judge: person_id, StarAppeal.taken_at: at}
        ).where(StarAppeal.id == info.id, StarAppeal.decided_at.is_null())
        await audit.record(actor, "stars.appeal_taken", ("star_appeal", info.id), at)


async def decide(actor: Actor, person_id: int, appeal_id: int, decision: Decision, at: datetime) -> int | None:
    """Decide on it; returns the id of the correcting result where it was upheld.

    Raises as `take` does, and Refused `star_struck` (422) where more is left out than there was.
    """
    async with writing():
        info = await _held(person_id, appeal_id)
        state = State.UPHELD if decision.upheld else State.REJECTED
        struck = decision.struck if decision.upheld and decision.metric else 0
        values: dict[str, Any] = {
            "state": str(state),
            "judge": person_id,
            "metric": str(decision.metric) if struck and decision.metric else None,
            "struck": struck,
            "reason": decision.reason,
            "decided_at": at,
        }
        rows = (
            await StarAppeal.update(**values)
            .where(StarAppeal.id == info.id, StarAppeal.decided_at.is_null())
            .returning(StarAppeal.id)
        )
        if not rows:
            raise Refused("star_appeal_decided", way=HOME)
        made = await _correct(info, decision.metric if struck else None, struck, at) if decision.upheld else None
        await audit.record(actor, f"stars.appeal_{state}", ("star_appeal", info.id), at, {"result": made})
        await notify(info.person_id, f"star_appeal_{state}", {"month": info.month}, at, way=f"/stars/{info.month}")
        return made


async def _correct(info: AppealInfo, metric: Metric | None, struck: int, at: datetime) -> int:
    """Reckon the store's month anew; the old row stays and is superseded, the new one says what it corrects."""
    before = await queries.explained(info.month, info.store_id)
    assert before is not None
    run = before.run
    found = await taking.take(spans_of(run.month, run.criteria), run.criteria, info.store_id - 1, 1)
    fresh = strike(found[0], metric, struck) if metric else found[0]
    count = await StarInput.count().where(StarInput.run == run.id, StarInput.store == info.store_id)
    kept = await StarInput.insert(StarInput(**taking.row_of(run.id, fresh, count))).returning(StarInput.id)
    result = reckon(fresh, run.criteria, run.priors)
    cause = f"appeal:{info.id}"
    row = runs.result_row(
        run.id, int(kept[0]["id"]), fresh, result, at, cause=cause, round_of=count, corrects=before.id
    )
    made = await StarResult.insert(row).returning(StarResult.id)
    await StarResult.update({StarResult.superseded_at: at}).where(StarResult.id == before.id)
    await honours.publish_stars(run.month, [(info.store_id, result.star)], cause, at)
    return int(made[0]["id"])


def strike(inputs: Inputs, metric: Metric, struck: int) -> Inputs:
    """The inputs without so many bad cases of a metric. Raises Refused `star_struck` (422)."""
    count = inputs.counts[metric]
    if struck * CASE > count.of - count.hits:
        raise Refused("star_struck", {"most": (count.of - count.hits) // CASE}, field="struck", status=422)
    counts = {**inputs.counts, metric: Count(count.hits, count.of - struck * CASE)}
    fewer = max(0, inputs.fault_vips - struck) if metric is Metric.FAULTS else inputs.fault_vips
    return replace(inputs, counts=counts, fault_vips=fewer)


async def waiting() -> int:
    """How many wait for a decision, counted to a hundred. Inside a door."""
    rows = await StarAppeal.raw(
        "SELECT COUNT(*) AS n FROM (SELECT 1 FROM star_appeals WHERE decided_at IS NULL LIMIT 100) w"
    )
    return int(rows[0]["n"])
