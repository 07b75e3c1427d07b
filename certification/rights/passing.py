"""What a passed exam has brought: the way on from its result."""

from certification.exams.queries import AttemptInfo
from certification.exams.slots import Way
from certification.rights import queries, staffing
from certification.rights.ways import first_step, way_of
from courses.assignment import queries as assigned
from portal.core.base.clock import now
from portal.core.web.i18n import speaking, t


async def passed_ways(attempt: AttemptInfo, language: str) -> list[Way]:
    """Sharing and the certificate where the right is open now, else what is still missing. Call inside a door."""
    assignment = await assigned.assignment(attempt.assignment_id)
    if assignment is not None and assignment.purpose == staffing.PURPOSE:
        with speaking(language):
            return _staff_ways(completed=assignment.completed_at is not None)
    standing = await queries.standing_of_person(attempt.person_id, now())
    if standing is None:
        return []
    with speaking(language):
        if standing.decision.may_share:
            return [
                Way("/share", t("rights.passed.share"), t("rights.passed.share_text"), "share", "green"),
                Way("/certificates", t("rights.to_certificates"), t("rights.passed.certificate"), "award", "green"),
            ]
        first = first_step(standing.decision)
        return [Way(way_of(first), t(f"rights.mend.{first.code}"), t(f"rights.reason.{first.code}"))] if first else []


def _staff_ways(*, completed: bool) -> list[Way]:
    """For an agent: the desk and her certificate, or the lessons that are left."""
    if not completed:
        return [Way("/learn", t("rights.mend.courses_incomplete"), t("rights.staff.left"))]
    return [
        Way("/desk/roster", t("rights.staff.desk"), t("rights.staff.desk_text"), "chat", "green"),
        Way("/certificates", t("rights.to_certificates"), t("rights.staff.certificate"), "award", "green"),
    ]
