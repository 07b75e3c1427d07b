"""Staff learn too: who must hold the agent's certificate, and what it opens.

Whoever holds the role and no certificate for the next thirty days has the curriculum before her; a registration that
is whole becomes a certificate and marks the role as certified until the certificate's end, in one transaction. A newer
version of the curriculum stops nobody at once: holders have its grace, which their role then shows, to learn it.
"""

from collections.abc import Collection, Sequence
from datetime import datetime

from certification.certificates import queries as certificates
from certification.certificates.rules import EARLY
from certification.rights.certifying import certify
from certification.rights.tables import Measure
from courses.assignment import actions as assignments
from courses.assignment.queries import AssignmentInfo
from courses.assignment.rules import Cause
from courses.catalogue import queries as catalogue
from portal.core.base.audit import SYSTEM, Actor
from portal.core.base.clock import now
from portal.core.base.database import placeholders, reading, writing
from portal.core.base.settings import settings
from portal.core.notices import actions as notices
from portal.core.people import actions as people
from portal.core.people import queries as known
from portal.core.people.rules import Role
from portal.core.web.i18n import speaking
from portal.core.web.templates import site_name

PURPOSE = "agent"
ROLES = (Role.AGENT, Role.DESK_LEAD)
BATCH = 100
_HOLDS = "r.ended_at IS NULL AND r.role IN ('agent', 'desk_lead')"
_LICENCES = (
    "certificates c JOIN curriculum_versions v ON v.id = c.curriculum_version JOIN curricula u ON u.id = v.curriculum"
    " AND u.purpose = 'agent' WHERE c.revoked_at IS NULL"
)
_TO_LEARN = (
    "SELECT p.id, CASE WHEN EXISTS (SELECT 1 FROM certificates o JOIN curriculum_versions w"  # noqa: S608 - our own
    " ON w.id = o.curriculum_version JOIN curricula k ON k.id = w.curriculum AND k.purpose = 'agent'"
    " WHERE o.person = p.id) THEN 1 ELSE 0 END AS held"
    " FROM persons p WHERE p.id > {} AND p.disabled_at IS NULL AND p.erased_at IS NULL"
    f" AND EXISTS (SELECT 1 FROM roles r WHERE r.person = p.id AND {_HOLDS})"
    " AND NOT EXISTS (SELECT 1 FROM assignments a JOIN curricula q ON q.id = a.curriculum AND q.purpose = 'agent'"
    " WHERE a.person = p.id AND a.completed_at IS NULL AND a.cancelled_at IS NULL)"
    f" AND NOT EXISTS (SELECT 1 FROM {_LICENCES} AND c.person = p.id AND c.valid_until > {{}}"
    " AND NOT EXISTS (SELECT 1 FROM curriculum_versions n WHERE n.curriculum = v.curriculum"
    " AND n.number = v.number + 1))"
    " ORDER BY p.id LIMIT {}"
)
_HOLDERS = (
    "SELECT DISTINCT r.person FROM roles r"  # noqa: S608 - our own conditions
    f" WHERE {_HOLDS} AND r.person > {{}} ORDER BY r.person LIMIT {{}}"
)


async def settle(actor: Actor, assignment: AssignmentInfo, at: datetime) -> None:
    """An agent's registration is whole: certify her, and mark her role, in the caller's transaction."""
    person = await known.person(assignment.person_id)
    if person is None:
        return
    with speaking(settings().language):
        platform = site_name()
    if await certify(actor, assignment, PURPOSE, person.name, platform, at) is None:
        return
    until = await align(actor, person.id, at)
    params = {"valid_until_at": until.isoformat()} if until else {}
    await notices.notify(person.id, "staff_certified", params, at, way="/certificates")


async def align(actor: Actor, person_id: int, at: datetime) -> datetime | None:
    """Write on her roles until when her certificate is good (a revoked one is none); returns that."""
    async with writing():
        until = await certificates.longest(person_id, PURPOSE)
        await people.certify_roles(actor, person_id, ROLES, until, at)
    return until


async def keep_staff() -> int:
    """Sweep: the curriculum for whoever needs it, the certificate's end on roles granted after it; returns how many."""
    at = now()
    return await _assign_all(at) + await _align_all(at)


async def _assign_all(at: datetime) -> int:
    given, last = 0, 0
    async with reading():
        kept = await catalogue.current_curriculum(PURPOSE, settings().language)
    while kept is not None:
        async with reading():
            rows = await Measure.raw(_TO_LEARN, last, at + EARLY, BATCH)
        for row in rows:
            cause = Cause.RENEWAL if row["held"] else Cause.ROLE
            _, new = await assignments.assign_by_purpose(SYSTEM, row["id"], PURPOSE, cause, at)
            given, last = given + new, row["id"]
        if len(rows) < BATCH:
            break
    return given


async def _align_all(at: datetime) -> int:
    done, last = 0, 0
    while True:
        async with reading():
            ids = [int(row["person"]) for row in await Measure.raw(_HOLDERS, last, BATCH)]
            good = await certificates.longest_of(ids, PURPOSE)
            told = await _told_of(ids)
        for person_id in ids:
            marks = told.get(person_id, set())
            if marks != {good.get(person_id)}:
                await _realign(person_id, marks, at)
                done += 1
        if len(ids) < BATCH:
            return done
        last = ids[-1]


async def _told_of(ids: Sequence[int]) -> dict[int, set[datetime | None]]:
    """What the roles of these people say, by person. Inside a door."""
    if not ids:
        return {}
    marks = placeholders(ids)
    sql = f"SELECT r.person, r.certified_until FROM roles r WHERE {_HOLDS} AND r.person IN ({marks})"  # noqa: S608
    told: dict[int, set[datetime | None]] = {}
    for row in await Measure.raw(sql, *ids):
        told.setdefault(int(row["person"]), set()).add(row["certified_until"])
    return told


async def _realign(person_id: int, before: Collection[datetime | None], at: datetime) -> None:
    """Put it right; where a newer version has brought the end nearer, say so with the grace that is left."""
    async with writing():
        until = await align(SYSTEM, person_id, at)
        if until is not None and at < until and any(mark is not None and until < mark for mark in before):
            await notices.notify(person_id, "staff_new_version", {"valid_until_at": until}, at, way="/learn")
