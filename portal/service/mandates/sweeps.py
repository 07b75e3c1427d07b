"""What time brings: mandates that nobody answered, or used, in their term."""

from portal.core.base.clock import now
from portal.service.mandates.actions import expire_due


async def expire() -> int:
    """End them, and tell those who wait."""
    return await expire_due(now())
