"""What a registration that is whole proves, made into a certificate."""

from datetime import datetime

from certification.certificates import actions as certificates
from certification.certificates.actions import Earned
from certification.exams import queries as exams
from courses.assignment.queries import AssignmentInfo
from courses.catalogue import queries as catalogue
from portal.core.base.audit import Actor
from portal.core.base.settings import settings


async def certify(
    actor: Actor, assignment: AssignmentInfo, purpose: str, holder_name: str, store_name: str, at: datetime
) -> int | None:
    """The certificate of a completed registration, in the caller's transaction; None where it has one already.

    `store_name`: in whose service she proved it, an owner's store or, for staff, the platform.
    """
    assert assignment.curriculum_version_id is not None
    curriculum = await catalogue.curriculum_version(assignment.curriculum_version_id, settings().language)
    passed = await exams.passed_parts(assignment.id)
    assert curriculum is not None
    earned = Earned(
        person_id=assignment.person_id,
        assignment_id=assignment.id,
        curriculum_version_id=curriculum.version_id,
        purpose=purpose,
        valid_days=curriculum.valid_days,
        holder_name=holder_name,
        store_name=store_name,
        score_bp=min((exam.score_bp for exam in passed.values()), default=None),
    )
    return await certificates.issue(actor, earned, at)
