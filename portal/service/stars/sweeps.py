"""What time brings: on the first of a month the month that is over, batch by batch, and what is being published."""

from portal.core.base.clock import now
from portal.core.base.database import reading
from portal.service.stars import publishing, runs
from portal.service.stars.tables import StarRun


async def reckon() -> int:
    """Go on with what has begun and begin what is over, in order; returns how many batches that took."""
    batches = 0
    while (run_id := await _open()) is not None:
        while await runs.work(run_id, now()):
            batches += 1
    for each in await publishing.publishing():
        while await publishing.work(each, now()):
            batches += 1
    return batches


async def _open() -> int | None:
    """The run that is not reckoned yet, or a new one."""
    async with reading():
        rows = await StarRun.raw("SELECT id FROM star_runs WHERE reckoned_at IS NULL ORDER BY month LIMIT 1")
        month = None if rows else await runs.next_month(now())
    if rows:
        return int(rows[0]["id"])
    return await runs.begin(month, now()) if month else None
