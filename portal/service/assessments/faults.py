"""What was found of a party, order by order: the complaint and its cause. Inside a door."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from portal.core.base.database import placeholders
from portal.service.assessments.tables import Verdict


@dataclass(frozen=True, slots=True)
class FaultInfo:
    """A complaint whose cause lies with the party."""

    order_id: int
    ref: str
    code: str


async def of_orders(party_id: int, order_ids: Sequence[int]) -> dict[int, list[FaultInfo]]:
    """The faults of a party that stand in these orders now, by order."""
    found: dict[int, list[FaultInfo]] = defaultdict(list)
    if not order_ids:
        return found
    places = placeholders(order_ids)
    rows = await Verdict.raw(
        "SELECT c.order_of AS order_id, c.ref, f.code FROM complaints c JOIN cause_findings f ON f.complaint = c.id"  # noqa: S608
        " WHERE f.superseded_at IS NULL AND f.supplier = {} AND c.state <> 'withdrawn' AND c.duplicate_of IS NULL"
        f" AND c.order_of IN ({places}) ORDER BY c.id",
        party_id,
        *order_ids,
    )
    for row in rows:
        found[row["order_id"]].append(FaultInfo(**row))
    return found
