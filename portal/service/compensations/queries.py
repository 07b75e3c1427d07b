"""Proposals, approvals and grants for pages, programs and the rooms above. Call inside a door."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from portal.core.base.database import placeholders
from portal.core.web.paging import Cut, Page, paged
from portal.service.compensations.rules import Kind, Paid, State, Via
from portal.service.compensations.tables import Approval, Grant, Proposal
from portal.service.roster.rules import Level, level_of

BEYOND = 2**62


@dataclass(frozen=True, slots=True)
class ProposalInfo:
    """A proposal; money in fen. `said`: the words to the buyer. `asked_fen`: the sum before an approver changed it."""

    id: int
    ref: str
    complaint_id: int
    round: int
    kind: Kind
    amount_fen: int
    asked_fen: int
    value_fen: int
    category: str
    said: str
    agent_id: int
    agent_name: str
    level: Level
    limit_fen: int
    day_limit_fen: int
    own_day: str | None
    needs: int
    why: str | None
    ties: tuple[str, ...]
    state: State
    made_at: datetime
    due_at: datetime | None
    sent_at: datetime | None
    answered_at: datetime | None
    ended_at: datetime | None
    reason: str | None
    grant_id: int | None
    grant_ref: str | None
    paid: Paid | None
    off_reason: str | None

    @property
    def open(self) -> bool:
        return self.state in (State.AWAITING, State.SENT)


_PROPOSAL = (
    "SELECT p.id, p.ref, p.complaint AS complaint_id, p.round, p.kind, p.amount_fen, p.asked_fen, p.value_fen,"
    " p.category, p.said, p.agent AS agent_id, a.name AS agent_name, p.level, p.limit_fen, p.day_limit_fen, p.own_day,"
    " p.needs, p.why, p.ties, p.state, p.made_at, p.due_at, p.sent_at, p.answered_at, p.ended_at, p.reason,"
    " g.id AS grant_id, g.ref AS grant_ref, g.state AS paid,"
    " g.off_reason FROM compensation_proposals p"
    " JOIN persons a ON a.id = p.agent LEFT JOIN compensation_grants g ON g.proposal = p.id"
)


def _proposal(row: dict[str, Any]) -> ProposalInfo:
    paid = row.pop("paid")
    return ProposalInfo(
        paid=Paid(paid) if paid else None,
        kind=Kind(row.pop("kind")),
        level=Level(row.pop("level")),
        state=State(row.pop("state")),
        ties=tuple(row.pop("ties").split()),
        **row,
    )


async def _proposals(condition: str, *values: object) -> list[ProposalInfo]:
    return [_proposal(dict(row)) for row in await Proposal.raw(f"{_PROPOSAL} WHERE {condition}", *values)]


async def _one(condition: str, *values: object) -> ProposalInfo | None:
    found = await _proposals(condition, *values)
    return found[0] if found else None


async def proposal(ref: str) -> ProposalInfo | None:
    return await _one("p.ref = {}", ref)


async def proposal_by_id(proposal_id: int) -> ProposalInfo | None:
    return await _one("p.id = {}", proposal_id)


async def proposals_of(complaint_id: int) -> list[ProposalInfo]:
    """Everything that was proposed about a complaint, the newest first."""
    return await _proposals("p.complaint = {} ORDER BY p.id DESC LIMIT 50", complaint_id)


async def open_of(complaint_id: int) -> ProposalInfo | None:
    """What waits for an approval or for the buyer."""
    return await _one("p.complaint = {} AND p.state IN ('awaiting_approval', 'sent') ORDER BY p.id DESC", complaint_id)


async def awaiting(cut: Cut) -> Page[ProposalInfo]:
    """What waits for an approval, due first."""
    sql = "p.state = 'awaiting_approval' AND p.due_at IS NOT NULL ORDER BY p.due_at, p.id LIMIT {}"
    if cut.after:
        last = await proposal_by_id(cut.after)
        if last is not None and last.due_at is not None:
            later = f"(p.due_at > {{}} OR (p.due_at = {{}} AND p.id > {{}})) AND {sql}"
            found = await _proposals(later, last.due_at, last.due_at, last.id, cut.fetch)
            return paged(found, cut, lambda each: each.id)
    return paged(await _proposals(sql, cut.fetch), cut, lambda each: each.id)


async def used_today(agent_id: int, day: str) -> int:
    """What an agent has promised on her own word on a day, in fen; what was declined or taken back is free again."""
    rows = await Proposal.raw(
        "SELECT sum(value_fen) AS used FROM compensation_proposals"
        " WHERE agent = {} AND own_day = {} AND state IN ('sent', 'accepted') AND NOT EXISTS"
        " (SELECT 1 FROM compensation_grants g WHERE g.proposal = compensation_proposals.id AND g.state = 'off')",
        agent_id,
        day,
    )
    return int(rows[0]["used"] or 0)


async def paid_for(complaint_id: int) -> int:
    """What was paid for the goods that a complaint is about and not given back, in fen; nought without an order."""
    rows = await Proposal.raw(
        "SELECT sum(CASE WHEN o.paid_fen > o.refunded_fen THEN o.paid_fen - o.refunded_fen ELSE 0 END) AS paid"
        " FROM complaint_lines l JOIN order_lines o ON o.id = l.order_line"
        " WHERE l.complaint = {} AND o.removed_at IS NULL",
        complaint_id,
    )
    return int(rows[0]["paid"] or 0)


async def level_now(person_id: int) -> Level:
    """How far an agent's hand reaches now."""
    rows = await Proposal.raw(
        "SELECT (SELECT level FROM desk_agents WHERE person = {}) AS level, (SELECT count(*) FROM roles"
        " WHERE person = {} AND role = 'desk_lead' AND ended_at IS NULL) AS leads",
        person_id,
        person_id,
    )
    return level_of(bool(rows[0]["leads"]), rows[0]["level"])


