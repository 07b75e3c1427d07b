"""`/c/{token}/proposals/{ref}`: the buyer says yes or no, without an account, as often as the network makes her."""

from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import Any

from litestar import Controller, Request, get, post
from litestar.params import FromPath

from portal.core.base.clock import now
from portal.core.base.database import reading
from portal.core.base.refusals import NotFound, Refused
from portal.core.web import forms
from portal.core.web.forms import Form
from portal.core.web.pages import Answer, page, see_other
from portal.service.compensations import answering, panels
from portal.service.compensations.forms import InsteadForm
from portal.service.complaints import tries
from portal.service.complaints.buyer_pages import opened
from portal.service.complaints.filing_pages import HIDDEN, link_actor
from portal.service.complaints.queries import ComplaintInfo

AnyRequest = Request[Any, Any, Any]


class AnswerPages(Controller):
    """Whoever holds the link is the buyer."""

    path = "/c/{token:str}/proposals/{ref:str}"
    opt = {"open": True}  # noqa: RUF012 - Litestar's own form

    @get(["/acceptance", "/refusal"])
    async def back(self, request: AnyRequest, token: FromPath[str], ref: FromPath[str]) -> Answer:
        """Somebody who reloads the address of an answer is led to her complaint."""
        await opened(token, now())
        return see_other(request, f"/c/{token}")

    @post("/acceptance")
    async def accept(self, request: AnyRequest, token: FromPath[str], ref: FromPath[str]) -> Answer:
        at = now()
        info = await opened(token, at)
        return await _act(
            request,
            token,
            info,
            forms.blank(),
            lambda: answering.accept(link_actor(), info.id, ref[:40], at),
            "accepted",
        )

    @post("/refusal")
    async def decline(self, request: AnyRequest, token: FromPath[str], ref: FromPath[str]) -> Answer:
        at, form = now(), await forms.read(request)
        info, data = await opened(token, at), form.into(InsteadForm)
        if data is None:
            return await _show(request, token, info, form, at, 422)
        instead = data.instead
        return await _act(
            request,
            token,
            info,
            form,
            lambda: answering.decline(link_actor(), info.id, ref[:40], instead, at),
            "declined",
        )


async def _act(
    request: AnyRequest,
    token: str,
    info: ComplaintInfo,
    form: Form,
    do: Callable[[], Awaitable[object]],
    said: str,
) -> Answer:
    async def act() -> str:
        await do()
        return f"/c/{token}"

    try:
        await tries.count("answer", f"complaint:{info.id}", now())
        return await forms.once(request, act, f"compensations.toast.{said}")
    except NotFound:
        raise
    except Refused as refused:
        form.refuse(Refused(refused.code, refused.params), "instead")
        return await _show(request, token, info, form, now(), refused.status)


async def _show(request: AnyRequest, token: str, info: ComplaintInfo, form: Form, at: datetime, status: int) -> Answer:
    """The proposal as it stands now, with the no and what she typed."""
    async with reading():
        context = await panels.buyer_context(info, at)
    return await page(
        request,
        "service/compensations/answer.html",
        status=status,
        headers=HIDDEN,
        here=f"/c/{token}",
        refusal_form=form,
        **context,
    )


ROUTES: list[Any] = [AnswerPages]
