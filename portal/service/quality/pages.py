"""`/desk/quality`: an agent's scored samples and what followed; a sample or a training by itself; the draws."""

from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import Any

from litestar import Controller, Request, get, post
from litestar.params import FromPath

from portal.core.base.clock import now
from portal.core.base.database import reading
from portal.core.base.refusals import Forbidden, NotFound, Refused
from portal.core.people.doorway import signed_in
from portal.core.people.policy import Capability
from portal.core.web import forms
from portal.core.web.forms import Form
from portal.core.web.i18n import language
from portal.core.web.pages import Answer, page, see_other
from portal.core.web.paging import cut_of, next_link
from portal.core.web.viewer import Viewer
from portal.service.complaints import queries as complaints
from portal.service.complaints import talk
from portal.service.complaints.rules import Audience
from portal.service.quality import checklists, queries, reviewing, training
from portal.service.quality.forms import AppealForm, DecisionForm, ReviewForm, marks_of
from portal.service.quality.queries import SampleInfo
from portal.service.quality.reviewing import HOME, way_of
from portal.service.quality.rules import LONGEST_NOTE, Appeal, Step, appeal_no, may_judge

AnyRequest = Request[Any, Any, Any]
ALL = (Audience.BUYER, Audience.OWNER, Audience.INNER)


def reviewer() -> Viewer:
    """The viewer, who judges conversations. Raises Forbidden."""
    viewer = signed_in()
    if not viewer.may(Capability.REVIEW_QUALITY):
        raise Forbidden
    return viewer


def desk() -> Viewer:
    """The viewer, who works at the desk or judges it. Raises Forbidden."""
    viewer = signed_in()
    if not viewer.may(Capability.WORK_DESK) and not viewer.may(Capability.REVIEW_QUALITY):
        raise Forbidden
    return viewer


async def sample_of(viewer: Viewer, ref: str) -> SampleInfo:
    """A sample that she may see: her own once it is scored, or any for a judge. Raises NotFound."""
    async with reading():
        info = await queries.sample(ref[:32])
    if info is None or not (_is_hers(viewer, info) or viewer.may(Capability.REVIEW_QUALITY)):
        raise NotFound
    if _is_hers(viewer, info) and info.scored_at is None:
        raise NotFound
    return info


def _is_hers(viewer: Viewer, info: SampleInfo) -> bool:
    return viewer.person_id == info.agent_id


async def answered(
    request: AnyRequest,
    act: Callable[[], Awaitable[str]],
    toast: str,
    again: Callable[[Form, int], Awaitable[Answer]],
    form: Form,
    field: str,
) -> Answer:
    """Do what a form asks, once; what a rule refuses comes back beside its field, with what was typed."""
    try:
        return await forms.once(request, act, f"quality.toast.{toast}")
    except (Forbidden, NotFound):
        raise
    except Refused as refused:
        form.refuse(refused, field)
        return await again(form, refused.status)


async def show(request: AnyRequest, viewer: Viewer, ref: str, form: Form | None = None, status: int = 200) -> Answer:
    """A sample as the viewer may see it: to be judged, or judged. Raises Forbidden for one that she had a part in."""
    info, at = await sample_of(viewer, ref), now()
    async with reading():
        apart = may_judge(viewer.person_id, await queries.part_of(info)) and not _is_hers(viewer, info)
        due = info.scored_at is None or (info.twice and info.second_at is None and info.appeal is None)
        if not apart and info.scored_at is None:
            raise Forbidden("quality_own_part")
        if apart and due:
            return await _judging(request, info, form, status)
        return await _judged(request, viewer, info, apart, form, status, at)


async def _story(info: SampleInfo) -> dict[str, Any]:
    return {
        "complaint": await complaints.by_id(info.complaint_id),
        "turns": await talk.turns(info.complaint_id, ALL),
        "files": await talk.files_of(info.complaint_id),
    }


