"""A visit from its plan to its end: planned, moved, called off; the result written, confirmed, and what it means."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from portal.core.base import audit
from portal.core.base.audit import Actor
from portal.core.base.clock import day_start, local
from portal.core.base.database import writing
from portal.core.base.ids import new_ref
from portal.core.base.refusals import NotFound, Refused
from portal.core.notices.actions import notify
from portal.core.supply import standings
from portal.core.supply.queries import SupplierInfo
from portal.core.supply.rules import SupplierKind
from portal.core.web.viewer import Viewer
from portal.service.suppliers import checklists, visits
from portal.service.suppliers.dates import end_date, keepers, set_date
from portal.service.suppliers.dossier import found_supplier, way_of
from portal.service.suppliers.rules import (
    YEAR,
    Matter,
    Result,
    VisitKind,
    VisitState,
    cleared_until,
    result_no,
    two_go,
    visit_kind,
)
from portal.service.suppliers.tables import SiteVisit, VisitAction
from portal.service.suppliers.visits import Record, VisitInfo


@dataclass(frozen=True, slots=True)
class Plan:
    """When, and who goes; `second` none where one is enough."""

    at: datetime
    first: int
    second: int | None


async def categories_of(supplier: SupplierInfo) -> list[str]:
    """What it says it sells, and what it sells. Inside a door."""
    rows = await SiteVisit.raw(
        "SELECT DISTINCT category FROM products WHERE supplier = {} AND retired_at IS NULL LIMIT 200", supplier.id
    )
    return [*supplier.categories, *(row["category"] for row in rows)]


async def kind_of(supplier: SupplierInfo) -> VisitKind:
    """Which visit this supplier gets. Inside a door."""
    first = await standings.visited_first()
    return visit_kind(SupplierKind(supplier.kind), await categories_of(supplier), first)


async def plan(viewer: Viewer, external_id: str, wanted: Plan, at: datetime) -> str:
    """Plan a visit; returns its ref.

    Raises NotFound; Refused: `visit_planned_already`, and what `_check` says.
    """
    async with writing():
        supplier = await found_supplier(external_id)
        kind = await kind_of(supplier)
        await _check(wanted, kind, at)
        ref = new_ref()
        rows = await SiteVisit.raw(
            "INSERT INTO site_visits (ref, supplier, kind, state, checklist, planned_at, first, second, planned_by,"
            " made_at) VALUES ({}, {}, {}, 'planned', {}, {}, {}, {}, {}, {}) ON CONFLICT DO NOTHING RETURNING id",
            ref,
            supplier.id,
            str(kind),
            (await checklists.current(kind)).number,
            wanted.at,
            wanted.first,
            wanted.second,
            viewer.person_id,
            at,
        )
        if not rows:
            raise Refused("visit_planned_already", way=way_of(external_id))
        await _tell_plan(required(await visits.by_ref(ref)), at)
        facts = {"supplier": supplier.id, "kind": str(kind)}
        await audit.record(viewer.actor, "site_visit.planned", ("site_visit", rows[0]["id"]), at, facts)
        return ref


async def _check(wanted: Plan, kind: VisitKind, at: datetime) -> None:
    """Raises Refused(422): `site_visit_past`, `visit_two`, `visit_same`, `visit_unable`."""
    if wanted.at < day_start(local(at).date()):
        raise Refused("site_visit_past", field="planned_on", status=422)
    if two_go(kind) and wanted.second is None:
        raise Refused("visit_two", field="second", status=422)
    if wanted.first == wanted.second:
        raise Refused("visit_same", field="second", status=422)
    able = {person.id for person in await keepers()}
    if wanted.first not in able or (wanted.second is not None and wanted.second not in able):
        raise Refused("visit_unable", field="first", status=422)


async def _tell_plan(visit: VisitInfo, at: datetime) -> None:
    await set_date(visit.supplier_id, Matter.VISIT, visit.id, visit.planned_at, visit.way, at)
    for person in visit.visitors:
        what = {"name": visit.supplier_name, "planned_at": visit.planned_at}
        await notify(person, "supplier_visit_planned", what, at, way=visit.way)


def required(visit: VisitInfo | None) -> VisitInfo:
    if visit is None:
        raise NotFound
    return visit


async def move(visit: VisitInfo, before: VisitState, **values: Any) -> None:
    """A guarded step in the caller's transaction. Raises Refused: `visit_moved_on`."""
    moved = (
        await SiteVisit.update(**values)
        .where(SiteVisit.id == visit.id, SiteVisit.state == str(before))
        .returning(SiteVisit.id)
    )
    if not moved:
        raise Refused("visit_moved_on", way=visit.way)


