"""Candidates with their signals and rulings. Inside a door."""

import json
from collections import defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from portal.core.base.database import placeholders
from portal.core.web.paging import Cut, Page, paged
from portal.service.awards.rules import Missing, Reason, Scored
from portal.service.awards.signals import Kind, Strength
from portal.service.awards.tables import AwardCandidate, AwardSignal

BEYOND = 2**62


@dataclass(frozen=True, slots=True)
class Seen:
    """A signal as a reviewer sees it; `look` 1: seen only when the window was over, or stronger then."""

    kind: Kind
    strength: Strength
    hits: int
    of: int
    look: int
    at: datetime
    orders: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Ruling:
    """A reviewer's word on a candidate."""

    kept: bool
    gaming: bool
    reason: str
    by_id: int
    by_name: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Candidate:
    """Somebody's frozen period with what was said of it since."""

    id: int
    cycle_id: int
    person_id: int
    person_name: str
    store_id: int | None
    store_name: str | None
    region: str | None
    eligible: bool
    missing: tuple[Missing, ...]
    scored: tuple[Scored, ...]
    facts: Mapping[str, int]
    points: int
    cases: int
    won: int
    lot: str
    star: int | None
    fives: bool
    place: int | None
    at: datetime
    signals: tuple[Seen, ...] = ()
    ruling: Ruling | None = None

    @property
    def out(self) -> bool:
        """Whether she is left out by a reviewer."""
        return self.ruling is not None and not self.ruling.kept

    @property
    def wants_word(self) -> bool:
        """A clear signal on which nobody has said anything since it was seen."""
        clear = [each for each in self.signals if each.strength >= Strength.CLEAR]
        return any(self.ruling is None or each.at > self.ruling.at for each in clear)


_CANDIDATE = (
    "SELECT a.id, a.cycle AS cycle_id, a.person AS person_id, p.name AS person_name, a.store AS store_id,"
    " s.name AS store_name, a.region, a.eligible, a.reasons, a.scored, a.facts, a.points, a.cases, a.won, a.lot,"
    " a.star, a.fives, a.place, a.at, g.kept, g.gaming, g.reason AS ruling, g.by_person AS by_id, j.name AS by_name,"
    " g.at AS ruled_at FROM award_candidates a JOIN persons p ON p.id = a.person LEFT JOIN stores s ON s.id = a.store"
    " LEFT JOIN award_rulings g ON g.candidate = a.id AND g.superseded_at IS NULL"
    " LEFT JOIN persons j ON j.id = g.by_person"
)
_PLAIN = (
    "id",
    "cycle_id",
    "person_id",
    "person_name",
    "store_id",
    "store_name",
    "region",
    "points",
    "cases",
    "won",
    "lot",
    "star",
    "place",
    "at",
)


async def candidates(condition: str, *values: object) -> list[Candidate]:
    """Candidates by a condition on `a` (with order and limit), with their signals; two queries."""
    rows = await AwardCandidate.raw(f"{_CANDIDATE} WHERE {condition}", *values)
    seen = await seen_of([row["id"] for row in rows])
    return [_candidate(row, seen.get(row["id"], ())) for row in rows]


def _candidate(row: Mapping[str, Any], signals: tuple[Seen, ...]) -> Candidate:
    ruling = None
    if row["ruling"] is not None:
        ruling = Ruling(
            bool(row["kept"]), bool(row["gaming"]), row["ruling"], row["by_id"], row["by_name"], row["ruled_at"]
        )
    return Candidate(
        **{name: row[name] for name in _PLAIN},
        eligible=bool(row["eligible"]),
        fives=bool(row["fives"]),
        missing=tuple(Missing(Reason(code), have, need) for code, have, need in json.loads(row["reasons"])),
        scored=tuple(Scored(**each) for each in json.loads(row["scored"])),
        facts=json.loads(row["facts"]),
        signals=signals,
        ruling=ruling,
    )


async def seen_of(candidate_ids: Collection[int]) -> dict[int, tuple[Seen, ...]]:
    """The signals of candidates, the strongest first; of two looks the later."""
    if not candidate_ids:
        return {}
    marks = placeholders(candidate_ids)
    rows = await AwardSignal.raw(
        "SELECT candidate, kind, strength, hits, of, look, at, evidence FROM award_signals"  # noqa: S608 - marks
        f" WHERE candidate IN ({marks}) ORDER BY candidate, look",
        *candidate_ids,
    )
    found: dict[int, dict[str, Seen]] = defaultdict(dict)
    for row in rows:
        found[row["candidate"]][row["kind"]] = Seen(
            Kind(row["kind"]),
            Strength(row["strength"]),
            row["hits"],
            row["of"],
            row["look"],
            row["at"],
            tuple(json.loads(row["evidence"])),
        )
    return {
        one: tuple(sorted(each.values(), key=lambda seen: (-seen.strength, seen.kind))) for one, each in found.items()
    }


