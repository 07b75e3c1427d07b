"""The smallest curriculum that has everything: one course of one lesson, one exam of one question."""

from pathlib import Path

_COURSE = """code = "{code}"
tag = "{code}"
[title]
zh-Hans = "课"
en = "Course"
[summary]
zh-Hans = "一句话。"
en = "One sentence."
[[lessons]]
code = "only"
kind = "article"
minutes = 1
min_seconds = 10
[lessons.title]
zh-Hans = "唯一一节"
en = "The only one"
"""
_PACKAGE = """format = 1
code = "{code}"
languages = ["zh-Hans", "en"]
[curriculum]
code = "{code}"
purpose = "{purpose}"
label = "{label}"
due_days = 30
valid_days = {valid_days}
grace_days = 20
[curriculum.title]
zh-Hans = "小课"
en = "Small"
[[curriculum.parts]]
kind = "course"
code = "{code}"
[[curriculum.parts]]
kind = "exam"
code = "{code}"
[[banks]]
code = "{code}"
tags = ["{code}"]
[[exams]]
code = "{code}"
minutes = 10
pass_percent = 80
attempts = 9
cooldown_hours = 0
[exams.title]
zh-Hans = "考试"
en = "Exam"
[[exams.draws]]
bank = "{code}"
tag = "{code}"
count = 1
"""
_QUESTION = """// [id:{code}-1] [tag:{code}] [tag:easy]
::{code}-1::[markdown]{text}{{
={right}
~{wrong}
####{why}
}}
"""


def write_package(folder: Path, code: str, purpose: str, *, label: str = "1", valid_days: int = 100) -> Path:
    """A package folder that can be imported; another `label` makes another version of the curriculum."""
    course = folder / "courses" / code
    for language in ("zh-Hans", "en"):
        (course / language).mkdir(parents=True, exist_ok=True)
        (course / language / "only.md").write_text("正文一段。\n" if language == "zh-Hans" else "One paragraph.\n")
        (folder / "questions" / language).mkdir(parents=True, exist_ok=True)
    (course / "course.toml").write_text(_COURSE.format(code=code))
    values = {"code": code, "purpose": purpose, "label": label, "valid_days": valid_days}
    (folder / "package.toml").write_text(_PACKAGE.format(**values))
    zh = _QUESTION.format(code=code, text=f"{code} 选哪个？", right="对的", wrong="错的", why="因为对。")
    en = _QUESTION.format(code=code, text=f"{code}: which one?", right="right", wrong="wrong", why="It is right.")
    (folder / "questions" / "zh-Hans" / f"{code}.gift").write_text(zh)
    (folder / "questions" / "en" / f"{code}.gift").write_text(en)
    return folder
