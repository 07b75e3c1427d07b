"""`/desk/complaints/{ref}`: what an agent does with a complaint. Each act says what its page had shown."""

from collections.abc import Awaitable, Callable
from typing import Any, TypeVar

from litestar import Controller, Request, get, post
from litestar.params import FromPath

from portal.core.base.clock import now
from portal.core.base.database import reading
from portal.core.base.refusals import NotFound, Refused
from portal.core.people.doorway import signed_in
from portal.core.people.policy import Capability
from portal.core.web import forms
from portal.core.web.format import moment
from portal.core.web.forms import Form
from portal.core.web.i18n import language
from portal.core.web.pages import Answer, page, wants_fragment
from portal.core.web.viewer import Viewer
from portal.service.complaints import (
    actions,
    charge,
    desk_acts,
    desk_queries,
    desk_show,
    ending,
    faces,
    history,
    queries,
    slots,
)
from portal.service.complaints.actions import Words
from portal.service.complaints.desk_acts import Seen, check_filled
from portal.service.complaints.desk_forms import (
    HandOverForm,
    InsertForm,
    LinkForm,
    ReclassForm,
    ReplyForm,
    SeenForm,
    StepsForm,
)
from portal.service.complaints.queries import ComplaintInfo
from portal.service.complaints.rules import LONGEST_TEXT, Speaker
from portal.service.knowledge import templates

AnyRequest = Request[Any, Any, Any]
Shape = TypeVar("Shape", bound=SeenForm)
TEMPLATES = "service/complaints/_desk_templates.html"
REPLY = "service/complaints/_desk_reply.html"


class ShowPages(Controller):
    """Reading: agents, leads and admins."""

    path = "/desk/complaints/{ref:str}"
    opt = {"needs": Capability.SEE_COMPLAINTS}  # noqa: RUF012 - Litestar's own form

    @get()
    async def show(self, request: AnyRequest, ref: FromPath[str]) -> Answer:
        headers = {name.lower(): value for name, value in request.headers.items()}
        if wants_fragment(headers, desk_show.LIVE):
            return await desk_show.live(request, ref)
        return await desk_show.show(request, ref)

    @get("/missing")
    async def missing(self, request: AnyRequest, ref: FromPath[str]) -> Answer:
        return await desk_show.missing(request, ref)

    @get("/panels/{number:int}")
    async def panel(self, request: AnyRequest, ref: FromPath[str], number: FromPath[int]) -> Answer:
        return await desk_show.panel(request, ref, number)


class ActPages(Controller):
    """Acting: who is in charge, the lead, and whoever takes it."""

    path = "/desk/complaints/{ref:str}"
    opt = {"needs": Capability.WORK_DESK}  # noqa: RUF012 - Litestar's own form

    @post("/turns")
    async def say(self, request: AnyRequest, ref: FromPath[str]) -> Answer:
        viewer, at = signed_in(), now()

        async def do(info: ComplaintInfo, data: ReplyForm) -> None:
            check_filled(data.text)
            words = Words(Speaker.AGENT, data.audience, data.text, viewer.person_id, data.waiting)
            await actions.say(viewer.actor, info.id, words, at)
            if data.template and (used := await templates.template(data.template, viewer.person_id)):
                await templates.count_use(used.id, at)

        return await _act(request, ref, ReplyForm, do, "reply", "text", "replied", words=True)

    @get("/templates")
    async def templates(self, request: AnyRequest, ref: FromPath[str]) -> Answer:
        """The replies that fit, to choose one."""
        viewer = signed_in()
        async with reading():
            info, _ = await desk_show.found(viewer, ref, now())
            fitting = await templates.templates_for(str(info.function), language(), viewer.person_id)
            heard = await desk_queries.last_turn(info.id)
        context: dict[str, Any] = {"info": info, "here": f"/desk/complaints/{info.ref}", "heard": heard}
        whole = "service/complaints/desk_templates_page.html"
        return await page(request, whole, fragments=(TEMPLATES,), fitting=fitting, **context)

    @post("/reply")
    async def insert(self, request: AnyRequest, ref: FromPath[str]) -> Answer:
        """A template, filled, behind what is typed already; nothing is sent."""
        form, viewer = await forms.read(request), signed_in()
        data = form.into(InsertForm)
        async with reading():
            info, _ = await desk_show.found(viewer, ref, now())
            chosen = await templates.template(data.template, viewer.person_id) if data is not None else None
            text = chosen.texts.get(language()) or next(iter(chosen.texts.values()), "") if chosen else ""
            filled = templates.filled(text, await _values(viewer, info))
        typed = form.value("text").rstrip()
        form.typed["text"] = [f"{typed}\n\n{filled}".strip()[:LONGEST_TEXT]]
        form.faults.clear()
        if wants_fragment({name.lower(): value for name, value in request.headers.items()}, REPLY):
            context: dict[str, Any] = {"info": info, "here": f"/desk/complaints/{info.ref}", "most_text": LONGEST_TEXT}
            return await page(request, REPLY, fragments=(REPLY,), form=form, about="reply", **context)
        return await desk_show.show(request, ref, form, "reply")

    @post("/charge")
    async def take(self, request: AnyRequest, ref: FromPath[str]) -> Answer:
        viewer, form = signed_in(), await forms.read(request)
        info = await _info(viewer, ref)

        async def act() -> str:
            await desk_acts.take(viewer, info.id, now())
            return f"/desk/complaints/{info.ref}"

        try:
            return await forms.once(request, act, "complaints.desk.toast.taken")
        except NotFound:
            raise
        except Refused as refused:
            if refused.status == 403:
                raise
            form.refuse(refused, "")
            return await desk_show.show(request, ref, form, "charge", refused.status)

    @post("/steps")
    async def steps(self, request: AnyRequest, ref: FromPath[str]) -> Answer:
        viewer, at = signed_in(), now()
        form = await forms.read(request)
        data = form.into(StepsForm)
        info = await _info(viewer, ref)
        if data is None:
            return await desk_show.show(request, ref, form, "steps", 422)
        steps = data.steps

        async def act() -> str:
            async def do(held: ComplaintInfo) -> None:
                await desk_acts.tick(viewer, held, steps, at)

            await desk_acts.act(viewer, info.id, Seen(None, None), at, do)
            return f"/desk/complaints/{info.ref}#steps"

        return await forms.once(request, act, "complaints.desk.toast.ticked")

    @get("/handover")
    async def handing(self, request: AnyRequest, ref: FromPath[str]) -> Answer:
        return await desk_show.handover_page(request, ref)

    @post("/handover")
    async def hand_over(self, request: AnyRequest, ref: FromPath[str]) -> Answer:
        viewer, at = signed_in(), now()

        async def do(info: ComplaintInfo, data: HandOverForm) -> None:
            await charge.hand_over(viewer.actor, viewer.person_id, info.id, data.to, data.summary, data.reason, at)

        return await _act(request, ref, HandOverForm, do, "handover", "to", "handed")

    @post("/clearance")
    async def clear(self, request: AnyRequest, ref: FromPath[str]) -> Answer:
        viewer = signed_in()
        info = await _info(viewer, ref)

        async def act() -> str:
            await charge.clear(viewer.person_id, info.id, now())
            return f"/desk/complaints/{info.ref}"

        return await forms.once(request, act, "complaints.desk.toast.cleared")

    @post("/class")
    async def reclass(self, request: AnyRequest, ref: FromPath[str]) -> Answer:
        viewer, at = signed_in(), now()

        async def do(info: ComplaintInfo, data: ReclassForm) -> None:
            category = data.product_category
            await actions.reclass(viewer.actor, info.id, data.function, data.urgency, category, at)

        return await _act(request, ref, ReclassForm, do, "class", "function", "reclassed")

    @post("/link")
    async def link(self, request: AnyRequest, ref: FromPath[str]) -> Answer:
        viewer, at = signed_in(), now()

        async def do(info: ComplaintInfo, data: LinkForm) -> None:
            await actions.link(viewer.actor, info.id, data.to, at)

        return await _act(request, ref, LinkForm, do, "link", "to", "linked")

    @post("/resolution")
    async def resolve(self, request: AnyRequest, ref: FromPath[str]) -> Answer:
        viewer, at = signed_in(), now()

        async def do(info: ComplaintInfo, data: SeenForm) -> None:
            outcome = desk_show.outcome_of(info, await history.events(info.id))
            await ending.resolve(viewer.actor, info.id, outcome, at)

        return await _act(request, ref, SeenForm, do, "ending", "", "resolved")

    @post("/closure")
    async def close(self, request: AnyRequest, ref: FromPath[str]) -> Answer:
        viewer, at = signed_in(), now()

        async def do(info: ComplaintInfo, data: SeenForm) -> None:
            await ending.close(viewer.actor, info.id, at)

        return await _act(request, ref, SeenForm, do, "ending", "", "closed")


