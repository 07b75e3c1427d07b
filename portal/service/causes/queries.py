"""Findings and corrective actions as pages show them. Call inside a door."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from portal.core.base.database import placeholders
from portal.core.web.paging import Cut, Page, paged
from portal.service.causes.rules import CAUSES, ActionState, Hands, Party, Recheck, missing
from portal.service.causes.tables import ActionWords, CorrectiveAction, Finding
from portal.service.complaints.queries import ComplaintInfo

BEYOND = 2**62


@dataclass(frozen=True, slots=True)
class FindingInfo:
    """A finding with the names of those concerned."""

    id: int
    complaint_id: int
    party: Party
    code: str
    supplier_id: int | None
    supplier: str | None  # its external id
    supplier_name: str | None
    person_id: int | None
    person_name: str | None
    product_id: int | None
    evidence: str
    made_by: int
    made_by_name: str
    made_at: datetime
    superseded_at: datetime | None
    violation_id: int | None
    training_id: int | None

    @property
    def desk(self) -> bool:
        """Whether it is a slip of an agent."""
        return CAUSES[self.code].desk


_FINDING = (
    "SELECT f.id, f.complaint AS complaint_id, f.party, f.code, f.supplier AS supplier_id, s.external_id AS supplier,"
    " s.name AS supplier_name, f.person AS person_id, p.name AS person_name, f.product AS product_id, f.evidence,"
    " f.made_by, m.name AS made_by_name, f.made_at, f.superseded_at, f.violation AS violation_id,"
    " f.training AS training_id FROM cause_findings f JOIN persons m ON m.id = f.made_by"
    " LEFT JOIN suppliers s ON s.id = f.supplier LEFT JOIN persons p ON p.id = f.person"
)


async def findings(condition: str, *values: object) -> list[FindingInfo]:
    """Findings by a condition on `f`; for the queries of this room and those above."""
    rows = await Finding.raw(f"{_FINDING} WHERE {condition}", *values)
    return [FindingInfo(party=Party(row.pop("party")), **row) for row in map(dict, rows)]


def root_of(info: ComplaintInfo) -> int:
    """The complaint whose cause is looked for: what repeats another has the other's."""
    return info.duplicate_of or info.id


async def findings_of(complaint_id: int) -> list[FindingInfo]:
    """Every finding of a complaint, the one in force first."""
    return await findings("f.complaint = {} ORDER BY f.id DESC LIMIT 30", complaint_id)


async def finding_of(complaint_id: int) -> FindingInfo | None:
    found = await findings("f.complaint = {} AND f.superseded_at IS NULL", complaint_id)
    return found[0] if found else None


async def findings_of_many(ids: Collection[int]) -> dict[int, FindingInfo]:
    """The findings in force of a page of complaints, one query for all."""
    if not ids:
        return {}
    marks = placeholders(ids)
    found = await findings(f"f.complaint IN ({marks}) AND f.superseded_at IS NULL", *ids)
    return {each.complaint_id: each for each in found}


# ---- corrective actions ----


@dataclass(frozen=True, slots=True)
class ActionInfo:
    """A corrective action, of a complaint or of an inspection."""

    id: int
    ref: str
    complaint_id: int | None
    complaint_ref: str | None
    inspection_id: int | None
    inspection_ref: str | None
    what: str
    party_id: int | None
    party_name: str | None
    responsible: int
    responsible_name: str
    due_at: datetime | None
    state: ActionState
    made_by: int
    made_by_name: str
    made_at: datetime
    done_by: int | None
    done_at: datetime | None
    ended_by: int | None
    ended_by_name: str | None
    ended_at: datetime | None
    recheck_at: datetime | None
    recheck: Recheck | None
    rechecked_at: datetime | None
    follows: int | None
    next_at: datetime | None

    @property
    def subject_way(self) -> str:
        """The page where it belongs, for the desk."""
        if self.complaint_ref is not None:
            return f"/desk/complaints/{self.complaint_ref}"
        return f"/desk/inspections/{self.inspection_ref}"

    @property
    def way(self) -> str:
        return f"/actions/{self.ref}"


_ACTION = (
    "SELECT a.id, a.ref, a.complaint AS complaint_id, c.ref AS complaint_ref, a.inspection AS inspection_id,"
    " i.ref AS inspection_ref, a.what, a.party AS party_id, s.name AS party_name, a.responsible,"
    " r.name AS responsible_name, a.due_at, a.state, a.made_by, m.name AS made_by_name, a.made_at, a.done_by,"
    " a.done_at, a.ended_by, e.name AS ended_by_name, a.ended_at, a.recheck_at, a.recheck, a.rechecked_at, a.follows,"
    " a.next_at FROM corrective_actions a JOIN persons r ON r.id = a.responsible JOIN persons m ON m.id = a.made_by"
    " LEFT JOIN persons e ON e.id = a.ended_by LEFT JOIN complaints c ON c.id = a.complaint"
    " LEFT JOIN inspections i ON i.id = a.inspection LEFT JOIN suppliers s ON s.id = a.party"
)


def _action(row: dict[str, Any]) -> ActionInfo:
    recheck = row.pop("recheck")
    return ActionInfo(state=ActionState(row.pop("state")), recheck=Recheck(recheck) if recheck else None, **row)


async def actions(condition: str, *values: object) -> list[ActionInfo]:
    """Corrective actions by a condition on `a`."""
    return [_action(dict(row)) for row in await CorrectiveAction.raw(f"{_ACTION} WHERE {condition}", *values)]


async def action_by_ref(ref: str) -> ActionInfo | None:
    found = await actions("a.ref = {}", ref)
    return found[0] if found else None


