"""Samples with their reviews and appeals, as judges and agents read them. Call inside a door."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from portal.core.web.paging import Cut, Page, paged
from portal.service.complaints.rules import Family
from portal.service.quality.rules import Agreement, Appeal, Part, Step, Why, agreement
from portal.service.quality.tables import QualityAppeal, QualityDraw, QualityShare, Review, ReviewMark, Sample

BEYOND = 2**62
MOST_PAIRS = 5_000


@dataclass(frozen=True, slots=True)
class SampleInfo:
    """A drawn conversation with why it was drawn; `score` in hundredths, of the first judge. `vip_name` is whole."""

    id: int
    ref: str
    week: str
    complaint_id: int
    complaint_ref: str
    vip_name: str
    function: str
    agent_id: int
    agent_name: str
    family: Family
    of_family: int
    ended: int
    drawn: int
    why: tuple[Why, ...]
    month: str
    twice: bool
    drawn_at: datetime
    score: int | None
    scored_at: datetime | None
    second_at: datetime | None
    struck_at: datetime | None
    appeal: Appeal | None


_SAMPLE = (
    "SELECT s.id, s.ref, d.week, s.complaint AS complaint_id, c.ref AS complaint_ref, v.name AS vip_name,"
    " c.function_category AS function, s.agent AS agent_id, p.name AS agent_name, s.family, s.of_family, h.ended,"
    " h.drawn, h.why, h.month, s.twice, s.drawn_at, s.score, s.scored_at, s.second_at, s.struck_at, a.state AS appeal"
    " FROM quality_samples s JOIN quality_shares h ON h.id = s.share JOIN quality_draws d ON d.id = h.draw"
    " JOIN complaints c ON c.id = s.complaint JOIN vips v ON v.id = c.vip JOIN persons p ON p.id = s.agent"
    " LEFT JOIN quality_appeals a ON a.sample = s.id"
)


def _sample(row: dict[str, Any]) -> SampleInfo:
    why, appeal = row.pop("why"), row.pop("appeal")
    return SampleInfo(
        family=Family(row.pop("family")),
        why=tuple(map(Why, why.split())),
        twice=bool(row.pop("twice")),
        appeal=Appeal(appeal) if appeal else None,
        **row,
    )


async def samples(condition: str, *values: object) -> list[SampleInfo]:
    """Samples by a condition on `s` and its appeal `a` (with order and limit)."""
    return [_sample(dict(row)) for row in await Sample.raw(f"{_SAMPLE} WHERE {condition}", *values)]


async def sample(ref: str) -> SampleInfo | None:
    found = await samples("s.ref = {}", ref)
    return found[0] if found else None


class Show(StrEnum):
    """Which samples a judge looks at."""

    WAITING = "waiting"
    SECOND = "second"
    APPEALS = "appeals"
    SCORED = "scored"


_SHOWN = {
    Show.WAITING: "s.scored_at IS NULL",
    Show.SECOND: "s.twice AND s.second_at IS NULL AND s.scored_at IS NOT NULL AND a.id IS NULL",
    Show.APPEALS: "a.state = 'open'",
    Show.SCORED: "s.scored_at IS NOT NULL",
}
# What she has no part in.
_APART = (
    "s.agent <> {} AND NOT EXISTS (SELECT 1 FROM complaint_agents i WHERE i.complaint = s.complaint AND i.agent = {})"
    " AND NOT EXISTS (SELECT 1 FROM quality_reviews r WHERE r.sample = s.id AND r.person = {})"
)


async def to_judge(show: Show, person_id: int, cut: Cut) -> Page[SampleInfo]:
    """What a judge may take up, the oldest first; what was scored, the newest first."""
    if show is Show.SCORED:
        found = await samples(f"{_SHOWN[show]} AND s.id < {{}} ORDER BY s.id DESC LIMIT {{}}", *_down(cut))
    else:
        condition = f"{_SHOWN[show]} AND s.id > {{}} AND {_APART} ORDER BY s.id LIMIT {{}}"
        found = await samples(condition, cut.after, person_id, person_id, person_id, cut.fetch)
    return paged(found, cut, lambda each: each.id)


def _down(cut: Cut) -> tuple[int, int]:
    return cut.after or BEYOND, cut.fetch


async def hers(person_id: int, cut: Cut) -> Page[SampleInfo]:
    """An agent's own samples, those that were scored, the newest first."""
    condition = "s.agent = {} AND s.scored_at IS NOT NULL AND s.id < {} ORDER BY s.id DESC LIMIT {}"
    return paged(await samples(condition, person_id, *_down(cut)), cut, lambda each: each.id)


async def drawn_after(after: int, limit: int, agent_id: int | None) -> list[SampleInfo]:
    """Samples in the order in which they were drawn, for the file; an agent's scored ones where she is named."""
    if agent_id is None:
        return await samples("s.id > {} ORDER BY s.id LIMIT {}", after, limit)
    hers = "s.agent = {} AND s.scored_at IS NOT NULL AND s.id > {} ORDER BY s.id LIMIT {}"
    return await samples(hers, agent_id, after, limit)


