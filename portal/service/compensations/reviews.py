"""Grants looked at again: a month's sample, each judged by somebody who neither made nor approved it."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from portal.core.base import audit
from portal.core.base.audit import SYSTEM, Actor
from portal.core.base.database import reading, writing
from portal.core.base.refusals import NotFound, Refused
from portal.core.notices.actions import notify
from portal.core.web.paging import Cut, Page, paged
from portal.service.compensations import queries
from portal.service.compensations.queries import BEYOND
from portal.service.compensations.rules import LONGEST_REASON, Finding, Granted, drawn
from portal.service.compensations.tables import GrantDraw, GrantReview

# The notice by which an agent hears what was found.
TELLS = {
    Finding.FITTING: "grant_fitting",
    Finding.TOO_MUCH: "grant_too_much",
    Finding.TOO_LITTLE: "grant_too_little",
    Finding.WRONG_KIND: "grant_wrong_kind",
}


async def draw_month(month: str, at: datetime) -> int:
    """Draw from a month that is over, once; returns how many grants were drawn."""
    async with reading(long=True):
        rows = await GrantDraw.raw(
            "SELECT g.id, g.ref, g.agent AS agent_id, g.value_fen, p.limit_fen, g.alone FROM compensation_grants g"
            " JOIN compensation_proposals p ON p.id = g.proposal WHERE g.month = {} ORDER BY g.id",
            month,
        )
    ids = {row["ref"]: row["id"] for row in rows}
    chosen = drawn(
        month,
        [Granted(row["ref"], row["agent_id"], row["value_fen"], row["limit_fen"], bool(row["alone"])) for row in rows],
    )
    async with writing():
        made = await GrantDraw.raw(
            "INSERT INTO compensation_draws (month, grants, drawn, at) VALUES ({}, {}, {}, {})"
            " ON CONFLICT DO NOTHING RETURNING id",
            month,
            len(rows),
            len(chosen),
            at,
        )
        if not made:
            return 0
        for ref in chosen:
            await GrantReview.insert(GrantReview(draw=made[0]["id"], grant_of=ids[ref]))
        facts = {"month": month, "grants": len(rows), "drawn": len(chosen)}
        await audit.record(SYSTEM, "compensation.sampled", ("compensation_draw", int(made[0]["id"])), at, facts)
    return len(chosen)


@dataclass(frozen=True, slots=True)
class ReviewInfo:
    """A drawn grant, and what was found. Money in fen."""

    id: int
    month: str
    grant_id: int
    grant_ref: str
    proposal_id: int
    complaint_id: int
    agent_id: int
    agent_name: str
    kind: str
    amount_fen: int
    value_fen: int
    alone: bool
    granted_at: datetime
    found: Finding | None
    note: str | None
    person_name: str | None
    at: datetime | None


_REVIEW = (
    "SELECT r.id, d.month, g.id AS grant_id, g.ref AS grant_ref, g.proposal AS proposal_id,"
    " g.complaint AS complaint_id, g.agent AS agent_id, a.name AS agent_name, g.kind, g.amount_fen, g.value_fen,"
    " g.alone, g.granted_at, r.found, r.note, p.name AS person_name, r.at FROM compensation_reviews r"
    " JOIN compensation_draws d ON d.id = r.draw JOIN compensation_grants g ON g.id = r.grant_of"
    " JOIN persons a ON a.id = g.agent LEFT JOIN persons p ON p.id = r.person"
)


def _review(row: dict[str, Any]) -> ReviewInfo:
    found = row.pop("found")
    return ReviewInfo(found=Finding(found) if found else None, alone=bool(row.pop("alone")), **row)


async def reviews(cut: Cut, *, only_open: bool, agent_id: int | None = None) -> Page[ReviewInfo]:
    """Drawn grants, the newest first; of one agent those that were judged. Inside a door."""
    where, values = "r.id < {}", list[Any]([cut.after or BEYOND])
    if only_open:
        where += " AND r.at IS NULL"
    if agent_id is not None:
        where += " AND g.agent = {} AND r.at IS NOT NULL"
        values.append(agent_id)
    rows = await GrantReview.raw(f"{_REVIEW} WHERE {where} ORDER BY r.id DESC LIMIT {{}}", *values, cut.fetch)
    return paged([_review(dict(row)) for row in rows], cut, lambda each: each.id)


async def review(review_id: int) -> ReviewInfo:
    """Raises NotFound. Inside a door."""
    rows = await GrantReview.raw(f"{_REVIEW} WHERE r.id = {{}}", review_id)
    if not rows:
        raise NotFound
    return _review(dict(rows[0]))


async def no_of(person_id: int, info: ReviewInfo) -> str | None:
    """Why somebody may not judge this one (a refusal's code). Inside a door."""
    if person_id == info.agent_id:
        return "review_own"
    approvals = await queries.approvals_of([info.proposal_id])
    return "review_approved" if any(each.person_id == person_id for each in approvals) else None


async def judge(actor: Actor, person_id: int, review_id: int, found: Finding, note: str, at: datetime) -> ReviewInfo:
    """Say what one thinks of a drawn grant; its agent hears of it.

    Raises NotFound; Refused: `review_own`, `review_approved` (403), `review_note` (422) where anything but fitting
    has no words, `review_done` (409).
    """
    if found is not Finding.FITTING and not note.strip():
        raise Refused("review_note", field="note", status=422)
    async with writing():
        info = await review(review_id)
        no = await no_of(person_id, info)
        if no is not None:
            raise Refused(no, way="/desk/grant-reviews", status=403)
        values: dict[str, Any] = {
            "found": str(found),
            "note": note.strip()[:LONGEST_REASON] or None,
            "person": person_id,
            "at": at,
        }
        rows = (
            await GrantReview.update(**values)
            .where(GrantReview.id == review_id, GrantReview.at.is_null())
            .returning(GrantReview.id)
        )
        if not rows:
            raise Refused("review_done", way="/desk/grant-reviews")
        await audit.record(actor, "compensation.reviewed", ("grant", info.grant_id), at, {"found": str(found)})
        way = f"/desk/grants/{info.grant_ref}"
        params = {"amount_fen": info.value_fen}
        await notify(info.agent_id, TELLS[found], params, at, way=way, email=found is not Finding.FITTING)
        return await review(review_id)


@dataclass(frozen=True, slots=True)
class Judged:
    """How a month's sample went: drawn of how many grants, and what was found."""

    month: str
    grants: int
    drawn: int
    found: dict[str, int]


async def months(limit: int = 12) -> list[Judged]:
    """The samples, the newest month first. Inside a door."""
    rows = await GrantReview.raw(
        "SELECT d.month, d.grants, d.drawn, r.found, count(r.id) AS n FROM compensation_draws d"
        " LEFT JOIN compensation_reviews r ON r.draw = d.id AND r.at IS NOT NULL"
        " WHERE d.id IN (SELECT id FROM compensation_draws ORDER BY month DESC LIMIT {})"
        " GROUP BY d.month, d.grants, d.drawn, r.found ORDER BY d.month DESC",
        limit,
    )
    found: dict[str, Judged] = {}
    for row in rows:
        judged = found.setdefault(row["month"], Judged(row["month"], row["grants"], row["drawn"], {}))
        if row["found"]:
            judged.found[row["found"]] = int(row["n"])
    return list(found.values())


async def of_grant(grant_id: int) -> ReviewInfo | None:
    """What was found of a grant, where it was drawn and judged. Inside a door."""
    rows = await GrantReview.raw(f"{_REVIEW} WHERE r.grant_of = {{}} AND r.at IS NOT NULL", grant_id)
    return _review(dict(rows[0])) if rows else None
