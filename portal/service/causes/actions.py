"""Finding a cause, and what a finding brings about in the same transaction."""

from dataclasses import dataclass
from datetime import datetime

from certification.rights import corrections, measures
from certification.rights.rules import Category
from courses.assignment import actions as assignments
from courses.assignment.rules import Cause as Why
from courses.catalogue import queries as catalogue
from portal.core.base import audit
from portal.core.base.clock import local
from portal.core.base.database import writing
from portal.core.base.refusals import Refused
from portal.core.notices.actions import notify
from portal.core.people import queries as people
from portal.core.people.policy import Capability
from portal.core.web.viewer import Viewer
from portal.service.causes import queries
from portal.service.causes.queries import FindingInfo
from portal.service.causes.rules import CAUSES, Cause, Follows, Party, follows
from portal.service.causes.tables import Finding, PartyRecord
from portal.service.complaints.life import check_seen, held, note
from portal.service.complaints.queries import ComplaintInfo
from portal.service.complaints.rules import State

DESK = frozenset({"agent", "desk_lead"})
INNER_EVENTS = frozenset(
    {
        "finding_made",
        "finding_changed",
        "action_set",
        "action_verified",
        "action_sent_back",
        "action_effective",
        "action_not_effective",
        "waiver_asked",
        "waiver_granted",
        "waiver_refused",
        "inspected",
    }
)


@dataclass(frozen=True, slots=True)
class Found:
    """What somebody found. `agent_id`: whose slip it was, where the code is one of the desk's."""

    code: str
    evidence: str
    agent_id: int | None = None


def may_find(viewer: Viewer, info: ComplaintInfo) -> bool:
    """The agent in charge, or her lead; nobody judges what she is part of."""
    if viewer.person_id == info.owner_id:
        return False
    return viewer.may(Capability.LEAD_DESK) or (viewer.may(Capability.WORK_DESK) and viewer.person_id == info.agent_id)


async def check_hers(viewer: Viewer, info: ComplaintInfo) -> None:
    """Raises Refused (403): `cause_not_yours`."""
    if not may_find(viewer, info):
        raise Refused("cause_not_yours", way=f"/desk/complaints/{info.ref}", status=403)


async def find(
    viewer: Viewer, complaint_id: int, found: Found, at: datetime, *, seen: int | None = None
) -> FindingInfo:
    """Write down who was at fault and why; an earlier finding gives way and stays readable.

    Raises Refused: `complaint_moved_on`, `complaint_state`, `cause_not_yours`, `finding_no_supplier`,
    `finding_no_carrier`, `finding_needs_agent`, `finding_of_agent`, `finding_same`, `finding_confirmed`.
    """
    cause = CAUSES[found.code]
    async with writing():
        info = await held(complaint_id)
        check_seen(info, seen)
        await check_hers(viewer, info)
        if info.state is State.WITHDRAWN or info.duplicate_of is not None:
            raise Refused("complaint_state", {"state": str(info.state)}, way=info.way)
        supplier_id, person_id = await _at_fault(viewer, info, cause, found)
        before = await queries.finding_of(info.id)
        kept = await _give_way(viewer, before, found, person_id, at) if before is not None else None
        finding_id = await _write(viewer, info, found, supplier_id, person_id, at)
        if kept is not None:
            await Finding.update({Finding.violation: kept}).where(Finding.id == finding_id)
        else:
            await _bring_about(viewer, info, finding_id, found, supplier_id, person_id, at)
        facts = {"party": str(cause.party), "code": found.code}
        await note(info, "finding_changed" if before else "finding_made", at, by=viewer.person_id, facts=facts)
        await audit.record(viewer.actor, "cause.found", ("finding", finding_id), at, {"complaint": info.id} | facts)
        made = await queries.finding_of(info.id)
        assert made is not None
        return made


async def _at_fault(viewer: Viewer, info: ComplaintInfo, cause: Cause, found: Found) -> tuple[int | None, int | None]:
    """The supplier or carrier, and the owner or agent, at whose side it lies."""
    if cause.party is Party.SUPPLIER:
        return _required(info.supplier_id, "finding_no_supplier"), None
    if cause.party is Party.CARRIER:
        return _required(info.carrier_id, "finding_no_carrier"), None
    if cause.party is Party.OWNER:
        return None, info.owner_id
    if not cause.desk:
        return None, None
    agent = found.agent_id
    if agent is None or not DESK & await people.roles_of(agent):
        raise Refused("finding_needs_agent", field="agent", status=422)
    if agent != viewer.person_id and not viewer.may(Capability.LEAD_DESK):
        raise Refused("finding_of_agent", field="agent", status=403)
    return None, agent


