"""Exams for the person who sits them: the list, the paper, handing in, the result."""

from datetime import datetime
from typing import Any

from litestar import Controller, Request, get, post
from litestar.params import FromPath
from litestar.response import Response

from certification.exams import actions, forms, queries, rules, showing, slots, standing
from certification.exams.actions import Saved, Stale
from certification.exams.queries import AttemptInfo, Item
from certification.exams.results import result_view
from courses.questions import queries as questions
from courses.questions.rules import shown_answer
from portal.core.base.clock import local, now
from portal.core.base.database import reading
from portal.core.base.refusals import NotFound, Refused
from portal.core.people.doorway import signed_in
from portal.core.people.policy import Capability
from portal.core.people.queries import LARGEST_ID
from portal.core.web.csrf import csrf_token
from portal.core.web.errors import sentence
from portal.core.web.format import clock_time
from portal.core.web.forms import once, read
from portal.core.web.i18n import language
from portal.core.web.pages import Answer, page, see_other
from portal.core.web.viewer import Viewer

AnyRequest = Request[Any, Any, Any]
FOLDER = "certification/exams"
OPT = {"needs": Capability.LEARN}


class ExamPages(Controller):
    """Which exams are hers, and beginning one."""

    path = "/exams"
    opt = OPT

    @get()
    async def index(self, request: AnyRequest) -> Answer:
        viewer, at = signed_in(), now()
        await actions.settle_all(viewer, at)
        async with reading():
            exams = await standing.own_exams(viewer.person_id, language(), at)
            return await page(request, f"{FOLDER}/index.html", exams=exams, at=at)

    @post("/{part_id:int}/attempts")
    async def start(self, request: AnyRequest, part_id: FromPath[int]) -> Answer:
        viewer, at = signed_in(), now()
        if not 0 < part_id <= LARGEST_ID:
            raise NotFound
        await actions.settle_all(viewer, at)

        async def act() -> str:
            assignment_id = await queries.open_assignment_of_part(viewer.person_id, part_id)
            attempt = await actions.start_attempt(viewer, assignment_id, part_id, language(), at)
            return f"/attempts/{attempt.ref}"

        return await once(request, act)


class AttemptPages(Controller):
    """One attempt, from its first question to its result."""

    path = "/attempts/{ref:str}"
    opt = OPT

    @get()
    async def show(self, request: AnyRequest, ref: FromPath[str]) -> Answer:
        viewer, at = signed_in(), now()
        attempt = await actions.settle(viewer, ref, at)
        async with reading():
            if not attempt.running:
                return await _result(request, attempt, at)
            if at > attempt.deadline_at:
                return await page(request, f"{FOLDER}/closing.html", attempt=attempt)
            return await _question(request, attempt, at)

    @get("/state")
    async def standing(self, ref: FromPath[str]) -> Response[Any]:
        """What the page's script asks after a break: the clock, what is saved, and a token that is still good."""
        viewer, at = signed_in(), now()
        attempt = await actions.settle(viewer, ref, at)
        async with reading():
            items = await queries.items_of(attempt.id) if attempt.running else []
            editions = await questions.editions_by_id(item.edition_id for item in items)
        answers = {
            str(item.position): {
                "seq": item.seq,
                "given": shown_answer(editions[item.edition_id].question, item.order, item.answer),
                "time": clock_time(item.answered_at),
            }
            for item in items
            if item.answered_at is not None
        }
        return _json(200, {"state": attempt.state, "csrf": csrf_token(), "answers": answers, **_clock(attempt, at)})

    @post("/answers/{position:int}")
    async def answer(self, request: AnyRequest, ref: FromPath[str], position: FromPath[int]) -> Response[Any]:
        if not 0 < position <= rules.MOST_QUESTIONS:
            raise NotFound
        if request.headers.get("content-type", "").startswith("application/json"):
            return await _answer_to_script(request, ref, position)
        return await _answer_to_form(request, ref, position)

    @get("/submission")
    async def before_submission(self, request: AnyRequest, ref: FromPath[str]) -> Answer:
        viewer, at = signed_in(), now()
        attempt = await actions.settle(viewer, ref, at)
        if not attempt.running:
            return see_other(request, f"/attempts/{ref}")
        async with reading():
            items = await queries.items_of(attempt.id)
            exam = await queries.exam_version(attempt.exam_version_id, language())
            context: dict[str, Any] = {"attempt": attempt, "items": items, "exam": exam}
            return await page(request, f"{FOLDER}/submission.html", **context, **_times(at))

    @post("/submission")
    async def submit(self, request: AnyRequest, ref: FromPath[str]) -> Answer:
        viewer, at = signed_in(), now()

        async def act() -> str:
            await actions.submit(ref, viewer, at)
            return f"/attempts/{ref}"

        return await once(request, act)

    @get("/mistakes")
    async def mistakes(self, request: AnyRequest, ref: FromPath[str]) -> Answer:
        viewer, at = signed_in(), now()
        attempt = await actions.settle(viewer, ref, at)
        async with reading():
            exam = await queries.exam_version(attempt.exam_version_id, language())
            if attempt.running or exam.blueprint.show_after != rules.ShowAfter.MISTAKES:
                raise NotFound
            items = await queries.items_of(attempt.id)
            editions = await questions.editions_by_id(item.edition_id for item in items)
            found = showing.mistakes(items, editions)
            return await page(request, f"{FOLDER}/mistakes.html", attempt=attempt, exam=exam, mistakes=found)


