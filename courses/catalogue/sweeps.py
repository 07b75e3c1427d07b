"""What time brings: uploads that nobody confirmed are forgotten."""

from courses.catalogue.uploads import forget_uploads
from portal.core.base.clock import now


async def tidy() -> None:
    """Idempotent; catches up after downtime."""
    await forget_uploads(now())
