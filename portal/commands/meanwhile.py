"""What a database has seen done since a backup was made, and what restoring the backup must not undo."""

from dataclasses import dataclass
from datetime import datetime

from portal.commands.aftercare import DoneMessage, done_since
from portal.service.privacy.erasing import Noted, all_noted


@dataclass(frozen=True, slots=True)
class Meanwhile:
    """Messages that were sent, and buyers who were erased."""

    done: list[DoneMessage]
    erased: list[Noted]


NOTHING = Meanwhile([], [])


async def since(moment: datetime, *, current: bool) -> Meanwhile:
    """Read it in the open door; a database that lacks migrations has no erasures that could be read."""
    return Meanwhile(await done_since(moment), await all_noted() if current else [])