@dataclass(frozen=True, slots=True)
class ApprovalInfo:
    """What an approver has said."""

    proposal_id: int
    person_id: int
    person_name: str
    approved: bool
    amount_fen: int
    reason: str | None
    at: datetime


async def approvals_of(proposal_ids: Collection[int]) -> list[ApprovalInfo]:
    """What was said of these proposals, in order."""
    if not proposal_ids:
        return []
    rows = await Approval.raw(
        "SELECT v.proposal AS proposal_id, v.person AS person_id, p.name AS person_name, v.approved, v.amount_fen,"  # noqa: S608
        " v.reason, v.at FROM compensation_approvals v JOIN persons p ON p.id = v.person"
        f" WHERE v.proposal IN ({placeholders(proposal_ids)}) ORDER BY v.id",
        *proposal_ids,
    )
    return [ApprovalInfo(**{**row, "approved": bool(row["approved"])}) for row in rows]


# ---- grants ----


@dataclass(frozen=True, slots=True)
class GrantInfo:
    """What a buyer has accepted, and its payment; money in fen. `vip_name` is whole: whoever shows it masks it."""

    id: int
    ref: str
    proposal_id: int
    proposal_ref: str
    complaint_id: int
    complaint_ref: str
    order_number: str | None
    vip: str
    vip_name: str
    agent_id: int
    agent_name: str
    kind: Kind
    amount_fen: int
    value_fen: int
    category: str
    day: str
    month: str
    alone: bool
    state: Paid
    granted_at: datetime
    late_told_at: datetime | None
    paid_at: datetime | None
    confirmed_at: datetime | None
    payment_ref: str | None
    off_at: datetime | None
    off_by: str | None
    off_reason: str | None
    via: Via | None


_GRANT = (
    "SELECT g.id, g.ref, g.proposal AS proposal_id, p.ref AS proposal_ref, g.complaint AS complaint_id,"
    " c.ref AS complaint_ref, o.number AS order_number, v.external_id AS vip, v.name AS vip_name, g.agent AS agent_id,"
    " a.name AS agent_name, g.kind, g.amount_fen, g.value_fen, g.category, g.day, g.month, g.alone, g.state,"
    " g.granted_at, g.late_told_at, g.paid_at, g.confirmed_at, g.payment_ref, g.off_at,"
    " f.name AS off_by, g.off_reason, g.via"
    " FROM compensation_grants g JOIN compensation_proposals p ON p.id = g.proposal"
    " JOIN complaints c ON c.id = g.complaint JOIN vips v ON v.id = c.vip LEFT JOIN orders o ON o.id = c.order_of"
    " JOIN persons a ON a.id = g.agent LEFT JOIN persons f ON f.id = g.off_by"
)


def _grant(row: dict[str, Any]) -> GrantInfo:
    via = row.pop("via")
    return GrantInfo(
        kind=Kind(row.pop("kind")),
        state=Paid(row.pop("state")),
        alone=bool(row.pop("alone")),
        via=Via(via) if via else None,
        **row,
    )


async def grants(condition: str, *values: object) -> list[GrantInfo]:
    """Grants by a condition on `g` (with order and limit)."""
    return [_grant(dict(row)) for row in await Grant.raw(f"{_GRANT} WHERE {condition}", *values)]


async def grant(ref: str) -> GrantInfo | None:
    found = await grants("g.ref = {}", ref)
    return found[0] if found else None


async def grant_by_id(grant_id: int) -> GrantInfo | None:
    found = await grants("g.id = {}", grant_id)
    return found[0] if found else None


async def grants_of(complaint_id: int) -> list[GrantInfo]:
    return await grants("g.complaint = {} ORDER BY g.id", complaint_id)


async def unpaid(cut: Cut) -> Page[GrantInfo]:
    """What waits for the shop's confirmation, the oldest first."""
    found = await grants("g.state = 'due' AND g.id > {} ORDER BY g.id LIMIT {}", cut.after, cut.fetch)
    return paged(found, cut, lambda each: each.id)


async def of_state(state: Paid | None, cut: Cut) -> Page[GrantInfo]:
    """Grants for programs, the oldest first."""
    if state is None:
        found = await grants("g.id > {} ORDER BY g.id LIMIT {}", cut.after, cut.fetch)
    else:
        found = await grants("g.state = {} AND g.id > {} ORDER BY g.id LIMIT {}", str(state), cut.after, cut.fetch)
    return paged(found, cut, lambda each: each.id)


async def codes_of(grant_ids: Sequence[int]) -> dict[int, str]:
    """The voucher codes that were given for these grants: for the buyer's eyes and the shop's."""
    if not grant_ids:
        return {}
    rows = await Grant.raw(
        "SELECT grant_of, code FROM compensation_vouchers"  # noqa: S608 - places only
        f" WHERE grant_of IN ({placeholders(grant_ids)})",
        *grant_ids,
    )
    return {row["grant_of"]: row["code"] for row in rows}


async def categories() -> list[str]:
    """The kinds of goods that products are of, by name."""
    rows = await Grant.raw("SELECT DISTINCT category FROM products ORDER BY category LIMIT 200")
    return [row["category"] for row in rows]
