"""portal export: a table as a file, by key, never whole in memory."""

import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from pathlib import Path
from textwrap import fill
from typing import IO

import click

from portal.commands.running import Stopped, console, portal_open, progress, run
from portal.core.base.audit import SYSTEM, record
from portal.core.base.clock import now
from portal.core.base.database import writing
from portal.core.web.sheets import MARK, MOST_LINES, write_book
from portal.exports import KINDS
from portal.service.insight.exporting import XLSX, Kind, Source, pieces


def _help() -> str:
    """What the command says of itself, with every kind by name."""
    kinds = fill(", ".join(KINDS) + ".", width=96, break_on_hyphens=False, break_long_words=False)
    return f"""Write the table KIND to FILE (- is stdout); phone numbers are masked, passwords never in it.

The file is CSV, or a workbook where its name ends in .xlsx; learning-records are statements of xAPI 1.0.3,
one JSON object a line; complaint-archive is a row for each complaint with its clocks, hands, proposals, payments,
cause and marks, in the site's language, names masked.

\b
Kinds:
{kinds}
"""


@click.command(help=_help())
@click.argument("kind", type=click.Choice(sorted(KINDS)), metavar="KIND")
@click.argument("file", type=click.Path(dir_okay=False, allow_dash=True, path_type=Path))
@click.option("--full", is_flag=True, help="Leave phone numbers whole; this is noted in the audit trail.")
def command(kind: str, file: Path, full: bool) -> None:
    """What `_help` says."""
    count = run(_export(kind, file, full=full))
    if str(file) != "-":
        console().print(f"{file}: {count:,} rows of {kind}.")


async def _export(name: str, file: Path, *, full: bool) -> int:
    source = KINDS[name]
    form = XLSX if file.suffix == ".xlsx" else source.forms[0]
    if form not in source.forms:
        raise Stopped(f"{name} cannot be a workbook; it is written as {source.forms[0]}.")
    async with portal_open():
        if full and isinstance(source, Kind) and source.masked:
            async with writing():
                await record(SYSTEM, "site.exported", (name, 0), now(), {"full": True})
        total = await source.count()
        if form == XLSX and total >= MOST_LINES:
            raise Stopped(f"A workbook holds {MOST_LINES - 1:,} rows and {name} has {total:,}: write it as CSV.")
        with _out(file) as out:
            return await _write(source, name, form, out, Counted(total), full=full)


class Counted:
    """How many lines were written, of how many."""

    def __init__(self, total: int) -> None:
        self.lines, self.total = 0, total


@contextmanager
def _out(file: Path) -> Iterator[IO[bytes]]:
    """The file to write to; nothing stands at its place until it is whole."""
    if str(file) == "-":
        yield sys.stdout.buffer
        sys.stdout.buffer.flush()
        return
    if not file.parent.is_dir():
        raise Stopped(f"There is no folder {file.parent}.")
    rough = file.with_name(file.name + ".partial")
    rough.touch(mode=0o600)
    try:
        with rough.open("wb") as out:
            if file.suffix == ".csv":
                out.write(MARK)  # so that spreadsheets read Chinese as what it is
            yield out
        rough.replace(file)
    finally:
        rough.unlink(missing_ok=True)


async def _write(source: Source, name: str, form: str, out: IO[bytes], counted: Counted, *, full: bool) -> int:
    written = _shown(source, form, counted, full=full)
    if form == XLSX:
        await write_book(out, name, written)
    else:
        async for content in written:
            out.write(content)
    return counted.lines


async def _shown(source: Source, form: str, counted: Counted, *, full: bool) -> AsyncIterator[bytes]:
    """The pieces of the file, with a bar that follows them."""
    with progress() as bar:
        task = bar.add_task("rows", total=counted.total)
        async for part in pieces(source, form, full=full):
            counted.lines += part.lines
            bar.update(task, completed=counted.lines)
            yield part.content
