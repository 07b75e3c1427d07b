"""Drafts: nothing changes for learners until one is published."""

import pytest

from courses.catalogue import queries
from courses.catalogue.actions import publish_course
from courses.catalogue.tables import CourseVersion
from portal.core.base.audit import SYSTEM
from portal.core.base.database import reading
from portal.core.base.refusals import NotFound, Refused
from tests.courses.catalogue.packages import with_text
from tests.courses.catalogue.scene import LATE, LATER, current, states, take, text


@pytest.mark.usefixtures("database")
class TestDrafts:
    async def test_a_draft_changes_nothing_for_learners_until_it_is_published(self) -> None:
        await take()
        old = await current()
        report = await take(with_text(LATE, "First look.", "Draft."), LATER, publish=False)
        assert states(report) == {("course", "parcels"): "draft"}
        assert [note.code for note in report.kept_not] == ["left_for_later"]
        assert await current() == old
        await publish_course(SYSTEM, "parcels", 2, LATER)
        assert "Draft." in await text(await current())

    async def test_a_draft_again_is_unchanged_and_importing_it_publishes_it(self) -> None:
        files = with_text(LATE, "First look.", "Draft.")
        assert states(await take(files, publish=False)) == {("course", "parcels"): "draft"}
        assert states(await take(files, publish=False)) == {("course", "parcels"): "unchanged"}
        async with reading():
            course_id = await queries.course_by_code("parcels")
            assert course_id is not None
            assert await queries.current_course_version(course_id) is None
            assert await queries.current_courses([course_id], "en") == {}
        assert states(await take(files, LATER))["course", "parcels"] == "published"
        async with reading():
            assert await CourseVersion.count() == 1

    async def test_what_cannot_be_published_says_why(self) -> None:
        await take(publish=False)
        await take(with_text(LATE, "First look.", "Second."), LATER)
        with pytest.raises(Refused, match="newer_published"):
            await publish_course(SYSTEM, "parcels", 1, LATER)
        with pytest.raises(Refused, match="published_already"):
            await publish_course(SYSTEM, "parcels", 2, LATER)
        for code, number in (("parcels", 3), ("nothing", 1)):
            with pytest.raises(NotFound):
                await publish_course(SYSTEM, code, number, LATER)
