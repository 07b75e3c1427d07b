"""portal import: courses, questions, stores, suppliers, VIPs and orders from files; nothing is half-imported."""

from pathlib import Path

import click

from portal.commands.running import Stopped, console, counted, portal_open, run, sentence_of
from portal.commands.take_package import FORMATS, PACKAGES, Wanted, take_package
from portal.commands.take_rows import lines_refused, take_rows
from portal.core.base.clock import now
from portal.core.base.refusals import Refused
from portal.core.base.settings import LANGUAGES
from portal.service.connect.imports.rows import IMPORTERS
from portal.service.connect.imports.sheets import MOST_BYTES, XLSX, Sheet, read_sheet
from portal.service.connect.imports.taking import Taken

KINDS = (*PACKAGES, *IMPORTERS)


@click.command("import")
@click.argument("kind", type=click.Choice(sorted(KINDS)), metavar="KIND")
@click.argument("file", type=click.Path(exists=True, path_type=Path))
@click.option("--dry-run", is_flag=True, help="Say what would be taken and refused; change nothing.")
@click.option("--format", "form", type=click.Choice(FORMATS), help="The file's format, where its ending misleads.")
@click.option("--bank", help="The question bank that questions go into.")
@click.option("--language", type=click.Choice(LANGUAGES), help="The questions' language; the site's where not said.")
def command(kind: str, file: Path, dry_run: bool, form: str | None, bank: str | None, language: str | None) -> None:
    """Import FILE as KIND; print what was taken, what was refused (line, reason), and what could not be kept.

    \b
    course      a package: a zip or a folder with package.toml; whole or not at all
    questions   GIFT, into the bank that --bank names; each sound question
    orders      a row a line of an order: number, updated_at, placed_at, status, vip, paid_fen, name, phone, region,
                street, line, product, title, quantity, line_paid_fen [, refunded_fen, delivered_at, ship_by,
                share_code; and for its parcel carrier, tracking_number, shipped_at]
    stores      external_id, name, opened_at, kit_sku, kit_paid_fen, owner_external_id, owner_name,
                owner_phone [, owner_email, owner_language, closed_at, region, kit_returned_at, manager,
                referred_by]
    suppliers   external_id, name, kind (goods or carrier), contact_name, contact_phone,
                contact_email [, categories (parted by ;)]
    vips        external_id, name, phone, registered_at, and owner or share_code; the owner must
                hold the share right

    These four are CSV or xlsx. Every row that can be taken is taken, all in one transaction; the exit code is 1 where
    one was refused.
    """
    if kind in PACKAGES:
        run(_package(kind, file, Wanted(form, bank, language), dry_run=dry_run))
        return
    if form not in (None, "csv", XLSX):
        raise click.UsageError(f"{kind} come as CSV or xlsx.")
    taken = run(_rows(kind, _read(file), dry_run=dry_run))
    _say(kind, taken, dry_run=dry_run)


def _read(file: Path) -> Sheet:
    """The table in a file. Raises Stopped."""
    if file.stat().st_size > MOST_BYTES:
        raise Stopped(f"{file} is larger than {MOST_BYTES >> 20} MB; split it.")
    try:
        return read_sheet(file.read_bytes())
    except Refused as refused:
        raise Stopped(f"{file}: {sentence_of(refused)}") from refused


async def _package(kind: str, file: Path, wanted: Wanted, *, dry_run: bool) -> None:
    async with portal_open():
        await take_package(kind, file, wanted, dry_run=dry_run)


async def _rows(kind: str, file: Sheet, *, dry_run: bool) -> Taken:
    if file.encoding not in ("utf-8", XLSX):
        console().print(f"Read as {file.encoding}.")
    async with portal_open():
        return await take_rows(kind, IMPORTERS[kind], file, now(), dry_run=dry_run)


def _say(kind: str, taken: Taken, *, dry_run: bool) -> None:
    screen = console()
    verb = "Would take" if dry_run else "Took"
    screen.print(f"{verb} {taken.new + taken.known:,} {kind}: {taken.new:,} new, {taken.known:,} here already.")
    for line in lines_refused(taken):
        screen.print(f"Refused {line}", markup=False)
    for name in taken.kept_not:
        screen.print(f"Could not keep the column {name}.", markup=False)
    if taken.refused:
        lines = len({line for line, _ in taken.refused})
        raise Stopped(f"Refused: {counted(lines, 'row')} of {kind}.")
