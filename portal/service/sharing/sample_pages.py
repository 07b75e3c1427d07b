"""This week's drawn shares: staff opens each, compares it with the approved copy, and says what she found."""

from typing import Any

from litestar import Controller, Request, get, post
from litestar.params import FromPath

from portal.core.base.clock import now
from portal.core.base.database import reading
from portal.core.base.refusals import NotFound, Refused
from portal.core.people.policy import Capability
from portal.core.web import forms
from portal.core.web.forms import Form
from portal.core.web.pages import Answer, page
from portal.core.web.paging import cut_of, next_link
from portal.core.web.state import state
from portal.service.sharing import sampling
from portal.service.sharing.forms import CheckForm
from portal.service.sharing.rules import Found, What

AnyRequest = Request[Any, Any, Any]
HOME = "/admin/share-samples"
_LARGEST = 2**62


class ShareSamples(Controller):
    """Drawn by chance, looked at by a person."""

    path = HOME
    opt = {"needs": Capability.DECIDE_VIOLATION}  # noqa: RUF012 - Litestar's own form

    @get()
    async def index(self, request: AnyRequest) -> Answer:
        everything = request.query_params.get("show") == "all"
        async with reading():
            found = await sampling.samples(cut_of(request), only_open=not everything)
        return await page(
            request,
            "service/sharing/samples.html",
            samples=found.items,
            everything=everything,
            more=next_link(request, found),
        )

    @get("/{sample_id:int}")
    async def show(self, request: AnyRequest, sample_id: FromPath[int]) -> Answer:
        return await _page(request, sample_id)

    @post("/{sample_id:int}/finding")
    async def check(self, request: AnyRequest, sample_id: FromPath[int]) -> Answer:
        form = await forms.read(request)
        data = form.into(CheckForm)
        viewer = state().viewer
        if data is None or viewer is None:
            return await _page(request, sample_id, form)
        wanted = data

        async def act() -> str:
            ref = await sampling.check(viewer, _bounded(sample_id), wanted.found, wanted.what, wanted.note, now())
            return f"/admin/share-reports/{ref}" if ref else HOME

        try:
            return await forms.once(request, act, "sharing.toast.checked")
        except Refused as refused:
            if isinstance(refused, NotFound):
                raise
            form.refuse(refused, "found")
            return await _page(request, sample_id, form)


def _bounded(sample_id: int) -> int:
    if not 0 < sample_id < _LARGEST:
        raise NotFound
    return sample_id


async def _page(request: AnyRequest, sample_id: int, form: Form | None = None) -> Answer:
    async with reading():
        found = await sampling.sample(_bounded(sample_id))
    return await page(
        request,
        "service/sharing/sample.html",
        status=422 if form is not None else 200,
        sample=found,
        founds=list(Found),
        whats=list(What),
        form=form,
    )


ROUTES: list[Any] = [ShareSamples]
