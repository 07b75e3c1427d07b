"""`/desk/knowledge/gaps`: what readers looked for in vain, and what the desk makes of it."""

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
from portal.service.knowledge import gaps
from portal.service.knowledge.forms import GapForm

AnyRequest = Request[Any, Any, Any]
HOME = "/desk/knowledge/gaps"


class GapPages(Controller):
    """Write the article, or say why none is needed."""

    path = HOME
    opt = {"needs": Capability.WRITE_KNOWLEDGE}  # noqa: RUF012 - Litestar's own form

    @get()
    async def index(self, request: AnyRequest) -> Answer:
        async with reading():
            found = await gaps.open_gaps(cut_of(request))
        return await page(
            request,
            "service/knowledge/gaps.html",
            found=found,
            more=next_link(request, found),
            first="after" not in request.query_params,
        )

    @get("/{gap_id:int}")
    async def show(self, request: AnyRequest, gap_id: FromPath[int]) -> Answer:
        return await _page(request, gap_id, None)

    @post("/{gap_id:int}/dismissal")
    async def dismiss(self, request: AnyRequest, gap_id: FromPath[int]) -> Answer:
        form = await forms.read(request)
        data = form.into(GapForm)
        if data is None:
            return await _page(request, gap_id, form, 422)
        reason = data.reason

        async def act() -> str:
            await gaps.not_needed(signed_in().actor, gap_id, reason, now())
            return HOME

        try:
            return await forms.once(request, act, "knowledge.toast.not_needed")
        except NotFound:
            raise
        except Refused as refused:
            form.refuse(refused, "reason")
            return await _page(request, gap_id, form, refused.status)


async def _page(request: AnyRequest, gap_id: int, form: Form | None, status: int = 200) -> Answer:
    async with reading():
        gap = await gaps.gap(gap_id) if 0 < gap_id < 2**62 else None
    if gap is None:
        raise NotFound
    return await page(request, "service/knowledge/gap.html", status=status, gap=gap, form=form)


ROUTES: list[Any] = [GapPages]