def _required(value: int | None, code: str) -> int:
    if value is None:
        raise Refused(code, field="code", status=422)
    return value


async def _give_way(
    viewer: Viewer, before: FindingInfo, found: Found, person_id: int | None, at: datetime
) -> int | None:
    """The earlier finding is over, and with it what it had set in motion; the id of a violation that goes on."""
    if (before.code, before.evidence) == (found.code, found.evidence) and before.person_id in (None, person_id):
        raise Refused("finding_same", field="code", status=422)
    gone = (
        await Finding.update({Finding.superseded_at: at})
        .where(Finding.id == before.id, Finding.superseded_at.is_null())
        .returning(Finding.id)
    )
    if not gone:
        raise Refused("complaint_moved_on")
    await PartyRecord.update({PartyRecord.withdrawn_at: at}).where(
        PartyRecord.finding == before.id, PartyRecord.withdrawn_at.is_null()
    )
    if before.violation_id is None or await measures.withdraw_violation(viewer, before.violation_id, at):
        return None
    return await _points(viewer, before.violation_id, CAUSES[found.code].category, found.evidence, at)


async def _points(
    viewer: Viewer, violation_id: int, category: Category | None, reason: str, at: datetime
) -> int | None:
    """What becomes of a violation that somebody has decided on: it goes on where the new finding is of the same
    category, else its points fall away, by a lead's hand. Raises Refused (403) `finding_confirmed`."""
    standing = await measures.standing_violation(violation_id)
    if standing is None:
        return None
    if standing == category:
        return violation_id
    if not viewer.may(Capability.LEAD_DESK):
        raise Refused("finding_confirmed", field="code", status=403)
    await corrections.fall_away(viewer, violation_id, reason, at)
    return None


async def _write(
    viewer: Viewer, info: ComplaintInfo, found: Found, supplier_id: int | None, person_id: int | None, at: datetime
) -> int:
    rows = await Finding.insert(
        Finding(
            complaint=info.id,
            party=str(CAUSES[found.code].party),
            code=found.code,
            supplier=supplier_id,
            person=person_id,
            product=info.product_id,
            evidence=found.evidence,
            made_by=viewer.person_id,
            made_at=at,
            month=local(at).strftime("%Y-%m"),
        )
    )
    return int(rows[0]["id"])


async def _bring_about(
    viewer: Viewer,
    info: ComplaintInfo,
    finding_id: int,
    found: Found,
    supplier_id: int | None,
    person_id: int | None,
    at: datetime,
) -> None:
    cause = CAUSES[found.code]
    what = follows(cause)
    if what is Follows.VIOLATION:
        assert cause.category is not None
        violation = await measures.report_violation(
            viewer, info.store_id, cause.category, info.received_at, found.evidence, at
        )
        await Finding.update({Finding.violation: violation}).where(Finding.id == finding_id)
    elif what is Follows.TRAINING:
        assert cause.course is not None
        assert person_id is not None
        await _train(viewer, info, finding_id, person_id, cause.course, at)
    elif what is Follows.RECORD:
        await PartyRecord.insert(
            PartyRecord(
                party=supplier_id,
                complaint=info.id,
                finding=finding_id,
                code=found.code,
                at=at,
                month=local(at).strftime("%Y-%m"),
            )
        )


async def _train(viewer: Viewer, info: ComplaintInfo, finding_id: int, person_id: int, code: str, at: datetime) -> None:
    """Give the course that fits the slip; a platform that has taken it out gives none."""
    course_id = await catalogue.course_by_code(code)
    if course_id is None or await catalogue.current_course_version(course_id) is None:
        return
    training, _ = await assignments.assign_course(viewer.actor, person_id, course_id, Why.COMPLAINT, at)
    await Finding.update({Finding.training: training}).where(Finding.id == finding_id)
    way = f"/loops/{info.ref}"
    await notify(person_id, "cause_training", {"buyer": info.vip_name}, at, way=way)
