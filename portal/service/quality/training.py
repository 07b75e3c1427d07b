"""Training for a figure that is proven weak: given once, told with its reason, withdrawn when the figure falls away."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from courses.assignment import actions as assignments
from courses.assignment.rules import Cause
from courses.catalogue import queries as catalogue
from portal.core.base import audit
from portal.core.base.audit import SYSTEM, Actor
from portal.core.base.clock import local, now
from portal.core.base.database import reading, writing
from portal.core.base.refusals import Refused
from portal.core.notices.actions import notify
from portal.core.people import queries as people
from portal.core.people.policy import Capability, capabilities
from portal.core.people.rules import Role
from portal.service.quality import figures, taking
from portal.service.quality.measures import AGAIN_AFTER, BOUNDS, Figure, Measured, month_before, month_of, proven_weak
from portal.service.quality.rules import Appeal
from portal.service.quality.tables import FigureMonth, Training


def way_of(training_id: int) -> str:
    return f"/desk/quality/trainings/{training_id}"


@dataclass(frozen=True, slots=True)
class TrainingInfo:
    """A course that was given for a figure, with the figure as it was."""

    id: int
    agent_id: int
    agent_name: str
    measured: Measured
    month: str
    course: str
    assignment_id: int
    at: datetime
    undone_at: datetime | None
    completed_at: datetime | None
    appeal: Appeal | None

    @property
    def figure(self) -> Figure:
        return self.measured.figure

    @property
    def way(self) -> str:
        return way_of(self.id)


_TRAINING = (
    "SELECT t.id, t.agent AS agent_id, p.name AS agent_name, t.figure, t.month, t.course, t.facts,"
    " t.assignment AS assignment_id, t.at, t.undone_at, x.completed_at, a.state AS appeal FROM quality_trainings t"
    " JOIN persons p ON p.id = t.agent JOIN assignments x ON x.id = t.assignment"
    " LEFT JOIN quality_appeals a ON a.training = t.id"
)


def _info(row: dict[str, Any]) -> TrainingInfo:
    figure, facts, appeal = Figure(row.pop("figure")), json.loads(row.pop("facts")), row.pop("appeal")
    measured = Measured(figure, facts["n"], facts["value"], facts["low"], facts["high"])
    return TrainingInfo(measured=measured, appeal=Appeal(appeal) if appeal else None, **row)


async def trainings(condition: str, *values: object) -> list[TrainingInfo]:
    """Trainings by a condition on `t` and its appeal `a` (with order and limit). Inside a door."""
    return [_info(dict(row)) for row in await Training.raw(f"{_TRAINING} WHERE {condition}", *values)]


async def training(training_id: int) -> TrainingInfo | None:
    found = await trainings("t.id = {}", training_id) if 0 < training_id < 2**62 else []
    return found[0] if found else None


async def of_agent(person_id: int, limit: int = 20) -> list[TrainingInfo]:
    """What an agent was given for her figures, the newest first. Inside a door."""
    return await trainings("t.agent = {} ORDER BY t.id DESC LIMIT {}", person_id, limit)


async def appealed(person_id: int, limit: int = 50) -> list[TrainingInfo]:
    """Trainings whose appeal waits for a decision by somebody else than the agent. Inside a door."""
    return await trainings("a.state = 'open' AND t.agent <> {} ORDER BY t.id LIMIT {}", person_id, limit)


async def train_months() -> int:
    """Sweep: give what the month's figures ask for, once for each month; returns how many courses were given.

    A month that was taken long after its end (a first start, a long downtime) gives none: it says nothing of today.
    """
    at = now()
    async with reading():
        rows = await FigureMonth.raw("SELECT id, month FROM quality_months WHERE trained_at IS NULL ORDER BY month")
    return sum([await train_month(row["id"], row["month"], at) for row in rows])


async def train_month(month_id: int, month: str, at: datetime) -> int:
    """Give the courses that a month's figures ask for; 0 where another hand has."""
    async with writing():
        mine = await FigureMonth.raw(
            "UPDATE quality_months SET trained_at = {} WHERE id = {} AND trained_at IS NULL RETURNING id", at, month_id
        )
        if not mine or month != month_before(month_of(local(at).date())):
            return 0
        given = 0
        for agent, measured in (await figures.of_month(month_id)).items():
            if not await _works(agent):
                continue
            for one in measured:
                given += proven_weak(one) and await _give(agent, one, month, at)
        return given


