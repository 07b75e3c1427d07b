"""`/desk/knowledge/{ref}`: one article with its figures, and what is said about it: sent to review, yes, no, gone."""

from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import Any

from litestar import Controller, Request, get, post
from litestar.params import FromPath

from portal.core.base.clock import now
from portal.core.base.database import reading
from portal.core.base.refusals import NotFound, Refused
from portal.core.people import queries as people
from portal.core.people.doorway import signed_in
from portal.core.people.policy import Capability
from portal.core.web import forms
from portal.core.web.forms import Form
from portal.core.web.i18n import language
from portal.core.web.pages import Answer, page
from portal.service.knowledge import actions, figures, versions
from portal.service.knowledge.forms import VerdictForm
from portal.service.knowledge.rules import State

AnyRequest = Request[Any, Any, Any]
HOME = "/desk/knowledge"


class WordPages(Controller):
    """An article with its figures; send it to review, yes or no, it still holds, take it away."""

    path = HOME
    opt = {"needs": Capability.WRITE_KNOWLEDGE}  # noqa: RUF012 - Litestar's own form

    @get("/{ref:str}")
    async def show(self, request: AnyRequest, ref: FromPath[str]) -> Answer:
        return await _show(request, ref, None)

    @post("/{ref:str}/submission")
    async def submit(self, request: AnyRequest, ref: FromPath[str]) -> Answer:
        async def act(at: datetime) -> None:
            await actions.submit(signed_in().actor, ref, at)

        return await _word(request, ref, act, "knowledge.toast.submitted")

    @post("/{ref:str}/verdict", opt={"needs": Capability.REVIEW_KNOWLEDGE})
    async def verdict(self, request: AnyRequest, ref: FromPath[str]) -> Answer:
        form, actor = await forms.read(request), signed_in().actor
        data = form.into(VerdictForm)
        if data is not None and data.verdict == "back" and not data.note:
            form.add("note", "required")
        if data is None or form.faults:
            return await _show(request, ref, form, 422)
        wanted = data

        async def act(at: datetime) -> None:
            if wanted.verdict == "publish":
                await actions.publish(actor, ref, wanted.number, at)
            else:
                await actions.send_back(actor, ref, wanted.number, wanted.note, at)

        return await _word(request, ref, act, f"knowledge.toast.{wanted.verdict}", form)

    @post("/{ref:str}/confirmation", opt={"needs": Capability.REVIEW_KNOWLEDGE})
    async def confirm(self, request: AnyRequest, ref: FromPath[str]) -> Answer:

        async def act(at: datetime) -> None:
            await actions.still_true(signed_in().actor, ref, at)

        return await _word(request, ref, act, "knowledge.toast.confirmed")

    @post("/{ref:str}/retirement", opt={"needs": Capability.REVIEW_KNOWLEDGE})
    async def retire(self, request: AnyRequest, ref: FromPath[str]) -> Answer:

        async def act(at: datetime) -> None:
            await actions.retire(signed_in().actor, ref, at)

        return await _word(request, ref, act, "knowledge.toast.retired")


async def _word(
    request: AnyRequest, ref: str, say: Callable[[datetime], Awaitable[None]], toast: str, form: Form | None = None
) -> Answer:
    async def act() -> str:
        await say(now())
        return f"{HOME}/{ref}"

    try:
        return await forms.once(request, act, toast)
    except NotFound:
        raise
    except Refused as refused:
        form = form or Form()
        form.refuse(refused, "note")
        return await _show(request, ref, form, refused.status)


async def _show(request: AnyRequest, ref: str, form: Form | None, status: int = 200) -> Answer:
    at, viewer = now(), signed_in()
    async with reading():
        info = await actions.required(ref)
        known = await versions.versions(info.id)
        read = (await figures.figures_of([info.id], at))[info.id]
        remarks = await figures.remarks(info.id)
        ids = {person for one in known for person in (one.written_by, one.decided_by) if person is not None}
        names = {one.id: one.name for one in (await people.people(ids)).values()}
    last = known[0]
    return await page(
        request,
        "service/knowledge/desk_show.html",
        status=status,
        article=info,
        last=last,
        edition=last.editions.get(language()) or next(iter(last.editions.values()), None),
        versions=known,
        names=names,
        figures=read,
        remarks=remarks,
        due=info.review_at is not None and info.review_at <= at,
        lacking=actions.lacks(last) if last.state == State.DRAFT else None,
        may_review=viewer.may(Capability.REVIEW_KNOWLEDGE),
        own=last.written_by == viewer.person_id,
        form=form,
        now=at,
    )


ROUTES: list[Any] = [WordPages]
