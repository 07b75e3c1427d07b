"""`/admin/awards/objections` and `/admin/awards/nominations`: what reviewers decide; write-ups without their people."""

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
from portal.core.web.pages import Answer, page
from portal.core.web.paging import cut_of, next_link
from portal.core.web.viewer import Viewer
from portal.service.awards import cycles, lines, nominations, objections, queries
from portal.service.awards.forms import DecisionForm, JudgementForm
from portal.service.awards.objections import HOME

AnyRequest = Request[Any, Any, Any]
JUDGING = "/admin/awards/nominations"


class ObjectionPages(Controller):
    """Objections within the window; never one's own, nor against one's own ruling."""

    path = HOME
    opt = {"needs": Capability.REVIEW_AWARDS}  # noqa: RUF012 - Litestar's own form

    @get()
    async def index(self, request: AnyRequest) -> Answer:
        decided = request.query_params.get("show") == "decided"
        async with reading():
            found = await objections.listed(cut_of(request), still_open=not decided)
        return await page(
            request,
            "service/awards/objections.html",
            found=found,
            decided=decided,
            more=next_link(request, found),
            first="after" not in request.query_params,
        )

    @get("/{objection_id:int}")
    async def show(self, request: AnyRequest, objection_id: FromPath[int]) -> Answer:
        return await _objection(request, signed_in(), objection_id, None)

    @post("/{objection_id:int}/decision")
    async def decide(self, request: AnyRequest, objection_id: FromPath[int]) -> Answer:
        viewer, at, form = signed_in(), now(), await forms.read(request)
        data = form.into(DecisionForm)
        if data is None:
            return await _objection(request, viewer, objection_id, form, 422)
        wanted = data

        async def act() -> str:
            await objections.decide(
                viewer.actor,
                viewer.person_id,
                objection_id,
                wanted.reason,
                at,
                upheld=wanted.decision == "upheld",
            )
            return f"{HOME}/{objection_id}"

        try:
            return await forms.once(request, act, "awards.toast.decided")
        except (Forbidden, NotFound):
            raise
        except Refused as refused:
            form.refuse(refused, "reason")
            return await _objection(request, viewer, objection_id, form, refused.status)


async def _objection(
    request: AnyRequest, viewer: Viewer, objection_id: int, form: Form | None, status: int = 200
) -> Answer:
    async with reading():
        filed = await objections.by_id(objection_id)
        found = await queries.candidate(filed.candidate_id) if filed else None
        if filed is None or found is None:
            raise NotFound
        cycle = await cycles.by_id(found.cycle_id)
    return await page(
        request,
        "service/awards/objection.html",
        status=status,
        filed=filed,
        found=found,
        cycle=cycle,
        no=objections.no_of(viewer.person_id, filed, found),
        form=form,
        points=lines.points,
        amount=lines.amount,
    )


class JudgePages(Controller):
    """Write-ups for the best-service award; whose they are stands on no page of these."""

    path = JUDGING
    opt = {"needs": Capability.REVIEW_AWARDS}  # noqa: RUF012 - Litestar's own form

    @get()
    async def index(self, request: AnyRequest) -> Answer:
        viewer = signed_in()
        async with reading():
            found = await nominations.to_judge(viewer.person_id)
        return await page(request, "service/awards/judging.html", found=found)

    @get("/{nomination_id:int}")
    async def show(self, request: AnyRequest, nomination_id: FromPath[int]) -> Answer:
        return await _judging(request, signed_in(), nomination_id, None)

    @post("/{nomination_id:int}/judgement")
    async def judge(self, request: AnyRequest, nomination_id: FromPath[int]) -> Answer:
        viewer, at, form = signed_in(), now(), await forms.read(request)
        data = form.into(JudgementForm)
        if data is None:
            return await _judging(request, viewer, nomination_id, form, 422)
        wanted = data

        async def act() -> str:
            marks = (wanted.effort, wanted.effect, wanted.example)
            await nominations.judge(viewer.actor, viewer.person_id, nomination_id, marks, wanted.note, at)
            return JUDGING

        return await forms.once(request, act, "awards.toast.judged")


async def _judging(
    request: AnyRequest, viewer: Viewer, nomination_id: int, form: Form | None, status: int = 200
) -> Answer:
    async with reading():
        found = await nominations.nomination(nomination_id)
        if found is None or viewer.person_id in (found.by_id, found.person_id):
            raise NotFound
    judged = viewer.person_id in found.judges or not found.open
    return await page(
        request,
        "service/awards/judgement.html",
        status=status,
        nomination_id=found.id,
        label=found.label,
        writeup=found.writeup,
        judged=judged,
        form=form,
    )


ROUTES: list[Any] = [ObjectionPages, JudgePages]