async def part_of(info: SampleInfo) -> Part:
    """Who had a part in a sample's conversation."""
    rows = await Sample.raw("SELECT DISTINCT agent FROM complaint_agents WHERE complaint = {}", info.complaint_id)
    judges = await Review.select(Review.person).where(Review.sample == info.id)
    return Part(info.agent_id, frozenset(row["agent"] for row in rows), tuple(row["person"] for row in judges))


@dataclass(frozen=True, slots=True)
class ReviewInfo:
    """What a judge has found."""

    id: int
    place: int
    person_id: int
    person_name: str
    checklist: int
    score: int
    capped: bool
    text: str
    at: datetime
    marks: Mapping[Step, int | None]


async def reviews(sample_id: int) -> list[ReviewInfo]:
    """The first judge's, then the second's."""
    rows = await Review.raw(
        "SELECT r.id, r.place, r.person AS person_id, p.name AS person_name, r.checklist, r.score, r.capped, r.text,"
        " r.at, m.step, m.mark FROM quality_reviews r JOIN persons p ON p.id = r.person"
        " JOIN quality_marks m ON m.review = r.id WHERE r.sample = {} ORDER BY r.place, m.id",
        sample_id,
    )
    found: dict[int, tuple[dict[str, Any], dict[Step, int | None]]] = {}
    for row in map(dict, rows):
        step, mark = Step(row.pop("step")), row.pop("mark")
        found.setdefault(row["id"], (row, {}))[1][step] = mark
    return [ReviewInfo(**{**row, "capped": bool(row["capped"])}, marks=marks) for row, marks in found.values()]


@dataclass(frozen=True, slots=True)
class AppealInfo:
    """An appeal and its decision."""

    id: int
    agent_id: int
    text: str
    state: Appeal
    at: datetime
    decided_by: str | None
    decided_at: datetime | None
    reason: str | None


async def appeal(*, sample_id: int | None = None, training_id: int | None = None) -> AppealInfo | None:
    """The appeal against a score, or against a training."""
    column, value = ("sample", sample_id) if sample_id is not None else ("training", training_id)
    rows = await QualityAppeal.raw(
        "SELECT a.id, a.agent AS agent_id, a.text, a.state, a.at, p.name AS decided_by, a.decided_at, a.reason"  # noqa: S608
        f" FROM quality_appeals a LEFT JOIN persons p ON p.id = a.decided_by WHERE a.{column} = {{}}",
        value,
    )
    return AppealInfo(**{**rows[0], "state": Appeal(rows[0]["state"])}) if rows else None


async def agreed() -> Agreement:
    """How far first and second judges agree, step by step, of the latest samples that two have judged."""
    rows = await ReviewMark.raw(
        "SELECT f.mark AS first, m.mark AS second FROM quality_reviews r JOIN quality_marks m ON m.review = r.id"
        " JOIN quality_reviews g ON g.sample = r.sample AND g.place = 1"
        " JOIN quality_marks f ON f.review = g.id AND f.step = m.step WHERE r.place = 2 ORDER BY r.id DESC LIMIT {}",
        MOST_PAIRS,
    )
    return agreement((str(row["first"]), str(row["second"])) for row in rows)


async def counts(person_id: int) -> dict[Show, int]:
    """How many wait for a judge, counted to a hundred."""
    found = {}
    for show in (Show.WAITING, Show.SECOND, Show.APPEALS):
        sql = (
            "SELECT count(*) AS n FROM (SELECT s.id FROM quality_samples s"  # noqa: S608 - our own words only
            f" LEFT JOIN quality_appeals a ON a.sample = s.id WHERE {_SHOWN[show]} AND {_APART} LIMIT 100) k"
        )
        found[show] = int((await Sample.raw(sql, person_id, person_id, person_id))[0]["n"])
    return found


# ---- draws ----


@dataclass(frozen=True, slots=True)
class DrawInfo:
    """A week's draw."""

    id: int
    week: str
    seed: str
    ended: int
    drawn: int
    at: datetime


@dataclass(frozen=True, slots=True)
class ShareInfo:
    """An agent's part of a draw."""

    agent_id: int
    agent_name: str
    ended: int
    drawn: int
    why: tuple[Why, ...]
    month: str


async def draws(limit: int = 26) -> list[DrawInfo]:
    """The latest draws, the newest first."""
    rows = await QualityDraw.raw(
        "SELECT id, week, seed, ended, drawn, at FROM quality_draws ORDER BY week DESC LIMIT {}", limit
    )
    return [DrawInfo(**row) for row in rows]


async def shares(draw_id: int, agent_id: int | None = None) -> list[ShareInfo]:
    """Each agent's part of a draw, by name; one agent's alone where she is named."""
    hers, who = (" AND h.agent = {}", [agent_id]) if agent_id is not None else ("", list[int | None]())
    rows = await QualityShare.raw(
        "SELECT h.agent AS agent_id, p.name AS agent_name, h.ended, h.drawn, h.why, h.month FROM quality_shares h"  # noqa: S608
        f" JOIN persons p ON p.id = h.agent WHERE h.draw = {{}}{hers} ORDER BY p.name, h.id LIMIT 500",
        draw_id,
        *who,
    )
    return [ShareInfo(**{**row, "why": tuple(map(Why, row["why"].split()))}) for row in rows]
