"""How often exams were tried, for the checklists of the room below. Call inside a door."""

from collections.abc import Iterable
from dataclasses import dataclass

from certification.exams.tables import Attempt
from portal.core.base.database import placeholders


@dataclass(frozen=True, slots=True)
class Tally:
    """What was tried of an exam in an assignment; `running`: the ref of the attempt that is being sat."""

    tries: int
    passed: bool
    running: str | None
    grants: int


UNTRIED = Tally(0, passed=False, running=None, grants=0)
_TALLIES = (
    "SELECT x.assignment, x.exam_version, sum(x.tries) AS tries, max(x.passed) AS passed, max(x.running) AS running,"
    " sum(x.grants) AS grants FROM (SELECT a.assignment, a.exam_version, 1 AS tries,"
    " CASE WHEN a.passed THEN 1 ELSE 0 END AS passed, CASE WHEN a.state = 'running' THEN a.ref END AS running,"
    " 0 AS grants FROM attempts a WHERE a.assignment IN ({ids})"
    " UNION ALL SELECT g.assignment, g.exam_version, 0, 0, NULL, 1 FROM attempt_grants g"
    " WHERE g.assignment IN ({ids})) x GROUP BY x.assignment, x.exam_version"
)


async def tallies(assignment_ids: Iterable[int]) -> dict[tuple[int, int], Tally]:
    """Tries and further tries given, by assignment and exam version, in one query; what was never tried is absent."""
    ids = sorted(set(assignment_ids))
    rows = await Attempt.raw(_TALLIES.replace("{ids}", placeholders(ids)), *ids, *ids) if ids else []
    return {
        (row["assignment"], row["exam_version"]): Tally(
            int(row["tries"]), bool(row["passed"]), row["running"], int(row["grants"])
        )
        for row in rows
    }
