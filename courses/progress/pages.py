"""What she has to learn: her assignments, one of them part by part, a course's steps."""

from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from litestar import Controller, Request, get
from litestar.params import FromPath
from markupsafe import Markup

from courses.assignment import queries as assignments
from courses.progress import lesson_pages, place, queries, slots
from courses.progress.lesson_pages import FOLDER
from courses.progress.queries import Checklist
from portal.core.base.clock import now
from portal.core.base.database import reading
from portal.core.people.doorway import signed_in
from portal.core.people.policy import Capability
from portal.core.web.pages import Answer, page

AnyRequest = Request[Any, Any, Any]


@dataclass(frozen=True, slots=True)
class Way:
    """The one next step of an assignment: where it is, what it is called, how long it takes (minutes)."""

    href: str
    title: str
    minutes: int


class LearnPages(Controller):
    """Her own assignments, courses and lessons; somebody else's are not there."""

    path = "/learn"
    opt = {"needs": Capability.LEARN}  # noqa: RUF012 - Litestar's own form

    @get()
    async def index(self, request: AnyRequest) -> Answer:
        viewer, at = signed_in(), now()
        async with reading():
            open_ones = await assignments.open_assignments(viewer.person_id)
            completed = await assignments.completed_assignments(viewer.person_id)
            lists = await queries.checklists(viewer.person_id, [one.id for one in open_ones], viewer.language)
            return await page(
                request,
                f"{FOLDER}/index.html",
                required=[one for one in lists if one.assignment.required],
                electives=[one for one in lists if not one.assignment.required],
                completed=completed,
                titles=await assignments.titles(completed, viewer.language),
                notes=[Markup(await note(viewer, at)) for note in slots.LEARN_NOTES],  # noqa: S704 - rooms' own HTML
                way_of=way_of,
                at=at,
            )

    @get("/{assignment_id:int}")
    async def show(self, request: AnyRequest, assignment_id: FromPath[int]) -> Answer:
        viewer = signed_in()
        async with reading():
            checklist = await queries.checklist(viewer.person_id, assignment_id, viewer.language)
            way = way_of(checklist)
            return await page(request, f"{FOLDER}/show.html", checklist=checklist, way=way, at=now())

    @get("/{assignment_id:int}/{course_code:str}")
    async def course(self, request: AnyRequest, assignment_id: FromPath[int], course_code: FromPath[str]) -> Answer:
        viewer = signed_in()
        async with reading():
            here = await place.course_place(viewer.person_id, assignment_id, course_code, viewer.language)
            return await page(request, f"{FOLDER}/course.html", here=here)


def way_of(checklist: Checklist) -> Way | None:
    """The page of an assignment's next step."""
    part = checklist.next
    if part is None:
        return None
    if part.course_info is None:
        way = part.exam.way if part.exam is not None else None
        return Way(way or "/exams", part.title, part.minutes_left)
    path = f"/learn/{checklist.assignment.id}/{quote(part.course_info.code, safe='')}"
    lesson = part.next_lesson
    return Way(f"{path}/{quote(lesson.code, safe='')}" if lesson else path, part.title, part.minutes_left)


ROUTES: list[Any] = [LearnPages, *lesson_pages.ROUTES]
