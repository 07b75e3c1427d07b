"""Noticing that several complaints are one problem: what they share is kept, three in a month open an inspection."""

from datetime import datetime, timedelta

from portal.core.base import audit, site_settings
from portal.core.base.audit import SYSTEM
from portal.core.base.clock import now
from portal.core.base.database import in_turn, reading, writing
from portal.core.base.ids import new_ref
from portal.core.notices.actions import notify
from portal.core.people import queries as people
from portal.core.people.rules import Role
from portal.service.causes import inspections
from portal.service.causes.crowding import Scope, Share, State, crowd, shares
from portal.service.causes.tables import ComplaintShare, Inspection, InspectionComplaint
from portal.service.complaints import queries as complaints
from portal.service.complaints.life import note
from portal.service.complaints.queries import ComplaintInfo

MARK = "causes.gathered"
BATCH = 200
# Writers commit out of order: events are looked at again until this long ago.
SETTLED = timedelta(minutes=5)


async def gather() -> int:
    """Sweep: look at every complaint to which something happened since the last time; returns how many."""
    at, seen = now(), 0
    async with reading():
        known = await site_settings.value(MARK, "")
    last = int(known or 0)
    settled = last
    while True:
        async with reading():
            rows = await ComplaintShare.raw(
                "SELECT id, complaint, at FROM complaint_events WHERE id > {} ORDER BY id LIMIT {}", last, BATCH
            )
        for complaint_id in dict.fromkeys(row["complaint"] for row in rows):
            await look(complaint_id, at)
            seen += 1
        for row in rows:
            last = row["id"]
            settled = last if row["at"] <= at - SETTLED else settled
        if len(rows) < BATCH:
            break
    if settled > int(known or 0):
        async with writing():
            await site_settings.advance(MARK, known, str(settled), at)
    return seen


async def look(complaint_id: int, at: datetime) -> None:
    """Keep what one complaint shares with others, and let it join, or open, an inspection."""
    async with writing():
        await in_turn("inspections")  # whoever opens one takes complaints that another might count too
        info = await complaints.by_id(complaint_id)
        if info is None:
            return
        common = shares(inspections.problem_of(info))
        await _keep(info, common)
        if info.state == "withdrawn" or info.duplicate_of is not None:
            return
        for share in common:
            running = await inspections.open_of(share.key)
            if running is not None:
                await _join(running, info.id, at)
        for share in common:
            ids = crowd(await inspections.free(share.key, info.received_at))
            if info.id in ids:
                await _open(info, share, ids, at)


async def _keep(info: ComplaintInfo, common: tuple[Share, ...]) -> None:
    """What it shares now; what it was filed under before counts no more."""
    held = {
        row["key"] for row in await ComplaintShare.select(ComplaintShare.key).where(ComplaintShare.complaint == info.id)
    }
    keys = {share.key for share in common}
    if held - keys:
        gone = list(held - keys)
        await ComplaintShare.delete().where(ComplaintShare.complaint == info.id, ComplaintShare.key.is_in(gone))
    for key in sorted(keys - held):
        await ComplaintShare.raw(
            "INSERT INTO complaint_shares (complaint, key, at) VALUES ({}, {}, {}) ON CONFLICT DO NOTHING",
            info.id,
            key,
            info.received_at,
        )


async def _join(inspection_id: int, complaint_id: int, at: datetime) -> None:
    rows = await InspectionComplaint.raw(
        "INSERT INTO inspection_complaints (inspection, complaint, at) VALUES ({}, {}, {})"
        " ON CONFLICT DO NOTHING RETURNING id",
        inspection_id,
        complaint_id,
        at,
    )
    if rows:
        info = await complaints.by_id(complaint_id)
        assert info is not None
        await note(info, "inspected", at)


async def _open(info: ComplaintInfo, share: Share, ids: tuple[int, ...], at: datetime) -> None:
    """One inspection for a key at a time: whoever comes second joins the first."""
    rows = await Inspection.raw(
        "INSERT INTO inspections (ref, key, scope, family, product, party, region, state, opened_at, announced, marks)"
        " VALUES ({}, {}, {}, {}, {}, {}, {}, {}, {}, {}, {}) ON CONFLICT DO NOTHING RETURNING id",
        new_ref(),
        share.key,
        str(share.scope),
        str(info.family),
        info.product_id if share.scope is Scope.PRODUCT else None,
        _party(info, share),
        info.region if share.scope is Scope.REGION else None,
        str(State.OPEN),
        at,
        False,
        "{}",
    )
    inspection_id = int(rows[0]["id"]) if rows else await inspections.open_of(share.key)
    assert inspection_id is not None
    for complaint_id in ids:
        await _join(inspection_id, complaint_id, at)
    if rows:
        await _tell(inspection_id, share, at)


def _party(info: ComplaintInfo, share: Share) -> int | None:
    if share.scope is Scope.CARRIER or ":carrier-" in share.key:
        return info.carrier_id
    return info.supplier_id if share.scope in (Scope.PRODUCT, Scope.SUPPLIER) else None


async def _tell(inspection_id: int, share: Share, at: datetime) -> None:
    opened = await inspections.by_id(inspection_id)
    assert opened is not None
    what = opened.product or opened.party_name or opened.region or ""
    for person in await people.people_with_role(Role.DESK_LEAD):
        await notify(person.id, "inspection_opened", {"what": what, "count": opened.held}, at, way=opened.way)
    facts = {"scope": str(share.scope), "complaints": opened.held}
    await audit.record(SYSTEM, "inspection.opened", ("inspection", inspection_id), at, facts)