async def replan(viewer: Viewer, ref: str, wanted: Plan, at: datetime) -> None:
    """Another day, or other people. Raises NotFound; Refused: `visit_moved_on`, and what a plan is refused for."""
    async with writing():
        visit = required(await visits.by_ref(ref))
        await _check(wanted, visit.kind, at)
        values = {"planned_at": wanted.at, "first": wanted.first, "second": wanted.second}
        await move(visit, VisitState.PLANNED, **values)
        await _tell_plan(required(await visits.by_ref(ref)), at)
        await audit.record(viewer.actor, "site_visit.replanned", ("site_visit", visit.id), at)


async def cancel(viewer: Viewer, ref: str, reason: str, at: datetime) -> None:
    """Call it off; what was recorded stays to be read. Raises NotFound; Refused: `visit_moved_on`."""
    async with writing():
        visit = required(await visits.by_ref(ref))
        await move(visit, VisitState.PLANNED, state=str(VisitState.CANCELLED), reason=reason, closed_at=at)
        await end_date(Matter.VISIT, visit.id, at)
        for person in visit.visitors - {viewer.person_id}:
            what = {"name": visit.supplier_name, "planned_at": visit.planned_at}
            await notify(person, "supplier_visit_off", what, at, way=visit.way)
        await audit.record(viewer.actor, "site_visit.cancelled", ("site_visit", visit.id), at)


async def conclude(viewer: Viewer, ref: str, result: Result, words: str, at: datetime) -> None:
    """Write the result. Where two went it counts once the other has confirmed it.

    Raises NotFound; Refused: `visit_of_others` (403), `visit_incomplete`, `visit_result_marks`, `visit_result_actions`
    (422), `visit_moved_on`.
    """
    async with writing():
        visit = of_hers(viewer, required(await visits.by_ref(ref)))
        record = await visits.record(visit)
        no = result_no(result, record.seen)
        if no is not None:
            raise Refused(no, field="result", status=422)
        told = {"result": str(result), "words": words, "recorded_by": viewer.person_id, "recorded_at": at}
        await move(visit, VisitState.PLANNED, state=str(VisitState.RECORDED), **told)
        await audit.record(viewer.actor, "site_visit.recorded", ("site_visit", visit.id), at, {"result": str(result)})
        others = visit.visitors - {viewer.person_id}
        if two_go(visit.kind) and others:
            for person in others:
                await notify(person, "supplier_visit_confirm", {"name": visit.supplier_name}, at, way=visit.way)
            return
        await _close(viewer.actor, ref, None, at)


def of_hers(viewer: Viewer, visit: VisitInfo) -> VisitInfo:
    """Raises Refused: `visit_of_others` (403) unless she is one of those who go."""
    if viewer.person_id not in visit.visitors:
        raise Refused("visit_of_others", way=visit.way, status=403)
    return visit


async def confirm(viewer: Viewer, ref: str, at: datetime) -> None:
    """The other who went says that it was so. Raises NotFound; Refused: `visit_of_others`, `visit_second` (403)."""
    async with writing():
        visit = of_hers(viewer, required(await visits.by_ref(ref)))
        if viewer.person_id == visit.recorded_by:
            raise Refused("visit_second", way=visit.way, status=403)
        await _close(viewer.actor, ref, viewer.person_id, at)


