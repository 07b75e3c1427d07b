"""Beginning an attempt: whether she may, and the paper that she gets. Call these inside `writing()`."""

import json
import random
from datetime import datetime

from certification.exams import queries, rules
from certification.exams.drawing import CannotDrawError, Drawn, draw
from certification.exams.queries import AttemptInfo, ExamInfo
from certification.exams.rules import NotYet, State
from certification.exams.tables import Attempt, AttemptItem
from courses.assignment import queries as assignments
from courses.assignment.queries import AssignmentInfo
from courses.catalogue import queries as catalogue
from courses.progress import queries as progress
from courses.questions import queries as questions
from courses.questions.queries import Edition
from courses.questions.rules import Kind, shuffled_order
from portal.core.base.ids import new_ref
from portal.core.base.refusals import NotFound, Refused
from portal.core.web.format import moment
from portal.core.web.viewer import Viewer

_DICE = random.SystemRandom()


async def own_assignment(viewer: Viewer, assignment_id: int) -> AssignmentInfo:
    assignment = await assignments.assignment(assignment_id)
    if assignment is None or assignment.person_id != viewer.person_id:
        raise NotFound
    if assignment.completed_at or assignment.cancelled_at:
        raise Refused("exam_closed", way="/exams")
    return assignment


async def exam_of(assignment: AssignmentInfo, part_id: int, language: str) -> ExamInfo:
    """The exam of one of the assignment's own parts. Raises NotFound."""
    if part_id not in await _exam_parts(assignment):
        raise NotFound
    exam = await queries.exam_of_part(part_id, language)
    if exam is None:
        raise NotFound
    return exam


async def _exam_parts(assignment: AssignmentInfo) -> list[int]:
    if assignment.curriculum_version_id is None:
        return []
    curriculum = await catalogue.curriculum_version(assignment.curriculum_version_id, "zh-Hans")
    return [part.id for part in curriculum.parts if part.kind == "exam"] if curriculum else []


async def only_exam_part(assignment: AssignmentInfo) -> int:
    parts = await _exam_parts(assignment)
    if len(parts) != 1:
        raise Refused("exam_which")
    return parts[0]


async def may_start(
    viewer: Viewer, assignment: AssignmentInfo, exam: ExamInfo, at: datetime
) -> rules.Start | AttemptInfo:
    """The next attempt's number, or the one that runs already. Raises Refused."""
    running = await queries.running_attempts(viewer.person_id)
    same = next((one for one in running if _is_at(one, assignment, exam)), None)
    if same is not None:
        return same
    attempts = await queries.attempts_of(assignment.id)
    grants = await queries.grants_of([assignment.id])
    verdict = rules.may_start(
        [one.past for one in attempts if one.exam_version_id == exam.version_id],
        grants.get((assignment.id, exam.version_id), 0),
        exam.blueprint,
        at,
        courses_done=await progress.all_courses_complete(assignment.id),
        another_running=bool(running),
    )
    if isinstance(verdict, NotYet):
        raise _refusal(verdict, running)
    return verdict


def _is_at(attempt: AttemptInfo, assignment: AssignmentInfo, exam: ExamInfo) -> bool:
    return attempt.assignment_id == assignment.id and attempt.exam_version_id == exam.version_id


def _refusal(verdict: NotYet, running: list[AttemptInfo]) -> Refused:
    way = f"/attempts/{running[0].ref}" if running else "/learn" if verdict.code == "exam_courses_first" else "/exams"
    next_at = moment(verdict.next_at) if verdict.next_at else ""
    return Refused(verdict.code, {"next_at": next_at, "left": verdict.left}, way=way)


async def same_or_refused(viewer: Viewer, assignment: AssignmentInfo, exam: ExamInfo) -> AttemptInfo:
    running = await queries.running_attempts(viewer.person_id)
    same = next((one for one in running if _is_at(one, assignment, exam)), None)
    if same is None:
        raise _refusal(NotYet("exam_running", 0), running)
    return same


async def insert_attempt(
    assignment: AssignmentInfo, exam: ExamInfo, number: int, language: str, at: datetime
) -> int | None:
    rows = await Attempt.raw(
        "INSERT INTO attempts (ref, person, assignment, exam_version, number, language, state, started_at,"
        " deadline_at, max_points, passed) VALUES ({}, {}, {}, {}, {}, {}, {}, {}, {}, {}, {})"
        " ON CONFLICT DO NOTHING RETURNING id",
        new_ref(),
        assignment.person_id,
        assignment.id,
        exam.version_id,
        number,
        language,
        State.RUNNING.value,
        at,
        rules.deadline(at, exam.blueprint.minutes),
        exam.blueprint.max_points,
        False,
    )
    return int(rows[0]["id"]) if rows else None


async def insert_items(attempt_id: int, viewer: Viewer, exam: ExamInfo, language: str) -> None:
    drawn = await _draw(viewer, exam)
    editions = await questions.editions((one.question for one in drawn), language)
    items = [
        AttemptItem(
            attempt=attempt_id,
            position=position,
            edition=editions[one.question].id,
            tag=exam.blueprint.draws[one.draw].tag,
            must=editions[one.question].question.must,
            option_order=json.dumps(_option_order(editions[one.question], shuffle=exam.blueprint.shuffle_options)),
            points=exam.blueprint.draws[one.draw].points,
        )
        for position, one in enumerate(drawn, 1)
    ]
    await AttemptItem.insert(*items)


async def _draw(viewer: Viewer, exam: ExamInfo) -> list[Drawn[int]]:
    pools = [
        await questions.pool(bank, quota.tag, quota.difficulty)
        for bank, quota in zip(exam.bank_ids, exam.blueprint.draws, strict=True)
    ]
    seen = await queries.seen_versions(viewer.person_id, exam.exam_id)
    try:
        return draw(exam.blueprint.draws, pools, seen, _DICE)
    except CannotDrawError as error:
        raise Refused("exam_not_ready", way="/exams", status=503) from error


def _option_order(edition: Edition, *, shuffle: bool) -> tuple[int, ...]:
    # The author's order of a matching question is its key, so that one is shuffled in any case.
    order = shuffled_order(edition.question, _DICE.getrandbits(32))
    return order if shuffle or edition.question.kind == Kind.MATCHING else tuple(sorted(order))
