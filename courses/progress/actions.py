"""Learning: beginning a course, reading its lessons, answering its checkpoints, and being done with it.

Whether the enrolment is the reader's own is seen to where it is loaded (`queries.course_place`).
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from courses.assignment import actions as assignments
from courses.catalogue import queries as catalogue
from courses.progress import place, queries, rules
from courses.progress.rules import Missing, Reading
from courses.progress.tables import CheckpointAnswer, Enrolment, LessonProgress
from courses.questions import queries as questions
from courses.questions.rules import grade
from portal.core.base import audit, hooks
from portal.core.base.audit import Actor
from portal.core.base.database import writing
from portal.core.base.hooks import LearningFact
from portal.core.base.refusals import NotFound, Refused
from portal.core.base.settings import settings


@dataclass(frozen=True, slots=True)
class Reached:
    """How far a lesson is known to be read: seconds, and place in basis points of the page."""

    seconds: int
    place_bp: int


@dataclass(frozen=True, slots=True)
class Completed:
    """What completing a lesson changed: whether it, and its course, became complete just now."""

    lesson: bool
    course: bool


async def begin_course(person_id: int, assignment_id: int, course_id: int, at: datetime) -> int:
    """Enrol her in a course of her assignment, in the version that is current; the enrolment's id, old or new.

    Raises NotFound where the assignment is not hers, was withdrawn, or does not ask for this course.
    """
    async with writing():
        version = await _version_for(person_id, assignment_id, course_id)
        made = await Enrolment.raw(
            "INSERT INTO enrolments (person, assignment, course, version, started_at, moved_at)"
            " VALUES ({}, {}, {}, {}, {}, {}) ON CONFLICT DO NOTHING RETURNING id",
            person_id,
            assignment_id,
            course_id,
            version,
            at,
            at,
        )
        if made:
            return int(made[0]["id"])
        rows = await Enrolment.select(Enrolment.id).where(
            Enrolment.assignment == assignment_id, Enrolment.course == course_id
        )
        return int(rows[0]["id"])


async def _version_for(person_id: int, assignment_id: int, course_id: int) -> int:
    asked = await Enrolment.raw(
        "SELECT a.id FROM assignments a WHERE a.id = {} AND a.person = {} AND a.cancelled_at IS NULL"
        " AND (a.course = {} OR EXISTS (SELECT 1 FROM curriculum_parts p"
        " WHERE p.version = a.curriculum_version AND p.course = {}))",
        assignment_id,
        person_id,
        course_id,
        course_id,
    )
    version = await catalogue.current_course_version(course_id) if asked else None
    if version is None:
        raise NotFound
    return version


async def open_lesson(enrolment_id: int, lesson_id: int, at: datetime) -> None:
    """Note when she first opened a lesson of the enrolment's version; opening it again changes nothing."""
    async with writing():
        await LessonProgress.raw(
            "INSERT INTO lesson_progress (enrolment, lesson, opened_at, touched_at, seconds, place_bp)"
            " VALUES ({}, {}, {}, {}, 0, 0) ON CONFLICT DO NOTHING",
            enrolment_id,
            lesson_id,
            at,
            at,
        )


async def touch_lesson(enrolment_id: int, lesson_id: int, seconds: int, place_bp: int, at: datetime) -> Reached:
    """Take in how far she has read, as her phone tells it; both figures only ever grow.

    A phone cannot have read for longer than the lesson has been open.
    """
    async with writing():
        await open_lesson(enrolment_id, lesson_id, at)
        before = await LessonProgress.raw(
            "SELECT opened_at FROM lesson_progress WHERE enrolment = {} AND lesson = {}", enrolment_id, lesson_id
        )
        told = rules.believable(seconds, before[0]["opened_at"], at)
        reached = rules.place(place_bp)
        rows = await LessonProgress.raw(
            "UPDATE lesson_progress SET touched_at = {},"
            " seconds = CASE WHEN seconds < {} THEN {} ELSE seconds END,"
            " place_bp = CASE WHEN place_bp < {} THEN {} ELSE place_bp END"
            " WHERE enrolment = {} AND lesson = {} RETURNING seconds, place_bp",
            at,
            told,
            told,
            reached,
            reached,
            enrolment_id,
            lesson_id,
        )
    return Reached(rows[0]["seconds"], rows[0]["place_bp"])


async def complete_lesson(
    actor: Actor, enrolment_id: int, lesson_id: int, at: datetime, *, told: bool = False
) -> Completed:
    """She says that she has read a lesson. Saying so again changes nothing.

    `told`: her browser has counted seconds and place (`touch_lesson`). Raises NotFound, or Refused with what is left.
    """
    async with writing():
        await _one_at_a_time(enrolment_id, at)
        facts = await _facts(enrolment_id, lesson_id)
        if facts["completed_at"] is None:
            left = await _missing(facts, enrolment_id, lesson_id, told, at)
            if left:
                raise _refusal(left)
        return await _complete(actor, facts, enrolment_id, lesson_id, at)


