"""`/cases`: what everybody who is signed in may study, by topic and by words, each with its questions."""

from typing import Any

from litestar import Controller, Request, get, post
from litestar.params import FromPath

from courses.cases import actions, desk_pages, queries
from courses.cases.forms import HelpedForm
from courses.cases.queries import CaseInfo
from courses.cases.rules import State, Topic, lines, paragraphs
from portal.core.base.clock import now
from portal.core.base.database import reading
from portal.core.base.refusals import NotFound
from portal.core.people.doorway import signed_in
from portal.core.web import forms
from portal.core.web.forms import Form
from portal.core.web.i18n import language
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


async def _published(ref: str) -> CaseInfo:
    info = await queries.case(ref)
    if info is None or info.state != State.PUBLISHED:
        raise NotFound
    return info


async def _page(request: AnyRequest, info: CaseInfo, form: Form | None, status: int = 200) -> Answer:
    async with reading():
        figures = (await queries.figures([info.id]))[info.id]
        said = await queries.helped(info.id, signed_in().person_id)
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
        form=form,
    )


ROUTES: list[Any] = [CasePages, *desk_pages.ROUTES]
