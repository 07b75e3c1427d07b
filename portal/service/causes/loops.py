"""The closed loop of a complaint: from what happened to the right restored, one step after the other."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import Any

from certification.rights import measures
from certification.rights.rules import POINTS_WINDOW
from portal.core.base.database import placeholders
from portal.service.causes import queries
from portal.service.causes.queries import ActionInfo, FindingInfo
from portal.service.causes.rules import CAUSES, RUNNING, ActionState, Follows, Party, follows
from portal.service.causes.tables import Finding
from portal.service.complaints.queries import ComplaintInfo


class How(StrEnum):
    """How a step stands, in the words of the step macro."""

    DONE = "done"
    NOW = "now"
    TODO = "todo"
    WARN = "warn"


@dataclass(frozen=True, slots=True)
class LoopStep:
    """One step; its words are `causes.loop.<name>`. `way`: the page where it can be seen."""

    name: str
    how: How
    at: datetime | None = None
    way: str | None = None


@dataclass(frozen=True, slots=True)
class Ways:
    """Where a viewer can see each link of the loop; None: she has no page of it."""

    complaint: str | None = None
    cause: str | None = None
    proposals: str | None = None
    right: str | None = None
    assignments: str | None = None  # the beginning of an assignment's address, or the page of her own
    party: str | None = None

    def assignment(self, assignment_id: int) -> str | None:
        if self.assignments is None or not self.assignments.endswith("/"):
            return self.assignments
        return f"{self.assignments}{assignment_id}"


@dataclass(frozen=True, slots=True)
class Gate:
    """What became of a violation at the gate; `points` as they count now."""

    state: str
    category: str
    taken: int
    points: int
    proposed_at: datetime
    decided_at: datetime | None
    suspended_at: datetime | None = None
    remedial: int | None = None
    remedial_at: datetime | None = None
    passed_at: datetime | None = None
    lifted_at: datetime | None = None
    lift_cause: str | None = None
    corrected_at: datetime | None = None
    appealed_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Training:
    """A course that was assigned because of the finding."""

    assignment: int
    at: datetime
    completed_at: datetime | None


@dataclass(frozen=True, slots=True)
class Loop:
    """A complaint's loop as far as it has come."""

    info: ComplaintInfo
    finding: FindingInfo | None
    gate: Gate | None
    training: Training | None
    actions: Sequence[ActionInfo]


def gate_steps(gate: Gate, ways: Ways) -> list[LoopStep]:
    """From the proposed violation to the right restored."""
    if gate.state == "proposed":
        return [LoopStep("violation_proposed", How.NOW, gate.proposed_at, ways.proposals)]
    if gate.state == "dismissed":
        return [LoopStep("violation_dismissed", How.WARN, gate.decided_at, ways.right)]
    steps = [LoopStep("violation_confirmed", How.DONE, gate.decided_at, ways.right)]
    if gate.corrected_at is not None:
        return [*steps, LoopStep("violation_corrected", How.WARN, gate.corrected_at, ways.right)]
    if gate.appealed_at is not None:
        steps.append(LoopStep("violation_appealed", How.NOW, gate.appealed_at, ways.right))
    if gate.suspended_at is None:
        return [*steps, LoopStep("right_goes_on", How.DONE, gate.decided_at, ways.right)]
    steps.append(LoopStep("suspended", How.DONE, gate.suspended_at, ways.right))
    if gate.remedial is not None:
        steps += _learned(gate, ways.assignment(gate.remedial))
    restored = How.DONE if gate.lifted_at else How.TODO
    return [*steps, LoopStep("restored", restored, gate.lifted_at, ways.right)]


def _learned(gate: Gate, way: str | None) -> list[LoopStep]:
    assigned = LoopStep("remedial", How.DONE, gate.remedial_at, way)
    if gate.passed_at is not None:
        return [assigned, LoopStep("exam_passed", How.DONE, gate.passed_at, way)]
    lifted_by_word = gate.lifted_at is not None
    return [assigned, LoopStep("exam_open", How.WARN if lifted_by_word else How.NOW, None, way)]


def _followed(loop: Loop, finding: FindingInfo, ways: Ways) -> list[LoopStep]:
    if loop.gate is not None:
        return gate_steps(loop.gate, ways)
    if loop.training is not None:
        way, finished = ways.assignment(loop.training.assignment), loop.training.completed_at
        last = LoopStep("trained" if finished else "training_open", How.DONE if finished else How.NOW, finished, way)
        return [LoopStep("training", How.DONE, loop.training.at, way), last]
    if follows(CAUSES[finding.code]) is Follows.RECORD:
        return [LoopStep("recorded", How.DONE, finding.made_at, ways.party)]
    return []


def _mended(actions: Sequence[ActionInfo]) -> list[LoopStep]:
    """The corrective action that is furthest behind speaks for all."""
    counted = [action for action in actions if action.state is not ActionState.REFUSED]
    if not counted:
        return [LoopStep("action_missing", How.TODO)]
    slowest = next((action for action in counted if action.state in RUNNING), counted[-1])
    if slowest.state in RUNNING:
        return [LoopStep(f"action_{slowest.state}", How.NOW, slowest.done_at or slowest.made_at, slowest.way)]
    steps = [LoopStep(f"action_{slowest.state}", How.DONE, slowest.ended_at, slowest.way)]
    if slowest.state is ActionState.VERIFIED:
        result = slowest.recheck
        name, moment = f"recheck_{result or 'waits'}", slowest.rechecked_at or slowest.recheck_at
        steps.append(LoopStep(name, How.DONE if result else How.TODO, moment, slowest.way))
    return steps


