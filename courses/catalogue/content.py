"""A package as plain values: what its author wrote, checked and ready to be kept, and everything wrong with it."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import msgspec

from courses.questions.rules import Question

Texts = Mapping[str, str]  # by language


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong at a place of a package, or could not be kept from it.

    `code` is one of this room's (`catalogue.fault.<code>`) or, where it holds a dot, a catalog key as it is.
    `detail` is what stands there: a field's name, a question's first words, a file's name.
    """

    file: str
    line: int | None
    code: str
    params: Mapping[str, object] = field(default_factory=dict)
    detail: str = ""

    @property
    def key(self) -> str:
        return self.code if "." in self.code else f"catalogue.fault.{self.code}"


@dataclass(frozen=True, slots=True)
class Media:
    """A picture or film of a course, cleaned. `source` and `sha256` are of the author's file and of what we keep."""

    name: str
    source: str
    content: bytes
    sha256: str
    media_type: str
    width: int | None = None
    height: int | None = None


@dataclass(frozen=True, slots=True)
class LessonContent:
    """A lesson with its texts by language; a checkpoint has questions by language instead."""

    code: str
    kind: str
    minutes: int
    min_seconds: int
    titles: Texts
    sources: Texts
    questions: Mapping[str, tuple[Question, ...]]


@dataclass(frozen=True, slots=True)
class CourseContent:
    """A course as its folder says it."""

    code: str
    tag: str
    titles: Texts
    summaries: Texts
    lessons: tuple[LessonContent, ...]
    media: tuple[Media, ...]

    @property
    def digest(self) -> str:
        """The same for the same words, questions and pictures, whatever we made of the pictures."""
        lessons = [msgspec.to_builtins(lesson) for lesson in self.lessons]
        media = sorted((one.name, one.source) for one in self.media)
        return digest_of([self.code, self.tag, dict(self.titles), dict(self.summaries), lessons, media])


@dataclass(frozen=True, slots=True)
class PartContent:
    kind: str
    code: str
    choice: int | None


@dataclass(frozen=True, slots=True)
class CurriculumContent:
    """A curriculum as package.toml says it; days as in `queries.CurriculumInfo`."""

    code: str
    purpose: str
    label: str
    due_days: int
    valid_days: int
    grace_days: int
    titles: Texts
    parts: tuple[PartContent, ...]


@dataclass(frozen=True, slots=True)
class BankContent:
    """A bank's questions by language."""

    code: str
    editions: Mapping[str, tuple[Question, ...]]


@dataclass(frozen=True, slots=True)
class Package:
    """A package as read. With any fault nothing of it may be taken; notes tell what is left out.

    `sections` are further tables of package.toml as TOML gives them, for the rooms that know them.
    """

    code: str = ""
    languages: tuple[str, ...] = ()
    courses: tuple[CourseContent, ...] = ()
    curriculum: CurriculumContent | None = None
    banks: tuple[BankContent, ...] = ()
    sections: Mapping[str, Any] = field(default_factory=dict)
    faults: tuple[Fault, ...] = ()
    notes: tuple[Fault, ...] = ()

    def bank(self, code: str) -> BankContent | None:
        return next((bank for bank in self.banks if bank.code == code), None)

    @property
    def curriculum_digest(self) -> str:
        """Over the curriculum and the further sections: a part's exam is part of what the curriculum asks."""
        return digest_of([msgspec.to_builtins(self.curriculum), self.sections])


@dataclass(frozen=True, slots=True)
class Took:
    """One thing of a package and what became of it (`new`, `published`, `draft`, `unchanged`), with counts to tell.

    Its word is the catalog key `catalogue.took.<kind>`, or `kind` itself where that holds a dot.
    """

    kind: str
    code: str
    state: str
    counts: Mapping[str, int] = field(default_factory=dict)

    @property
    def key(self) -> str:
        return self.kind if "." in self.kind else f"catalogue.took.{self.kind}"


def digest_of(plain: object) -> str:
    """A SHA-256 over plain values, the same on every machine."""
    return hashlib.sha256(json.dumps(plain, sort_keys=True, ensure_ascii=False, default=str).encode()).hexdigest()
