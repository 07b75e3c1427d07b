"""Packages coming in, on both databases: whole or not at all, and a new version only of what changed."""

import asyncio

import pytest

from courses.assignment.actions import assign_course
from courses.catalogue import queries
from courses.catalogue.commands import ensure_shipped
from courses.catalogue.content import Package
from courses.catalogue.importing import SECTIONS, import_package
from courses.catalogue.tables import CourseVersion, CurriculumVersion, LessonMedia
from courses.progress.actions import begin_course
from courses.progress.tables import Enrolment
from portal.core.base import files as store
from portal.core.base.audit import SYSTEM, Actor
from portal.core.base.database import reading
from portal.core.base.refusals import Refused
from portal.core.base.tables import AuditEntry, StoredFile
from tests import make
from tests.courses.catalogue.packages import picture, read, sound, with_text
from tests.courses.catalogue.scene import AT, LATE, LATER, TABLES, counts, current, states, take, text


@pytest.mark.usefixtures("database")
class TestShipped:
    async def test_they_come_in_cleanly_and_once(self) -> None:
        first = await ensure_shipped(AT)
        assert [report.refused for report in first] == [(), (), ()]
        assert {one.state for report in first for one in report.took} == {"new"}
        before = await counts()
        again = await ensure_shipped(LATER)
        assert {one.state for report in again for one in report.took} == {"unchanged"}
        assert await counts() == before
        async with reading():
            licence = await queries.current_curriculum("owner_licence", "zh-Hans")
            remedial = await queries.current_curriculum("remedial", "en")
            desk = await queries.current_curriculum("agent", "zh-Hans")
        assert licence is not None
        assert remedial is not None
        assert desk is not None
        assert (licence.title, licence.valid_days, len(licence.course_ids)) == ("店主上岗必修", 365, 7)
        assert (remedial.title, [part.kind for part in remedial.parts]) == ("Honest promotion", ["course", "exam"])
        assert (desk.title, desk.due_days, desk.valid_days, len(desk.course_ids)) == ("客服上岗必修", 14, 365, 4)


