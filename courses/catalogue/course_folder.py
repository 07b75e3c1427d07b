"""One course's folder: course.toml, a file a lesson and language, and its media."""

from collections.abc import Mapping
from dataclasses import dataclass

from courses.catalogue.content import CourseContent, Fault, LessonContent, Media
from courses.catalogue.forms import LONGEST_SUMMARY, LONGEST_TITLE, CourseRow, LessonRow
from courses.catalogue.pictures import Unfit, clean_media
from courses.catalogue.proofread import LONGEST_LESSON, proofread, shown_media
from courses.catalogue.source import Source, twice
from courses.catalogue.toml import Toml
from courses.questions.rules import Question

_LONGEST_NAME = 120


def read_course(source: Source, folder: str) -> CourseContent | None:
    """The course in `courses/<folder>`, or None where its course.toml cannot be used; faults go into `source`."""
    base = f"courses/{folder}"
    manifest = source.toml(f"{base}/course.toml")
    readable = not manifest.faults
    rows = manifest.tables(manifest.data, "lessons", LessonRow)
    row = manifest.table(manifest.data, CourseRow) if readable else None
    course = _Folder(source, manifest, base).course(row, rows) if row else None
    source.faults += manifest.faults
    return course


@dataclass(frozen=True, slots=True)
class _Folder:
    """The folder `base` while it is read: faults of course.toml go into `manifest`, of other files into `source`."""

    source: Source
    manifest: Toml
    base: str

    def course(self, row: CourseRow, rows: list[LessonRow]) -> CourseContent:
        if self.base != f"courses/{row.code}":
            self.manifest.refuse("code", "folder_name", code=row.code)
        if not rows and not self.manifest.faults:
            self.manifest.refuse("lessons", "fault.required")
        self.manifest.unique([lesson.code for lesson in rows], "lessons")
        lessons = tuple(self._lesson(place, lesson) for place, lesson in enumerate(rows))
        self._demand_distinct(lessons)
        return CourseContent(
            code=row.code,
            tag=row.tag,
            titles=self._texts(row.title, "title", LONGEST_TITLE),
            summaries=self._texts(row.summary, "summary", LONGEST_SUMMARY),
            lessons=lessons,
            media=self._media(lessons),
        )

    def _texts(self, given: Mapping[str, str], path: str, longest: int) -> dict[str, str]:
        return self.manifest.texts(given, self.source.languages, path, longest)

    def _lesson(self, place: int, row: LessonRow) -> LessonContent:
        asks = row.kind == "checkpoint"
        return LessonContent(
            code=row.code,
            kind=row.kind,
            minutes=row.minutes,
            min_seconds=row.min_seconds,
            titles=self._texts(row.title, f"lessons[{place}].title", LONGEST_TITLE),
            sources={} if asks else self._sources(row.code),
            questions=self._questions(row.code) if asks else {},
        )

    def _sources(self, code: str) -> dict[str, str]:
        texts: dict[str, str] = {}
        for language in self.source.languages:
            file = f"{self.base}/{language}/{code}.md"
            text = self.source.text(file)
            if text is None:
                continue
            for fault in proofread(text, self._media_names()):
                params = {"limit": LONGEST_LESSON} if fault.code == "lesson_too_long" else {}
                self.source.faults.append(Fault(file, fault.line, fault.code, params, fault.detail))
            texts[language] = text
        return texts

    def _questions(self, code: str) -> dict[str, tuple[Question, ...]]:
        names = {language: f"{self.base}/{language}/{code}.gift" for language in self.source.languages}
        editions = {language: self.source.questions(name) for language, name in names.items()}
        places = {(language, one.code): names[language] for language, found in editions.items() for one in found}
        self.source.agree(editions, places)
        return editions

    def _demand_distinct(self, lessons: tuple[LessonContent, ...]) -> None:
        """A code names one question of the course, in whichever of its checkpoints."""
        for language in self.source.languages:
            codes = [question.code for lesson in lessons for question in lesson.questions.get(language, ())]
            for code in twice(codes):
                self.source.refuse(f"{self.base}/{language}", "code_twice", detail=code, code=code)

    def _media_names(self) -> set[str]:
        return {name for name in self.source.names(f"{self.base}/media") if not _is_drawing(name)}

    def _media(self, lessons: tuple[LessonContent, ...]) -> tuple[Media, ...]:
        """The media that lessons show; drawings' sources (.svg) are left out with a word, as is what nobody shows."""
        shown = set().union(*(shown_media(text) for lesson in lessons for text in lesson.sources.values()), set())
        drawings = [name for name in self.source.names(f"{self.base}/media") if _is_drawing(name)]
        self.source.used |= {f"{self.base}/media/{name}" for name in drawings}
        if drawings:
            self.source.note(f"{self.base}/media", "svg_left_out", n=len(drawings))
        kept = (self._one(name) for name in sorted(shown & self._media_names()))
        return tuple(media for media in kept if media is not None)

    def _one(self, name: str) -> Media | None:
        file = f"{self.base}/media/{name}"
        if len(name) > _LONGEST_NAME:
            self.source.refuse(file, "name_unusable")
            return None
        try:
            return clean_media(name, self.source.take(file) or b"")
        except Unfit as unfit:
            self.source.faults.append(Fault(file, None, unfit.code, unfit.params))
            return None


def _is_drawing(name: str) -> bool:
    return name.lower().endswith(".svg")
