"""`/desk/templates`: replies that are written once; everybody's, and one's own."""

from typing import Any

from litestar import Controller, Request, get, post
from litestar.params import FromPath

from portal.core.base.clock import now
from portal.core.base.database import reading
from portal.core.base.refusals import Forbidden, NotFound, Refused
from portal.core.people.doorway import signed_in
from portal.core.people.policy import Capability
from portal.core.web import forms
from portal.core.web.forms import Form
from portal.core.web.i18n import speaking, t
from portal.core.web.pages import Answer, page
from portal.service.knowledge import templates
from portal.service.knowledge.forms import ReplyForm, check
from portal.service.knowledge.help_pages import topic_of
from portal.service.knowledge.rules import VARIABLES, Function, fill, variables_shown
from portal.service.knowledge.templates import TemplateInfo, may_change

AnyRequest = Request[Any, Any, Any]
HOME = "/desk/templates"


class TemplatePages(Controller):
    """Listing, reading with an example, writing, taking away."""

    path = HOME
    opt = {"needs": Capability.WRITE_KNOWLEDGE}  # noqa: RUF012 - Litestar's own form

    @get()
    async def index(self, request: AnyRequest) -> Answer:
        viewer, topic = signed_in(), topic_of(request)
        async with reading():
            found = await templates.shared_and_own(viewer.person_id, topic)
        return await page(
            request,
            "service/knowledge/templates.html",
            found=found,
            topic=topic,
            topics=list(Function),
            most=templates.MOST,
        )

    @get("/new")
    async def new(self, request: AnyRequest) -> Answer:
        return await _writing(request, None, forms.blank())

    @post("/new")
    async def create(self, request: AnyRequest) -> Answer:
        form, viewer = await forms.read(request), signed_in()
        data = _read(form)
        if data is None:
            return await _writing(request, None, form, 422)
        reply = data.reply()

        async def act() -> str:
            return f"{HOME}/{await templates.make(viewer, reply, now())}"

        try:
            return await forms.once(request, act, "knowledge.toast.template_saved")
        except Forbidden as refused:
            form.refuse(refused, "shared")
            return await _writing(request, None, form, 403)

    @get("/{ref:str}")
    async def show(self, request: AnyRequest, ref: FromPath[str]) -> Answer:
        found, viewer = await _template(ref), signed_in()
        return await page(
            request,
            "service/knowledge/template.html",
            reply=found,
            filled={language: _example(text, language) for language, text in found.texts.items()},
            may=found.retired_at is None and may_change(viewer, shared=found.shared, person_id=found.person_id),
        )

    @get("/{ref:str}/edit")
    async def edit(self, request: AnyRequest, ref: FromPath[str]) -> Answer:
        found = await _own(ref)
        form = forms.blank({"name": found.name, "topic": found.topic, "seen": found.mark})
        form.typed |= {"text_zh": [found.texts.get("zh-Hans", "")], "text_en": [found.texts.get("en", "")]}
        return await _writing(request, found, form)

    @post("/{ref:str}/edit")
    async def change(self, request: AnyRequest, ref: FromPath[str]) -> Answer:
        form, viewer, found = await forms.read(request), signed_in(), await _own(ref)
        data = _read(form)
        if data is None:
            return await _writing(request, found, form, 422)
        wanted = data

        async def act() -> str:
            await templates.change(viewer, ref, wanted.reply(), wanted.seen, now())
            return f"{HOME}/{ref}"

        try:
            return await forms.once(request, act, "knowledge.toast.template_saved")
        except NotFound:
            raise
        except Refused as refused:
            form.refuse(refused, "name")
            form.typed["seen"] = [found.mark]  # she has been told; what she sends next is meant
            return await _writing(request, found, form, refused.status)

    @post("/{ref:str}/retirement")
    async def retire(self, request: AnyRequest, ref: FromPath[str]) -> Answer:
        async def act() -> str:
            await templates.retire(signed_in(), ref, now())
            return HOME

        return await forms.once(request, act, "knowledge.toast.template_retired")


def _example(text: str, language: str) -> str:
    """The text filled with somebody's case, in its own language."""
    with speaking(language):
        return fill(text, {name: t(f"knowledge.example.{name}") for name in VARIABLES}, {})


def _read(form: Form) -> ReplyForm | None:
    data = form.into(ReplyForm)
    if data is not None:
        check(form, data)
    return None if form.faults else data


async def _template(ref: str) -> TemplateInfo:
    async with reading():
        found = await templates.template(ref, signed_in().person_id)
    if found is None:
        raise NotFound
    return found


async def _own(ref: str) -> TemplateInfo:
    found = await _template(ref)
    if not may_change(signed_in(), shared=found.shared, person_id=found.person_id):
        raise Forbidden("template_shared")
    return found


async def _writing(request: AnyRequest, found: TemplateInfo | None, form: Form, status: int = 200) -> Answer:
    return await page(
        request,
        "service/knowledge/template_edit.html",
        status=status,
        reply=found,
        form=form,
        topics=list(Function),
        variables=VARIABLES,
        known=variables_shown(),
        may_share=signed_in().may(Capability.REVIEW_KNOWLEDGE),
    )


ROUTES: list[Any] = [TemplatePages]
