"""Pages of authors: the shelf of courses, a course with its versions, a lesson as learners see it."""

from typing import Any

from litestar import Controller, Request, get, post
from litestar.params import FromPath

from courses.catalogue import actions, queries
from courses.catalogue.answer_key import KeyedQuestion, keyed
from courses.catalogue.import_pages import ImportPages
from courses.catalogue.media import MediaPages
from courses.catalogue.shelf import Shelved, VersionLine, course_lines, curriculum_lines, shelved
from courses.questions.queries import editions
from portal.core.base.clock import now
from portal.core.base.database import reading
from portal.core.base.refusals import NotFound
from portal.core.people.doorway import signed_in
from portal.core.people.policy import Capability
from portal.core.web.forms import once, read
from portal.core.web.i18n import LANGUAGES, language
from portal.core.web.pages import Answer, page
from portal.core.web.paging import cut_of, next_link

AnyRequest = Request[Any, Any, Any]
HOME = "/admin/courses"


class CoursePages(Controller):
    """Reading is enough to author here: texts come in by packages, and a draft becomes current by one button."""

    path = HOME
    opt = {"needs": Capability.AUTHOR}  # noqa: RUF012 - Litestar's own form

    @get()
    async def index(self, request: AnyRequest) -> Answer:
        async with reading():
            lines = await course_lines(cut_of(request), language())
            curricula = await curriculum_lines(language())
        return await page(
            request,
            "courses/catalogue/index.html",
            lines=lines.items,
            more=next_link(request, lines),
            first=cut_of(request).after == 0,
            curricula=curricula,
            may_import=signed_in().may(Capability.IMPORT),
        )

    @get("/{code:str}")
    async def show(self, request: AnyRequest, code: FromPath[str]) -> Answer:
        async with reading():
            course = await _course(code)
            version = _version(course, request.query_params.get("version"))
            texts = {name: await queries.course(version.id, name) for name in LANGUAGES}
        return await page(request, "courses/catalogue/show.html", course=course, version=version, texts=texts)

    @get("/{code:str}/{number:int}/{lesson:str}")
    async def preview(
        self, request: AnyRequest, code: FromPath[str], number: FromPath[int], lesson: FromPath[str]
    ) -> Answer:
        wanted = request.query_params.get("language")
        wanted = wanted if wanted in LANGUAGES else language()
        async with reading():
            course = await _course(code)
            version = _version(course, str(number))
            info = await queries.course(version.id, wanted)
            found = info.lesson(lesson) if info else None
            shown = await queries.lesson_page(found.id, wanted) if found else None
            questions = await _questions(found.id, wanted) if found and found.kind == "checkpoint" else []
        if info is None or shown is None:
            raise NotFound
        return await page(
            request,
            "courses/catalogue/preview.html",
            course=info,
            number=number,
            lesson=shown,
            questions=questions,
            languages=LANGUAGES,
        )

    @post("/{code:str}/publication")
    async def publish(self, request: AnyRequest, code: FromPath[str]) -> Answer:
        form = await read(request)
        number = form.value("number")
        if not (number.isascii() and number.isdigit() and len(number) < 9):
            raise NotFound

        async def act() -> str:
            await actions.publish_course(signed_in().actor, (await _course(code)).code, int(number), now())
            return f"{HOME}/{code}"

        return await once(request, act, toast="catalogue.course.published")


async def _course(code: str) -> Shelved:
    course = await shelved(code) if code.isprintable() else None  # PostgreSQL takes no NUL in a text
    if course is None:
        raise NotFound
    return course


def _version(course: Shelved, wanted: str | None) -> VersionLine:
    """The version asked for, or the newest one."""
    if wanted is None:
        return course.versions[0]
    known = wanted.isascii() and wanted.isdigit() and len(wanted) < 9
    version = course.version(int(wanted)) if known else None
    if version is None:
        raise NotFound
    return version


async def _questions(lesson_id: int, wanted: str) -> list[KeyedQuestion]:
    version_ids = await queries.lesson_questions(lesson_id)
    found = await editions(version_ids, wanted)
    return [keyed(found[version_id].question) for version_id in version_ids]


ROUTES = [CoursePages, ImportPages, MediaPages]
