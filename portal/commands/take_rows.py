"""Taking a table in by command: the file in one transaction, a dry run undone at its end."""

from collections.abc import Iterator
from datetime import datetime

from portal.commands.running import LANGUAGE, progress
from portal.core.base.audit import SYSTEM, record
from portal.core.base.database import writing
from portal.core.web.i18n import speaking
from portal.service.connect.imports.rows import Importer
from portal.service.connect.imports.sheets import Sheet
from portal.service.connect.imports.taking import Taken, Undone, kept_not, records, take


async def take_rows(kind: str, importer: Importer, sheet: Sheet, at: datetime, *, dry_run: bool) -> Taken:
    """Take every record that can be taken. A dry run does the same and undoes it, so its report is exact."""
    taken = Taken(kept_not=kept_not(importer, sheet))
    try:
        async with writing():
            with progress() as bar, speaking(LANGUAGE):
                for one in bar.track(records(importer, sheet), description="rows"):
                    await take(SYSTEM, importer, one, at, taken)
            facts = {"new": taken.new, "known": taken.known, "refused": len(taken.refused)}
            await record(SYSTEM, "site.imported", (kind, 0), at, facts)
            if dry_run:
                raise Undone
    except Undone:
        pass
    return taken


def lines_refused(taken: Taken) -> Iterator[str]:
    for line, reason in taken.refused:
        yield f"line {line}: {reason}"