def steps_of(loop: Loop, ways: Ways) -> list[LoopStep]:
    """The whole loop, for the desk."""
    info, finding = loop.info, loop.finding
    steps = [LoopStep("complaint", How.DONE, info.received_at, ways.complaint)]
    if finding is None:
        steps.append(LoopStep("finding_missing", How.NOW, None, ways.cause))
    else:
        steps.append(LoopStep("finding", How.DONE, finding.made_at, ways.cause))
        steps += [*_followed(loop, finding, ways), *_mended(loop.actions)]
    return [*steps, LoopStep("closed", How.DONE if info.closed_at else How.TODO, info.closed_at)]


def owners_steps(loop: Loop, ways: Ways) -> list[LoopStep]:
    """What the owner sees of it: her side. What nobody has confirmed yet is only being looked into."""
    info, finding = loop.info, loop.finding
    steps = [LoopStep("complaint", How.DONE, info.received_at, ways.complaint)]
    if finding is None or (loop.gate is not None and loop.gate.state == "proposed"):
        return [*steps, LoopStep("looking", How.NOW if info.closed_at is None else How.TODO)]
    steps.append(LoopStep("finding", How.DONE, finding.made_at))
    if finding.party is Party.OWNER:
        steps += _followed(loop, finding, ways)
    return steps


# ---- gathering it; inside a door ----


async def loop_of(info: ComplaintInfo, at: datetime) -> Loop:
    """A complaint's loop; what repeats another has the other's."""
    root = queries.root_of(info)
    finding = await queries.finding_of(root)
    gate = training = None
    if finding is not None and finding.violation_id is not None:
        gate = await _gate(finding.violation_id, info.store_id, at)
    if finding is not None and finding.training_id is not None:
        training = await _training(finding.training_id)
    return Loop(info, finding, gate, training, await queries.actions_of(root))


async def _gate(violation_id: int, store_id: int, at: datetime) -> Gate:
    rows = await Finding.raw(
        "SELECT v.state, v.category, v.points AS taken, v.proposed_at, v.decided_at, c.at AS corrected_at,"
        " a.at AS appealed_at FROM violations v LEFT JOIN violation_corrections c ON c.violation = v.id"
        " LEFT JOIN violation_appeals a ON a.violation = v.id AND a.state = 'open' WHERE v.id = {}",
        violation_id,
    )
    points = await measures.points_of(store_id, at)
    gate = Gate(points=points, **rows[0])
    if gate.state != "confirmed" or gate.decided_at is None:
        return gate
    row = await _measure(store_id, gate.decided_at)
    return replace(gate, **row) if row else gate


# The suspension that its points brought about, or ran on while they were taken.
_MEASURE = (
    "SELECT m.started_at AS suspended_at, m.remedial, m.lifted_at, m.lift_cause, a.assigned_at AS remedial_at,"
    " t.sealed_at AS passed_at FROM measures m LEFT JOIN assignments a ON a.id = m.remedial"
    " LEFT JOIN attempts t ON t.assignment = a.id AND t.passed"
    " WHERE m.store = {} AND m.cause = 'points' AND m.started_at < {}"
    " AND (m.lifted_at IS NULL OR m.lifted_at > {}) ORDER BY m.id, t.id LIMIT 1"
)


async def _measure(store_id: int, decided_at: datetime) -> dict[str, Any] | None:
    rows = await Finding.raw(_MEASURE, store_id, decided_at + POINTS_WINDOW, decided_at)
    return dict(rows[0]) if rows else None


async def _training(assignment_id: int) -> Training:
    rows = await Finding.raw(
        "SELECT id AS assignment, assigned_at AS at, completed_at FROM assignments WHERE id = {}", assignment_id
    )
    return Training(**rows[0])


@dataclass(frozen=True, slots=True)
class Because:
    """A course that somebody has before her, and the complaint that brought it."""

    complaint_ref: str
    code: str
    assignment: int


_BECAUSE = (
    "SELECT c.ref AS complaint_ref, f.code, a.id AS assignment FROM cause_findings f"
    " JOIN complaints c ON c.id = f.complaint LEFT JOIN violations v ON v.id = f.violation AND v.state = 'confirmed'"
    " AND NOT EXISTS (SELECT 1 FROM violation_corrections k WHERE k.violation = v.id)"
    " LEFT JOIN measures m ON m.store = v.store AND m.cause = 'points' AND m.lifted_at IS NULL"
    " JOIN assignments a ON a.id = coalesce(f.training, m.remedial)"
    " WHERE f.person = {} AND f.superseded_at IS NULL AND a.completed_at IS NULL AND a.cancelled_at IS NULL"
    " ORDER BY f.id DESC LIMIT 10"
)


async def because_of(person_id: int) -> list[Because]:
    """Why she has a course before her that a complaint brought."""
    return [Because(**row) for row in await Finding.raw(_BECAUSE, person_id)]


async def ways_of_violations(ids: Sequence[int]) -> dict[int, str]:
    """Slot: the loop's page for violations that a complaint brought about."""
    if not ids:
        return {}
    marks = placeholders(ids)
    rows = await Finding.raw(
        "SELECT f.violation, c.ref FROM cause_findings f JOIN complaints c ON c.id = f.complaint"  # noqa: S608
        f" WHERE f.violation IN ({marks})",
        *ids,
    )
    return {row["violation"]: f"/loops/{row['ref']}" for row in rows}
