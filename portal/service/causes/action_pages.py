"""Corrective actions: lists of one's own, to verify, overdue, to look at again; and one with all that may be done."""

from collections.abc import Awaitable, Callable
from typing import Any

from litestar import Controller, Request, get, post
from litestar.params import FromPath
from litestar.response import Response

from portal.core.base.clock import now
from portal.core.base.database import reading
from portal.core.base.public_links import Door, address_of
from portal.core.base.refusals import NotFound, Refused
from portal.core.people.doorway import signed_in
from portal.core.people.policy import Capability
from portal.core.web import forms
from portal.core.web.forms import Form
from portal.core.web.pages import Answer, page
from portal.core.web.paging import cut_of, next_link
from portal.core.web.viewer import Viewer
from portal.service.causes import mending, party, pictures, queries
from portal.service.causes.forms import DoneForm, VerdictForm
from portal.service.causes.party_pages import sent_photo
from portal.service.causes.queries import LISTS, ActionInfo
from portal.service.causes.rules import LONGEST_WORDS, ActionState, may_verify
from portal.service.causes.showing import layout, overdue

AnyRequest = Request[Any, Any, Any]


class ActionLists(Controller):
    """`/desk/actions`."""

    path = "/desk/actions"
    opt = {"needs": Capability.SEE_COMPLAINTS}  # noqa: RUF012 - Litestar's own form

    @get()
    async def index(self, request: AnyRequest) -> Answer:
        at, viewer = now(), signed_in()
        wanted = request.query_params.get("show", "mine")
        show = wanted if wanted in LISTS else "mine"
        async with reading():
            found = await queries.listed(show, viewer.person_id, at, cut_of(request))
        return await page(
            request,
            "service/causes/actions.html",
            found=found.items,
            show=show,
            shows=list(LISTS),
            first="after" not in request.query_params,
            more=next_link(request, found),
            overdue=overdue,
            now=at,
        )


class ActionPages(Controller):
    """`/actions/{ref}`: for whom it is given to, and for the desk."""

    path = "/actions/{ref:str}"

    @get()
    async def show(self, request: AnyRequest, ref: FromPath[str]) -> Answer:
        return await _show(request, ref)

    @get("/photos/{photo:str}")
    async def photo(self, request: AnyRequest, ref: FromPath[str], photo: FromPath[str]) -> Response[Any]:
        await _seen(ref)
        async with reading():
            action = await mending.found(ref[:40])
            shots = await pictures.of(action=action.id)
        return await sent_photo(request, [each.info for each in shots if each.info.ref == photo])

    @post("/done")
    async def done(self, request: AnyRequest, ref: FromPath[str]) -> Answer:
        viewer, form = await _seen(ref), await forms.read(request)
        data = form.into(DoneForm)
        if data is None:
            return await _show(request, ref, form)
        words = data.words

        async def act() -> str:
            return (await mending.done(viewer, ref, words, now())).way

        return await _sent(request, ref, form, "causes.toast.done", act)

    @post("/verification")
    async def verify(self, request: AnyRequest, ref: FromPath[str]) -> Answer:
        return await _verdict(request, ref, mending.verify)

    @post("/waiver")
    async def waiver(self, request: AnyRequest, ref: FromPath[str]) -> Answer:
        return await _verdict(request, ref, mending.decide_waiver)

    @post("/recheck")
    async def recheck(self, request: AnyRequest, ref: FromPath[str]) -> Answer:
        return await _verdict(request, ref, mending.recheck)


async def _verdict(request: AnyRequest, ref: str, decide: Callable[..., Awaitable[ActionInfo]]) -> Answer:
    viewer, form = await _seen(ref), await forms.read(request)
    data = form.into(VerdictForm)
    if data is None:
        return await _show(request, ref, form)
    said = data

    async def act() -> str:
        return (await decide(viewer, ref, said.verdict == "yes", said.words, now())).way

    return await _sent(request, ref, form, "causes.toast.decided", act)


async def _sent(request: AnyRequest, ref: str, form: Form, toast: str, act: Callable[[], Awaitable[str]]) -> Answer:
    try:
        return await forms.once(request, act, toast)
    except Refused as refused:
        form.refuse(refused, "words")
        return await _show(request, ref, form, refused.status)


async def _seen(ref: str) -> Viewer:
    """The viewer, if she may see this action. Raises NotFound."""
    viewer = signed_in()
    async with reading():
        action = await mending.found(ref[:40])
    if viewer.person_id != action.responsible and not viewer.may(Capability.SEE_COMPLAINTS):
        raise NotFound
    return viewer


async def _show(request: AnyRequest, ref: str, form: Form | None = None, status: int = 422) -> Answer:
    at, viewer = now(), await _seen(ref)
    async with reading():
        action = await mending.found(ref[:40])
        said = await queries.words_of(action.id)
        hands = await queries.hands_of(action)
        told = await party.answers(action=action.id) if action.party_id is not None else []
        shots = await pictures.of(action=action.id) if told else []
        link = await address_of(Door.ACTION, action.id) if action.party_id is not None else None
        again = await queries.came_again(action, at) if action.state is ActionState.VERIFIED else 0
    verifies = viewer.may(Capability.VERIFY_CAUSES) and may_verify(viewer.person_id, hands)
    uninvolved = viewer.person_id not in (hands.responsible, hands.done_by)
    return await page(
        request,
        "service/causes/action.html",
        status=status if form is not None else 200,
        layout=layout(viewer),
        action=action,
        said=said,
        told=told,
        shots=shots,
        link=link,
        again=again,
        desk=viewer.may(Capability.SEE_COMPLAINTS),
        mine=action.responsible == viewer.person_id,
        may_verify=verifies,
        may_waive=viewer.may(Capability.LEAD_DESK) and action.made_by != viewer.person_id,
        may_recheck=viewer.may(Capability.VERIFY_CAUSES) and uninvolved,
        late=overdue(action.due_at, at),
        recheck_due=overdue(action.recheck_at, at) and action.recheck is None,
        most=LONGEST_WORDS,
        form=form,
        now=at,
    )


ROUTES: list[Any] = [ActionLists, ActionPages]
