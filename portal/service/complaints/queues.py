"""What waits at the desk, and for whom. Call inside a door."""

from datetime import datetime

from portal.service.complaints.tables import Complaint


async def loads() -> dict[int, int]:
    """How many open complaints each agent has; duplicates count nothing, they are one piece of work."""
    rows = await Complaint.raw(
        "SELECT agent, count(*) AS n FROM complaints"
        " WHERE ended_at IS NULL AND agent IS NOT NULL AND duplicate_of IS NULL GROUP BY agent"
    )
    return {row["agent"]: row["n"] for row in rows}


async def queued(limit: int) -> list[int]:
    """Those in nobody's hands, what presses most first."""
    rows = await Complaint.raw(
        "SELECT id FROM complaints WHERE agent IS NULL AND ended_at IS NULL ORDER BY rank LIMIT {}", limit
    )
    return [row["id"] for row in rows]


async def ladder_due(at: datetime, limit: int) -> list[int]:
    """Those whose ladder moves by `at`."""
    rows = await Complaint.raw(
        "SELECT id FROM complaints WHERE next_at IS NOT NULL AND next_at <= {} ORDER BY next_at LIMIT {}", at, limit
    )
    return [row["id"] for row in rows]
