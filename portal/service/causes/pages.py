"""`/desk/complaints/{ref}/cause`: who was at fault, what is mended; and the loop, for everybody whom it concerns."""

from collections.abc import Awaitable, Callable
from typing import Any

from litestar import Controller, Request, get, post
from litestar.params import FromPath

from portal.core.base.clock import day_end, now
from portal.core.base.database import reading
from portal.core.base.refusals import NotFound, Refused
from portal.core.people.doorway import signed_in
from portal.core.people.policy import Capability
from portal.core.web import forms
from portal.core.web.forms import Form
from portal.core.web.pages import Answer, page
from portal.service.causes import actions, inspections, loops, mending, queries
from portal.service.causes.actions import Found, may_find
from portal.service.causes.forms import FindingForm, PlanForm, ReasonForm
from portal.service.causes.known import known_of
from portal.service.causes.mending import Plan
from portal.service.causes.rules import CAUSES, LONGEST_WORDS, Party, hints
from portal.service.causes.showing import complaint_named, layout, on_desk, steps_for, visible
from portal.service.complaints.queries import ComplaintInfo

AnyRequest = Request[Any, Any, Any]


class CausePages(Controller):
    """Writing down the cause and what mends it."""

    path = "/desk/complaints/{ref:str}/cause"
    opt = {"needs": Capability.SEE_COMPLAINTS}  # noqa: RUF012 - Litestar's own form

    @get()
    async def show(self, request: AnyRequest, ref: FromPath[str]) -> Answer:
        return await _show(request, await complaint_named(ref))

    @post("/finding")
    async def find(self, request: AnyRequest, ref: FromPath[str]) -> Answer:
        info, form = await complaint_named(ref), await forms.read(request)
        data = form.into(FindingForm)
        if data is not None and data.code not in CAUSES:
            form.add("code", "not_choice")
        if data is None or form.faults:
            return await _show(request, info, form, "finding", 422)
        found, seen = Found(data.code, data.evidence, data.agent), data.seen

        async def act() -> str:
            await actions.find(signed_in(), info.id, found, now(), seen=seen)
            return _here(info)

        return await _sent(request, info, form, ("finding", "code", "causes.toast.found"), act)

    @post("/actions")
    async def plan(self, request: AnyRequest, ref: FromPath[str]) -> Answer:
        info, form = await complaint_named(ref), await forms.read(request)
        data = form.into(PlanForm)
        if data is None:
            return await _show(request, info, form, "plan", 422)
        wanted = data

        async def act() -> str:
            found = await queries.finding_of(info.id)
            party = found.supplier_id if found is not None and wanted.by_party else None
            plan = Plan(wanted.what, wanted.responsible, day_end(wanted.due_on), party)
            await mending.plan(signed_in(), info.id, plan, now())
            return _here(info)

        return await _sent(request, info, form, ("plan", "what", "causes.toast.planned"), act)

    @post("/waiver")
    async def waive(self, request: AnyRequest, ref: FromPath[str]) -> Answer:
        info, form = await complaint_named(ref), await forms.read(request)
        data = form.into(ReasonForm)
        if data is None:
            return await _show(request, info, form, "waiver", 422)
        reason = data.reason

        async def act() -> str:
            await mending.ask_waiver(signed_in(), info.id, reason, now())
            return _here(info)

        return await _sent(request, info, form, ("waiver", "reason", "causes.toast.waiver_asked"), act)


def _here(info: ComplaintInfo) -> str:
    return f"/desk/complaints/{info.ref}/cause"


async def _sent(
    request: AnyRequest, info: ComplaintInfo, form: Form, words: tuple[str, str, str], act: Callable[[], Awaitable[str]]
) -> Answer:
    """`words`: which form, the field for a refusal that names none, the toast. A refused page is shown fresh."""
    which, field, toast = words
    try:
        return await forms.once(request, act, toast)
    except Refused as refused:
        form.refuse(refused, field)
        form.typed.pop("seen", None)
        return await _show(request, await complaint_named(info.ref), form, which, refused.status)


async def _show(
    request: AnyRequest, info: ComplaintInfo, form: Form | None = None, which: str | None = None, status: int = 200
) -> Answer:
    at, viewer = now(), signed_in()
    if not on_desk(viewer, info):
        raise NotFound
    async with reading():
        loop = await loops.loop_of(info, at)
        context: dict[str, Any] = {
            "findings": await queries.findings_of(queries.root_of(info)) if loop.finding else [],
            "hints": [] if loop.finding else hints(await known_of(info)),
            "people": await queries.staff(info.owner_id),
            "held": await inspections.of_complaint(info.id),
            "steps": await steps_for(viewer, loop),
        }
    return await page(
        request,
        "service/causes/cause.html",
        status=status,
        info=info,
        loop_data=loop,
        causes=CAUSES,
        parties=list(Party),
        may=may_find(viewer, info) and info.duplicate_of is None,
        leads=viewer.may(Capability.LEAD_DESK),
        most=LONGEST_WORDS,
        finding_form=form if which == "finding" else None,
        plan_form=form if which == "plan" else None,
        waiver_form=form if which == "waiver" else None,
        now=at,
        **context,
    )


class LoopPages(Controller):
    """`/loops/{ref}`: from the complaint to the right restored, for the desk and for the owner."""

    path = "/loops"

    @get("/{ref:str}")
    async def show(self, request: AnyRequest, ref: FromPath[str]) -> Answer:
        viewer, info = await visible(ref)
        at = now()
        async with reading():
            loop = await loops.loop_of(info, at)
            steps = await steps_for(viewer, loop)
        told = on_desk(viewer, info) or not (loop.gate is not None and loop.gate.state == "proposed")
        return await page(
            request,
            "service/causes/loop.html",
            layout=layout(viewer),
            info=info,
            loop=loop,
            finding=loop.finding if told else None,
            gate=loop.gate if told else None,
            steps=steps,
            desk=on_desk(viewer, info),
            hers=viewer.person_id == info.owner_id,
            now=at,
        )


ROUTES: list[Any] = [CausePages, LoopPages]