async def answer_checkpoint(
    actor: Actor, enrolment_id: int, lesson_id: int, position: int, *, given: object, at: datetime
) -> bool:
    """Grade her answer (stored numbering) to a checkpoint's question, counted from 1: whether it is right.

    A right answer stays. With the last one the checkpoint is complete. Raises NotFound for an unknown question.
    """
    async with writing():
        await _one_at_a_time(enrolment_id, at)
        asked = await catalogue.lesson_questions(lesson_id)
        if not 1 <= position <= len(asked):
            raise NotFound
        version_id = asked[position - 1]
        edition = (await questions.editions([version_id], settings().language))[version_id]
        correct = grade(edition.question, given).correct
        await _keep_answer((enrolment_id, lesson_id, version_id), given, correct, at)
        facts = await _facts(enrolment_id, lesson_id)
        if facts["completed_at"] is None and not await _missing(facts, enrolment_id, lesson_id, False, at):
            await _complete(actor, facts, enrolment_id, lesson_id, at)
        return correct


async def _keep_answer(key: tuple[int, int, int], given: object, correct: bool, at: datetime) -> None:
    """Her latest answer, by enrolment, lesson and question version."""
    await CheckpointAnswer.raw(
        "INSERT INTO checkpoint_answers (enrolment, lesson, question_version, given, correct, tries, answered_at)"
        " VALUES ({}, {}, {}, {}, {}, 1, {}) ON CONFLICT (enrolment, lesson, question_version)"
        " DO UPDATE SET given = excluded.given, correct = excluded.correct, answered_at = excluded.answered_at,"
        " tries = checkpoint_answers.tries + 1 WHERE NOT checkpoint_answers.correct",
        *key,
        json.dumps(given, ensure_ascii=False),
        correct,
        at,
    )


async def _one_at_a_time(enrolment_id: int, at: datetime) -> None:
    """Two last lessons finished at once must not each miss the other: whoever comes second waits here."""
    rows = await Enrolment.raw("UPDATE enrolments SET moved_at = {} WHERE id = {} RETURNING id", at, enrolment_id)
    if not rows:
        raise NotFound


async def _facts(enrolment_id: int, lesson_id: int) -> Mapping[str, Any]:
    rows = await Enrolment.raw(
        "SELECT n.person, n.assignment, n.course, n.version, n.completed_at AS course_done, l.kind, l.min_seconds,"
        " r.opened_at, r.seconds, r.place_bp, r.completed_at"
        " FROM enrolments n JOIN lessons l ON l.version = n.version"
        " JOIN lesson_progress r ON r.enrolment = n.id AND r.lesson = l.id WHERE n.id = {} AND l.id = {}",
        enrolment_id,
        lesson_id,
    )
    if not rows:
        raise NotFound
    return dict(rows[0])


async def _missing(facts: Mapping[str, Any], enrolment_id: int, lesson_id: int, told: bool, at: datetime) -> Missing:
    reading = Reading(facts["opened_at"], facts["seconds"], facts["place_bp"], told)
    unanswered = 0
    if facts["kind"] == rules.CHECKPOINT:
        right = {
            version for version, answer in (await place.answers(enrolment_id, lesson_id)).items() if answer.correct
        }
        unanswered = len(set(await catalogue.lesson_questions(lesson_id)) - right)
    return rules.missing(facts["kind"], facts["min_seconds"], reading, unanswered, at)


def _refusal(left: Missing) -> Refused:
    if left.answers:
        return Refused("lesson_answers", {"answers": left.answers})
    if left.seconds:
        return Refused("lesson_seconds", {"seconds": left.seconds})
    return Refused("lesson_end")


async def _complete(
    actor: Actor, facts: Mapping[str, Any], enrolment_id: int, lesson_id: int, at: datetime
) -> Completed:
    lesson = (
        await LessonProgress.update({LessonProgress.completed_at: at})
        .where(
            LessonProgress.enrolment == enrolment_id,
            LessonProgress.lesson == lesson_id,
            LessonProgress.completed_at.is_null(),
        )
        .returning(LessonProgress.id)
    )
    course = facts["course_done"] is None and await _nothing_left(enrolment_id, facts["version"])
    if course:
        await _complete_course(actor, facts, enrolment_id, at)
    return Completed(bool(lesson), course)


async def _nothing_left(enrolment_id: int, version_id: int) -> bool:
    rows = await Enrolment.raw(
        "SELECT count(*) AS n FROM lessons l WHERE l.version = {} AND NOT EXISTS (SELECT 1 FROM lesson_progress r"
        " WHERE r.enrolment = {} AND r.lesson = l.id AND r.completed_at IS NOT NULL)",
        version_id,
        enrolment_id,
    )
    return int(rows[0]["n"]) == 0


async def _complete_course(actor: Actor, facts: Mapping[str, Any], enrolment_id: int, at: datetime) -> None:
    won = (
        await Enrolment.update({Enrolment.completed_at: at})
        .where(Enrolment.id == enrolment_id, Enrolment.completed_at.is_null())
        .returning(Enrolment.id)
    )
    if not won:
        return
    await audit.record(actor, "course.complete", ("enrolment", enrolment_id), at, {"course": facts["course"]})
    await hooks.course_completed.call(LearningFact(facts["person"], facts["assignment"], at, actor))
    # What asks for courses only is done with the last of them; where an exam follows, the rooms above say when.
    if await queries.asks_for_courses_only(facts["assignment"]) and await queries.all_courses_complete(
        facts["assignment"]
    ):
        await assignments.complete(facts["assignment"], at, actor)
