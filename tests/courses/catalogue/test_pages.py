"""Authors' pages: the shelf, a course, a preview, and an import in two steps without a second upload."""

from datetime import UTC, datetime

import pytest

from courses.catalogue import queries
from courses.catalogue.importing import import_package
from courses.catalogue.tables import CourseVersion
from portal.core.base.audit import SYSTEM
from portal.core.base.database import reading
from portal.core.base.settings import Settings
from tests import make
from tests.browse import Browser, Page
from tests.courses.catalogue.packages import Files, packed, read, sound, with_text

AT = datetime(2026, 11, 2, 9, tzinfo=UTC)
LATE = "courses/parcels/en/late.md"


@pytest.fixture
async def admin(browser: Browser) -> Browser:
    return await make.sign_in(browser, await make.person("admin", "Ada", language="en"))


async def stock(files: Files | None = None, **how: bool) -> None:
    assert (await import_package(SYSTEM, read(files), AT, **how)).ok


async def upload(browser: Browser, content: bytes, mode: str = "publish") -> Page:
    page = await browser.get("/admin/import")
    given = {"package": ("package.zip", content, "application/zip")}
    return await browser.submit(page, "/admin/import", files=given, mode=mode)


async def versions() -> int:
    async with reading():
        return int(await CourseVersion.count())


class TestShelf:
    async def test_an_empty_shelf_says_how_courses_come(self, admin: Browser) -> None:
        page = await admin.get("/admin/courses")
        assert page.status == 200
        assert "No courses yet" in page
        assert "/admin/import" in page.links

    async def test_courses_and_curricula_with_their_versions(self, admin: Browser) -> None:
        await stock()
        await stock(with_text(LATE, "First look.", "Draft."), publish=False)
        page = await admin.get("/admin/courses")
        assert "/admin/courses/parcels" in page.links
        for text in ("Where is my parcel", "Version 2 is a draft", "Starting out", "2026-11 (version 1)", "Elective"):
            assert text in page

    async def test_a_course_shows_both_editions_and_every_version(self, admin: Browser) -> None:
        await stock()
        await stock(with_text(LATE, "First look.", "Second."))
        page = await admin.get("/admin/courses/parcels")
        for text in ("三天没有动静", "Three days of silence", "What learners get now", "Version 1"):
            assert text in page
        assert "/admin/courses/parcels/2/late?language=zh-Hans" in page.links
        assert "Older version" in await admin.get("/admin/courses/parcels?version=1")
        for path in (
            "/admin/courses/nothing",
            "/admin/courses/%00",
            "/admin/courses/parcels?version=9",
            "/admin/courses/parcels?version=x",
        ):
            assert (await admin.get(path)).status == 404

    async def test_a_preview_is_what_learners_see(self, admin: Browser) -> None:
        await stock()
        async with reading():
            course_id = await queries.course_by_code("parcels")
            assert course_id is not None
            course = (await queries.current_courses([course_id], "zh-Hans"))[course_id]
            lesson = await queries.lesson_page(course.lessons[0].id, "zh-Hans")
        assert lesson is not None
        page = await admin.get("/admin/courses/parcels/1/late?language=zh-Hans")
        assert lesson.html in page.html
        assert "First look." in await admin.get("/admin/courses/parcels/1/late?language=en")
        for path in ("/admin/courses/parcels/1/nothing", "/admin/courses/parcels/9/late", "/admin/courses/x/1/late"):
            assert (await admin.get(path)).status == 404

    async def test_a_checkpoint_s_preview_shows_the_key(self, admin: Browser) -> None:
        await stock()
        page = await admin.get("/admin/courses/parcels/1/check?language=en")
        for text in ("What first?", "Earns 100%", "Earns 0%", "Because."):
            assert text in page

    async def test_a_draft_is_published_by_one_button(self, admin: Browser) -> None:
        await stock(publish=False)
        page = await admin.get("/admin/courses/parcels")
        page = await admin.submit(page, "/admin/courses/parcels/publication")
        assert (page.path, page.status) == ("/admin/courses/parcels", 200)
        assert "What learners get now" in page
        assert not [form for form in page.forms if form.action.endswith("/publication")]
        again = await admin.post("/admin/courses/parcels/publication", {"number": "1"})
        assert again.status == 403

    @pytest.mark.parametrize("number", ["2", "x", "", "٣", "9" * 30])
    async def test_what_is_no_version_cannot_be_published(self, admin: Browser, number: str) -> None:
        await stock(publish=False)
        page = await admin.get("/admin/courses/parcels")
        page = await admin.submit(page, "/admin/courses/parcels/publication", number=number)
        assert page.status == 404


