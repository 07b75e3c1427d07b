"""Rights, violations, measures and overrides as lists show them. Call inside a door."""

from dataclasses import dataclass
from datetime import datetime

from certification.rights.rules import Status
from certification.rights.tables import Measure, Override, ShareRight, Violation
from portal.core.web.paging import Cut


@dataclass(frozen=True, slots=True)
class RightRow:
    """A store's right in a list."""

    id: int
    store_external_id: str
    store_name: str
    owner_name: str
    status: Status
    may_share: bool
    valid_until: datetime | None
    changed_at: datetime


async def rights(status: str | None, cut: Cut) -> list[RightRow]:
    """Rights by key, all or of one status."""
    rows = await ShareRight.raw(
        "SELECT r.id, s.external_id, s.name, p.name AS owner_name, r.status, r.may_share, r.valid_until, r.changed_at"
        " FROM share_rights r JOIN stores s ON s.id = r.store JOIN persons p ON p.id = s.owner"
        " WHERE r.id > {} AND (CAST({} AS text) IS NULL OR r.status = {}) ORDER BY r.id LIMIT {}",
        cut.after,
        status,
        status,
        cut.fetch,
    )
    return [
        RightRow(
            row["id"],
            row["external_id"],
            row["name"],
            row["owner_name"],
            Status(row["status"]),
            bool(row["may_share"]),
            row["valid_until"],
            row["changed_at"],
        )
        for row in rows
    ]


async def status_counts() -> dict[str, int]:
    """How many stores stand where."""
    rows = await ShareRight.raw("SELECT status, count(*) AS n FROM share_rights GROUP BY status")
    return {row["status"]: int(row["n"]) for row in rows}


async def due_for_recheck(at: datetime, limit: int) -> list[int]:
    """Stores whose answer time may have changed by now."""
    rows = await ShareRight.raw(
        "SELECT store FROM share_rights WHERE recheck_at IS NOT NULL AND recheck_at <= {} ORDER BY recheck_at LIMIT {}",
        at,
        limit,
    )
    return [int(row["store"]) for row in rows]


async def measures_of(store_id: int) -> list[Measure]:
    return await Measure.objects().where(Measure.store == store_id).order_by(Measure.id, ascending=False).limit(50)


async def measures_in_force(store_id: int, at: datetime) -> list[Measure]:
    """What keeps the store from sharing at this instant."""
    goes_on = Measure.ends_at.is_null() | (Measure.ends_at > at)
    return (
        await Measure.objects()
        .where(Measure.store == store_id, Measure.lifted_at.is_null(), goes_on)
        .order_by(Measure.id, ascending=False)
        .limit(10)
    )


async def overrides_of(store_id: int) -> list[Override]:
    return await Override.objects().where(Override.store == store_id).order_by(Override.id, ascending=False).limit(50)


async def open_proposals() -> tuple[list[Violation], list[Override]]:
    """What waits for a second person: proposed violations and overrides, oldest first."""
    violations = await Violation.objects().where(Violation.state == "proposed").order_by(Violation.id).limit(100)
    overrides = (
        await Override.objects()
        .where(Override.confirmed_at.is_null(), Override.declined_at.is_null())
        .order_by(Override.id)
        .limit(100)
    )
    return violations, overrides
