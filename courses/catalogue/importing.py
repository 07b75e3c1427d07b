"""Taking a package in: every row in one transaction, a new version only where something changed, or nothing at all."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol

from courses.catalogue.content import BankContent, Fault, Package, Took
from courses.catalogue.keep_courses import keep_course
from courses.catalogue.keep_curricula import keep_curriculum
from courses.catalogue.ready import Ready, make_ready
from courses.questions.actions import EditionsDiffer, StoredBank, store_questions
from courses.questions.editions import Disagreement
from portal.core.base.audit import Actor
from portal.core.base.database import writing


@dataclass(frozen=True, slots=True)
class ImportReport:
    """What an import did, or, as a dry run, would do.

    Of a package with anything `refused` nothing was taken; of a file of questions the sound ones were.
    """

    took: tuple[Took, ...] = ()
    refused: tuple[Fault, ...] = ()
    kept_not: tuple[Fault, ...] = ()
    dry_run: bool = False

    @property
    def ok(self) -> bool:
        return not self.refused

    @property
    def changes(self) -> bool:
        return any(one.state != "unchanged" for one in self.took)


@dataclass(frozen=True, slots=True)
class Stored:
    """What a section may build on: the curriculum version that the package stands for, and its banks by code.

    `parts` gives the ids of that version's parts by (kind, code); both are empty where there is no curriculum.
    """

    curriculum_version_id: int | None
    parts: Mapping[tuple[str, str], int]
    banks: Mapping[str, StoredBank]
    is_new: bool = False
    languages: tuple[str, ...] = field(default=())


class Section(Protocol):
    """An upper room's table of package.toml. Its faults carry catalog keys of that room (`exams.fault.…`)."""

    def check(self, rows: Any, package: Package) -> list[Fault]:
        """What is wrong with `rows` (plain TOML values, of any shape) in this package. Never raises."""

    async def store(self, rows: Any, stored: Stored, actor: Actor, at: datetime) -> list[Took]:
        """Keep the section in the open transaction; storing the same again changes nothing."""


SECTIONS: dict[str, Section] = {}


class _Undone(Exception):
    """Everything went well, and nothing is to stay."""


@dataclass
class _Stopped(Exception):
    """The database knows something that forbids this package."""

    faults: tuple[Fault, ...]


async def import_package(
    actor: Actor, package: Package, at: datetime, dry_run: bool = False, *, publish: bool = True
) -> ImportReport:
    """Take `package` in, whole or not at all. A dry run does the same and then undoes it, so its report is exact.

    With `publish` False only its courses are taken, as drafts. Raises Refused("import_meanwhile") where somebody
    imported the same at the same moment.
    """
    faults = package.faults or tuple(_section_faults(package))
    notes = (*package.notes, *_unknown_sections(package), *(() if publish else _left_for_later(package)))
    if faults:
        return ImportReport(refused=faults, kept_not=notes, dry_run=dry_run)
    ready = await make_ready(package.courses, publish=publish, put=not dry_run)
    took, faults = await _whole(lambda: _take(actor, package, ready, at, publish=publish), dry_run=dry_run)
    return ImportReport(took, faults, notes, dry_run)


async def import_bank(
    actor: Actor, bank: BankContent, at: datetime, dry_run: bool = False, *, retire_missing: bool = False
) -> ImportReport:
    """Add questions to a bank; those that it has and `bank` has not stay, unless they are to be retired."""

    async def take() -> list[Took]:
        stored = await _take_bank(bank, at, retire_missing=retire_missing)
        return [_told_bank(bank.code, stored)]

    took, faults = await _whole(take, dry_run=dry_run)
    return ImportReport(took, faults, (), dry_run)


async def _whole(
    take: Callable[[], Awaitable[list[Took]]], *, dry_run: bool
) -> tuple[tuple[Took, ...], tuple[Fault, ...]]:
    took: list[Took] = []
    try:
        async with writing():
            took = await take()
            if dry_run:
                raise _Undone
    except _Undone:
        pass
    except _Stopped as stopped:
        return (), stopped.faults
    return tuple(took), ()


async def _take(actor: Actor, package: Package, ready: Ready, at: datetime, *, publish: bool) -> list[Took]:
    banks = {bank.code: await _take_bank(bank, at, retire_missing=True) for bank in package.banks} if publish else {}
    took = [_told_bank(code, stored) for code, stored in banks.items()]
    for course in package.courses:
        try:
            took.append(await keep_course(actor, course, ready.courses[course.code], at))
        except EditionsDiffer as refused:
            raise _Stopped(tuple(editions_fault(f"courses/{course.code}", d) for d in refused.disagreements)) from None
    if package.curriculum is None or not publish:
        return took
    kept = await keep_curriculum(actor, package.curriculum, package.curriculum_digest, at)
    if kept.faults:
        raise _Stopped(kept.faults)
    took.append(kept.told)
    stored = Stored(kept.version_id, kept.parts, banks, kept.told.state == "new", package.languages)
    for name, section in SECTIONS.items():
        if name in package.sections:
            took += await section.store(package.sections[name], stored, actor, at)
    return took


async def _take_bank(bank: BankContent, at: datetime, *, retire_missing: bool) -> StoredBank:
    try:
        return await store_questions(bank.code, bank.editions, at, retire_missing=retire_missing)
    except EditionsDiffer as refused:
        raise _Stopped(tuple(editions_fault("questions", one) for one in refused.disagreements)) from None


def editions_fault(file: str, one: Disagreement) -> Fault:
    """A disagreement of editions as a package's fault."""
    params = {"code": one.code, "language": one.language}
    return Fault(file, None, f"edition_{one.what}", params, one.code)


def _told_bank(code: str, stored: StoredBank) -> Took:
    counts = {
        "added": len(stored.added),
        "changed": len(stored.changed),
        "unchanged": len(stored.unchanged),
        "retired": len(stored.retired),
    }
    touched = stored.added or stored.changed or stored.retired
    return Took("bank", code, "new" if touched else "unchanged", counts)


def _section_faults(package: Package) -> list[Fault]:
    joined = [(name, section) for name, section in SECTIONS.items() if name in package.sections]
    return [fault for name, section in joined for fault in section.check(package.sections[name], package)]


def _unknown_sections(package: Package) -> list[Fault]:
    return [
        Fault("package.toml", None, "section_left_out", {"name": name}, name)
        for name in package.sections
        if name not in SECTIONS
    ]


def _left_for_later(package: Package) -> list[Fault]:
    if package.curriculum is None and not package.banks:
        return []
    return [Fault("package.toml", None, "left_for_later")]
