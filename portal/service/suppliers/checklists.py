"""Checklists of visits: the shipped ones, and the versions that admins make. A visit keeps the one it began with."""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime

from portal.core.base import audit
from portal.core.base.audit import Actor
from portal.core.base.database import writing
from portal.core.base.refusals import Refused
from portal.core.web.i18n import language, t
from portal.service.suppliers.rules import MOST_POINTS, SHIPPED, Point, VisitKind
from portal.service.suppliers.tables import SiteChecklist


@dataclass(frozen=True, slots=True)
class Checklist:
    """A version of a kind's checklist; number 0 is the shipped one."""

    kind: VisitKind
    number: int
    points: tuple[Point, ...]
    reason: str = ""
    made_at: datetime | None = None
    made_by: str | None = None


def words_of(point: Point) -> str:
    """What a point asks, in the reader's language."""
    own = point.en if language() == "en" else point.zh
    return own or t(f"suppliers.point.{point.key}")


def _shipped(kind: VisitKind) -> Checklist:
    return Checklist(kind, 0, SHIPPED[kind])


_ROWS = (
    "SELECT c.kind, c.number, c.points, c.reason, c.made_at, p.name AS made_by FROM site_checklists c"
    " JOIN persons p ON p.id = c.made_by"
)


async def _read(condition: str, *values: object) -> list[Checklist]:
    rows = await SiteChecklist.raw(f"{_ROWS} {condition}", *values)
    return [
        Checklist(
            VisitKind(row["kind"]),
            row["number"],
            tuple(Point(**each) for each in json.loads(row["points"])),
            row["reason"],
            row["made_at"],
            row["made_by"],
        )
        for row in rows
    ]


async def current(kind: VisitKind) -> Checklist:
    """What visits of this kind are recorded by from now on. Inside a door."""
    found = await _read("WHERE c.kind = {} ORDER BY c.number DESC LIMIT 1", str(kind))
    return found[0] if found else _shipped(kind)


async def version(kind: VisitKind, number: int) -> Checklist:
    """A version by its number. Inside a door."""
    found = await _read("WHERE c.kind = {} AND c.number = {}", str(kind), number) if number else []
    return found[0] if found else _shipped(kind)


async def history(kind: VisitKind, limit: int = 20) -> list[Checklist]:
    """A kind's versions, the newest first. Inside a door."""
    return [*await _read("WHERE c.kind = {} ORDER BY c.number DESC LIMIT {}", str(kind), limit), _shipped(kind)]


def read_points(written: str, before: Sequence[Point]) -> tuple[Point, ...]:
    """Points as an admin writes them, one a line: `! Chinese | English`, the mark for compulsory ones. A line whose
    words stand in `before` keeps its key.

    Raises Refused(422, field "points"): `checklist_lines`.
    """
    known = {(point.zh, point.en): point.key for point in before}
    points: list[Point] = []
    for line in (each.strip() for each in written.splitlines()):
        if not line:
            continue
        chinese, bar, english = (part.strip() for part in line.removeprefix("!").partition("|"))
        if not (bar and chinese and english) or max(len(chinese), len(english)) > 200:
            raise Refused("checklist_lines", {"line": line[:40]}, field="points", status=422)
        key = known.get((chinese, english)) or f"own_{len(points) + 1}"
        points.append(Point(key, line.startswith("!"), chinese, english))
    keys = [point.key for point in points]
    if not points or len(points) > MOST_POINTS or len(set(keys)) != len(keys):
        raise Refused("checklist_lines", {"line": ""}, field="points", status=422)
    return tuple(points)


async def change(
    actor: Actor, person_id: int, kind: VisitKind, points: Sequence[Point], reason: str, seen: int, at: datetime
) -> int:
    """Make the next version; visits that have begun keep theirs. Returns its number.

    Raises Refused: `site_checklist_moved_on` (409) where somebody made one since version `seen`.
    """
    async with writing():
        meanwhile = Refused("site_checklist_moved_on", way="/admin/register/rules")
        if (await current(kind)).number != seen:
            raise meanwhile
        rows = await SiteChecklist.raw(
            "INSERT INTO site_checklists (kind, number, points, reason, made_by, made_at)"
            " VALUES ({}, {}, {}, {}, {}, {}) ON CONFLICT DO NOTHING RETURNING id",
            str(kind),
            seen + 1,
            json.dumps([asdict(point) for point in points], ensure_ascii=False),
            reason,
            person_id,
            at,
        )
        if not rows:
            raise meanwhile
        facts = {"kind": str(kind), "number": seen + 1, "points": len(points)}
        await audit.record(actor, "supplier.checklist", ("site_checklist", rows[0]["id"]), at, facts)
        return seen + 1
