"""`/desk/grant-reviews`: the monthly sample of grants looked at again."""

from typing import Any

from litestar import Controller, Request, get, post
from litestar.params import FromPath

from portal.core.base.clock import now
from portal.core.base.database import reading
from portal.core.base.refusals import NotFound, Refused
from portal.core.people.doorway import signed_in
from portal.core.people.policy import Capability
from portal.core.web import forms
from portal.core.web.forms import Form
from portal.core.web.pages import Answer, page
from portal.core.web.paging import cut_of, next_link
from portal.service.compensations import queries, reviews
from portal.service.compensations.forms import ReviewForm
from portal.service.compensations.rules import Finding
from portal.service.complaints import faces
from portal.service.complaints import queries as complaints

AnyRequest = Request[Any, Any, Any]


class ReviewPages(Controller):
    """The monthly sample: judged by somebody who neither made nor approved it."""

    path = "/desk/grant-reviews"
    opt = {"needs": Capability.REVIEW_QUALITY}  # noqa: RUF012 - Litestar's own form

    @get()
    async def index(self, request: AnyRequest) -> Answer:
        only_open = request.query_params.get("show") != "all"
        async with reading():
            found = await reviews.reviews(cut_of(request), only_open=only_open)
            months = await reviews.months()
        return await page(
            request,
            "service/compensations/reviews.html",
            found=found.items,
            months=months,
            findings=list(Finding),
            only_open=only_open,
            first="after" not in request.query_params,
            more=next_link(request, found),
        )

    @get("/{review_id:int}")
    async def show(self, request: AnyRequest, review_id: FromPath[int]) -> Answer:
        return await _review(request, review_id, None)

    @post("/{review_id:int}")
    async def judge(self, request: AnyRequest, review_id: FromPath[int]) -> Answer:
        form, viewer, at = await forms.read(request), signed_in(), now()
        data = form.into(ReviewForm)
        if data is None:
            return await _review(request, review_id, form, 422)
        found, note = data.found, data.note

        async def act() -> str:
            await reviews.judge(viewer.actor, viewer.person_id, review_id, found, note, at)
            return "/desk/grant-reviews"

        try:
            return await forms.once(request, act, "compensations.toast.reviewed")
        except NotFound:
            raise
        except Refused as refused:
            form.refuse(Refused(refused.code, refused.params, field=refused.field), "found")
            return await _review(request, review_id, form, refused.status)


async def _review(request: AnyRequest, review_id: int, form: Form | None, status: int = 200) -> Answer:
    async with reading():
        drawn = await reviews.review(review_id)
        made = await queries.proposal_by_id(drawn.proposal_id)
        info = await complaints.by_id(drawn.complaint_id)
        assert info is not None
        assert made is not None
        said = await queries.approvals_of([made.id])
        no = await reviews.no_of(signed_in().person_id, drawn)
        goods = await faces.goods(info.id)
        paid = await queries.paid_for(info.id)
    return await page(
        request,
        "service/compensations/review.html",
        status=status,
        drawn=drawn,
        made=made,
        info=info,
        said=said,
        no=no,
        goods=goods,
        paid=paid,
        findings=list(Finding),
        form=form,
        now=now(),
    )


ROUTES: list[Any] = [ReviewPages]
