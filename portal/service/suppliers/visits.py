"""Visits as pages and rules see them. Call inside a door."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from portal.core.base.files import FileInfo
from portal.core.web.paging import Cut, Page, paged
from portal.service.suppliers import checklists
from portal.service.suppliers.checklists import Checklist
from portal.service.suppliers.rules import Mark, Result, Seen, VisitKind, VisitState
from portal.service.suppliers.tables import SiteVisit, VisitAction, VisitMark, VisitPhoto

BEYOND = 2**62


@dataclass(frozen=True, slots=True)
class VisitInfo:
    """A visit with the names of those who go; place in degrees and metres."""

    id: int
    ref: str
    supplier_id: int
    supplier: str  # its external id
    supplier_name: str
    kind: VisitKind
    state: VisitState
    checklist: int
    planned_at: datetime
    first: int
    first_name: str
    second: int | None
    second_name: str | None
    begun_at: datetime | None
    latitude: float | None
    longitude: float | None
    accuracy: int | None
    place: str | None
    placed_at: datetime | None
    signed_name: str | None
    signature: int | None
    signed_at: datetime | None
    result: Result | None
    words: str | None
    recorded_by: int | None
    recorded_at: datetime | None
    confirmed_by: int | None
    closed_at: datetime | None
    reason: str | None

    @property
    def way(self) -> str:
        return f"/admin/visits/{self.ref}"

    @property
    def visitors(self) -> frozenset[int]:
        return frozenset(one for one in (self.first, self.second) if one is not None)

    @property
    def open(self) -> bool:
        return self.state in (VisitState.PLANNED, VisitState.RECORDED)


_VISIT = (
    "SELECT v.id, v.ref, v.supplier AS supplier_id, s.external_id AS supplier, s.name AS supplier_name, v.kind,"
    " v.state, v.checklist, v.planned_at, v.first, a.name AS first_name, v.second, b.name AS second_name, v.begun_at,"
    " v.latitude, v.longitude, v.accuracy, v.place, v.placed_at, v.signed_name, v.signature, v.signed_at, v.result,"
    " v.words, v.recorded_by, v.recorded_at, v.confirmed_by, v.closed_at, v.reason FROM site_visits v"
    " JOIN suppliers s ON s.id = v.supplier JOIN persons a ON a.id = v.first LEFT JOIN persons b ON b.id = v.second"
)


def _visit(row: dict[str, Any]) -> VisitInfo:
    told = dict(row)
    for name in ("latitude", "longitude"):
        told[name] = told[name] / 1_000_000 if told[name] is not None else None
    result = told.pop("result")
    return VisitInfo(
        kind=VisitKind(told.pop("kind")),
        state=VisitState(told.pop("state")),
        result=Result(result) if result else None,
        **told,
    )


async def visits(condition: str, *values: object) -> list[VisitInfo]:
    """Visits by a condition on `v`."""
    return [_visit(row) for row in await SiteVisit.raw(f"{_VISIT} WHERE {condition}", *values)]


async def by_ref(ref: str) -> VisitInfo | None:
    found = await visits("v.ref = {}", ref[:40])
    return found[0] if found else None


SHOWS: Mapping[str, str] = {
    "open": "v.state IN ('planned', 'recorded')",
    "mine": "v.state IN ('planned', 'recorded') AND (v.first = {} OR v.second = {})",
    "done": "v.state = 'closed'",
    "all": "v.id > 0",
}


async def listed(show: str, person_id: int, cut: Cut) -> Page[VisitInfo]:
    """The newest first: those that run, hers of these, those that are done, or all."""
    hers = [person_id, person_id] if show == "mine" else []
    sql = f"{SHOWS[show]} AND v.id < {{}} ORDER BY v.id DESC LIMIT {{}}"
    return paged(await visits(sql, *hers, cut.after or BEYOND, cut.fetch), cut, lambda each: each.id)


async def of_supplier(supplier_id: int, limit: int = 10) -> list[VisitInfo]:
    return await visits("v.supplier = {} ORDER BY v.id DESC LIMIT {}", supplier_id, limit)


@dataclass(frozen=True, slots=True)
class MarkInfo:
    """How a point was found, by whom."""

    mark: Mark
    remark: str | None
    by_name: str
    at: datetime


@dataclass(frozen=True, slots=True)
class PhotoInfo:
    """A photo of a visit, by its place."""

    id: int
    file: FileInfo


@dataclass(frozen=True, slots=True)
class ActionInfo:
    """What the supplier mends, until when, and who saw that it was done."""

    id: int
    what: str
    due_at: datetime
    done_at: datetime | None
    done_by: str | None
    done_words: str | None


@dataclass(frozen=True, slots=True)
class Record:
    """Everything that was recorded at a site so far."""

    visit: VisitInfo
    checklist: Checklist
    marks: Mapping[str, MarkInfo]
    photos: tuple[PhotoInfo, ...]
    actions: tuple[ActionInfo, ...]

    @property
    def seen(self) -> Seen:
        return Seen(
            self.visit.kind,
            self.checklist.points,
            {key: one.mark for key, one in self.marks.items()},
            len(self.photos),
            self.visit.placed_at is not None,
            self.visit.signed_at is not None,
            len(self.actions),
        )


async def record(visit: VisitInfo) -> Record:
    """A visit with its parts."""
    return Record(
        visit,
        await checklists.version(visit.kind, visit.checklist),
        await marks_of(visit.id),
        await photos_of(visit.id),
        await actions_of(visit.id),
    )


async def marks_of(visit_id: int) -> dict[str, MarkInfo]:
    rows = await VisitMark.raw(
        "SELECT m.point, m.mark, m.remark, p.name, m.at FROM site_visit_marks m JOIN persons p ON p.id = m.by_person"
        " WHERE m.visit = {}",
        visit_id,
    )
    return {row["point"]: MarkInfo(Mark(row["mark"]), row["remark"], row["name"], row["at"]) for row in rows}


async def photos_of(visit_id: int) -> tuple[PhotoInfo, ...]:
    rows = await VisitPhoto.raw(
        "SELECT h.id AS photo, f.id, f.ref, f.sha256, f.size, f.media_type, f.name FROM site_visit_photos h"
        " JOIN files f ON f.id = h.file WHERE h.visit = {} ORDER BY h.id",
        visit_id,
    )
    return tuple(PhotoInfo(row.pop("photo"), FileInfo(**row)) for row in map(dict, rows))


async def actions_of(visit_id: int) -> tuple[ActionInfo, ...]:
    rows = await VisitAction.raw(
        "SELECT a.id, a.what, a.due_at, a.done_at, p.name AS done_by, a.done_words FROM site_visit_actions a"
        " LEFT JOIN persons p ON p.id = a.done_by WHERE a.visit = {} ORDER BY a.id",
        visit_id,
    )
    return tuple(ActionInfo(**row) for row in rows)


async def signature_of(visit: VisitInfo) -> FileInfo | None:
    """The picture of what was signed on the screen."""
    if visit.signature is None:
        return None
    rows = await SiteVisit.raw(
        "SELECT id, ref, sha256, size, media_type, name FROM files WHERE id = {}", visit.signature
    )
    return FileInfo(**rows[0]) if rows else None
