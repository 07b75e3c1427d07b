"""`/admin/awards/results/…`: what goes with an award, its handing out, the winner's story, and corrections by two."""

from collections.abc import Awaitable, Callable
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
from portal.core.web.viewer import Viewer
from portal.service.awards import correcting, cycles, prizes, stories, winners
from portal.service.awards.correcting import Correction
from portal.service.awards.forms import CorrectionForm, HandingForm, PrizeForm, StoryForm
from portal.service.awards.rules import PLACES
from portal.service.awards.winners import Result

AnyRequest = Request[Any, Any, Any]
HERE = "/admin/awards/results"


class ResultPages(Controller):
    """For who may see everybody's awards."""

    path = HERE
    opt = {"needs": Capability.SEE_STARS}  # noqa: RUF012 - Litestar's own form

    @get("/{result_id:int}")
    async def show(self, request: AnyRequest, result_id: FromPath[int]) -> Answer:
        return await _result(request, signed_in(), result_id)

    @post("/{result_id:int}/story", opt={"needs": Capability.REVIEW_AWARDS})
    async def tell(self, request: AnyRequest, result_id: FromPath[int]) -> Answer:
        viewer, at, form = signed_in(), now(), await forms.read(request)
        data = form.into(StoryForm)
        if data is None:
            return await _result(request, viewer, result_id, story=form, status=422)
        telling = data.tellings()

        async def act() -> str:
            await stories.tell(viewer.actor, viewer.person_id, result_id, telling, at)
            return f"{HERE}/{result_id}"

        return await _refusable(request, viewer, result_id, act, "awards.toast.story", "title", story=form)


class PrizePages(Controller):
    """What admins do with a result."""

    path = f"{HERE}/{{result_id:int}}"
    opt = {"needs": Capability.PUBLISH_AWARDS}  # noqa: RUF012 - Litestar's own form

    @post("/prizes")
    async def record(self, request: AnyRequest, result_id: FromPath[int]) -> Answer:
        viewer, at, form = signed_in(), now(), await forms.read(request)
        data = form.into(PrizeForm)
        if data is None:
            return await _result(request, viewer, result_id, prize=form, status=422)
        wanted = data

        async def act() -> str:
            await prizes.record(viewer.actor, viewer.person_id, result_id, wanted.what, wanted.worth_fen, at)
            return f"{HERE}/{result_id}"

        return await _refusable(request, viewer, result_id, act, "awards.toast.prize", "what", prize=form)

    @post("/prizes/{prize_id:int}/handing")
    async def hand_out(self, request: AnyRequest, result_id: FromPath[int], prize_id: FromPath[int]) -> Answer:
        viewer, at, form = signed_in(), now(), await forms.read(request)
        data = form.into(HandingForm)
        if data is None:
            return await _result(request, viewer, result_id, handing=form, status=422)
        proof = data.proof

        async def act() -> str:
            await prizes.hand_out(viewer.actor, viewer.person_id, prize_id, proof, at)
            return f"{HERE}/{result_id}"

        return await _refusable(request, viewer, result_id, act, "awards.toast.handed", "proof", handing=form)

    @post("/correction")
    async def propose(self, request: AnyRequest, result_id: FromPath[int]) -> Answer:
        viewer, at, form = signed_in(), now(), await forms.read(request)
        data = form.into(CorrectionForm)
        if data is None:
            return await _result(request, viewer, result_id, correction=form, status=422)
        wanted = data

        async def act() -> str:
            await correcting.propose(
                viewer.actor, viewer.person_id, result_id, wanted.reason, at, move_up=wanted.move_up
            )
            return f"{HERE}/{result_id}"

        return await _refusable(request, viewer, result_id, act, "awards.toast.correcting", "reason", correction=form)

    @post("/correction/withdrawal")
    async def drop(self, request: AnyRequest, result_id: FromPath[int]) -> Answer:
        viewer, at = signed_in(), now()

        async def act() -> str:
            await correcting.drop(viewer.actor, result_id, at)
            return f"{HERE}/{result_id}"

        return await forms.once(request, act, "awards.toast.dropped")

    @post("/correction/confirmation")
    async def confirm(self, request: AnyRequest, result_id: FromPath[int]) -> Answer:
        viewer, at = signed_in(), now()

        async def act() -> str:
            await correcting.confirm(viewer.actor, viewer.person_id, result_id, at)
            return f"{HERE}/{result_id}"

        return await forms.once(request, act, "awards.toast.corrected")


async def _refusable(
    request: AnyRequest,
    viewer: Viewer,
    result_id: int,
    act: Callable[[], Awaitable[str]],
    toast: str,
    field: str,
    **given: Form,
) -> Answer:
    """Act once; a rule's no stands beside its field of the form that was sent."""
    try:
        return await forms.once(request, act, toast)
    except (Forbidden, NotFound):
        raise
    except Refused as refused:
        for form in given.values():
            form.refuse(refused, field)
        return await _result(request, viewer, result_id, status=refused.status, **given)


async def _result(
    request: AnyRequest,
    viewer: Viewer,
    result_id: int,
    *,
    prize: Form | None = None,
    handing: Form | None = None,
    correction: Form | None = None,
    story: Form | None = None,
    status: int = 200,
) -> Answer:
    async with reading():
        found = await winners.result(result_id)
        if found is None:
            raise NotFound
        context = await _around(found)
    wanted: Correction | None = context["wanted"]
    return await page(
        request,
        "service/awards/result.html",
        status=status,
        found=found,
        is_place=found.award in PLACES,
        own=found.person_id == viewer.person_id,
        may_publish=viewer.may(Capability.PUBLISH_AWARDS),
        may_review=viewer.may(Capability.REVIEW_AWARDS),
        own_proposal=wanted is not None and wanted.proposed_by == viewer.person_id,
        prize=prize,
        handing=handing,
        correction=correction,
        story=story,
        **context,
    )


async def _around(found: Result) -> dict[str, Any]:
    """Its cycle, prizes, story, and corrections before and after it. Inside a door."""
    return {
        "cycle": await cycles.by_id(found.cycle_id),
        "prizes": (await prizes.of_results([found.id])).get(found.id, []),
        "wanted": await correcting.open_of_result(found.id),
        "newer": await winners.results("r.corrects = {} ORDER BY r.id", found.id),
        "older": await winners.result(found.corrects) if found.corrects is not None else None,
        "told": (await stories.told([found.case_ref])).get(found.case_ref) if found.case_ref else None,
    }


ROUTES: list[Any] = [ResultPages, PrizePages]
