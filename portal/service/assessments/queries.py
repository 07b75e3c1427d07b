"""Parties with their figures, and the verdicts on each. Inside a door."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from urllib.parse import quote

from portal.core.base.public_links import Door, address_by
from portal.core.base.refusals import NotFound
from portal.core.supply.rules import Standing, SupplierKind
from portal.core.web.paging import Cut, Page, paged
from portal.service.assessments.looks import Look
from portal.service.assessments.rules import Basis, Level, Measure, Sums, stored_sums
from portal.service.assessments.states import Verdicts
from portal.service.assessments.tables import AssessedParty, Verdict

MILLION = 1_000_000
HERE = "/admin/assessments"


@dataclass(frozen=True, slots=True)
class PartyInfo:
    """A party as the list shows it: its standing and the measure that decides, as of the last judged day."""

    id: int
    party_id: int
    external_id: str
    name: str
    kind: SupplierKind
    standing: Standing
    day: date
    from_day: date | None
    level: Level
    basis: Basis
    measure: Measure
    hits: int
    cases: int
    counted: int
    lower: float
    upper: float
    severe: int
    ratings: int
    rating_sum: int
    looked: Look | None  # for an order to mend, the last time
    link_ref: str | None  # of its own page

    @property
    def link(self) -> str | None:
        """The address of its own page, once it was made."""
        return address_by(Door.STANDING, self.link_ref) if self.link_ref else None

    @property
    def way(self) -> str:
        return f"{HERE}/parties/{quote(self.external_id, safe='')}"

    @property
    def rate_bp(self) -> int | None:
        return round(10_000 * self.hits / self.cases) if self.cases else None

    @property
    def bounds_bp(self) -> tuple[int, int]:
        return round(self.lower * 10_000), round(self.upper * 10_000)


_PARTY = (
    "SELECT a.id, a.party AS party_id, s.external_id, s.name, a.kind, coalesce(n.standing, 'good') AS standing, a.day,"
    " a.from_day, a.level, a.basis, a.measure, a.hits, a.cases, a.counted, a.lower, a.upper, a.severe, a.ratings,"
    " a.rating_sum, a.look_day, a.look_counted,"
    " l.ref AS link_ref FROM assessed_parties a JOIN suppliers s ON s.id = a.party"
    " LEFT JOIN public_links l ON l.door = 'p.s' AND l.subject_id = a.party AND l.ended_at IS NULL"
    " LEFT JOIN supplier_standings n ON n.supplier = a.party AND n.until IS NULL"
)


def day_of(text: str | None) -> date | None:
    return date.fromisoformat(text) if text else None


def _party(row: dict[str, Any]) -> PartyInfo:
    made = {
        "kind": SupplierKind(row["kind"]),
        "standing": Standing(row["standing"]),
        "day": date.fromisoformat(row["day"]),
        "from_day": day_of(row["from_day"]),
        "level": Level(row["level"]),
        "basis": Basis(row["basis"]),
        "measure": Measure(row["measure"]),
        "lower": row["lower"] / MILLION,
        "upper": row["upper"] / MILLION,
    }
    day, counted = day_of(row.pop("look_day")), row.pop("look_counted")
    return PartyInfo(**{**row, **made}, looked=Look(day, counted) if day else None)


@dataclass(frozen=True, slots=True)
class Firm:
    """A supplier or carrier as letters and pages name it."""

    id: int
    external_id: str
    name: str
    kind: SupplierKind
    email: str | None


_FIRM = "SELECT id, external_id, name, kind, contact_email AS email FROM suppliers"


async def firm(party_id: int) -> Firm:
    row = (await AssessedParty.raw(f"{_FIRM} WHERE id = {{}}", party_id))[0]
    return Firm(**{**row, "kind": SupplierKind(row["kind"])})


async def firm_by(external_id: str) -> Firm:
    """Raises NotFound."""
    rows = await AssessedParty.raw(f"{_FIRM} WHERE external_id = {{}}", external_id[:80])
    if not rows:
        raise NotFound
    return Firm(**{**rows[0], "kind": SupplierKind(rows[0]["kind"])})


async def parties(standing: str | None, kind: str | None, cut: Cut) -> Page[PartyInfo]:
    """Judged parties, the newest first, of one standing and kind where they are named."""
    where, values = ["a.id < {}"], list[Any]([cut.after or 2**62])
    if standing is not None:
        where.append("coalesce(n.standing, 'good') = {}")
        values.append(standing)
    if kind is not None:
        where.append("a.kind = {}")
        values.append(kind)
    sql = f"{_PARTY} WHERE {' AND '.join(where)} ORDER BY a.id DESC LIMIT {{}}"
    rows = await AssessedParty.raw(sql, *values, cut.fetch)
    return paged([_party(row) for row in rows], cut, lambda item: item.id)


async def party(party_id: int) -> PartyInfo | None:
    rows = await AssessedParty.raw(f"{_PARTY} WHERE a.party = {{}}", party_id)
    return _party(rows[0]) if rows else None


async def party_by(external_id: str) -> PartyInfo:
    """Raises NotFound where there is none, or none that was judged."""
    rows = await AssessedParty.raw(f"{_PARTY} WHERE s.external_id = {{}}", external_id[:80])
    if not rows:
        raise NotFound
    return _party(rows[0])


async def standing_counts() -> dict[str, int]:
    """How many judged parties stand how."""
    rows = await AssessedParty.raw(
        "SELECT coalesce(n.standing, 'good') AS standing, count(*) AS n FROM assessed_parties a"
        " LEFT JOIN supplier_standings n ON n.supplier = a.party AND n.until IS NULL GROUP BY 1"
    )
    return {row["standing"]: int(row["n"]) for row in rows}


# ---- verdicts ----


@dataclass(frozen=True, slots=True)
class VerdictInfo:
    """A verdict with what it froze."""

    id: int
    ref: str
    party_id: int
    external_id: str
    party_name: str
    kind: SupplierKind
    origin: Verdicts
    day: date
    since_day: date
    until_day: date
    sums: Sums
    criteria: int
    digest: str
    looked: bool
    level: Level
    basis: Basis
    before: Standing
    after: Standing
    cause: str | None
    reason: str | None
    made_by: int | None
    made_by_name: str | None
    seconded_by: int | None
    seconded_by_name: str | None
    at: datetime
    appeal_until: datetime

    @property
    def way(self) -> str:
        return f"{HERE}/{self.ref}"


_VERDICT = (
    "SELECT v.id, v.ref, v.party AS party_id, s.external_id, s.name AS party_name, v.kind, v.origin, v.day,"
    " v.since_day, v.until_day, v.sums, v.criteria, v.digest, v.looked,"
    " v.level, v.basis, v.before, v.after, v.cause, v.reason,"
    " v.made_by, p.name AS made_by_name, v.seconded_by, q.name AS seconded_by_name, v.at, v.appeal_until"
    " FROM assessment_verdicts v JOIN suppliers s ON s.id = v.party"
    " LEFT JOIN persons p ON p.id = v.made_by LEFT JOIN persons q ON q.id = v.seconded_by"
)


def _verdict(row: Mapping[str, Any]) -> VerdictInfo:
    made = {
        "kind": SupplierKind(row["kind"]),
        "origin": Verdicts(row["origin"]),
        "day": date.fromisoformat(row["day"]),
        "since_day": date.fromisoformat(row["since_day"]),
        "until_day": date.fromisoformat(row["until_day"]),
        "sums": stored_sums(row["sums"]),
        "looked": bool(row["looked"]),
        "level": Level(row["level"]),
        "basis": Basis(row["basis"]),
        "before": Standing(row["before"]),
        "after": Standing(row["after"]),
    }
    return VerdictInfo(**{**row, **made})


async def verdict(ref: str) -> VerdictInfo:
    """Raises NotFound."""
    rows = await Verdict.raw(f"{_VERDICT} WHERE v.ref = {{}}", ref[:40])
    if not rows:
        raise NotFound
    return _verdict(rows[0])


async def verdict_by_id(verdict_id: int) -> VerdictInfo:
    return _verdict((await Verdict.raw(f"{_VERDICT} WHERE v.id = {{}}", verdict_id))[0])


async def verdicts_of(party_id: int, limit: int = 50) -> list[VerdictInfo]:
    """A party's verdicts, the newest first."""
    rows = await Verdict.raw(f"{_VERDICT} WHERE v.party = {{}} ORDER BY v.id DESC LIMIT {{}}", party_id, limit)
    return [_verdict(row) for row in rows]
