"""A lesson to read, a checkpoint's questions, and what she does there: reads on, is done with it, answers.

Seconds and place come from `lesson.js`, which keeps them on the phone until they are acknowledged; every step also
works without script, by the clock.
"""

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from urllib.parse import quote

from litestar import Controller, Request, get, post
from litestar.params import FromPath
from litestar.response import Response
from markupsafe import Markup

from courses.catalogue import queries as catalogue
from courses.progress import actions, checkpoint, place
from courses.progress.forms import ReadingForm, shown_answer_of
from courses.progress.place import CoursePlace, LessonState
from courses.progress.rules import CHECKPOINT
from courses.questions.rules import is_answer, stored_answer
from portal.core.base.clock import now
from portal.core.base.database import reading
from portal.core.base.refusals import NotFound, Refused
from portal.core.people.doorway import signed_in
from portal.core.people.policy import Capability
from portal.core.web import forms
from portal.core.web.errors import sentence
from portal.core.web.format import clock_time
from portal.core.web.forms import Form
from portal.core.web.i18n import t
from portal.core.web.pages import Answer, page, see_other, toast_cookie
from portal.core.web.state import state

AnyRequest = Request[Any, Any, Any]
FOLDER = "courses/progress"


@dataclass(frozen=True, slots=True)
class Spot:
    """Where in the portal a request for a lesson points."""

    assignment_id: int
    course: str
    lesson: str


class LessonPages(Controller):
    """A lesson of hers; somebody else's is not there."""

    path = "/learn/{assignment_id:int}/{course_code:str}/{lesson_code:str}"
    opt = {"needs": Capability.LEARN}  # noqa: RUF012 - Litestar's own form

    @get()
    async def show(
        self,
        request: AnyRequest,
        assignment_id: FromPath[int],
        course_code: FromPath[str],
        lesson_code: FromPath[str],
    ) -> Answer:
        here, lesson = await _open(Spot(assignment_id, course_code, lesson_code), now())
        if lesson.info.kind == CHECKPOINT:
            wanted = request.query_params.get("q", "")
            position = int(wanted) if wanted.isascii() and wanted.isdigit() and len(wanted) < 4 else None
            return await _question_page(request, here, lesson, position)
        return await _lesson_page(request, here, lesson)

    @post("/progress")
    async def read_on(
        self,
        request: AnyRequest,
        assignment_id: FromPath[int],
        course_code: FromPath[str],
        lesson_code: FromPath[str],
    ) -> Response[dict[str, Any]]:
        form, at = await forms.read(request), now()
        told = form.into(ReadingForm)
        if told is None:
            return _plain({"errors": dict(form.errors)}, 422)
        here, lesson = await _open(Spot(assignment_id, course_code, lesson_code), at)
        assert here.enrolment_id is not None
        reached = await actions.touch_lesson(here.enrolment_id, lesson.info.id, told.seconds, told.place_bp, at)
        return _plain({"seconds": reached.seconds, "place_bp": reached.place_bp, "time": clock_time(at)})

    @post("/completion")
    async def complete(
        self,
        request: AnyRequest,
        assignment_id: FromPath[int],
        course_code: FromPath[str],
        lesson_code: FromPath[str],
    ) -> Response[Any]:
        form, at = await forms.read(request), now()
        here, lesson = await _open(Spot(assignment_id, course_code, lesson_code), at)
        try:
            done = await _complete(here, lesson, form, at)
        except NotFound:
            raise
        except Refused as refused:
            return await _not_yet(request, here, lesson, refused, at)
        location = after_lesson(here, lesson)
        toast = "progress.toast.course_done" if done.course else None
        if not _wants_json(request):
            return see_other(request, location, toast)
        if toast is not None:
            state().cookies.append(toast_cookie(toast))
        return _plain({"completed": True, "next": location, "time": clock_time(at)})

    @post("/answers/{position:int}")
    async def answer(
        self,
        request: AnyRequest,
        assignment_id: FromPath[int],
        course_code: FromPath[str],
        lesson_code: FromPath[str],
        position: FromPath[int],
    ) -> Answer:
        form, at = await forms.read(request), now()
        here, lesson = await _open(Spot(assignment_id, course_code, lesson_code), at)
        async with reading():
            asked = await _checkpoint(here, lesson)
            question = checkpoint.ask(asked, position)
        edition, order = asked.editions[position - 1], asked.orders[position - 1]
        shown = shown_answer_of(question.kind, form)
        if shown is None or not is_answer(edition.question, shown):
            form.add("answer", "progress.fault.no_answer" if shown is None else "malformed")
            return await _question_page(request, here, lesson, position, form)
        assert here.enrolment_id is not None
        given = stored_answer(edition.question, order, shown)
        actor = signed_in().actor
        await actions.answer_checkpoint(actor, here.enrolment_id, lesson.info.id, position, given=given, at=at)
        if request.headers.get("hx-target") == "question":
            here, lesson = await _open(Spot(assignment_id, course_code, lesson_code), at)
            return await _question_page(request, here, lesson, position)
        return see_other(request, f"{lesson_path(here, lesson)}?q={position}#verdict")


