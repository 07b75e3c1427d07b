"""An owner's objection to her standing, within the window and once; decided by another than who left her out."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from portal.core.base import audit
from portal.core.base.audit import Actor
from portal.core.base.database import hold, writing
from portal.core.base.refusals import Forbidden, NotFound, Refused
from portal.core.notices.actions import notify
from portal.core.people import queries as people
from portal.core.people.rules import Role
from portal.core.web.paging import Cut, Page, paged
from portal.service.awards import cycles, queries
from portal.service.awards.cycles import Cycle
from portal.service.awards.queries import Candidate
from portal.service.awards.reviewing import MINE, put_ruling
from portal.service.awards.rules import State
from portal.service.awards.tables import AwardObjection

HOME = "/admin/awards/objections"


@dataclass(frozen=True, slots=True)
class Objection:
    """What somebody holds against her standing, and what came of it."""

    id: int
    candidate_id: int
    cycle_id: int
    ref: str
    person_id: int
    person_name: str
    text: str
    filed_at: datetime
    judge_name: str | None
    upheld: bool
    reason: str | None
    decided_at: datetime | None


_OBJECTION = (
    "SELECT b.id, b.candidate AS candidate_id, a.cycle AS cycle_id, c.ref, b.person AS person_id,"
    " p.name AS person_name, b.text, b.filed_at, j.name AS judge_name, b.upheld, b.reason, b.decided_at"
    " FROM award_objections b JOIN award_candidates a ON a.id = b.candidate JOIN award_cycles c ON c.id = a.cycle"
    " JOIN persons p ON p.id = b.person LEFT JOIN persons j ON j.id = b.judge"
)


def _objection(row: Mapping[str, Any]) -> Objection:
    return Objection(**{**row, "upheld": bool(row["upheld"])})


async def of_candidate(candidate_id: int) -> Objection | None:
    rows = await AwardObjection.raw(f"{_OBJECTION} WHERE b.candidate = {{}}", candidate_id)
    return _objection(rows[0]) if rows else None


async def by_id(objection_id: int) -> Objection | None:
    if not 0 < objection_id < queries.BEYOND:
        return None
    rows = await AwardObjection.raw(f"{_OBJECTION} WHERE b.id = {{}}", objection_id)
    return _objection(rows[0]) if rows else None


async def listed(cut: Cut, *, still_open: bool) -> Page[Objection]:
    """Those that wait, or those decided, the oldest first."""
    condition = "IS NULL" if still_open else "IS NOT NULL"
    rows = await AwardObjection.raw(
        f"{_OBJECTION} WHERE b.decided_at {condition} AND b.id > {{}} ORDER BY b.id LIMIT {{}}", cut.after, cut.fetch
    )
    return paged([_objection(row) for row in rows], cut, lambda each: each.id)


async def waiting(cycle_id: int) -> int:
    rows = await AwardObjection.raw(
        "SELECT COUNT(*) AS n FROM award_objections b JOIN award_candidates a ON a.id = b.candidate"
        " WHERE a.cycle = {} AND b.decided_at IS NULL",
        cycle_id,
    )
    return int(rows[0]["n"])


def appealable(cycle: Cycle, at: datetime) -> bool:
    return cycle.state is State.APPEAL and cycle.appeal_until is not None and at < cycle.appeal_until


async def file(actor: Actor, found: Candidate, text: str, at: datetime) -> int:
    """Object to one's own standing. Raises Refused: `award_window_closed`, `award_objected`."""
    async with writing():
        cycle = await cycles.held((await cycles.by_id(found.cycle_id)).ref)
        if not appealable(cycle, at):
            raise Refused("award_window_closed", way=MINE)
        rows = await AwardObjection.raw(
            "INSERT INTO award_objections (candidate, person, text, filed_at, upheld) VALUES ({}, {}, {}, {}, {})"
            " ON CONFLICT DO NOTHING RETURNING id",
            found.id,
            found.person_id,
            text,
            at,
            False,
        )
        if not rows:
            raise Refused("award_objected", way=MINE)
        objection_id = int(rows[0]["id"])
        await audit.record(actor, "awards.objected", ("award_objection", objection_id), at)
        for each in await people.people_with_role(Role.DESK_LEAD):
            params = {"label": cycle.label}
            await notify(each.id, "award_objection", params, at, way=f"{HOME}/{objection_id}", email=False)
        return objection_id


def no_of(person_id: int, objection: Objection, candidate: Candidate) -> str | None:
    """Why somebody may not decide (a refusal's code): it is her own, or it was she who left her out."""
    if person_id == objection.person_id:
        return "award_own"
    return "award_own_ruling" if candidate.ruling is not None and candidate.ruling.by_id == person_id else None


async def decide(actor: Actor, person_id: int, objection_id: int, reason: str, at: datetime, *, upheld: bool) -> None:
    """Decide on an objection; upheld, she is kept with this reason, on her frozen points.

    Raises NotFound, Forbidden (`award_own`, `award_own_ruling`), Refused `award_objection_decided`.
    """
    async with writing():
        await hold("award_objections", objection_id)
        found = await by_id(objection_id)
        candidate = await queries.candidate(found.candidate_id) if found else None
        if found is None or candidate is None:
            raise NotFound
        if found.decided_at is not None:
            raise Refused("award_objection_decided", way=HOME)
        if (no := no_of(person_id, found, candidate)) is not None:
            raise Forbidden(no)
        rows = (
            await AwardObjection.update(
                {
                    AwardObjection.judge: person_id,
                    AwardObjection.upheld: upheld,
                    AwardObjection.reason: reason,
                    AwardObjection.decided_at: at,
                }
            )
            .where(AwardObjection.id == objection_id, AwardObjection.decided_at.is_null())
            .returning(AwardObjection.id)
        )
        if not rows:
            raise Refused("award_objection_decided", way=HOME)
        if upheld:
            await put_ruling(candidate.id, person_id, reason, at, kept=True, admitted=True)
        await audit.record(actor, "awards.objection_decided", ("award_objection", found.id), at, {"upheld": upheld})
        kind = "award_objection_upheld" if upheld else "award_objection_rejected"
        await notify(found.person_id, kind, {"ref": found.ref}, at, way=f"{MINE}/{found.ref}")
