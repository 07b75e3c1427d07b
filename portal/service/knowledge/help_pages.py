"""`/help`: answers for everybody, without an account; owners and agents find theirs among them."""

from typing import Any

from litestar import Controller, Request, get, post
from litestar.params import FromPath

from portal.core.base.clock import now
from portal.core.base.database import reading
from portal.core.base.refusals import NotFound, Refused
from portal.core.people.throttling import TooManyTries
from portal.core.web import forms
from portal.core.web.forms import Form
from portal.core.web.i18n import language
from portal.core.web.pages import Answer, page
from portal.core.web.paging import Cut, cut_of, next_link
from portal.core.web.shapes import clean
from portal.core.web.state import state
from portal.service.knowledge import figures, queries, readers
from portal.service.knowledge.forms import HelpedForm
from portal.service.knowledge.queries import Reading
from portal.service.knowledge.rules import MOST_TYPED, Audience, Function, audience_of, audiences_of

AnyRequest = Request[Any, Any, Any]
HOME = "/help"
LONGEST_QUERY = 80
BESIDE = 4  # other articles of the same topic


def _held() -> frozenset[str]:
    viewer = state().viewer
    return viewer.capabilities if viewer else frozenset()


def _layout() -> str:
    return "layout/phone.html" if state().viewer else "layout/bare.html"


def topic_of(request: AnyRequest) -> Function | None:
    named = request.query_params.get("topic", "")
    return Function(named) if named in set(Function) else None


def asked(request: AnyRequest) -> str:
    return clean(request.query_params.get("q", ""))[:LONGEST_QUERY]


class HelpPages(Controller):
    """Searching, topics, an article, and whether it helped."""

    path = HOME
    opt = {"open": True}  # noqa: RUF012 - Litestar's own form

    @get()
    async def index(self, request: AnyRequest) -> Answer:
        query = asked(request)
        if query:
            return await _results(request, query)
        audiences, topic = audiences_of(_held()), topic_of(request)
        async with reading():
            found = await queries.listed(audiences, language(), cut_of(request), topic)
            topics = await queries.topics(audiences)
        return await page(
            request,
            "service/knowledge/help.html",
            layout=_layout(),
            query="",
            lines=found.items,
            more=next_link(request, found),
            first="after" not in request.query_params,
            topic=topic,
            topics=topics,
        )

    @get("/suggestions")
    async def suggestions(self, request: AnyRequest) -> Answer:
        wanted = request.query_params
        return await _suggest(request, wanted.get("for", ""), wanted.get("q", ""), wanted.get("topic", ""))

    @post("/suggestions", status_code=200)
    async def suggest_typed(self, request: AnyRequest) -> Answer:
        """The same for a text that a form holds: what somebody types stands in no address and no log."""
        form, named = await forms.read(request), request.query_params
        text, topic = form.value(named.get("text", "text")[:40]), form.value(named.get("topic", "topic")[:40])
        return await _suggest(request, named.get("for", ""), text, topic)

    @get("/{ref:str}")
    async def show(self, request: AnyRequest, ref: FromPath[str]) -> Answer:
        article, query = await _article(ref), asked(request)
        await readers.count_read(article, query, audience_of(_held()), now())
        return await _page(request, article, None)

    @post("/{ref:str}/answer")
    async def answer(self, request: AnyRequest, ref: FromPath[str]) -> Answer:
        at, article, form = now(), await _article(ref), await forms.read(request)
        data = form.into(HelpedForm)
        if data is None:
            return await _page(request, article, form, 422)
        helped, text = data.helped == "yes", data.text

        async def act() -> str:
            reader, address = state().csrf_owner(), state().address
            await readers.answer(article, reader, text, at, helped=helped, address=address)
            return f"{HOME}/{article.ref}"

        try:
            return await forms.once(request, act, "knowledge.toast.thanks")
        except TooManyTries as many:
            form.refuse(Refused("help_answers_many", many.params), "text")
            return await _page(request, article, form, 429)


async def _article(ref: str) -> Reading:
    async with reading():
        found = await queries.reading_of(ref, audiences_of(_held()), language())
    if found is None:
        raise NotFound
    return found


async def _results(request: AnyRequest, query: str) -> Answer:
    audiences, said = audiences_of(_held()), language()
    async with reading():
        lines = await queries.found_by(query, audiences, said)
        topics = await queries.topics(audiences)
    here = audience_of(_held())
    await readers.note_search(query, said, here, len(lines), now(), address=state().address)
    return await page(
        request,
        "service/knowledge/help.html",
        layout=_layout(),
        query=query,
        lines=lines,
        more=None,
        first=True,
        topic=None,
        topics=topics,
    )


async def _page(request: AnyRequest, article: Reading, form: Form | None, status: int = 200) -> Answer:
    mark = readers.reader_mark(article, state().csrf_owner())
    async with reading():
        said = await figures.answered(article.id, article.version, mark)
        beside = await queries.listed(audiences_of(_held()), language(), Cut(limit=BESIDE + 1), article.topic)
    return await page(
        request,
        "service/knowledge/article.html",
        status=status,
        layout=_layout(),
        article=article,
        query=asked(request),
        said=said,
        beside=[line for line in beside.items if line.id != article.id][:BESIDE] if article.topic else [],
        form=form,
    )


async def _suggest(request: AnyRequest, named: str, text: str, topic: str) -> Answer:
    """At most three answers; nobody is offered what is not for her."""
    wanted = Audience(named) if named in set(Audience) else Audience.BUYER
    audience = wanted if wanted in audiences_of(_held()) else Audience.BUYER
    async with reading():
        found = await queries.suggestions(audience, clean(text)[-MOST_TYPED:], topic, language())
    partial = "service/knowledge/_suggestions.html"
    return await page(
        request, "service/knowledge/suggestions.html", fragments=(partial,), layout=_layout(), suggestions=found
    )


ROUTES: list[Any] = [HelpPages]
