"""What changes an attempt: begun once, answered tap by tap, sealed and graded once."""

import json
from dataclasses import dataclass
from datetime import datetime

from certification.exams import grading, queries, rules, starting
from certification.exams.queries import AttemptInfo, Item
from certification.exams.rules import SealedBy
from certification.exams.tables import AttemptAnswer, AttemptGrant, AttemptItem
from courses.assignment import queries as assignments
from courses.questions import queries as questions
from courses.questions.queries import Edition
from courses.questions.rules import is_answer, shown_answer, stored_answer
from portal.core.base import audit
from portal.core.base.audit import SYSTEM, Actor
from portal.core.base.database import reading, writing
from portal.core.base.refusals import NotFound, Refused
from portal.core.notices.actions import notify
from portal.core.web.viewer import Viewer

MOST_ANSWERS_PER_ITEM = 500


@dataclass(frozen=True, slots=True)
class Saved:
    """The answer counts: its number, and when the server first had it."""

    seq: int
    at: datetime


@dataclass(frozen=True, slots=True)
class Stale:
    """A newer answer stands: what it is (numbered as on her screen), its number, and when it came."""

    answer: object
    seq: int
    at: datetime | None


async def start_attempt(viewer: Viewer, assignment_id: int, part_id: int, language: str, at: datetime) -> AttemptInfo:
    """Begin, or go on with, her attempt at an exam of her assignment; a double tap gives the same attempt.

    Raises NotFound, or Refused with when or after what she may begin.
    """
    async with writing():
        assignment = await starting.own_assignment(viewer, assignment_id)
        exam = await starting.exam_of(assignment, part_id, language)
        for running in await queries.running_attempts(viewer.person_id):
            await grading.seal_if_over(running, at)
        verdict = await starting.may_start(viewer, assignment, exam, at)
        if isinstance(verdict, AttemptInfo):
            return verdict
        made = await starting.insert_attempt(assignment, exam, verdict.number, language, at)
        if made is None:  # another tap was quicker
            return await starting.same_or_refused(viewer, assignment, exam)
        await starting.insert_items(made, viewer, exam, language)
        facts = {"exam": exam.code, "number": verdict.number, "language": language}
        await audit.record(viewer.actor, "exams.start", ("attempt", made), at, facts)
        return await starting.same_or_refused(viewer, assignment, exam)


async def save_answer(
    ref: str, viewer: Viewer, position: int, given: object, *, seq: int | None, device: str, at: datetime
) -> Saved | Stale:
    """Keep an answer, numbered as on her screen; `seq` None numbers it as the newest (a form without script).

    Call it outside a door: what comes too late is kept in the log, and then refused. Raises NotFound, Refused.
    """
    async with writing():
        attempt = await queries.attempt(viewer, ref)
        counts = rules.in_time(attempt.deadline_at, at) and await grading.hold(attempt.id)
        item = await queries.item_at(attempt.id, position)
        edition = await _edition(item)
        stored = _stored(edition, item, given)
        number = rules.next_seq(item.seq, at) if seq is None else seq
        logged = await _log_answer(item, number, stored, device, at, accepted=counts)
        if logged.fresh and counts:
            await _let_count(item, number, stored, at)
        present = await queries.item_at(attempt.id, position)
    repeated = logged.accepted and logged.given == stored
    if not counts and not repeated:
        raise Refused("exam_over", way=f"/attempts/{ref}")
    if repeated and present.seq == number:
        return Saved(number, logged.at)
    shown = shown_answer(edition.question, item.order, present.answer)
    return Stale(shown, present.seq, present.answered_at)


async def submit(ref: str, viewer: Viewer, at: datetime) -> AttemptInfo:
    """Hand in and grade; sent again it changes nothing. Raises NotFound."""
    async with writing():
        attempt = await queries.attempt(viewer, ref)
        if rules.in_time(attempt.deadline_at, at):
            await grading.seal(attempt, SealedBy.PERSON, at, viewer.actor)
        else:
            await grading.seal(attempt, SealedBy.TIME, at, SYSTEM)
        return await queries.attempt(viewer, ref)


