"""What commands call: importing from a path, and the packages that come with the software."""

import asyncio
import re
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Literal

from courses.catalogue.content import BankContent, Fault, Package
from courses.catalogue.importing import ImportReport, import_bank, import_package
from courses.catalogue.package import read_package
from courses.questions.gift import LARGEST_FILE, ParsedFile, read_gift
from portal.core.base.audit import SYSTEM, Actor
from portal.core.base.clock import now
from portal.core.base.settings import settings

SHIPPED = Path(__file__).parents[1] / "curricula"
_BANK = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")


async def import_from_path(
    path: Path,
    *,
    dry_run: bool = False,
    kind: Literal["course", "questions"] = "course",
    bank: str | None = None,
    language: str | None = None,
    actor: Actor = SYSTEM,
    at: datetime | None = None,
) -> ImportReport:
    """Import a course package (folder or zip), or a GIFT file into `bank` as its edition in `language`.

    A package is taken whole or not at all. Of a GIFT file the sound questions are taken and the others refused with
    their lines; what the bank holds beyond the file stays. The site's language is meant where none is given.
    """
    at = at or now()
    if kind == "questions":
        return await _import_gift(actor, path, bank or "", language or settings().language, at, dry_run=dry_run)
    package = await asyncio.to_thread(read_package, path)
    return await import_package(actor, package, at, dry_run)


async def _import_gift(
    actor: Actor, path: Path, bank: str, language: str, at: datetime, *, dry_run: bool
) -> ImportReport:
    if not _BANK.fullmatch(bank) or len(bank) > 60:
        return ImportReport(refused=(Fault(path.name, None, "bank_unusable", detail=bank),), dry_run=dry_run)
    parsed = await asyncio.to_thread(_read_gift, path)
    if parsed is None:
        return ImportReport(refused=(Fault(path.name, None, "file_missing"),), dry_run=dry_run)
    refused = tuple(_fault(path, one.line, one.code, one.detail) for one in parsed.refusals)
    notes = tuple(_fault(path, one.line, one.code, one.detail) for one in parsed.notes)
    if not parsed.questions:
        refused = refused or (Fault(path.name, None, "no_questions"),)
        return ImportReport(refused=refused, kept_not=notes, dry_run=dry_run)
    report = await import_bank(actor, BankContent(bank, {language: parsed.questions}), at, dry_run)
    return ImportReport(report.took, (*refused, *report.refused), notes, dry_run)


def _read_gift(path: Path) -> ParsedFile | None:
    try:
        with path.open("rb") as file:
            return read_gift(file.read(LARGEST_FILE + 1))
    except OSError:
        return None


def _fault(path: Path, line: int, code: str, detail: str) -> Fault:
    return Fault(path.name, line, f"questions.gift.{code}", {}, detail)


@cache
def _shipped(folder: Path) -> Package:
    """Shipped packages do not change while the program runs."""
    return read_package(folder)


async def ensure_shipped(at: datetime, actor: Actor = SYSTEM) -> list[ImportReport]:
    """Import the shipped packages through the same door; what is here already stays as it is.

    Raises ValueError where one is refused: then the software was shipped broken.
    """
    reports = []
    for folder in sorted(path for path in SHIPPED.iterdir() if path.is_dir()):
        report = await import_package(actor, await asyncio.to_thread(_shipped, folder), at)
        if report.refused:
            raise ValueError(f"shipped package {folder.name}: {report.refused[:5]}")
        reports.append(report)
    return reports
