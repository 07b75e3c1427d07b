"""Complaints as pages and programs read them. Call inside a door; whose they are, the callers' conditions say."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from portal.core.base.database import placeholders
from portal.service.complaints.clocks import Policy
from portal.service.complaints.rules import (
    OPEN_STATES,
    Channel,
    Family,
    FiledBy,
    Function,
    Older,
    State,
    Urgency,
    Wanted,
)
from portal.service.complaints.tables import (
    Complaint,
    ComplaintLine,
)


@dataclass(frozen=True, slots=True)
class ComplaintInfo:
    """A complaint; `text` is the buyer's story, names and phones are whole: whoever shows them masks them."""

    id: int
    ref: str
    vip_id: int
    vip: str  # her external id
    vip_name: str
    store_id: int
    store_name: str
    owner_id: int
    order_id: int | None
    order_number: str | None
    product_id: int | None
    supplier_id: int | None
    carrier_id: int | None
    region: str | None
    product_category: str
    function: Function
    family: Family
    wanted: Wanted
    urgency: Urgency
    channel: Channel
    filed_by: FiledBy
    filed_by_person: int | None
    text: str
    mandate_ref: str | None
    policy: Policy
    received_at: datetime
    state: State
    round: int
    agent_id: int | None
    agent_name: str | None
    duplicate_of: int | None
    outcome: str | None
    key_vip: bool
    first_reply_at: datetime | None
    waiting_since: datetime | None
    ended_at: datetime | None
    closed_at: datetime | None
    last_event: int
    rank: int
    next_at: datetime | None
    changed_at: datetime

    @property
    def open(self) -> bool:
        return self.state in OPEN_STATES

    @property
    def subject(self) -> str:
        """How events, mandates and needs name it."""
        return f"complaint:{self.ref}"

    @property
    def way(self) -> str:
        return f"/complaints/{self.ref}"


_COMPLAINT = (
    "SELECT c.id, c.ref, c.vip AS vip_id, v.external_id AS vip, v.name AS vip_name, c.store AS store_id,"
    " s.name AS store_name, s.owner AS owner_id, c.order_of AS order_id, o.number AS order_number,"
    " c.product AS product_id, c.supplier AS supplier_id, c.carrier AS carrier_id, c.region, c.product_category,"
    " c.function_category, c.family, c.wanted, c.urgency, c.channel, c.filed_by, c.filed_by_person, c.text,"
    " c.mandate_ref, c.policy, p.proposal_hours, p.compensation_hours, p.legal_days, c.received_at, c.state, c.round,"
    " c.agent AS agent_id, a.name AS agent_name, c.duplicate_of, c.outcome, c.key_vip, c.first_reply_at,"
    " c.waiting_since, c.ended_at, c.closed_at, c.last_event, c.rank, c.next_at, c.changed_at"
    " FROM complaints c JOIN vips v ON v.id = c.vip JOIN stores s ON s.id = c.store"
    " JOIN promise_policies p ON p.id = c.policy"
    " LEFT JOIN orders o ON o.id = c.order_of LEFT JOIN persons a ON a.id = c.agent"
)


def _complaint(row: dict[str, Any]) -> ComplaintInfo:
    return ComplaintInfo(
        function=Function(row.pop("function_category")),
        family=Family(row.pop("family")),
        wanted=Wanted(row.pop("wanted")),
        urgency=Urgency(row.pop("urgency")),
        channel=Channel(row.pop("channel")),
        filed_by=FiledBy(row.pop("filed_by")),
        state=State(row.pop("state")),
        key_vip=bool(row.pop("key_vip")),
        policy=policy_of(row.pop("policy"), row),
        **row,
    )


def policy_of(policy_id: int, row: dict[str, Any]) -> Policy:
    """The policy in a row that has its columns; they are taken out of it."""
    hours = (timedelta(hours=row.pop("proposal_hours")), timedelta(hours=row.pop("compensation_hours")))
    return Policy(policy_id, *hours, timedelta(days=row.pop("legal_days")))


async def listed(condition: str, *values: object) -> list[ComplaintInfo]:
    """Complaints by a condition on `c` (with order and limit); for the queries of this room and those above."""
    return [_complaint(dict(row)) for row in await Complaint.raw(f"{_COMPLAINT} WHERE {condition}", *values)]


async def rows(sql: str, *values: object) -> list[dict[str, Any]]:
    """A question of a room above about complaints and what hangs on them."""
    return [dict(row) for row in await Complaint.raw(sql, *values)]


async def _one(condition: str, *values: object) -> ComplaintInfo | None:
    found = await listed(condition, *values)
    return found[0] if found else None


async def by_id(complaint_id: int) -> ComplaintInfo | None:
    return await _one("c.id = {}", complaint_id)


async def by_ref(ref: str) -> ComplaintInfo | None:
    return await _one("c.ref = {}", ref)


async def by_ids(ids: Sequence[int]) -> list[ComplaintInfo]:
    """Complaints in the order in which their ids are given."""
    if not ids:
        return []
    found = {each.id: each for each in await listed(f"c.id IN ({placeholders(ids)})", *ids)}
    return [found[each] for each in ids if each in found]


async def of_order(order_id: int, limit: int = 20) -> list[ComplaintInfo]:
    """An order's complaints, the newest first."""
    return await listed("c.order_of = {} ORDER BY c.id DESC LIMIT {}", order_id, limit)


async def duplicates(complaint_id: int) -> list[ComplaintInfo]:
    """What repeats a complaint, the oldest first."""
    return await listed("c.duplicate_of = {} ORDER BY c.id LIMIT 50", complaint_id)


async def older_of(vip_id: int, since: datetime) -> list[Older]:
    """A buyer's complaints that are open or moved since then, for what repeats and who knows the story."""
    rows = await Complaint.raw(
        "SELECT id, family, order_of, state, changed_at, agent, duplicate_of FROM complaints"
        " WHERE vip = {} AND (ended_at IS NULL OR changed_at >= {}) ORDER BY id DESC LIMIT 100",
        vip_id,
        since,
    )
    return [
        Older(
            row["id"],
            Family(row["family"]),
            row["order_of"],
            State(row["state"]) in OPEN_STATES,
            row["changed_at"],
            row["agent"],
            row["duplicate_of"],
        )
        for row in rows
    ]


# ---- a complaint's life ----


async def line_ids(complaint_id: int) -> list[int]:
    rows = await ComplaintLine.select(ComplaintLine.order_line).where(ComplaintLine.complaint == complaint_id)
    return [row["order_line"] for row in rows]


async def open_for_lines(ids: Collection[int]) -> set[int]:
    """Those of these order lines that an open complaint is about: their earnings wait."""
    if not ids:
        return set()
    rows = await ComplaintLine.raw(
        "SELECT l.order_line FROM complaint_lines l JOIN complaints c ON c.id = l.complaint"  # noqa: S608
        f" WHERE c.ended_at IS NULL AND l.order_line IN ({placeholders(ids)})",
        *ids,
    )
    return {row["order_line"] for row in rows}
