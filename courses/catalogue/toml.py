"""TOML files of a package, read field by field: every fault is told at its field and, where possible, line."""

import re
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeVar

import msgspec

from courses.catalogue.content import Fault
from portal.core.web.shapes import read_shape

Row = TypeVar("Row", bound=msgspec.Struct)
LARGEST = 300_000  # bytes
MOST_ROWS = 500
_AT_LINE = re.compile(r"at line (\d+)")
_STEP = re.compile(r"(\w[\w-]*)(?:\[(\d+)\])?")


@dataclass(slots=True)
class Toml:
    """One file: its values, of which readers take their parts out, and its faults so far."""

    name: str
    text: str = ""
    data: dict[str, Any] = field(default_factory=dict)
    faults: list[Fault] = field(default_factory=list)

    def refuse(self, path: str, code: str, /, **params: object) -> None:
        """Note a fault of the field at `path` (`lessons[2].minutes`)."""
        self.faults.append(Fault(self.name, line_of(self.text, path), code, params, path))

    def table(self, data: object, struct: type[Row], path: str = "") -> Row | None:
        """One table as `struct`, or None with its faults noted."""
        if not isinstance(data, dict):
            self.refuse(path, "fault.not_object")
            return None
        shape, faults = read_shape(data, struct, path=f"{path}." if path else "")
        for fault in faults:
            self.refuse(fault.path, f"fault.{fault.code}", **fault.params)
        return shape

    def tables(self, data: dict[str, Any], name: str, struct: type[Row], path: str = "") -> list[Row]:
        """The tables `[[name]]`, taken out of `data`; those with faults are left out and noted."""
        given = data.pop(name, [])
        path = f"{path}.{name}" if path else name
        if not isinstance(given, list):
            self.refuse(path, "fault.malformed")
            return []
        if len(given) > MOST_ROWS:
            self.refuse(path, "fault.too_large", limit=MOST_ROWS)
            return []
        read = [self.table(one, struct, f"{path}[{place}]") for place, one in enumerate(given)]
        return [row for row in read if row is not None]

    def texts(self, given: Mapping[str, str], languages: Sequence[str], path: str, longest: int) -> dict[str, str]:
        """A text in each of the package's languages; a missing, blank or too long one is noted."""
        for language in given.keys() - set(languages):
            self.refuse(f"{path}.{language}", "fault.unknown")
        for language in languages:
            text = given.get(language, "")
            if not text:
                self.refuse(path, "text_missing", language=language)
            elif len(text) > longest:
                self.refuse(f"{path}.{language}", "fault.too_long", limit=longest)
        return {language: given.get(language, "") for language in languages}

    def unique(self, codes: Sequence[str], path: str) -> None:
        for place, code in enumerate(codes):
            if code in codes[:place]:
                self.refuse(f"{path}[{place}]", "code_twice", code=code)


def open_toml(name: str, content: bytes | None) -> Toml:
    """The file as TOML; one that is missing or cannot be read has no values and says why. Never raises."""
    opened = Toml(name)
    if content is None:
        opened.refuse("", "file_missing")
    elif len(content) > LARGEST:
        opened.refuse("", "fault.too_large", limit=LARGEST)
    else:
        _parse(opened, content)
    return opened


def _parse(opened: Toml, content: bytes) -> None:
    try:
        opened.text = content.decode("utf-8-sig").replace("\r\n", "\n")
        opened.data = tomllib.loads(opened.text)
    except UnicodeDecodeError:
        opened.refuse("", "questions.gift.not_utf8")
    except (ValueError, RecursionError) as wrong:  # a number of ten thousand digits is a plain ValueError
        found = _AT_LINE.search(str(wrong))
        opened.faults.append(Fault(opened.name, int(found[1]) if found else None, "not_toml"))


def line_of(text: str, path: str) -> int | None:
    """The line (from 1) where the field of `path` stands, or its table, or None. TOML readers keep no lines."""
    lines = text.split("\n")
    at, reached = 0, None
    prefix = ""
    for name, place in _STEP.findall(path):
        prefix = f"{prefix}.{name}" if prefix else name
        if place:
            found = _nth(lines, re.compile(rf"\s*\[\[\s*{re.escape(prefix)}\s*\]\]"), int(place), 0)
        else:
            found = _nth(lines, re.compile(rf"\s*(?:\[{{1,2}}{re.escape(prefix)}\]|{re.escape(name)}\s*=)"), 0, at)
        if found is None:
            return reached
        at, reached = found, found + 1
    return reached


def _nth(lines: Sequence[str], wanted: re.Pattern[str], place: int, start: int) -> int | None:
    found = (number for number, line in enumerate(lines[start:], start) if wanted.match(line))
    return next((number for count, number in enumerate(found) if count == place), None)
