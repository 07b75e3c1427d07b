"""Showing a buyer's number once: asked for with a reason, counted, kept, and told to the audit trail."""

from datetime import datetime

from portal.core.base import audit
from portal.core.base.database import hold, writing
from portal.core.base.refusals import NotFound, Refused
from portal.core.web.viewer import Viewer
from portal.service.privacy import queries
from portal.service.privacy.queries import Record
from portal.service.privacy.rules import Kind, Reason, needs_note, reasons
from portal.service.privacy.tables import Reveal


async def reveal(viewer: Viewer, kind: Kind, ident: str, reason: Reason, note: str, at: datetime) -> Record:
    """The record with its whole number and address, and a row that says who saw it and why.

    Raises NotFound where it is not hers to ask for; Refused: `buyer_erased`, `reveal_reason`, `reveal_note`,
    `reveal_limit` (429).
    """
    async with writing():
        await hold("persons", viewer.person_id)  # one at a time for each person, so that the day's number holds
        found = await queries.reach(viewer, kind, ident)
        if found is None:
            raise NotFound
        if await queries.erased(found.record.vip_id):
            raise Refused("buyer_erased")
        if reason not in reasons(own=found.own):
            raise Refused("reveal_reason", field="reason", status=422)
        if needs_note(reason, own=found.own) and not note:
            raise Refused("reveal_note", field="note", status=422)
        most = await queries.most_a_day()
        if await queries.seen_today(viewer.person_id, at) >= most:
            raise Refused("reveal_limit", {"limit": most}, status=429)
        await _keep(viewer, found, reason, note, at)
    return found.record


async def _keep(viewer: Viewer, found: queries.Reach, reason: Reason, note: str, at: datetime) -> None:
    record = found.record
    row = Reveal(
        person=viewer.person_id,
        kind=str(record.kind),
        subject_id=record.subject_id,
        vip=record.vip_id,
        store=record.store_id,
        own=found.own,
        reason=str(reason),
        note=note or None,
        in_hour=await queries.seen_within_hour(viewer.person_id, at) + 1,
        at=at,
    )
    await Reveal.insert(row)
    facts = {"reason": str(reason), "fields": ["phone", "address"] if record.address else ["phone"]}
    await audit.record(viewer.actor, "privacy.revealed", (str(record.kind), record.subject_id), at, facts)