async def settle(viewer: Viewer, ref: str, at: datetime) -> AttemptInfo:
    """Her attempt as it stands `at`: one whose time is over is sealed first. Raises NotFound."""
    async with reading():
        attempt = await queries.attempt(viewer, ref)
    if not (attempt.running and rules.overdue(attempt.deadline_at, at)):
        return attempt
    async with writing():
        await grading.seal_if_over(attempt, at)
        return await queries.attempt(viewer, ref)


async def settle_all(viewer: Viewer, at: datetime) -> None:
    """Seal whatever of hers is over, before a page tells how her exams stand."""
    async with reading():
        running = await queries.running_attempts(viewer.person_id)
    if any(rules.overdue(attempt.deadline_at, at) for attempt in running):
        async with writing():
            for attempt in running:
                await grading.seal_if_over(attempt, at)


async def seal_by_time(attempt: AttemptInfo, at: datetime) -> bool:
    """Seal an attempt that nobody handed in, and tell her so. Returns whether it was still running."""
    async with writing():
        if not await grading.seal_if_over(attempt, at):
            return False
        facts = {"ended_at": attempt.deadline_at.isoformat()}
        await notify(attempt.person_id, "exam_time_over", facts, at, way=f"/attempts/{attempt.ref}")
        return True


async def grant_attempt(
    actor: Actor, assignment_id: int, reason: str, at: datetime, *, part_id: int | None = None
) -> int:
    """Give a further try at an exam of the assignment, and tell her. Whether the actor may, is the caller's matter.

    `part_id` may be left out where the curriculum has one exam. Raises NotFound, Refused.
    """
    async with writing():
        assignment = await assignments.assignment(assignment_id)
        if assignment is None:
            raise NotFound
        exam = await starting.exam_of(assignment, part_id or await starting.only_exam_part(assignment), "zh-Hans")
        if assignment.completed_at or assignment.cancelled_at:
            raise Refused("exam_closed")
        row = AttemptGrant(
            assignment=assignment.id, exam_version=exam.version_id, reason=reason, by=actor.id or 0, at=at
        )
        made = int((await AttemptGrant.insert(row))[0]["id"])
        facts = {"assignment": assignment.id, "exam": exam.code}
        await audit.record(actor, "exams.grant", ("attempt_grant", made), at, facts)
        await notify(assignment.person_id, "exam_granted", {}, at, way="/exams")
        return made


async def _edition(item: Item) -> Edition:
    return (await questions.editions_by_id([item.edition_id]))[item.edition_id]


def _stored(edition: Edition, item: Item, given: object) -> str:
    """The answer as kept, JSON text in the author's numbering. Raises Refused for what is no answer."""
    if not is_answer(edition.question, given):
        raise Refused("exam_answer_shape", status=422)
    stored = stored_answer(edition.question, item.order, given)
    return json.dumps(stored, ensure_ascii=False, sort_keys=True)


@dataclass(frozen=True, slots=True)
class _Logged:
    fresh: bool
    given: str
    accepted: bool
    at: datetime


async def _log_answer(item: Item, seq: int, stored: str, device: str, at: datetime, *, accepted: bool) -> _Logged:
    """Append to the log; a number that is there already gives the row that has it."""
    count = await AttemptAnswer.raw("SELECT count(*) AS n FROM attempt_answers WHERE item = {}", item.id)
    if count[0]["n"] >= MOST_ANSWERS_PER_ITEM:
        raise Refused("exam_answer_limit", status=422)
    fresh = await AttemptAnswer.raw(
        "INSERT INTO attempt_answers (item, seq, given, device, received_at, accepted)"
        " VALUES ({}, {}, {}, {}, {}, {}) ON CONFLICT (item, seq) DO NOTHING RETURNING id",
        item.id,
        seq,
        stored,
        device[:16],
        at,
        accepted,
    )
    rows = await AttemptAnswer.raw(
        "SELECT given, accepted, received_at FROM attempt_answers WHERE item = {} AND seq = {}", item.id, seq
    )
    return _Logged(bool(fresh), rows[0]["given"], bool(rows[0]["accepted"]), rows[0]["received_at"])


async def _let_count(item: Item, seq: int, stored: str, at: datetime) -> None:
    """The answer becomes the one that counts, unless a higher number already does."""
    await AttemptItem.update(
        {AttemptItem.answer: stored, AttemptItem.answer_seq: seq, AttemptItem.answered_at: at}
    ).where(AttemptItem.id == item.id, AttemptItem.answer_seq < seq)
