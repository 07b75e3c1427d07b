"""Reporting a misleading share, and what staff makes of it: dismissed, or a breach that two people stand behind."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from certification.rights import measures
from certification.rights.rules import Category
from courses.catalogue.content import Media
from portal.core.base import audit, files
from portal.core.base.audit import SYSTEM, Actor
from portal.core.base.clock import now
from portal.core.base.database import reading, writing
from portal.core.base.ids import new_ref
from portal.core.base.refusals import NotFound, Refused
from portal.core.notices import actions as notices
from portal.core.web.viewer import Viewer
from portal.service.sharing import queries, reports
from portal.service.sharing.reports import ReportInfo
from portal.service.sharing.rules import ReportState, Source, What
from portal.service.sharing.tables import ReportPhoto, ShareReport

MOST_PHOTOS = 3


@dataclass(frozen=True, slots=True)
class Told:
    """What a reporter tells."""

    what: What
    text: str
    seen_where: str | None = None
    contact: str | None = None


async def report(actor: Actor, code: str, told: Told, photos: Sequence[Media], source: Source, at: datetime) -> str:
    """Keep a report of a share; returns its ref. The pictures' content must be stored already. Raises NotFound."""
    async with writing():
        link = await queries.link_by_code(code)
        if link is None:
            raise NotFound
        ref = new_ref()
        row = ShareReport(
            ref=ref,
            link=link.id,
            store=link.store_id,
            product=link.product_id,
            what=str(told.what),
            text=told.text,
            seen_where=told.seen_where,
            contact=told.contact,
            source=str(source),
            reporter=actor.id if actor.kind == "person" else None,
            at=at,
            state=str(ReportState.OPEN),
        )
        report_id = int((await ShareReport.insert(row))[0]["id"])
        for position, photo in enumerate(photos[:MOST_PHOTOS], 1):
            kept = await files.register(photo.sha256, len(photo.content), photo.media_type, f"{position}.webp", at)
            await ReportPhoto.insert(ReportPhoto(report=report_id, file=kept.id, position=position))
        facts = {"link": link.id, "store": link.store_id, "what": str(told.what), "source": str(source)}
        await audit.record(actor, "share.reported", ("share_report", report_id), at, facts)
    return ref


async def _required(ref: str) -> ReportInfo:
    found = await reports.report(ref)
    if found is None:
        raise NotFound
    return found


async def dismiss(viewer: Viewer, ref: str, answer: str, at: datetime) -> None:
    """Find that nothing misled, with the answer that the reporter reads. Raises Refused("decided_already")."""
    async with writing():
        found = await _required(ref)
        if found.owner_id == viewer.person_id:
            raise Refused("own_right", status=403)
        await _move(found, ReportState.OPEN, ReportState.DISMISSED, at, by=viewer.person_id, answer=answer)
        await audit.record(viewer.actor, "share.report_dismissed", ("share_report", found.id), at)


async def propose(
    viewer: Viewer, ref: str, category: Category, occurred_at: datetime, evidence: str, answer: str, at: datetime
) -> int:
    """Propose the breach that a report shows; a second person confirms it, and only then points are taken.

    Returns the violation's id. Raises Refused as `report_violation` does, and `decided_already`.
    """
    async with writing():
        found = await _required(ref)
        violation = await measures.report_violation(viewer, found.store_id, category, occurred_at, evidence, at)
        await _move(
            found, ReportState.OPEN, ReportState.PROPOSED, at, by=viewer.person_id, answer=answer, violation=violation
        )
        facts = {"violation": violation}
        await audit.record(viewer.actor, "share.report_proposed", ("share_report", found.id), at, facts)
    return violation


async def _move(
    found: ReportInfo,
    before: ReportState,
    after: ReportState,
    at: datetime,
    *,
    by: int | None = None,
    answer: str | None = None,
    violation: int | None = None,
) -> None:
    given = {"decided_by": by, "answer": answer, "violation": violation}
    values: dict[str, Any] = {
        "state": str(after),
        "decided_at": at,
        **{name: one for name, one in given.items() if one is not None},
    }
    moved = (
        await ShareReport.update(**values)
        .where(ShareReport.id == found.id, ShareReport.state == str(before))
        .returning(ShareReport.id)
    )
    if not moved:
        raise Refused("decided_already")


async def decide(viewer: Viewer, ref: str, *, confirm: bool, note: str, at: datetime) -> None:
    """A second person's word on the breach that a report proposed; points and suspension follow by the gate's rules."""
    async with writing():
        found = await _required(ref)
        if found.violation_id is None:
            raise NotFound
        await measures.decide_violation(viewer, found.violation_id, confirm=confirm, note=note, at=at)
        await settle(viewer.actor, ref, at)


async def settle(actor: Actor, ref: str, at: datetime) -> bool:
    """Take over what became of the breach, and tell the owner why and where she may object. False: not decided yet."""
    async with writing():
        found = await _required(ref)
        if found.state is not ReportState.PROPOSED or found.violation_state in (None, "proposed"):
            return False
        upheld = found.violation_state == "confirmed"
        await _move(found, ReportState.PROPOSED, ReportState.UPHELD if upheld else ReportState.DISMISSED, at)
        facts = {"upheld": upheld, "violation": found.violation_id}
        await audit.record(actor, "share.report_settled", ("share_report", found.id), at, facts)
        if upheld:
            params = {"reason": found.answer or "", "seen_at": found.at.isoformat()}
            await notices.notify(found.owner_id, "sharing.report_upheld", params, at, way="/right")
    return True


async def settle_decided() -> int:
    """Sweep: take over the breaches that were decided on another page; returns how many."""
    at, settled = now(), 0
    while True:
        async with reading():
            refs = await reports.decided_elsewhere()
        for ref in refs:
            settled += await settle(SYSTEM, ref, at)
        if not refs:
            return settled
