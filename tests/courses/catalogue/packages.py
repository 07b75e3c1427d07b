"""A small sound package as files in memory, to be changed a little by each test, and packed."""

import io
import zipfile
from collections.abc import Mapping
from pathlib import Path

from PIL import Image

from courses.catalogue.content import Package
from courses.catalogue.package import read_zip

Files = dict[str, bytes]
LANGUAGES = ("zh-Hans", "en")

PACKAGE = """format = 1
code = "starter"
languages = ["zh-Hans", "en"]

[curriculum]
code = "starter"
purpose = "elective"
label = "2026-11"
due_days = 30
valid_days = 0
grace_days = 0

[curriculum.title]
zh-Hans = "入门"
en = "Starting out"

[[curriculum.parts]]
kind = "course"
code = "parcels"

[[banks]]
code = "starter"
tags = ["parcels"]
"""
COURSE = """code = "parcels"
tag = "parcels"

[title]
zh-Hans = "包裹在哪里"
en = "Where is my parcel"

[summary]
zh-Hans = "学完会查物流。"
en = "Afterwards you can trace a parcel."

[[lessons]]
code = "late"
kind = "article"
minutes = 4
min_seconds = 10
[lessons.title]
zh-Hans = "三天没有动静"
en = "Three days of silence"

[[lessons]]
code = "check"
kind = "checkpoint"
minutes = 3
[lessons.title]
zh-Hans = "两道题"
en = "Two questions"
"""
LESSON = """{first}

![{alt}](media/box.png)

## {heading}

::: say
- {say}
:::

::: think
{think}
:::
"""
GIFT = """// [id:{prefix}-1] [tag:parcels] [tag:easy]
::{prefix}-1::[markdown]{stem}{{
={right}
~{wrong}
####{why}
}}

// [id:{prefix}-2] [tag:parcels] [tag:hard]
::{prefix}-2::[markdown]{other}{{TRUE####{why}}}
"""


def picture(form: str = "PNG", size: tuple[int, int] = (60, 40), colour: str = "green") -> bytes:
    out = io.BytesIO()
    Image.new("RGB", size, colour).save(out, form)
    return out.getvalue()


def lesson(language: str) -> str:
    if language == "en":
        return LESSON.format(first="First look.", alt="a box", heading="Then", say="“I look.”", think="Why?")
    return LESSON.format(first="先看看。", alt="一个箱子", heading="然后", say="“我看看。”", think="为什么？")


def gift(language: str, prefix: str) -> str:
    if language == "en":
        texts = {"stem": "What first?", "right": "Look", "wrong": "Wait", "other": "Is it late?", "why": "Because."}
    else:
        texts = {"stem": "先做什么？", "right": "先看", "wrong": "等着", "other": "晚了吗？", "why": "因为。"}
    return GIFT.format(prefix=prefix, **texts)


def sound() -> Files:
    """The package, nothing wrong with it."""
    files = {"package.toml": PACKAGE.encode(), "courses/parcels/course.toml": COURSE.encode()}
    files["courses/parcels/media/box.png"] = picture()
    for language in LANGUAGES:
        files[f"courses/parcels/{language}/late.md"] = lesson(language).encode()
        files[f"courses/parcels/{language}/check.gift"] = gift(language, "check").encode()
        files[f"questions/{language}/parcels.gift"] = gift(language, "bank").encode()
    return files


def with_text(name: str, old: str, new: str, files: Files | None = None) -> Files:
    """The package with one text replaced in one file."""
    files = dict(files or sound())
    text = files[name].decode()
    assert old in text, f"{old!r} is not in {name}"
    files[name] = text.replace(old, new).encode()
    return files


def both(path: str, old: str, new: str) -> Files:
    """The package with one text replaced in the file of both languages; `path` holds {} for the language."""
    files = sound()
    for language in LANGUAGES:
        files = with_text(path.format(language), old, new, files)
    return files


def packed(files: Mapping[str, bytes], *, compression: int = zipfile.ZIP_DEFLATED) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", compression) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return out.getvalue()


def read(files: Mapping[str, bytes] | None = None) -> Package:
    return read_zip(packed(files if files is not None else sound()))


def unfold(files: Mapping[str, bytes], folder: Path) -> Path:
    """The package as a folder on disk."""
    for name, content in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    return folder


def told(package: Package) -> list[tuple[str, int | None, str]]:
    return [(fault.file, fault.line, fault.code) for fault in package.faults]