async def _works(person_id: int) -> bool:
    person = await people.person(person_id)
    able = capabilities(await people.roles_of(person_id))
    return person is not None and not person.disabled and str(Capability.WORK_DESK) in able


async def _give(agent: int, one: Measured, month: str, at: datetime) -> bool:
    """Once for a figure within sixty days, and never the same course twice at a time."""
    bound = BOUNDS[one.figure]
    lately = await Training.raw(
        "SELECT id FROM quality_trainings WHERE agent = {} AND figure = {} AND at > {} LIMIT 1",
        agent,
        str(one.figure),
        at - AGAIN_AFTER,
    )
    course = await catalogue.course_by_code(bound.course)
    if lately or course is None or await catalogue.current_course_version(course) is None:
        return False
    assignment = await assignments.assign_course(SYSTEM, agent, course, Cause.ROLE, at)
    made = await _write(agent, one, month, assignment, at)
    if made is None:
        return False
    facts = {"figure": str(one.figure), "month": month, "assignment": assignment[0]}
    await audit.record(SYSTEM, "quality.training", ("quality_training", made), at, facts)
    await notify(agent, "quality_training", {"month": month}, at, way=way_of(made))
    for lead in await people.people_with_role(Role.DESK_LEAD):
        if lead.id != agent:
            await notify(lead.id, "quality_training_lead", {"month": month}, at, way=way_of(made), email=False)
    return True


async def _write(agent: int, one: Measured, month: str, assignment: tuple[int, bool], at: datetime) -> int | None:
    facts = {"n": one.n, "value": one.value, "low": one.low, "high": one.high, "bound": BOUNDS[one.figure].at}
    rows = await Training.raw(
        "INSERT INTO quality_trainings (agent, figure, month, course, assignment, made, facts, at)"
        " VALUES ({}, {}, {}, {}, {}, {}, {}, {}) ON CONFLICT DO NOTHING RETURNING id",
        agent,
        str(one.figure),
        month,
        BOUNDS[one.figure].course,
        *assignment,
        json.dumps(facts),
        at,
    )
    return int(rows[0]["id"]) if rows else None


async def undo(actor: Actor, given: TrainingInfo, at: datetime) -> bool:
    """Withdraw a training; the assignment too, unless it is done, others gave it, or another figure asks for it."""
    async with writing():
        won = await Training.raw(
            "UPDATE quality_trainings SET undone_at = {} WHERE id = {} AND undone_at IS NULL RETURNING id", at, given.id
        )
        if not won:
            return False
        rest = await Training.raw(
            "SELECT undone_at, made FROM quality_trainings WHERE assignment = {}", given.assignment_id
        )
        if all(row["undone_at"] for row in rest) and any(row["made"] for row in rest) and given.completed_at is None:
            try:
                await assignments.cancel(actor, given.assignment_id, at)
            except Refused as refused:
                if refused.code != "assignment_closed":
                    raise
        await audit.record(actor, "quality.training_undone", ("quality_training", given.id), at)
        return True


async def reconsider(actor: Actor, agent_id: int, at: datetime) -> int:
    """After a score fell away: withdraw trainings for the score of conversations whose month does not prove it any
    more. The month's own figures stay as they were taken. Returns how many were withdrawn."""
    undone = 0
    condition = "t.agent = {} AND t.figure = {} AND t.undone_at IS NULL ORDER BY t.id"
    for given in await trainings(condition, agent_id, str(Figure.QUALITY)):
        taken = await taking.take(given.month, at, agent_id)
        now_is = {one.figure: one for one in taken.agents.get(agent_id, ())}
        if not _still(now_is):
            undone += await undo(actor, given, at)
            await notify(agent_id, "quality_training_undone", {}, at, way=given.way)
    return undone


def _still(now_is: Mapping[Figure, Measured]) -> bool:
    return Figure.QUALITY in now_is and proven_weak(now_is[Figure.QUALITY])
