"""Rectifications, proposals and appeals: what runs of a party, and what ran. Inside a door."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from portal.core.base.refusals import NotFound
from portal.core.supply.rules import SupplierKind
from portal.service.assessments.queries import day_of
from portal.service.assessments.states import Appealed, Mending, Proposed, Wish
from portal.service.assessments.tables import Rectification, StandingAppeal, StandingProposal


@dataclass(frozen=True, slots=True)
class MendingInfo:
    """An order to mend by a date."""

    id: int
    ref: str
    party_id: int
    external_id: str
    party_name: str
    verdict_id: int
    state: Mending
    ordered_at: datetime
    due_at: datetime
    extended_at: datetime | None
    extension: str | None
    fresh_from: date | None
    accepted_at: datetime | None
    accepted_by: int | None
    ended_at: datetime | None
    next_at: datetime | None


_MENDING = (
    "SELECT r.id, r.ref, r.party AS party_id, s.external_id, s.name AS party_name, r.verdict AS verdict_id, r.state,"
    " r.ordered_at, r.due_at, r.extended_at, r.extension, r.fresh_from, r.accepted_at, r.accepted_by, r.ended_at,"
    " r.next_at FROM rectifications r JOIN suppliers s ON s.id = r.party"
)


def _mending(row: Mapping[str, Any]) -> MendingInfo:
    return MendingInfo(**{**row, "state": Mending(row["state"]), "fresh_from": day_of(row["fresh_from"])})


async def mendings(where: str, *values: object) -> list[MendingInfo]:
    """`where` names columns as `r.…`; it is the code's own."""
    return [_mending(row) for row in await Rectification.raw(f"{_MENDING} WHERE {where}", *values)]


async def mending(ref: str) -> MendingInfo:
    """Raises NotFound."""
    found = await mendings("r.ref = {}", ref[:40])
    if not found:
        raise NotFound
    return found[0]


async def open_mending(party_id: int) -> MendingInfo | None:
    found = await mendings("r.party = {} AND r.state IN ('ordered', 'answered', 'fresh')", party_id)
    return found[0] if found else None


async def mendings_of(party_id: int) -> list[MendingInfo]:
    return await mendings("r.party = {} ORDER BY r.id DESC LIMIT 50", party_id)


# ---- proposals ----


@dataclass(frozen=True, slots=True)
class ProposalInfo:
    """A standing that waits for two people, or what they decided."""

    id: int
    ref: str
    party_id: int
    external_id: str
    party_name: str
    kind: SupplierKind
    wish: Wish
    state: Proposed
    raised_at: datetime
    because: Mapping[str, Any]
    rectification_id: int | None
    reason: str | None
    proposed_by: int | None
    proposed_by_name: str | None
    proposed_at: datetime | None
    due_at: datetime
    decided_by: int | None
    decided_by_name: str | None
    decided_at: datetime | None
    decision: str | None
    next_at: datetime | None


_PROPOSAL = (
    "SELECT w.id, w.ref, w.party AS party_id, s.external_id, s.name AS party_name, s.kind, w.wish, w.state,"
    " w.raised_at, w.because, w.rectification AS rectification_id, w.reason, w.proposed_by, p.name AS proposed_by_name,"
    " w.proposed_at, w.due_at, w.decided_by, q.name AS decided_by_name, w.decided_at, w.decision, w.next_at"
    " FROM standing_proposals w JOIN suppliers s ON s.id = w.party LEFT JOIN persons p ON p.id = w.proposed_by"
    " LEFT JOIN persons q ON q.id = w.decided_by"
)


def _proposal(row: Mapping[str, Any]) -> ProposalInfo:
    made = {
        "kind": SupplierKind(row["kind"]),
        "wish": Wish(row["wish"]),
        "state": Proposed(row["state"]),
        "because": json.loads(row["because"]),
    }
    return ProposalInfo(**{**row, **made})


async def proposals(where: str, *values: object) -> list[ProposalInfo]:
    """`where` names columns as `w.…`; it is the code's own."""
    return [_proposal(row) for row in await StandingProposal.raw(f"{_PROPOSAL} WHERE {where}", *values)]


async def proposal(ref: str) -> ProposalInfo:
    """Raises NotFound."""
    found = await proposals("w.ref = {}", ref[:40])
    if not found:
        raise NotFound
    return found[0]


async def open_proposal(party_id: int) -> ProposalInfo | None:
    found = await proposals("w.party = {} AND w.state IN ('raised', 'proposed')", party_id)
    return found[0] if found else None


async def proposals_of(party_id: int) -> list[ProposalInfo]:
    return await proposals("w.party = {} ORDER BY w.id DESC LIMIT 50", party_id)


async def waiting_proposals(limit: int = 50) -> list[ProposalInfo]:
    """What waits for a decision, the most urgent first."""
    return await proposals("w.state IN ('raised', 'proposed') ORDER BY w.due_at, w.id LIMIT {}", limit)


# ---- appeals ----


@dataclass(frozen=True, slots=True)
class AppealInfo:
    """A party's objection to a verdict."""

    id: int
    ref: str
    verdict_id: int
    verdict_ref: str
    party_id: int
    external_id: str
    party_name: str
    state: Appealed
    text: str
    at: datetime
    due_at: datetime
    reviewed_by: int | None
    decided_by: int | None
    decided_by_name: str | None
    decided_at: datetime | None
    answer: str | None
    next_at: datetime | None


_APPEAL = (
    "SELECT a.id, a.ref, a.verdict AS verdict_id, v.ref AS verdict_ref, a.party AS party_id, s.external_id,"
    " s.name AS party_name, a.state, a.text, a.at, a.due_at, a.reviewed_by, a.decided_by, q.name AS decided_by_name,"
    " a.decided_at, a.answer, a.next_at FROM standing_appeals a JOIN assessment_verdicts v ON v.id = a.verdict"
    " JOIN suppliers s ON s.id = a.party LEFT JOIN persons q ON q.id = a.decided_by"
)


async def appeals(where: str, *values: object) -> list[AppealInfo]:
    """`where` names columns as `a.…`; it is the code's own."""
    rows = await StandingAppeal.raw(f"{_APPEAL} WHERE {where}", *values)
    return [AppealInfo(**{**row, "state": Appealed(row["state"])}) for row in rows]


async def appeal(ref: str) -> AppealInfo:
    """Raises NotFound."""
    found = await appeals("a.ref = {}", ref[:40])
    if not found:
        raise NotFound
    return found[0]


async def appeals_of(party_id: int) -> list[AppealInfo]:
    return await appeals("a.party = {} ORDER BY a.id DESC LIMIT 50", party_id)


async def open_appeals(limit: int = 50) -> list[AppealInfo]:
    return await appeals("a.state IN ('received', 'in_review') ORDER BY a.due_at, a.id LIMIT {}", limit)
