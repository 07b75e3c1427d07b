"""What other rooms show of a star, through their slots."""

from datetime import datetime

from portal.core.base.database import reading
from portal.core.stores import honours


async def star_on_poster(store_id: int, at: datetime) -> int | None:
    """A store's published star, for its posters."""
    async with reading():
        found = await honours.star_of(store_id)
    return found.star if found else None
