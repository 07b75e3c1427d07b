"""`/desk/cases`: drafts and what waits for a reviewer; writing one, sending it on, saying yes or no."""

from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import Any

from litestar import Controller, Request, get, post
from litestar.params import FromPath

from courses.cases import actions, commands, queries, slots
from courses.cases.forms import SUFFIX, CaseForm, MarkForm, VerdictForm, check, of_case
from courses.cases.queries import CaseInfo
from courses.cases.rules import Kind, State, Topic, lacking, lines, paragraphs
from portal.core.base.audit import Actor
from portal.core.base.clock import now
from portal.core.base.database import reading
from portal.core.base.refusals import Forbidden, NotFound, Refused
from portal.core.people.doorway import signed_in
from portal.core.people.policy import Capability
from portal.core.web import forms
from portal.core.web.forms import Form
from portal.core.web.i18n import language
from portal.core.web.pages import Answer, page
from portal.core.web.paging import cut_of, next_link
from portal.core.web.shapes import clean
from portal.core.web.viewer import Viewer

AnyRequest = Request[Any, Any, Any]
HOME = "/desk/cases"
_WRITERS = (Capability.AUTHOR, Capability.WRITE_KNOWLEDGE)


def may_write(viewer: Viewer) -> bool:
    return any(viewer.may(one) for one in _WRITERS)


def may_edit(viewer: Viewer, info: CaseInfo) -> bool:
    """Who wrote it, and reviewers."""
    return info.author == viewer.person_id or viewer.may(Capability.REVIEW_CASES)


def _writer() -> Viewer:
    viewer = signed_in()
    if not may_write(viewer):
        raise Forbidden
    return viewer


async def _editable(ref: str) -> CaseInfo:
    """Raises Forbidden for who neither wrote nor reviews it."""
    async with reading():
        info = await actions.required(ref)
    if not may_edit(_writer(), info):
        raise Forbidden
    return info


class CaseDesk(Controller):
    """The list and the writing."""

    path = HOME

    @get()
    async def index(self, request: AnyRequest) -> Answer:
        viewer, named = _writer(), request.query_params.get("show", "")
        state = State(named) if named in set(State) else None
        query = clean(request.query_params.get("q", ""))[:80]
        async with reading():
            found = await queries.desk(cut_of(request), state, query=query)
            return await page(
                request,
                "courses/cases/desk_index.html",
                found=found,
                figures=await queries.figures([one.id for one in found.items]),
                counts=await queries.counts(),
                state=state,
                states=list(State),
                query=query,
                language=language(),
                may_review=viewer.may(Capability.REVIEW_CASES),
                any_new=await commands.any_new(),
                more=next_link(request, found),
                first="after" not in request.query_params,
            )

    @post("/starters", opt={"needs": Capability.REVIEW_CASES})
    async def starters(self, request: AnyRequest) -> Answer:
        async def act() -> str:
            await commands.ensure_shipped(now())
            return HOME

        return await forms.once(request, act, "cases.toast.starters")

    @get("/new")
    async def new(self, request: AnyRequest) -> Answer:
        viewer, source = _writer(), request.query_params.get("of", "")[:32]
        form = await _begun(viewer, source) if source else forms.blank({"kind": Kind.GOOD_SERVICE})
        return await _writing(request, None, form)

    @post("/new")
    async def create(self, request: AnyRequest) -> Answer:
        viewer, form = _writer(), await forms.read(request)
        if (data := form.into(CaseForm)) is None:
            return await _writing(request, None, form, 422)
        source, draft = data.of, data.draft()
        async with reading():
            if source is not None:
                await _source(viewer, source)
            check(form, draft, await slots.known_of(source))
        if form.faults:
            return await _writing(request, None, form, 422)

        async def act() -> str:
            return f"{HOME}/{await actions.make(viewer.actor, draft, now(), source=source)}"

        return await forms.once(request, act, "cases.toast.saved")

    @get("/{ref:str}/draft")
    async def edit(self, request: AnyRequest, ref: FromPath[str]) -> Answer:
        info = await _editable(ref)
        return await _writing(request, info, of_case(info))

    @post("/{ref:str}/draft")
    async def save(self, request: AnyRequest, ref: FromPath[str]) -> Answer:
        info, form, actor = await _editable(ref), await forms.read(request), signed_in().actor
        if (data := form.into(CaseForm)) is None:
            return await _writing(request, info, form, 422)
        wanted, draft = data, data.draft()
        async with reading():
            check(form, draft, await slots.known_of(info.source))
        if form.faults:
            return await _writing(request, info, form, 422)

        async def act() -> str:
            await actions.save(actor, ref, draft, wanted.mark, now())
            return f"{HOME}/{ref}"

        try:
            return await forms.once(request, act, "cases.toast.saved")
        except Refused as refused:
            form.refuse(refused, "title_zh")
            form.typed["mark"] = [str(info.mark)]  # she has been told; what she sends next is meant
            return await _writing(request, info, form, refused.status)

    @get("/{ref:str}")
    async def show(self, request: AnyRequest, ref: FromPath[str]) -> Answer:
        _writer()
        return await _show(request, ref, None)

    @post("/{ref:str}/submission")
    async def submit(self, request: AnyRequest, ref: FromPath[str]) -> Answer:
        await _editable(ref)
        return await _act(request, ref, actions.submit, "cases.toast.submitted")

    @post("/{ref:str}/revision")
    async def revise(self, request: AnyRequest, ref: FromPath[str]) -> Answer:
        await _editable(ref)
        return await _act(request, ref, actions.revise, "cases.toast.revised")

    @post("/{ref:str}/retirement")
    async def retire(self, request: AnyRequest, ref: FromPath[str]) -> Answer:
        _reviewer()
        return await _act(request, ref, actions.retire, "cases.toast.retired")

    @post("/{ref:str}/verdict")
    async def verdict(self, request: AnyRequest, ref: FromPath[str]) -> Answer:
        actor, form = _reviewer().actor, await forms.read(request)
        data = form.into(VerdictForm)
        if data is not None and data.verdict == "back" and not data.note:
            form.add("note", "required")
        if data is None or form.faults:
            return await _show(request, ref, form, 422)
        wanted = data

        async def act() -> str:
            if wanted.verdict == "publish":
                await actions.publish(actor, ref, wanted.mark, now())
            else:
                await actions.send_back(actor, ref, wanted.mark, wanted.note, now())
            return f"{HOME}/{ref}"

        return await _once(request, ref, act, f"cases.toast.{wanted.verdict}", form)


