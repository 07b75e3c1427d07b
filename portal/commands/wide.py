"""Sheets of one row for each record with everything that followed from it, as the pages give them away."""

import csv
from collections.abc import AsyncIterator, Callable, Mapping
from typing import TextIO

from portal.commands.exports import cell
from portal.commands.running import progress
from portal.core.base.clock import now
from portal.core.base.database import reading
from portal.core.base.settings import settings
from portal.core.web.i18n import speaking
from portal.core.web.sheets import Rows
from portal.service.archive import sheets
from portal.service.archive.queries import Wanted
from portal.service.complaints.tables import Complaint


def _complaints() -> AsyncIterator[Rows]:
    with speaking(settings().language):
        text = sheets.words()
    return sheets.parts(Wanted(), now(), text)


async def _how_many() -> int:
    async with reading(long=True):
        return int(await Complaint.count())


WIDE: Mapping[str, Callable[[], AsyncIterator[Rows]]] = {"complaint-archive": _complaints}


async def write(name: str, out: TextIO) -> int:
    """Write the sheet part by part, with a bar; returns its rows, the head not counted."""
    writer, count = csv.writer(out), -1
    with progress() as bar:
        task = bar.add_task("complaints", total=await _how_many())
        async for rows in WIDE[name]():
            writer.writerows([cell(value) for value in row] for row in rows)
            count += len(rows)
            bar.update(task, completed=max(0, count))
    return count
