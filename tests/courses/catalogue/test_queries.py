"""What other rooms read of courses: each need one query, and the other language where one is missing."""

import pytest

from courses.catalogue import queries
from portal.core.base.database import counting_queries, reading
from tests.courses.catalogue.packages import both, sound, with_text
from tests.courses.catalogue.scene import LATER, current, take


@pytest.mark.usefixtures("database")
class TestQueries:
    @pytest.fixture(autouse=True)
    async def stocked(self, database: str) -> None:
        await take()

    async def test_each_page_s_need_is_one_query_at_most(self) -> None:
        course = await current()
        async with reading():
            curriculum = await queries.current_curriculum("elective", "en")
            assert curriculum is not None
            for ask in (
                lambda: queries.curriculum_version(curriculum.version_id, "en"),
                lambda: queries.current_curriculum("elective", "en"),
                lambda: queries.course(course.version_id, "en"),
                lambda: queries.current_courses([course.course_id], "en"),
                lambda: queries.lesson_page(course.lessons[0].id, "en"),
                lambda: queries.lesson_questions(course.lessons[1].id),
                lambda: queries.assignable_courses("en"),
                lambda: queries.assignable_curricula("en"),
                lambda: queries.curriculum_titles([curriculum.version_id], "en"),
            ):
                with counting_queries() as count:
                    assert await ask()
                assert len(count) <= 1

    async def test_what_is_not_there_is_none(self) -> None:
        async with reading():
            assert await queries.curriculum_version(999, "en") is None
            assert await queries.current_curriculum("trainer", "en") is None
            assert await queries.current_version_of(999) is None
            assert await queries.course(999, "en") is None
            assert await queries.courses([], "en") == await queries.current_courses([], "en") == {}
            assert await queries.lesson_page(999, "en") is None
            assert await queries.course_by_code("x") is None
            assert await queries.curriculum_by_code("x") is None
            assert await queries.curriculum_titles([], "en") == {}

    async def test_lists_for_choosing(self) -> None:
        async with reading():
            assert [(one.code, one.title) for one in await queries.assignable_courses("zh-Hans")] == [
                ("parcels", "包裹在哪里")
            ]
            (curriculum,) = await queries.assignable_curricula("en")
            assert (curriculum.code, curriculum.title, curriculum.purpose) == ("starter", "Starting out", "elective")
            assert await queries.curriculum_titles([curriculum.version_id], "zh-Hans") == {
                curriculum.version_id: "入门"
            }

    async def test_a_missing_edition_falls_back_to_the_other(self) -> None:
        files = {name: content for name, content in sound().items() if "/zh-Hans/" not in name}
        files = with_text("package.toml", '["zh-Hans", "en"]', '["en"]', files)
        files = with_text("package.toml", 'zh-Hans = "入门"\n', "", files)
        for line in ("包裹在哪里", "学完会查物流。", "三天没有动静", "两道题"):
            files = with_text("courses/parcels/course.toml", f'zh-Hans = "{line}"\n', "", files)
        assert (await take(files, LATER)).ok
        course = await current("zh-Hans")
        assert (course.title, course.lessons[0].title) == ("Where is my parcel", "Three days of silence")
        async with reading():
            page = await queries.lesson_page(course.lessons[0].id, "zh-Hans")
        assert page is not None
        assert (page.language, "First look." in page.html) == ("en", True)

    async def test_changed_checkpoint_questions_make_a_new_version_and_the_old_one_asks_the_old(self) -> None:
        old = await current()
        await take(both("courses/parcels/{}/check.gift", "[tag:easy]", "[tag:medium]"), LATER)
        new = await current()
        async with reading():
            before = await queries.lesson_questions(old.lessons[1].id)
            after = await queries.lesson_questions(new.lessons[1].id)
        assert before[0] != after[0]
        assert before[1] == after[1]
