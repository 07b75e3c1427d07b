"""`/desk/calls`: some days after a resolution the desk asks how it is."""

from datetime import datetime, time, timedelta
from typing import Any

from litestar import Controller, Request, get, post
from litestar.params import FromPath

from portal.core.base.clock import local, now, site_zone
from portal.core.base.database import reading
from portal.core.base.refusals import NotFound, Refused
from portal.core.people.doorway import signed_in
from portal.core.people.policy import Capability
from portal.core.web import forms
from portal.core.web.forms import Form
from portal.core.web.pages import Answer, page
from portal.core.web.paging import cut_of, next_link
from portal.service.complaints import after, faces, history, queries, talk
from portal.service.complaints.after import Called, CallInfo, Outcome
from portal.service.complaints.forms import LONGEST_WORDS, CallForm
from portal.service.complaints.rules import Audience

AnyRequest = Request[Any, Any, Any]
HERE = "/desk/calls"
MORNING = time(9)
LATEST = timedelta(days=60)


class CallPages(Controller):
    """Calls that are due, one's own or everybody's, and what came of each."""

    path = HERE
    opt = {"needs": Capability.WORK_DESK}  # noqa: RUF012 - Litestar's own form

    @get()
    async def index(self, request: AnyRequest) -> Answer:
        at, viewer = now(), signed_in()
        everybody = request.query_params.get("show") == "all"
        async with reading():
            found = await after.calls_due(None if everybody else viewer.person_id, cut_of(request))
            complaints = await after.complaints_of(found)
        return await page(
            request,
            "service/complaints/calls.html",
            calls=found.items,
            complaints=complaints,
            everybody=everybody,
            first="after" not in request.query_params,
            more=next_link(request, found),
            now=at,
        )

    @get("/{call_id:int}")
    async def show(self, request: AnyRequest, call_id: FromPath[int]) -> Answer:
        return await _show(request, await _call(call_id), None)

    @post("/{call_id:int}")
    async def keep(self, request: AnyRequest, call_id: FromPath[int]) -> Answer:
        found, form, at = await _call(call_id), await forms.read(request), now()
        data, viewer = form.into(CallForm), signed_in()
        if data is not None and data.next_on is not None and not _in_time(data, at):
            form.add("next_on", "complaints.fault.next_on", days=LATEST.days)
        if data is None or form.faults:
            return await _show(request, found, form)
        came = Called(Outcome(data.outcome), data.note, _again(data), data.reopen)

        async def act() -> str:
            info = await after.keep_call(viewer.actor, viewer.person_id, call_id, came, at)
            return f"/desk/complaints/{info.ref}" if came.reopen else HERE

        try:
            return await forms.once(request, act, "complaints.toast.called")
        except Refused as refused:
            form.refuse(Refused(refused.code, refused.params, field=refused.field), "outcome")
            return await _show(request, await _call(call_id), form, refused.status)


def _in_time(data: CallForm, at: datetime) -> bool:
    today = local(at).date()
    return data.next_on is not None and today < data.next_on <= today + LATEST


def _again(data: CallForm) -> datetime | None:
    return datetime.combine(data.next_on, MORNING, site_zone()) if data.next_on is not None else None


async def _call(call_id: int) -> CallInfo:
    async with reading():
        found = await after.call(call_id)
    if found is None:
        raise NotFound
    return found


async def _show(request: AnyRequest, found: CallInfo, form: Form | None, status: int = 422) -> Answer:
    at = now()
    async with reading():
        info = await queries.by_id(found.complaint_id)
        assert info is not None
        surveys = await after.surveys(info.id)
        turns = await talk.turns(info.id, [Audience.BUYER])
        clocks = await history.clocks_of(info)
        goods = await faces.goods(info.id)
    return await page(
        request,
        "service/complaints/call.html",
        status=status if form is not None else 200,
        call=found,
        info=info,
        surveys=surveys,
        turns=turns[-3:],
        clocks=clocks,
        goods=goods,
        may_reopen=after.may_reopen(info, at),
        outcomes=list(Outcome),
        most=LONGEST_WORDS,
        form=form,
        now=at,
    )


ROUTES: list[Any] = [CallPages]