@pytest.mark.usefixtures("database")
class TestImporting:
    async def test_everything_of_a_package_is_there_afterwards(self) -> None:
        report = await take()
        assert states(report) == {
            ("bank", "starter"): "new",
            ("course", "parcels"): "new",
            ("curriculum", "starter"): "new",
        }
        course = await current()
        assert (course.title, course.minutes) == ("Where is my parcel", 7)
        assert [(lesson.code, lesson.kind, lesson.min_seconds) for lesson in course.lessons] == [
            ("late", "article", 10),
            ("check", "checkpoint", 0),
        ]
        html = await text(course)
        assert '<section class="say" data-tone="green"><h2><svg class="icon"' in html
        assert 'alt="a box"' in html
        assert "可以这样说" in await text(course, "zh-Hans")
        async with reading():
            assert len(await queries.lesson_questions(course.lessons[1].id)) == 2

    async def test_a_dry_run_reports_the_same_and_writes_nothing(self) -> None:
        before = await counts()
        dry = await take(dry_run=True)
        assert await counts() == before
        real = await take()
        assert (dry.took, dry.dry_run, dry.changes) == (real.took, True, True)
        assert states(await take(dry_run=True)) == dict.fromkeys(states(real), "unchanged")

    async def test_the_same_again_changes_nothing(self) -> None:
        await take()
        before = await counts()
        report = await take(at=LATER)
        assert (set(states(report).values()), report.changes) == ({"unchanged"}, False)
        assert await counts() == before

    async def test_an_edited_lesson_is_a_new_version_beside_the_old_one(self) -> None:
        await take()
        old = await current()
        report = await take(with_text(LATE, "First look.", "First, look twice."), LATER)
        assert states(report) == {
            ("bank", "starter"): "unchanged",
            ("course", "parcels"): "new",
            ("curriculum", "starter"): "unchanged",
        }
        new = await current()
        assert new.version_id != old.version_id
        assert "look twice" in await text(new)
        async with reading():
            pinned = await queries.course(old.version_id, "en")
        assert pinned == old
        assert "look twice" not in await text(old)

    async def test_who_has_begun_finishes_the_version_she_began(self) -> None:
        await take()
        old = await current()
        she, other = await make.person("owner", "Olive"), await make.person("owner", "Otto")
        given, _ = await assign_course(SYSTEM, she, old.course_id, "manual", AT)
        begun = await begin_course(she, given, old.course_id, AT)
        await take(with_text(LATE, "First look.", "First, look twice."), LATER)
        later, _ = await assign_course(SYSTEM, other, old.course_id, "manual", LATER)
        assert await begin_course(she, given, old.course_id, LATER) == begun
        fresh = await begin_course(other, later, old.course_id, LATER)
        async with reading():
            rows = await Enrolment.select(Enrolment.id, Enrolment.version)
        pinned = {row["id"]: row["version"] for row in rows}
        assert pinned == {begun: old.version_id, fresh: (await current()).version_id}

    async def test_a_picture_that_did_not_change_keeps_its_address(self) -> None:
        await take()
        await take(with_text(LATE, "First look.", "First, look twice."), LATER)
        async with reading():
            media = await LessonMedia.select(LessonMedia.file).order_by(LessonMedia.id)
            assert len(media) == 2
            assert len({row["file"] for row in media}) == 1
        await take({**sound(), "courses/parcels/media/box.png": picture(colour="red")}, LATER)
        async with reading():
            assert await StoredFile.count() == 2

    async def test_a_changed_curriculum_is_a_new_version_of_it_alone(self) -> None:
        await take()
        report = await take(with_text("package.toml", "valid_days = 0", "valid_days = 365"), LATER)
        assert states(report)["curriculum", "starter"] == "new"
        assert states(report)["course", "parcels"] == "unchanged"
        async with reading():
            curriculum = await queries.current_curriculum("elective", "en")
            assert curriculum is not None
            assert (curriculum.number, curriculum.valid_days) == (2, 365)
            assert await queries.current_version_of(curriculum.curriculum_id) == curriculum.version_id

    async def test_a_curriculum_may_name_a_course_that_is_here_already(self) -> None:
        await take()
        files = with_text("package.toml", 'code = "starter"\npurpose', 'code = "further"\npurpose')
        alone = {name: content for name, content in files.items() if not name.startswith("courses/")}
        assert states(await take(alone, LATER))["curriculum", "further"] == "new"

    async def test_a_refused_package_leaves_nothing(self) -> None:
        alone = {name: content for name, content in sound().items() if not name.startswith("courses/")}
        report = await take(alone)
        assert [(fault.code, fault.detail) for fault in report.refused] == [("course_unknown", "parcels")]
        assert (report.took, await counts()) == ((), [0] * len(TABLES))
        broken = read(with_text(LATE, "First look.", "<b>First</b>"))
        assert [fault.code for fault in (await import_package(SYSTEM, broken, AT)).refused] == ["raw_html"]
        assert await counts() == [0] * len(TABLES)

    async def test_a_curriculum_keeps_its_purpose(self) -> None:
        await take()
        report = await take(with_text("package.toml", '"elective"', '"agent"'), LATER)
        assert [fault.code for fault in report.refused] == ["purpose_changed"]

    async def test_who_published_what_is_in_the_audit_trail(self) -> None:
        await import_package(Actor("person", 7), read(), AT)
        async with reading():
            acts = await AuditEntry.select(AuditEntry.action, AuditEntry.actor_id).order_by(AuditEntry.id)
            made_by = await CourseVersion.select(CourseVersion.made_by)
        assert [(row["action"], row["actor_id"]) for row in acts] == [
            ("catalogue.course_new", 7),
            ("catalogue.curriculum_published", 7),
        ]
        assert made_by == [{"made_by": 7}]

    async def test_two_at_once_make_one_version(self) -> None:
        async def try_it() -> str:
            try:
                return next(iter(set(states(await take()).values()) - {"unchanged"}), "unchanged")
            except Refused as refused:
                return refused.code

        outcomes = await asyncio.gather(*(try_it() for _ in range(6)))
        assert outcomes.count("new") >= 1
        assert set(outcomes) <= {"new", "unchanged", "import_meanwhile"}
        async with reading():
            assert (await CourseVersion.count(), await CurriculumVersion.count()) == (1, 1)
        assert states(await take(at=LATER)) == dict.fromkeys(states(await take(at=LATER)), "unchanged")

    async def test_the_pictures_are_in_the_store(self) -> None:
        await take()
        async with reading():
            (row,) = await StoredFile.select(StoredFile.sha256, StoredFile.size, StoredFile.media_type)
        assert len(await store.read(row["sha256"])) == row["size"]
        assert row["media_type"] == "image/webp"


@pytest.mark.usefixtures("database")
class TestSections:
    async def test_a_part_of_package_toml_that_no_room_knows_is_left_out_with_a_word(self) -> None:
        package = read(with_text("package.toml", "[[banks]]", "[[exams]]\ncode = 'x'\n\n[[banks]]"))
        joined = SECTIONS.pop("exams", None)
        try:
            report = await import_package(SYSTEM, package, AT)
        finally:
            if joined is not None:
                SECTIONS["exams"] = joined
        assert report.ok
        assert [(note.code, note.detail) for note in report.kept_not] == [("section_left_out", "exams")]

    async def test_a_change_in_a_section_is_a_change_of_the_curriculum(self) -> None:
        plain = read()
        other = Package(
            plain.code, plain.languages, plain.courses, plain.curriculum, plain.banks, {"exams": [{"minutes": 40}]}
        )
        assert other.curriculum_digest != plain.curriculum_digest
