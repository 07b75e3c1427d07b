"""Staff see every return, write down the answer of a shop without a program, and say which goods have which rules."""

from typing import Any

from litestar import Controller, Request, get, post
from litestar.params import FromPath
from litestar.response import Response

from portal.core.base.clock import now
from portal.core.base.database import reading
from portal.core.base.refusals import NotFound, Refused
from portal.core.people.doorway import signed_in
from portal.core.people.policy import Capability
from portal.core.web import forms
from portal.core.web.forms import Form
from portal.core.web.pages import Answer, page
from portal.core.web.paging import cut_of, next_link
from portal.service.returns import actions, classes, queries
from portal.service.returns.forms import AnswerForm, ClassForm
from portal.service.returns.pages import WHICH, photo_of, show_return
from portal.service.returns.queries import ReturnInfo
from portal.service.returns.rules import GoodsClass

AnyRequest = Request[Any, Any, Any]
SHOW = "service/returns/admin_show.html"


async def any_return(ref: str) -> ReturnInfo:
    """The return. Raises NotFound."""
    async with reading():
        found = await queries.by_ref(ref)
    if found is None:
        raise NotFound
    return found


class ReturnDesk(Controller):
    """Every return."""

    path = "/admin/returns"
    opt = {"needs": Capability.SEE_ALL}  # noqa: RUF012 - Litestar's own form

    @get()
    async def index(self, request: AnyRequest) -> Answer:
        wanted = request.query_params.get("which")
        which = wanted if wanted in WHICH else "open"
        async with reading():
            found = await queries.returns(cut_of(request), None, which)
        more = next_link(request, found)
        context: dict[str, Any] = {"returns": found, "which": which, "choices": WHICH, "more": more, "now": now()}
        return await page(request, "service/returns/admin.html", **context)

    @get("/{ref:str}")
    async def show(self, request: AnyRequest, ref: FromPath[str]) -> Answer:
        return await show_return(request, await any_return(ref), SHOW)

    @get("/{ref:str}/photos/{photo:str}")
    async def photo(self, ref: FromPath[str], photo: FromPath[str]) -> Response[bytes]:
        return await photo_of(await any_return(ref), photo)

    @post("/{ref:str}/answer", opt={"needs": Capability.MANAGE_STORES})
    async def answer(self, request: AnyRequest, ref: FromPath[str]) -> Answer:
        info, form = await any_return(ref), await forms.read(request)
        data = form.into(AnswerForm)
        if data is None:
            return await show_return(request, info, SHOW, form=form)
        wanted = data

        async def act() -> str:
            await actions.take_change(signed_in().actor, info.ref, wanted.told(), now())
            return f"/admin/returns/{info.ref}"

        try:
            return await forms.once(request, act, "returns.toast.answered")
        except Refused as refused:
            field = "yuan" if refused.field == "refunded_fen" else refused.field or "answer"
            form.refuse(Refused(refused.code, refused.params), field)
            return await show_return(request, info, SHOW, form=form, status=refused.status)


class ClassPages(Controller):
    """Which rules of return each category of goods has."""

    path = "/admin/return-classes"
    opt = {"needs": Capability.MANAGE_STORES}  # noqa: RUF012 - Litestar's own form

    @get()
    async def index(self, request: AnyRequest) -> Answer:
        return await self._page(request)

    @post()
    async def save(self, request: AnyRequest) -> Answer:
        form = await forms.read(request)
        data = form.into(ClassForm)
        if data is None:
            return await self._page(request, form)
        wanted = data

        async def act() -> str:
            await classes.set_class(signed_in().actor, wanted.category, wanted.kind, now())
            return "/admin/return-classes"

        return await forms.once(request, act, "returns.toast.class_saved")

    async def _page(self, request: AnyRequest, form: Form | None = None) -> Answer:
        async with reading():
            known = await classes.categories()
        status = 422 if form is not None else 200
        return await page(
            request, "service/returns/classes.html", status=status, known=known, classes=list(GoodsClass), form=form
        )


ROUTES: list[Any] = [ReturnDesk, ClassPages]