async def _judging(request: AnyRequest, info: SampleInfo, form: Form | None, status: int) -> Answer:
    return await page(
        request,
        "service/quality/judge.html",
        status=status,
        info=info,
        sheet=await checklists.current(),
        steps=list(Step),
        language=language(),
        form=form,
        longest=LONGEST_NOTE,
        now=now(),
        **await _story(info),
    )


async def _judged(
    request: AnyRequest, viewer: Viewer, info: SampleInfo, apart: bool, form: Form | None, status: int, at: datetime
) -> Answer:
    reviews = await queries.reviews(info.id)
    return await page(
        request,
        "service/quality/sample.html",
        status=status,
        info=info,
        reviews=reviews,
        sheets={each.checklist: await checklists.version(each.checklist) for each in reviews},
        steps=list(Step),
        language=language(),
        hers=_is_hers(viewer, info),
        appeal=await queries.appeal(sample_id=info.id),
        appeal_no=appeal_no(info.scored_at, info.appeal is not None, at),
        may_decide=apart and info.appeal is Appeal.OPEN and viewer.may(Capability.REVIEW_QUALITY),
        form=form,
        longest=LONGEST_NOTE,
        now=at,
        **await _story(info),
    )


class SamplePages(Controller):
    """An agent's own samples, and each sample for who may see it."""

    path = HOME

    @get()
    async def index(self, request: AnyRequest) -> Answer:
        viewer, at = desk(), now()
        if not viewer.may(Capability.WORK_DESK):
            return see_other(request, f"{HOME}/reviews")
        async with reading():
            found = await queries.hers(viewer.person_id, cut_of(request))
            given = await training.of_agent(viewer.person_id)
        return await page(
            request,
            "service/quality/index.html",
            found=found,
            trainings=given,
            first="after" not in request.query_params,
            more=next_link(request, found),
            may_review=viewer.may(Capability.REVIEW_QUALITY),
            now=at,
        )

    @get("/samples/{ref:str}")
    async def show(self, request: AnyRequest, ref: FromPath[str]) -> Answer:
        return await show(request, signed_in(), ref)

    @post("/samples/{ref:str}/review")
    async def review(self, request: AnyRequest, ref: FromPath[str]) -> Answer:
        viewer, form = reviewer(), await forms.read(request)
        data = form.into(ReviewForm)
        marks = marks_of(form)
        if data is None or form.faults:
            return await show(request, viewer, ref, form, 422)
        given = data

        async def act() -> str:
            await reviewing.review(viewer, ref, marks, given.text, given.checklist, now())
            return f"{HOME}/reviews"

        async def again(form: Form, status: int) -> Answer:
            return await show(request, viewer, ref, form, status)

        return await answered(request, act, "scored", again, form, "text")

    @post("/samples/{ref:str}/appeal")
    async def appeal(self, request: AnyRequest, ref: FromPath[str]) -> Answer:
        viewer, form = signed_in(), await forms.read(request)
        await sample_of(viewer, ref)
        data = form.into(AppealForm)
        if data is None:
            return await show(request, viewer, ref, form, 422)
        given = data

        async def act() -> str:
            await reviewing.appeal_score(viewer, ref, given.text, now())
            return way_of(ref)

        async def again(form: Form, status: int) -> Answer:
            return await show(request, viewer, ref, form, status)

        return await answered(request, act, "appealed", again, form, "text")

    @post("/samples/{ref:str}/appeal/decision")
    async def decide(self, request: AnyRequest, ref: FromPath[str]) -> Answer:
        viewer, form = reviewer(), await forms.read(request)
        data = form.into(DecisionForm)
        if data is None:
            return await show(request, viewer, ref, form, 422)
        given = data

        async def act() -> str:
            await reviewing.decide_score(viewer, ref, given.decision == "upheld", given.reason, now())
            return way_of(ref)

        async def again(form: Form, status: int) -> Answer:
            return await show(request, viewer, ref, form, status)

        return await answered(request, act, "decided", again, form, "reason")


ROUTES: list[Any] = [SamplePages]
