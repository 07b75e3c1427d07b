"""What the TOML files of a package may say, as Structs; texts by language are checked by their readers."""

from typing import Annotated, Literal

from msgspec import Meta, Struct

Code = Annotated[str, Meta(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$", max_length=60)]
Tag = Annotated[str, Meta(pattern=r"^[\w-]+$", max_length=50)]
Label = Annotated[str, Meta(min_length=1, max_length=40)]
Minutes = Annotated[int, Meta(ge=1, le=600)]
Seconds = Annotated[int, Meta(ge=0, le=3_600)]
Days = Annotated[int, Meta(ge=0, le=3_650)]
Language = Literal["zh-Hans", "en"]
Purpose = Literal["owner_licence", "remedial", "trainer", "agent", "elective"]
LessonKind = Literal["article", "case", "video", "deck", "checkpoint"]
PartKind = Literal["course", "exam", "session"]

LONGEST_TITLE = 160
LONGEST_SUMMARY = 400


class PackageRow(Struct):
    """The head of package.toml."""

    format: Literal[1]
    code: Code
    languages: Annotated[list[Language], Meta(min_length=1, max_length=2)]


class CurriculumRow(Struct):
    code: Code
    purpose: Purpose
    label: Label
    due_days: Days
    valid_days: Days
    grace_days: Days
    title: dict[str, str]


class PartRow(Struct):
    kind: PartKind
    code: Code
    choice: Annotated[int, Meta(ge=1, le=100)] | None = None


class BankRow(Struct):
    code: Code
    tags: Annotated[list[Tag], Meta(min_length=1, max_length=100)]


class CourseRow(Struct):
    """course.toml without its lessons."""

    code: Code
    tag: Tag
    title: dict[str, str]
    summary: dict[str, str]


class LessonRow(Struct):
    code: Code
    kind: LessonKind
    minutes: Minutes
    title: dict[str, str]
    min_seconds: Seconds = 0
