"""The `exams` table of a package: what it may say, what it is checked against, and that it is kept once."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from certification.exams import queries
from certification.exams.rules import ShowAfter
from certification.exams.section import ExamSection
from certification.exams.tables import ExamVersion
from courses.catalogue.importing import SECTIONS, import_package
from courses.catalogue.package import read_package
from portal.core.base.audit import SYSTEM
from portal.core.base.database import reading
from portal.core.web.i18n import LANGUAGES, speaking, t
from tests.certification.exams.stage import AT, exam_rows, package, set_stage

SHIPPED = Path(__file__).parents[3] / "courses" / "curricula"


def draws(**changes: Any) -> list[dict[str, Any]]:
    return exam_rows(draws=[{"bank": "bank", "tag": "care", "difficulty": "easy", "count": 6, **changes}])


def without(name: str) -> list[dict[str, Any]]:
    return [{key: value for key, value in exam_rows()[0].items() if key != name}]


@pytest.mark.parametrize(
    ("rows", "codes"),
    [
        (exam_rows(), []),
        (draws(points=3), []),
        (draws(difficulty=None), []),
        ([], ["exams.fault.no_exam"]),
        ("exams", ["exams.fault.rows"]),
        ({"code": "final"}, ["exams.fault.rows"]),
        ([7], ["exams.fault.rows"]),
        (exam_rows(draws=[7]), ["exams.fault.rows"]),
        (exam_rows(draws="all"), ["fault.malformed"]),
        (exam_rows(draws=[]), ["exams.fault.no_draws"]),
        (without("minutes"), ["fault.required"]),
        (exam_rows(minutes="long"), ["fault.not_number"]),
        (exam_rows(minutes=0), ["exams.fault.value"]),
        (exam_rows(minutes=10**30), ["fault.too_large", "fault.malformed", "exams.fault.value"]),
        (exam_rows(pass_percent=101), ["exams.fault.value"]),
        (exam_rows(show_after="everything"), ["fault.not_choice", "fault.malformed"]),
        (exam_rows(proctor=True), ["fault.unknown"]),
        (exam_rows(title={"en": "Exam"}), ["exams.fault.title"]),
        (exam_rows(title={"en": "", "zh-Hans": "x" * 200}), ["fault.too_short", "fault.too_long"]),
        (exam_rows(code="other"), ["exams.fault.no_part", "exams.fault.no_exam"]),
        (exam_rows() + exam_rows(), ["exams.fault.twice"]),
        (draws(bank="nowhere"), ["exams.fault.bank"]),
        (draws(tag="nothing"), ["exams.fault.too_few"]),
        (draws(difficulty="hard"), ["exams.fault.too_few"]),
        (draws(difficulty="harder"), ["fault.not_choice", "fault.malformed"]),
        (draws(count=7), ["exams.fault.too_few"]),
        (draws(count=-1), ["exams.fault.value"]),
        (draws(count=True), ["fault.not_number", "fault.malformed"]),
        (draws(count=10**12), ["exams.fault.too_long", "exams.fault.too_few"]),
    ],
)
def test_faults(rows: Any, codes: list[str]) -> None:
    found = ExamSection().check(rows, package())
    assert {fault.key for fault in found} <= set(codes)
    assert bool(found) == bool(codes)
    for fault in found:
        assert fault.file == "package.toml"
        for language in LANGUAGES:
            with speaking(language):
                assert t(fault.key, **fault.params) if fault.params else t(fault.key)


def test_two_draws_may_not_count_on_the_same_questions() -> None:
    row = {"bank": "bank", "tag": "care", "difficulty": "easy", "count": 4}
    (fault,) = ExamSection().check(exam_rows(draws=[row, {**row, "count": 3}]), package())
    assert (fault.key, fault.params["found"]) == ("exams.fault.too_few", 2)
    assert fault.detail == "final, draws[2]"


@pytest.mark.parametrize("name", ["owner-licence", "honest-promotion", "agent-licence"])
def test_the_shipped_exams_can_be_sat(name: str) -> None:
    found = read_package(SHIPPED / name)
    assert ExamSection().check(found.sections["exams"], found) == []


async def test_an_exam_is_kept_as_the_package_says_it(database: str) -> None:
    stage = await set_stage(rows=exam_rows(show_after="topics", shuffle_options=False))
    took = {one.kind: one for one in stage.report.took}
    assert (took["exam"].code, took["exam"].state, took["exam"].counts) == ("final", "new", {"questions": 12})
    async with reading():
        exam = await queries.exam_of_part(stage.part_id, "en")
        assert await queries.exam_of_part(stage.part_id + 1) is None
    assert exam is not None
    assert (exam.title, exam.code, exam.blueprint.shuffle_options) == ("Exam en", "final", False)
    assert (exam.blueprint.minutes, exam.blueprint.pass_bp, exam.blueprint.attempts) == (40, 8_000, 3)
    assert exam.blueprint.show_after is ShowAfter.TOPICS
    assert [(one.bank, one.tag, one.difficulty, one.count, one.points) for one in exam.blueprint.draws] == [
        ("bank", "care", "easy", 6, 1),
        ("bank", "truth", "easy", 6, 1),
    ]


async def test_the_same_package_again_changes_nothing(database: str) -> None:
    await set_stage()
    report = await import_package(SYSTEM, package(), AT + timedelta(days=1))
    assert report.ok
    assert {one.kind: one.state for one in report.took}["exam"] == "unchanged"
    async with reading():
        assert (await ExamVersion.raw("SELECT count(*) AS n FROM exam_versions"))[0]["n"] == 1


async def test_a_changed_exam_is_a_new_version_and_the_old_one_stays(database: str) -> None:
    stage = await set_stage()
    report = await import_package(SYSTEM, package(rows=exam_rows(minutes=20)), AT + timedelta(days=1))
    assert {one.kind: one.state for one in report.took}["exam"] == "new"
    async with reading():
        rows = await ExamVersion.raw("SELECT number, minutes FROM exam_versions ORDER BY number")
        old = await queries.exam_of_part(stage.part_id)
    assert [(row["number"], row["minutes"]) for row in rows] == [(1, 40), (2, 20)]
    assert old is not None
    assert old.blueprint.minutes == 40


async def test_a_package_with_a_bad_exam_leaves_nothing(database: str) -> None:
    SECTIONS["exams"] = ExamSection()
    report = await import_package(SYSTEM, package(rows=draws(count=99)), AT)
    assert [fault.key for fault in report.refused] == ["exams.fault.too_few"]
    async with reading():
        for table in ("exams", "curricula", "question_banks"):
            assert (await ExamVersion.raw(f"SELECT count(*) AS n FROM {table}"))[0]["n"] == 0