async def action_by_id(action_id: int) -> ActionInfo | None:
    found = await actions("a.id = {}", action_id)
    return found[0] if found else None


async def actions_of(complaint_id: int) -> list[ActionInfo]:
    return await actions("a.complaint = {} ORDER BY a.id LIMIT 50", complaint_id)


async def actions_of_inspection(inspection_id: int) -> list[ActionInfo]:
    return await actions("a.inspection = {} ORDER BY a.id LIMIT 50", inspection_id)


@dataclass(frozen=True, slots=True)
class Said:
    """A moment of an action."""

    kind: str
    at: datetime
    person_name: str | None
    text: str | None


async def words_of(action_id: int) -> list[Said]:
    rows = await ActionWords.raw(
        "SELECT w.kind, w.at, p.name AS person_name, w.text FROM corrective_action_words w"
        " LEFT JOIN persons p ON p.id = w.person WHERE w.action = {} ORDER BY w.id LIMIT 60",
        action_id,
    )
    return [Said(**row) for row in rows]


async def party_email(party_id: int) -> str | None:
    """Where letters to a supplier or carrier go."""
    rows = await Finding.raw("SELECT contact_email FROM suppliers WHERE id = {}", party_id)
    return rows[0]["contact_email"] if rows else None


LISTS = {
    "mine": "a.responsible = {} AND a.state = 'open'",
    "verify": "a.state IN ('done', 'waiver_asked')",
    "overdue": "a.state = 'open' AND a.due_at <= {}",
    "recheck": "a.state = 'verified' AND a.recheck IS NULL AND a.recheck_at <= {}",
    "all": "a.state <> ''",
}


async def listed(name: str, person_id: int, at: datetime, cut: Cut) -> Page[ActionInfo]:
    """One of the lists of `/desk/actions`, the oldest first."""
    value: tuple[object, ...] = {"mine": (person_id,), "overdue": (at,), "recheck": (at,)}.get(name, ())
    if name == "all":
        sql = f"{LISTS[name]} AND a.id < {{}} ORDER BY a.id DESC LIMIT {{}}"
        found = await actions(sql, cut.after or BEYOND, cut.fetch)
    else:
        found = await actions(f"{LISTS[name]} AND a.id > {{}} ORDER BY a.id LIMIT {{}}", *value, cut.after, cut.fetch)
    return paged(found, cut, lambda each: each.id)


@dataclass(frozen=True, slots=True)
class Staff:
    """Who may be given a corrective action; `desk`: an agent, or a lead."""

    id: int
    name: str
    desk: bool


async def staff(owner_id: int) -> list[Staff]:
    """The desk and the admins, and the owner of the store, by name."""
    rows = await Finding.raw(
        "SELECT p.id, p.name, max(CASE WHEN r.role IN ('agent', 'desk_lead') THEN 1 ELSE 0 END) AS desk FROM persons p"
        " LEFT JOIN roles r ON r.person = p.id AND r.ended_at IS NULL"
        " WHERE p.disabled_at IS NULL AND p.erased_at IS NULL"
        " AND (p.id = {} OR r.role IN ('agent', 'desk_lead', 'admin'))"
        " GROUP BY p.id, p.name ORDER BY p.name, p.id LIMIT 500",
        owner_id,
    )
    return [Staff(row["id"], row["name"], bool(row["desk"])) for row in rows]


async def handlers(action: ActionInfo) -> frozenset[int]:
    """Who was ever in charge of the complaint."""
    if action.complaint_id is None:
        return frozenset()
    sql = "SELECT DISTINCT agent FROM complaint_agents WHERE complaint = {}"
    return frozenset(row["agent"] for row in await Finding.raw(sql, action.complaint_id))


async def hands_of(action: ActionInfo) -> Hands:
    return Hands(action.responsible, action.made_by, action.done_by, await handlers(action))


async def due_actions(at: datetime, limit: int) -> list[int]:
    """Actions to which time brings something."""
    rows = await CorrectiveAction.raw(
        "SELECT id FROM corrective_actions WHERE next_at IS NOT NULL AND next_at <= {} ORDER BY next_at LIMIT {}",
        at,
        limit,
    )
    return [row["id"] for row in rows]


async def came_again(action: ActionInfo, until: datetime) -> int:
    """How often the same cause was found since an action was verified: of the same party, and product if it had one."""
    if action.complaint_id is None or action.ended_at is None:
        return 0
    known = await finding_of(action.complaint_id)
    if known is None:
        return 0
    sql = "SELECT count(*) AS n FROM cause_findings f JOIN complaints c ON c.id = f.complaint WHERE f.code = {}"
    values: list[object] = [known.code]
    for column, value in (("supplier", known.supplier_id), ("person", known.person_id), ("product", known.product_id)):
        if value is not None:
            sql += f" AND f.{column} = {{}}"
            values.append(value)
    sql += " AND f.superseded_at IS NULL AND f.complaint <> {} AND c.received_at > {} AND c.received_at <= {}"
    rows = await Finding.raw(sql, *values, action.complaint_id, action.ended_at, until)
    return int(rows[0]["n"])


async def unclosed(info: ComplaintInfo, at: datetime) -> list[str]:
    """Slot: what of the cause is still missing before a complaint may be closed."""
    root = root_of(info)
    rows = await Finding.raw(
        "SELECT 'found' AS state FROM cause_findings WHERE complaint = {} AND superseded_at IS NULL"
        " UNION ALL SELECT state FROM corrective_actions WHERE complaint = {}",
        root,
        root,
    )
    told = [row["state"] for row in rows]
    states = [ActionState(state) for state in told if state != "found"]
    return missing(found="found" in told, compensated=info.outcome == "compensated", states=states)
