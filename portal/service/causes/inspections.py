"""Inspections and the complaints that they hold, as pages show them. Call inside a door."""

import json
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from portal.core.web.paging import Cut, Page, paged
from portal.service.causes.crowding import WINDOW, Problem, Scope, State, Told
from portal.service.causes.tables import ComplaintShare, Inspection, InspectionComplaint
from portal.service.complaints import queries as complaints
from portal.service.complaints.queries import ComplaintInfo
from portal.service.complaints.rules import Family

BEYOND = 2**62
MOST_HELD = 200


@dataclass(frozen=True, slots=True)
class InspectionInfo:
    """An inspection with the names of what it looks at and of whom it is in the hands of."""

    id: int
    ref: str
    key: str
    scope: Scope
    family: Family
    product_id: int | None
    product: str | None
    party_id: int | None
    party: str | None  # its external id
    party_name: str | None
    party_email: str | None
    region: str | None
    state: State
    opened_at: datetime
    announced: bool
    first: int | None
    first_name: str | None
    second: int | None
    second_name: str | None
    planned_at: datetime | None
    marks: dict[str, str]
    result: str | None
    found_by: int | None
    found_at: datetime | None
    signed_by: int | None
    published_at: datetime | None
    closed_at: datetime | None
    held: int

    @property
    def public(self) -> bool:
        return self.published_at is not None

    @property
    def way(self) -> str:
        return f"/desk/inspections/{self.ref}"

    @property
    def inspectors(self) -> frozenset[int]:
        return frozenset(person for person in (self.first, self.second) if person is not None)


_INSPECTION = (
    "SELECT i.id, i.ref, i.key, i.scope, i.family, i.product AS product_id, p.title AS product, i.party AS party_id,"
    " s.external_id AS party, s.name AS party_name, s.contact_email AS party_email, i.region, i.state, i.opened_at,"
    " i.announced, i.first, a.name AS first_name, i.second, b.name AS second_name, i.planned_at, i.marks, i.result,"
    " i.found_by, i.found_at, i.signed_by, i.published_at, i.closed_at,"
    " (SELECT count(*) FROM inspection_complaints h WHERE h.inspection = i.id) AS held"
    " FROM inspections i LEFT JOIN products p ON p.id = i.product LEFT JOIN suppliers s ON s.id = i.party"
    " LEFT JOIN persons a ON a.id = i.first LEFT JOIN persons b ON b.id = i.second"
)


def _inspection(row: dict[str, Any]) -> InspectionInfo:
    marks = row.pop("marks")
    return InspectionInfo(
        scope=Scope(row.pop("scope")),
        family=Family(row.pop("family")),
        state=State(row.pop("state")),
        announced=bool(row.pop("announced")),
        marks=json.loads(marks) if isinstance(marks, str) else marks,
        **row,
    )


async def inspections(condition: str, *values: object) -> list[InspectionInfo]:
    """Inspections by a condition on `i`."""
    return [_inspection(dict(row)) for row in await Inspection.raw(f"{_INSPECTION} WHERE {condition}", *values)]


async def by_ref(ref: str) -> InspectionInfo | None:
    found = await inspections("i.ref = {}", ref)
    return found[0] if found else None


async def by_id(inspection_id: int) -> InspectionInfo | None:
    found = await inspections("i.id = {}", inspection_id)
    return found[0] if found else None


async def listed(show: str, cut: Cut) -> Page[InspectionInfo]:
    """The newest first: those that run, or all."""
    running = " AND i.closed_at IS NULL" if show == "open" else ""
    sql = f"i.id < {{}}{running} ORDER BY i.id DESC LIMIT {{}}"
    return paged(await inspections(sql, cut.after or BEYOND, cut.fetch), cut, lambda each: each.id)


async def of_complaint(complaint_id: int) -> list[InspectionInfo]:
    """The inspections that hold a complaint."""
    held = "i.id IN (SELECT h.inspection FROM inspection_complaints h WHERE h.complaint = {})"
    return await inspections(f"{held} ORDER BY i.id DESC LIMIT 5", complaint_id)


async def held_by(inspection_id: int) -> list[ComplaintInfo]:
    """The complaints of an inspection, the newest first."""
    held = "c.id IN (SELECT h.complaint FROM inspection_complaints h WHERE h.inspection = {})"
    return await complaints.listed(f"{held} ORDER BY c.id DESC LIMIT {{}}", inspection_id, MOST_HELD)


# ---- what complaints have in common ----


def problem_of(info: ComplaintInfo) -> Problem:
    return Problem(info.product_id, info.supplier_id, info.carrier_id, info.region, info.function, info.family)


# Taken back or repeated, a complaint counts no more; what an inspection holds already does not open another.
_FREE = (
    "SELECT c.id, c.received_at AS at FROM complaint_shares s JOIN complaints c ON c.id = s.complaint"
    " WHERE s.key = {} AND s.at > {} AND s.at < {} AND c.state <> 'withdrawn' AND c.duplicate_of IS NULL"
    " AND NOT EXISTS (SELECT 1 FROM inspection_complaints h WHERE h.complaint = c.id)"
    " ORDER BY s.at DESC LIMIT 500"
)


async def free(key: str, around: datetime) -> list[Told]:
    """What shares a key within the window before and after a moment, and is held by no inspection."""
    rows = await ComplaintShare.raw(_FREE, key, around - WINDOW, around + WINDOW)
    return [Told(row["id"], row["at"]) for row in rows]


async def open_of(key: str) -> int | None:
    rows = await Inspection.select(Inspection.id).where(Inspection.key == key, Inspection.closed_at.is_null())
    return int(rows[0]["id"]) if rows else None


async def owners_of(inspection_id: int) -> list[int]:
    """The owners whose VIPs complained."""
    rows = await InspectionComplaint.raw(
        "SELECT DISTINCT s.owner FROM inspection_complaints h JOIN complaints c ON c.id = h.complaint"
        " JOIN stores s ON s.id = c.store WHERE h.inspection = {} ORDER BY s.owner LIMIT 2000",
        inspection_id,
    )
    return [row["owner"] for row in rows]
