"""Sealing and grading: the one moment at which an attempt stops taking answers and gets its score.

Whoever writes to a running attempt first takes its row by a guarded update (`hold`, `seal`), so that an answer is
either graded with the rest or told that it came too late, whatever arrives at the same moment. Call these inside
`writing()`.
"""

from datetime import datetime

from certification.exams import queries, rules
from certification.exams.queries import AttemptInfo
from certification.exams.rules import SealedBy, State
from certification.exams.tables import Attempt, AttemptItem
from courses.questions import queries as questions
from courses.questions.rules import grade
from portal.core.base import audit, hooks
from portal.core.base.audit import SYSTEM, Actor
from portal.core.base.hooks import LearningFact


async def hold(attempt_id: int) -> bool:
    """Take the running attempt's row until the end of the transaction; False where it is sealed."""
    held = (
        await Attempt.update({Attempt.state: State.RUNNING.value})
        .where(Attempt.id == attempt_id, Attempt.state == State.RUNNING.value)
        .returning(Attempt.id)
    )
    return bool(held)


async def seal_if_over(attempt: AttemptInfo, at: datetime) -> bool:
    return rules.overdue(attempt.deadline_at, at) and await seal(attempt, SealedBy.TIME, at, SYSTEM)


async def seal(attempt: AttemptInfo, by: SealedBy, at: datetime, actor: Actor) -> bool:
    """Seal and grade in the open transaction; False where it was sealed already.

    One that the clock hands in ended at its deadline, however late that is noticed: the cooldown runs from there.
    """
    ended_at = at if by == SealedBy.PERSON else min(at, attempt.deadline_at)
    sealed = (
        await Attempt.update(
            {Attempt.state: State.GRADED.value, Attempt.sealed_at: ended_at, Attempt.sealed_by: by.value}
        )
        .where(Attempt.id == attempt.id, Attempt.state == State.RUNNING.value)
        .returning(Attempt.id)
    )
    if not sealed:
        return False
    result = await _grade(attempt)
    facts = {"by": by.value, "score_bp": result.score_bp, "passed": result.passed, "must_missed": result.must_missed}
    await audit.record(actor, "exams.grade", ("attempt", attempt.id), at, facts)
    await hooks.exam_graded.call(LearningFact(attempt.person_id, attempt.assignment_id, at, actor))
    return True


async def _grade(attempt: AttemptInfo) -> rules.Result:
    items = await queries.items_of(attempt.id)
    editions = await questions.editions_by_id(item.edition_id for item in items)
    shares = {item.id: grade(editions[item.edition_id].question, item.answer).share_bp for item in items}
    for share in sorted(set(shares.values())):
        earned_so = [item_id for item_id, earned in shares.items() if earned == share]
        await AttemptItem.update({AttemptItem.share_bp: share}).where(AttemptItem.id.is_in(earned_so))
    exam = await queries.exam_version(attempt.exam_version_id, attempt.language)
    result = rules.score(
        [rules.Scored(item.tag, item.must, item.points, shares[item.id]) for item in items], exam.blueprint.pass_bp
    )
    await Attempt.update(
        {
            Attempt.points: result.points,
            Attempt.score_bp: result.score_bp,
            Attempt.must_missed: result.must_missed,
            Attempt.passed: result.passed,
        }
    ).where(Attempt.id == attempt.id)
    return result