async def object_to(viewer: Viewer, ref: str, reason: str, at: datetime) -> None:
    """The other who went saw it otherwise: the record is open again. Raises NotFound; Refused as `confirm`."""
    async with writing():
        visit = of_hers(viewer, required(await visits.by_ref(ref)))
        if viewer.person_id == visit.recorded_by:
            raise Refused("visit_second", way=visit.way, status=403)
        await move(visit, VisitState.RECORDED, state=str(VisitState.PLANNED), reason=reason, result=None)
        if visit.recorded_by is not None:
            await notify(visit.recorded_by, "supplier_visit_open", {"name": visit.supplier_name}, at, way=visit.way)
        await audit.record(viewer.actor, "site_visit.reopened", ("site_visit", visit.id), at)


async def _close(actor: Actor, ref: str, confirmed_by: int | None, at: datetime) -> None:
    visit = required(await visits.by_ref(ref))
    await move(visit, VisitState.RECORDED, state=str(VisitState.CLOSED), confirmed_by=confirmed_by, closed_at=at)
    await end_date(Matter.VISIT, visit.id, at)
    record = await visits.record(visit)
    for action in record.actions:
        await set_date(visit.supplier_id, Matter.ACTION, action.id, action.due_at, visit.way, at)
    await _clear(actor, record, at)
    facts = {"supplier": visit.supplier_id, "result": str(visit.result)}
    await audit.record(actor, "site_visit.closed", ("site_visit", visit.id), at, facts)


async def _clear(actor: Actor, record: Record, at: datetime) -> None:
    """What a closed visit means at the doors of sharing."""
    visit = record.visit
    assert visit.result is not None
    assert visit.recorded_at is not None
    until = cleared_until(visit.result, visit.recorded_at, (action.due_at for action in record.actions))
    if visit.result is not Result.PASSED:
        await standings.end_clearance(actor, visit.supplier_id, f"visit:{visit.id}", at)
    if until is None:
        await end_date(Matter.CLEARANCE, visit.supplier_id, at)
        for person in await keepers():
            await notify(person.id, "supplier_visit_failed", {"name": visit.supplier_name}, at, way=visit.way)
        return
    await _cleared(actor, visit, until, at)


async def _cleared(actor: Actor, visit: VisitInfo, until: datetime, at: datetime) -> None:
    if until > at:
        await standings.clear(actor, visit.supplier_id, until, f"visit:{visit.id}", at)
    if visit.kind is VisitKind.FOOD:
        await set_date(visit.supplier_id, Matter.CLEARANCE, visit.supplier_id, until, way_of(visit.supplier), at)


async def mended(viewer: Viewer, ref: str, action_id: int, words: str, at: datetime) -> None:
    """An action of a closed visit was seen to be done; with the last one the visit clears for its whole year.

    Raises NotFound; Refused: `visit_action_done`.
    """
    async with writing():
        visit = required(await visits.by_ref(ref))
        rows = (
            await VisitAction.update({"done_by": viewer.person_id, "done_at": at, "done_words": words})
            .where(VisitAction.id == action_id, VisitAction.visit == visit.id, VisitAction.done_at.is_null())
            .returning(VisitAction.id)
        )
        if visit.state is not VisitState.CLOSED or not rows:
            raise Refused("visit_action_done", way=visit.way)
        await end_date(Matter.ACTION, action_id, at)
        await audit.record(viewer.actor, "site_visit.mended", ("site_visit", visit.id), at, {"action": action_id})
        assert visit.recorded_at is not None
        mending = any(action.done_at is None for action in await visits.actions_of(visit.id))
        if visit.result is Result.ACTIONS and not mending and await _latest(visit):
            await _cleared(viewer.actor, visit, visit.recorded_at + YEAR, at)


async def _latest(visit: VisitInfo) -> bool:
    """Whether no later visit has had its say."""
    later = await visits.visits(
        "v.supplier = {} AND v.state = 'closed' AND v.id > {} ORDER BY v.id LIMIT 1", visit.supplier_id, visit.id
    )
    return not later
