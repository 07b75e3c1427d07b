"""A package while it is being read: its files, which of them were asked for, and what was found wrong."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from courses.catalogue.content import Fault
from courses.catalogue.toml import Toml, open_toml
from courses.questions.editions import Disagreement, disagreements, missing
from courses.questions.gift import read_gift
from courses.questions.rules import Question

_MOST_UNUSED = 50


@dataclass(slots=True)
class Source:
    """`languages` are the package's; texts stand in folders of their names."""

    files: Mapping[str, bytes]
    languages: tuple[str, ...] = ()
    faults: list[Fault] = field(default_factory=list)
    notes: list[Fault] = field(default_factory=list)
    used: set[str] = field(default_factory=set)

    def refuse(self, file: str, code: str, /, line: int | None = None, detail: str = "", **params: object) -> None:
        self.faults.append(Fault(file, line, code, params, detail))

    def note(self, file: str, code: str, /, detail: str = "", **params: object) -> None:
        self.notes.append(Fault(file, None, code, params, detail))

    def take(self, name: str) -> bytes | None:
        """The file's content; it counts as used, whether it is there or not."""
        self.used.add(name)
        return self.files.get(name)

    def toml(self, name: str) -> Toml:
        return open_toml(name, self.take(name))

    def text(self, name: str) -> str | None:
        """The file as text, or None with the fault noted."""
        content = self.take(name)
        if content is None:
            self.refuse(name, "file_missing")
            return None
        try:
            return content.decode("utf-8-sig").replace("\r\n", "\n").replace("\r", "\n")
        except UnicodeDecodeError as wrong:
            self.refuse(name, "questions.gift.not_utf8", line=content.count(b"\n", 0, wrong.start) + 1)
            return None

    def questions(self, name: str) -> tuple[Question, ...]:
        """The questions of a GIFT file; refused ones are noted as faults at their lines."""
        content = self.take(name)
        if content is None:
            self.refuse(name, "file_missing")
            return ()
        parsed = read_gift(content)
        for refusal in parsed.refusals:
            self.refuse(name, f"questions.gift.{refusal.code}", line=refusal.line, detail=refusal.detail)
        for note in parsed.notes:
            self.notes.append(Fault(name, note.line, f"questions.gift.{note.code}", {}, note.detail))
        if not parsed.questions and not parsed.refusals:
            self.refuse(name, "no_questions")
        return parsed.questions

    def folders(self, parent: str) -> list[str]:
        """Names of the folders directly in `parent`."""
        inside = (name.removeprefix(f"{parent}/") for name in self.files if name.startswith(f"{parent}/"))
        return sorted({rest.partition("/")[0] for rest in inside if "/" in rest})

    def names(self, folder: str) -> list[str]:
        """Names of the files directly in `folder`."""
        inside = (name.removeprefix(f"{folder}/") for name in self.files if name.startswith(f"{folder}/"))
        return sorted(name for name in inside if "/" not in name)

    def agree(self, editions: Mapping[str, Sequence[Question]], files: Mapping[tuple[str, str], str]) -> None:
        """Note where editions are not the same questions; `files` tells where a (language, code) stands."""
        for one in (*missing(editions), *disagreements(editions)):
            file = files.get((one.language, one.code)) or self._expected(one, files)
            params = {"code": one.code, "language": one.language}
            line = self.line_of_question(file, one.code)
            self.faults.append(Fault(file, line, f"edition_{one.what}", params, one.code))

    def _expected(self, one: Disagreement, files: Mapping[tuple[str, str], str]) -> str:
        """Where a question that is missing in a language should stand: beside its other edition."""
        known = ((language, file) for (language, code), file in files.items() if code == one.code)
        return next((file.replace(f"/{language}/", f"/{one.language}/") for language, file in known), "")

    def line_of_question(self, file: str, code: str) -> int | None:
        content = self.files.get(file, b"")
        for mark in (f"[id:{code}]", f"::{code}::"):
            if (place := content.find(mark.encode())) >= 0:
                return content.count(b"\n", 0, place) + 1
        return None

    def tell_unused(self) -> None:
        """Note the files that nothing in the package asks for."""
        unused = sorted(self.files.keys() - self.used)
        for name in unused[:_MOST_UNUSED]:
            self.note(name, "file_unused")
        if len(unused) > _MOST_UNUSED:
            self.note("", "files_unused", n=len(unused) - _MOST_UNUSED)


def twice(codes: Sequence[str]) -> Iterator[str]:
    """The codes that stand more than once, each once."""
    seen: set[str] = set()
    told: set[str] = set()
    for code in codes:
        if code in seen and code not in told:
            told.add(code)
            yield code
        seen.add(code)