async def _info(viewer: Viewer, ref: str) -> ComplaintInfo:
    async with reading():
        return (await desk_show.found(viewer, ref, now()))[0]


async def _values(viewer: Viewer, info: ComplaintInfo) -> dict[str, str | None]:
    """What a template's variables stand for in this complaint. Inside a door."""
    clock = faces.running((await history.clocks_of_many([info])).get(info.id))
    return {
        "buyer": faces.called(info.vip_name),
        "order": info.order_number,
        "agent": faces.called(viewer.name),
        "due": moment(clock.due_at) if clock else None,
        "store": info.store_name,
        "proposal": await slots.offered(info),
    }


async def _act(
    request: AnyRequest,
    ref: str,
    shape: type[Shape],
    do: Callable[[ComplaintInfo, Shape], Awaitable[None]],
    about: str,
    field: str,
    said: str,
    *,
    words: bool = False,
) -> Answer:
    """Do it once. A no is said on the fresh page, beside its form, with everything that was typed."""
    viewer, form, at = signed_in(), await forms.read(request), now()
    data = form.into(shape)
    info = await _info(viewer, ref)
    if data is None:
        return await _again(request, ref, form, about, 422)
    given = data

    async def act() -> str:
        async def one(held: ComplaintInfo) -> None:
            await do(held, given)

        await desk_acts.act(viewer, info.id, Seen(given.seen, given.heard), at, one, words=words)
        return f"/desk/complaints/{info.ref}"

    try:
        return await forms.once(request, act, f"complaints.desk.toast.{said}")
    except NotFound:
        raise
    except Refused as refused:
        moved = await _moved_on(info, given)
        if refused.status == 403 and not (moved and refused.code == "complaint_of_other"):
            raise
        if refused.code == "complaint_moved_on" or moved:
            form.refuse(Refused("complaint_moved_on"), "")
            return await _again(request, ref, form, about, 409)
        form.refuse(Refused(refused.code, refused.params, field=refused.field), field)
        return await _again(request, ref, form, about, refused.status)


async def _moved_on(shown: ComplaintInfo, given: SeenForm) -> bool:
    async with reading():
        fresh = await queries.by_id(shown.id)
    return fresh is not None and given.seen is not None and fresh.last_event != given.seen


async def _again(request: AnyRequest, ref: str, form: Form, about: str, status: int) -> Answer:
    if about == "handover" and status != 409:
        return await desk_show.handover_page(request, ref, form, status)
    return await desk_show.show(request, ref, form, about, status)


ROUTES: list[Any] = [ShowPages, ActPages]