async def candidate(candidate_id: int) -> Candidate | None:
    if not 0 < candidate_id < BEYOND:
        return None
    found = await candidates("a.id = {}", candidate_id)
    return found[0] if found else None


async def of_person(cycle_id: int, person_id: int) -> Candidate | None:
    """Somebody's candidacy; the one of her open store, if there are two."""
    found = await candidates(
        "a.cycle = {} AND a.person = {} ORDER BY a.eligible DESC, a.id DESC LIMIT 1", cycle_id, person_id
    )
    return found[0] if found else None


SHOWS = ("ranked", "signals", "out", "not")
_SIGNALLED = "EXISTS (SELECT 1 FROM award_signals x WHERE x.candidate = a.id AND x.strength >= 2)"
_SHOWN = {
    "ranked": ("a.place IS NOT NULL AND a.place > {}", "a.place"),
    "signals": (f"a.place IS NOT NULL AND a.place > {{}} AND {_SIGNALLED}", "a.place"),
    "out": ("a.place IS NOT NULL AND a.place > {} AND NOT g.kept", "a.place"),
    "not": ("a.place IS NULL AND a.id > {}", "a.id"),
}


async def listed(cycle_id: int, show: str, cut: Cut) -> Page[Candidate]:
    """A cycle's candidates: ranked ones by rank, those with clear signals, left out, or not eligible."""
    condition, order = _SHOWN[show]
    found = await candidates(
        f"a.cycle = {{}} AND {condition} ORDER BY {order} LIMIT {{}}", cycle_id, cut.after, cut.fetch
    )
    return paged(found, cut, lambda each: each.place or each.id)


_IN = "((a.place IS NOT NULL AND (g.id IS NULL OR g.kept)) OR (g.kept AND g.admitted))"
_ORDER = "a.points DESC, a.cases DESC, a.won, a.lot, a.id"


async def leaders(cycle_id: int, most: int) -> list[Candidate]:
    """Who comes first of those who are in: ranked and not left out, or admitted upon her objection."""
    return await candidates(f"a.cycle = {{}} AND {_IN} ORDER BY {_ORDER} LIMIT {{}}", cycle_id, most)


async def five_stars(cycle_id: int, after: int, limit: int) -> list[Candidate]:
    """Who is in and had five stars in every month of the period, by id."""
    return await candidates(
        f"a.cycle = {{}} AND a.fives AND {_IN} AND a.id > {{}} ORDER BY a.id LIMIT {{}}", cycle_id, after, limit
    )


async def unsaid(cycle_id: int, most: int = 100) -> list[Candidate]:
    """Who might win something and has a clear signal that nobody has said a word on since it was seen."""
    return await candidates(
        "a.cycle = {} AND a.place IS NOT NULL AND (a.fives OR a.place <= {}) AND (g.id IS NULL OR g.kept)"
        " AND EXISTS (SELECT 1 FROM award_signals x WHERE x.candidate = a.id AND x.strength >= 2"
        " AND (g.id IS NULL OR x.at > g.at)) ORDER BY a.place LIMIT {}",
        cycle_id,
        _NEAR,
        most,
    )


_NEAR = 10  # so far down the ranks a place may still move up


async def counts(cycle_id: int) -> dict[str, int]:
    """How many are ranked, not eligible, left out, and have clear signals."""
    rows = await AwardCandidate.raw(
        "SELECT SUM(CASE WHEN a.eligible THEN 1 ELSE 0 END) AS ranked,"  # noqa: S608 - our own words
        " SUM(CASE WHEN a.eligible THEN 0 ELSE 1 END) AS n,"
        " SUM(CASE WHEN g.id IS NOT NULL AND NOT g.kept THEN 1 ELSE 0 END) AS out,"
        f" SUM(CASE WHEN a.eligible AND {_SIGNALLED} THEN 1 ELSE 0 END) AS signals FROM award_candidates a"
        " LEFT JOIN award_rulings g ON g.candidate = a.id AND g.superseded_at IS NULL WHERE a.cycle = {}",
        cycle_id,
    )
    row = rows[0]
    return {"ranked": row["ranked"] or 0, "not": row["n"] or 0, "out": row["out"] or 0, "signals": row["signals"] or 0}


async def numbers(order_ids: Collection[int]) -> dict[int, str]:
    if not order_ids:
        return {}
    marks = placeholders(order_ids)
    rows = await AwardCandidate.raw(f"SELECT id, number FROM orders WHERE id IN ({marks})", *order_ids)  # noqa: S608 - marks
    return {row["id"]: row["number"] for row in rows}