async def _question(request: AnyRequest, attempt: AttemptInfo, at: datetime) -> Answer:
    items = await queries.items_of(attempt.id)
    item = items[_asked(request, items) - 1]
    editions = await questions.editions_by_id([item.edition_id])
    exam = await queries.exam_version(attempt.exam_version_id, language())
    question = showing.question_view(item, editions[item.edition_id])
    context: dict[str, Any] = {"attempt": attempt, "items": items, "question": question, "exam": exam}
    return await page(request, f"{FOLDER}/question.html", **context, **_times(at))


def _times(at: datetime) -> dict[str, Any]:
    """The instant of the page, and how far the site's zone is off UTC, in which the script tells the time of day."""
    return {"at": at, "zone": local(at).utcoffset()}


def _asked(request: AnyRequest, items: list[Item]) -> int:
    """The place that the query asks for, else the first one without an answer."""
    wanted = request.query_params.get("q", "")
    if wanted.isascii() and wanted.isdigit() and len(wanted) < 5 and 1 <= int(wanted) <= len(items):
        return int(wanted)
    return next((item.position for item in items if not item.answered), 1)


async def _result(request: AnyRequest, attempt: AttemptInfo, at: datetime) -> Answer:
    items = await queries.items_of(attempt.id)
    exam = await queries.exam_version(attempt.exam_version_id, language())
    courses = await standing.courses_by_tag(attempt.assignment_id, language())
    view = result_view(attempt, exam, items, courses)
    own = await standing.own_exams(attempt.person_id, language(), at)
    now_at = next((one for one in own if one.part_id == exam.part_id), None)
    ways = await slots.passed_ways(attempt, language()) if attempt.passed else []
    template = "passed" if attempt.passed else "failed"
    return await page(request, f"{FOLDER}/{template}.html", result=view, own=now_at, ways=ways, at=at)


async def _answer_to_form(request: AnyRequest, ref: str, position: int) -> Answer:
    """ "Save and next" of a plain form. What is no answer goes back to its question with a sentence."""
    viewer, at = signed_in(), now()
    async with reading():
        attempt = await queries.attempt(viewer, ref)
        items = await queries.items_of(attempt.id)
        item = await queries.item_at(attempt.id, position)
        edition = (await questions.editions_by_id([item.edition_id]))[item.edition_id]
    given = forms.given_of(showing.public(item, edition), await read(request))
    if rules.is_answered(given) or item.answered:
        try:
            await actions.save_answer(ref, viewer, position, given, seq=None, device=_device(viewer), at=at)
        except Refused as refused:
            if refused.status != 422:
                raise
            return see_other(request, f"/attempts/{ref}?q={position}", "exams.toast.shape")
    following = f"/attempts/{ref}?q={position + 1}" if position < len(items) else f"/attempts/{ref}/submission"
    return see_other(request, following)


async def _answer_to_script(request: AnyRequest, ref: str, position: int) -> Response[Any]:
    viewer, at = signed_in(), now()
    try:
        sent = forms.read_answer(await request.body())
        outcome = await actions.save_answer(
            ref, viewer, position, sent.given, seq=sent.seq, device=_device(viewer), at=at
        )
        async with reading():
            attempt = await queries.attempt(viewer, ref)
    except Refused as refused:
        return _json(refused.status, {"code": refused.code, "text": sentence(refused.code, refused.params)})
    return _json(200, {**_told(outcome), **_clock(attempt, at)})


def _told(outcome: Saved | Stale) -> dict[str, object]:
    time = clock_time(outcome.at) if outcome.at else ""
    if isinstance(outcome, Saved):
        return {"saved": True, "seq": outcome.seq, "time": time}
    return {"saved": False, "seq": outcome.seq, "time": time, "given": outcome.answer}


def _clock(attempt: AttemptInfo, at: datetime) -> dict[str, object]:
    left = max((attempt.deadline_at - at).total_seconds(), 0.0) if attempt.running else 0.0
    return {"now": int(at.timestamp() * 1000), "left": round(left, 1)}


def _device(viewer: Viewer) -> str:
    """The sign-in stands for the device: it is what she can see and end on her own page."""
    return f"s{viewer.sign_in_id}"


def _json(status: int, body: dict[str, object]) -> Response[Any]:
    headers = {"Cache-Control": "no-store", "Vary": "Cookie"}
    return Response(body, media_type="application/json", status_code=status, headers=headers)


ROUTES = [ExamPages, AttemptPages]
