"""`/cases`: what everybody who is signed in may study, by topic and by words, each with its questions."""

from typing import Any

from litestar import Controller, Request, get, post
from litestar.params import FromPath

from courses.cases import actions, desk_pages, queries, sharing
from courses.cases.forms import HelpedForm, SharingForm
from courses.cases.queries import CaseInfo
from courses.cases.rules import State, Topic, lines, paragraphs
from portal.core.base.clock import now
from portal.core.base.database import reading
from portal.core.base.refusals import NotFound, Refused
from portal.core.people.doorway import signed_in
from portal.core.people.policy import Capability
from portal.core.web import forms
from portal.core.web.forms import Form
from portal.core.web.i18n import language, t
from portal.core.web.pages import Answer, page
from portal.core.web.paging import Cut, cut_of, next_link
from portal.core.web.shapes import clean

AnyRequest = Request[Any, Any, Any]
HOME = "/cases"
LONGEST_QUERY = 80
BESIDE = 3


def topic_of(request: AnyRequest) -> Topic | None:
    named = request.query_params.get("topic", "")
    return Topic(named) if named in set(Topic) else None


def asked(request: AnyRequest) -> str:
    return clean(request.query_params.get("q", ""))[:LONGEST_QUERY]


class CasePages(Controller):
    """The library, a case, and whether it helped."""

    path = HOME

    @get()
    async def index(self, request: AnyRequest) -> Answer:
        topic, query, viewer = topic_of(request), asked(request), signed_in()
        async with reading():
            found = await queries.library(cut_of(request), topic, query)
            return await page(
                request,
                "courses/cases/index.html",
                found=found,
                figures=await queries.figures([one.id for one in found.items]),
                topics=await queries.topics(),
                topic=topic,
                query=query,
                language=language(),
                more=next_link(request, found),
                first="after" not in request.query_params,
                may_write=desk_pages.may_write(viewer),
            )

    @get("/{ref:str}")
    async def show(self, request: AnyRequest, ref: FromPath[str]) -> Answer:
        async with reading():
            info = await _published(ref)
        await actions.mark_read(info.id, signed_in().person_id, now())
        return await _page(request, info, None)

    @post("/{ref:str}/answer")
    async def answer(self, request: AnyRequest, ref: FromPath[str]) -> Answer:
        form, person = await forms.read(request), signed_in().person_id
        async with reading():
            info = await _published(ref)
        data = form.into(HelpedForm)
        if data is None:
            return await _page(request, info, form, 422)
        helped = data.helped == "yes"

        async def act() -> str:
            await actions.answer(info.id, person, now(), helped=helped)
            return f"{HOME}/{info.ref}"

        return await forms.once(request, act, "cases.toast.thanks")

    @post("/{ref:str}/sharings", opt={"needs": Capability.ASSIGN_TEAM})
    async def share(self, request: AnyRequest, ref: FromPath[str]) -> Answer:
        form, viewer = await forms.read(request), signed_in()
        async with reading():
            info = await _published(ref)
        data = form.into(SharingForm)
        if data is None:
            return await _page(request, info, form, 422, about="share")

        async def act() -> str:
            await sharing.share(viewer, info.ref, data.group, data.words, now())
            return f"{HOME}/{info.ref}"

        try:
            return await forms.once(request, act, "cases.toast.shared")
        except Refused as refused:
            if refused.status not in (409, 422):
                raise
            form.refuse(refused, "group")
            return await _page(request, info, form, refused.status, about="share")


async def _published(ref: str) -> CaseInfo:
    info = await queries.case(ref)
    if info is None or info.state != State.PUBLISHED:
        raise NotFound
    return info


async def _page(
    request: AnyRequest, info: CaseInfo, form: Form | None, status: int = 200, *, about: str = "answer"
) -> Answer:
    viewer = signed_in()
    shares = sharing.may_share(viewer)
    async with reading():
        groups = await sharing.audiences(viewer) if shares else []
        sharings = await sharing.of_case(viewer, info.id) if shares else []
        told = await sharing.told_to(viewer.person_id, info.id)
        figures = (await queries.figures([info.id]))[info.id]
        said = await queries.helped(info.id, viewer.person_id)
        beside = await queries.library(Cut(limit=BESIDE + 1), info.topic)
    return await page(
        request,
        "courses/cases/show.html",
        status=status,
        info=info,
        language=info.language(language()),
        telling=info.telling(language()),
        paragraphs=paragraphs,
        lines=lines,
        figures=figures,
        said=said,
        beside=[one for one in beside.items if one.id != info.id][:BESIDE],
        form=form if about == "answer" else None,
        share_form=form if about == "share" else None,
        shares=shares,
        everybody=not viewer.may(Capability.ASSIGN_ALL),
        group_choices=[(one.id, t("cases.share.choice", name=one.name, people=one.members)) for one in groups],
        sharings=sharings,
        told_by=told,
    )


ROUTES: list[Any] = [CasePages, *desk_pages.ROUTES]