def lesson_path(here: CoursePlace, lesson: LessonState) -> str:
    return f"{here.path}/{quote(lesson.info.code, safe='')}"


def after_lesson(here: CoursePlace, lesson: LessonState) -> str:
    """Where a finished lesson leads: to the next unread one of the course, or back to the list of what is left."""
    following = here.after(lesson)
    return lesson_path(here, following) if following else f"/learn/{here.assignment.id}"


async def _open(spot: Spot, at: datetime) -> tuple[CoursePlace, LessonState]:
    """Her lesson, begun if this is the first visit. Raises NotFound for what is not hers or not there."""
    here, lesson = await _find(spot)
    if here.enrolment_id is None:
        begun = await actions.begin_course(signed_in().person_id, spot.assignment_id, here.course.course_id, at)
        here = replace(here, enrolment_id=begun)
    if lesson.opened_at is None:
        assert here.enrolment_id is not None
        await actions.open_lesson(here.enrolment_id, lesson.info.id, at)
    return here, lesson


async def _find(spot: Spot) -> tuple[CoursePlace, LessonState]:
    viewer = signed_in()
    async with reading():
        here = await place.course_place(viewer.person_id, spot.assignment_id, spot.course, viewer.language)
    lesson = here.lesson(spot.lesson)
    if lesson is None:
        raise NotFound
    return here, lesson


async def _checkpoint(here: CoursePlace, lesson: LessonState) -> checkpoint.Checkpoint:
    assert here.enrolment_id is not None
    return await checkpoint.load(here.enrolment_id, lesson.info.id, signed_in().language)


async def _complete(here: CoursePlace, lesson: LessonState, form: Form, at: datetime) -> actions.Completed:
    assert here.enrolment_id is not None
    told = form.into(ReadingForm)  # without script nothing is told, and the clock alone counts
    if told is not None:
        await actions.touch_lesson(here.enrolment_id, lesson.info.id, told.seconds, told.place_bp, at)
    return await actions.complete_lesson(
        signed_in().actor, here.enrolment_id, lesson.info.id, at, told=told is not None
    )


async def _not_yet(
    request: AnyRequest, here: CoursePlace, lesson: LessonState, refused: Refused, at: datetime
) -> Response[Any]:
    """What is still missing, beside the button that she pressed."""
    text = sentence(refused.code, refused.params)
    if _wants_json(request):
        return _plain({"completed": False, "text": text, "time": clock_time(at)}, refused.status)
    if lesson.info.kind == CHECKPOINT:
        return await _question_page(request, here, lesson, None)
    return await _lesson_page(request, here, lesson, text, refused.status)


async def _lesson_page(
    request: AnyRequest, here: CoursePlace, lesson: LessonState, refusal: str | None = None, status: int = 200
) -> Answer:
    async with reading():
        text = await catalogue.lesson_page(lesson.info.id, signed_in().language)
        if text is None:
            raise NotFound
        return await page(
            request,
            f"{FOLDER}/lesson.html",
            status=status,
            text=text,
            html=Markup(text.html),  # noqa: S704 - cleaned by the catalogue when it was kept
            refusal=refusal,
            **_around(here, lesson),
        )


async def _question_page(
    request: AnyRequest, here: CoursePlace, lesson: LessonState, position: int | None, form: Form | None = None
) -> Answer:
    async with reading():
        asked = await _checkpoint(here, lesson)
        question = checkpoint.ask(asked, position or asked.next_open(0) or 1)
        return await page(
            request,
            f"{FOLDER}/checkpoint.html",
            fragments=(f"{FOLDER}/_question.html",),
            status=422 if form is not None else 200,
            question=question,
            right=[asked.right(number) for number in range(1, question.total + 1)],
            form=form,
            fragment=request.headers.get("hx-target") == "question",
            **_around(here, lesson),
        )


def _around(here: CoursePlace, lesson: LessonState) -> dict[str, Any]:
    """What stands around a lesson: its place in the course, and the ways back and on."""
    before = here.beside(lesson, -1)
    return {
        "here": here,
        "lesson": lesson,
        "number": here.lessons.index(lesson) + 1,
        "path_of_lesson": lesson_path(here, lesson),
        "back": lesson_path(here, before) if before else here.path,
        "back_text": t("progress.lesson.previous") if before else t("progress.lesson.to_course"),
        "onward": after_lesson(here, lesson),
        "is_last": here.after(lesson) is None,
    }


def _wants_json(request: AnyRequest) -> bool:
    return "application/json" in request.headers.get("accept", "")


def _plain(body: dict[str, Any], status: int = 200) -> Response[dict[str, Any]]:
    return Response(body, media_type="application/json", status_code=status, headers={"Cache-Control": "no-store"})


ROUTES: list[Any] = [LessonPages]