class TestImport:
    async def test_what_would_be_taken_is_shown_first_and_taken_by_a_second_button(self, admin: Browser) -> None:
        page = await upload(admin, packed(sound()))
        assert (page.status, await versions()) == (200, 0)
        for text in ("The check found nothing wrong", "parcels", "2 questions added", "New version"):
            assert text in page
        page = await admin.submit(page, "/admin/import/confirmation")
        assert "The package is imported" in page
        assert await versions() == 1

    async def test_confirming_twice_changes_nothing_more(self, admin: Browser) -> None:
        checked = await upload(admin, packed(sound()))
        await admin.submit(checked, "/admin/import/confirmation")
        page = await admin.submit(checked, "/admin/import/confirmation")
        assert "All of it is here already" in page
        assert await versions() == 1

    async def test_what_is_here_already_needs_no_confirmation(self, admin: Browser) -> None:
        await stock()
        page = await upload(admin, packed(sound()))
        assert "All of it is here already" in page
        assert not [form for form in page.forms if form.action.endswith("/confirmation")]

    async def test_a_bad_file_gets_its_sentences_and_nothing_is_taken(self, admin: Browser) -> None:
        files = with_text(
            LATE, "First look.", "<b>First</b>", with_text("package.toml", "due_days = 30", "due_days = -1")
        )
        page = await upload(admin, packed(files))
        assert (page.status, await versions()) == (422, 0)
        for text in ("There are 2 places to mend", LATE, "line 1", "An HTML tag stands here", "line 9", "due_days"):
            assert text in page
        assert not [form for form in page.forms if form.action.endswith("/confirmation")]

    @pytest.mark.parametrize("content", [b"no zip", b"\0" * 5_000, packed({"x.txt": b"x"})])
    async def test_what_is_no_package_says_so(self, admin: Browser, content: bytes) -> None:
        assert (await upload(admin, content)).status == 422

    async def test_no_file_is_a_sentence_beside_the_field(self, admin: Browser) -> None:
        page = await admin.visit_and_submit("/admin/import", "/admin/import")
        assert page.status == 422
        assert "Please choose a zip file first." in page

    async def test_drafts_are_drafts_after_the_confirmation_too(self, admin: Browser) -> None:
        page = await upload(admin, packed(sound()), "draft")
        assert "Kept as a draft" in page
        await admin.submit(page, "/admin/import/confirmation")
        async with reading():
            rows = await CourseVersion.select(CourseVersion.published_at)
        assert rows == [{"published_at": None}]

    async def test_somebody_else_s_upload_cannot_be_confirmed(self, admin: Browser) -> None:
        page = await upload(admin, packed(sound()))
        other = await make.person("admin", "Alan", language="en")
        await make.sign_in(admin, other)
        fresh = await admin.get("/admin/import")
        values = {
            **fresh.form("/admin/import").fields,
            "upload": page.form("/admin/import/confirmation").fields["upload"],
        }
        answer = await admin.post("/admin/import/confirmation", values)
        assert answer.status == 422
        assert "choose the file again" in answer
        assert await versions() == 0

    async def test_after_an_hour_the_upload_is_gone(self, admin: Browser, own_settings: Settings) -> None:
        page = await upload(admin, packed(sound()))
        assert own_settings.clock_file is not None
        own_settings.clock_file.write_text("+61m")
        page = await admin.submit(page, "/admin/import/confirmation")
        assert (page.status, await versions()) == (422, 0)
        assert "choose the file again" in page


@pytest.mark.parametrize("path", ["/admin/courses", "/admin/courses/parcels", "/admin/courses/parcels/1/late"])
@pytest.mark.parametrize(("role", "status"), [("owner", 403), ("agent", 403), ("manager", 200), ("admin", 200)])
async def test_who_may_see_the_shelf(browser: Browser, path: str, role: str, status: int) -> None:
    await stock()
    await make.sign_in(browser, await make.person(role, "She"))
    assert (await browser.get(path)).status == status


@pytest.mark.parametrize(("role", "status"), [("owner", 403), ("manager", 403), ("desk_lead", 403), ("admin", 200)])
async def test_who_may_import(browser: Browser, role: str, status: int) -> None:
    await make.sign_in(browser, await make.person(role, "She"))
    assert (await browser.get("/admin/import")).status == status


@pytest.mark.parametrize("language", ["zh-Hans", "en"])
async def test_every_page_in_both_languages(browser: Browser, language: str) -> None:
    await stock()
    await make.sign_in(browser, await make.person("admin", "Ada", language=language))
    for path in ("/admin/courses", "/admin/courses/parcels", "/admin/courses/parcels/1/check", "/admin/import"):
        page = await browser.get(path)
        assert page.status == 200
        assert f'<html lang="{language}"' in page.html
    assert (await upload(browser, packed(with_text(LATE, "First look.", "More.")))).status == 200
    assert (await upload(browser, b"no zip")).status == 422
