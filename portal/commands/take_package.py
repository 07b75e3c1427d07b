"""Taking in course packages and question files, and telling what came of it."""

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import click

from courses.catalogue.commands import import_from_path
from courses.catalogue.content import Fault, Took
from courses.catalogue.importing import ImportReport
from portal.commands.running import LANGUAGE, Stopped, console, counted
from portal.core.web.i18n import speaking, t

FORMATS = ("csv", "gift", "xlsx")
PACKAGES: tuple[Literal["course", "questions"], ...] = ("course", "questions")


@dataclass(frozen=True, slots=True)
class Wanted:
    """What the operator said of the file: its format, and for questions their bank and language."""

    form: str | None
    bank: str | None
    language: str | None


async def take_package(kind: str, file: Path, wanted: Wanted, *, dry_run: bool) -> None:
    """Import a package, or a GIFT file into its bank. Raises Stopped where anything was refused."""
    if kind == "course":
        if wanted.form is not None:
            raise click.UsageError("A course is a zip or a folder; it takes no --format.")
        report = await import_from_path(file, dry_run=dry_run)
    else:
        if wanted.bank is None:
            raise click.UsageError("Questions go into a bank: name it with --bank.")
        if wanted.form not in (None, "gift"):
            raise click.UsageError("Questions come as GIFT.")
        report = await import_from_path(
            file, dry_run=dry_run, kind="questions", bank=wanted.bank, language=wanted.language
        )
    _say(report, dry_run=dry_run)


def _say(report: ImportReport, *, dry_run: bool) -> None:
    screen = console()
    verb = "Would take" if dry_run else "Took"
    with speaking(LANGUAGE):
        for one in report.took:
            screen.print(f"{verb} {_took(one)}", markup=False)
        for fault in report.refused:
            screen.print(f"Refused {_fault(fault)}", markup=False)
        for fault in report.kept_not:
            screen.print(f"Could not keep {_fault(fault)}", markup=False)
    if report.refused:
        left = "" if report.took else " Nothing was taken."
        raise Stopped(f"Refused: {counted(len(report.refused), 'thing')}.{left}")


def _took(one: Took) -> str:
    counts = ", ".join(f"{count:,} {name}" for name, count in one.counts.items() if count)
    return f"{t(one.key)} {one.code}: {one.state}{f' ({counts})' if counts else ''}"


def _fault(fault: Fault) -> str:
    place = f"{fault.file} line {fault.line}" if fault.line else fault.file
    detail = f" ({fault.detail})" if fault.detail else ""
    return f"{place}{detail}: {t(fault.key, **fault.params)}"