def _reviewer() -> Viewer:
    viewer = signed_in()
    if not viewer.may(Capability.REVIEW_CASES):
        raise Forbidden
    return viewer


async def _source(viewer: Viewer, source: str) -> slots.Begun:
    """How a case about this complaint begins. Raises NotFound where nobody knows it or it is not hers to see."""
    for begun in slots.BEGUN:
        return await begun(viewer, source)
    raise NotFound


async def _begun(viewer: Viewer, source: str) -> Form:
    async with reading():
        begun = await _source(viewer, source)
    form = forms.blank({"kind": begun.kind, "topic": begun.topic, "goods": begun.goods, "of": source})
    suffix = SUFFIX.get(begun.language, "zh")
    form.typed |= {f"{part}_{suffix}": [text] for part, text in begun.telling.parts.items()}
    return form


async def _act(
    request: AnyRequest, ref: str, step: Callable[[Actor, str, int, datetime], Awaitable[None]], toast: str
) -> Answer:
    actor, form = signed_in().actor, await forms.read(request)
    if (data := form.into(MarkForm)) is None:
        return await _show(request, ref, form, 422)
    mark = data.mark

    async def act() -> str:
        await step(actor, ref, mark, now())
        return f"{HOME}/{ref}"

    return await _once(request, ref, act, toast, form)


async def _once(request: AnyRequest, ref: str, act: Callable[[], Awaitable[str]], toast: str, form: Form) -> Answer:
    try:
        return await forms.once(request, act, toast)
    except NotFound:
        raise
    except Refused as refused:
        form.refuse(refused, "note")
        return await _show(request, ref, form, refused.status)


async def _writing(request: AnyRequest, info: CaseInfo | None, form: Form, status: int = 200) -> Answer:
    return await page(
        request,
        "courses/cases/desk_edit.html",
        status=status,
        info=info,
        form=form,
        kinds=list(Kind),
        topics=list(Topic),
    )


async def _show(request: AnyRequest, ref: str, form: Form | None, status: int = 200) -> Answer:
    viewer = signed_in()
    async with reading():
        info = await actions.required(ref)
        figures = (await queries.figures([info.id]))[info.id]
    return await page(
        request,
        "courses/cases/desk_show.html",
        status=status,
        info=info,
        figures=figures,
        language=info.language(language()),
        shown=[one for one in SUFFIX if one in info.tellings],
        paragraphs=paragraphs,
        lines=lines,
        lacking=lacking(info.tellings) if info.state == State.DRAFT else None,
        may_edit=may_edit(viewer, info),
        may_review=viewer.may(Capability.REVIEW_CASES),
        own=viewer.person_id in (info.author, info.changed_by),
        may_see_source=viewer.may(Capability.SEE_COMPLAINTS),
        form=form,
    )


ROUTES: list[Any] = [CaseDesk]
