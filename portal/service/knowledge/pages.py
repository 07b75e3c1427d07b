"""`/desk/knowledge`: articles by what they need, and writing one with its preview."""

from typing import Any

from litestar import Controller, Request, get, post
from litestar.params import FromPath

from portal.core.base.clock import now
from portal.core.base.database import reading
from portal.core.base.refusals import Refused
from portal.core.people.doorway import signed_in
from portal.core.people.policy import Capability
from portal.core.web import forms
from portal.core.web.forms import Form
from portal.core.web.i18n import LANGUAGES, language
from portal.core.web.pages import Answer, page
from portal.core.web.paging import cut_of, next_link
from portal.service.knowledge import actions, commands, figures, gaps, show_pages, versions
from portal.service.knowledge.figures import Shown
from portal.service.knowledge.forms import ArticleForm, MonthsForm, proof
from portal.service.knowledge.help_pages import asked, topic_of
from portal.service.knowledge.rules import MOST_MONTHS, Audience, Function
from portal.service.knowledge.show_pages import HOME
from portal.service.knowledge.versions import ArticleInfo, VersionInfo

AnyRequest = Request[Any, Any, Any]


class ArticlePages(Controller):
    """The list with what waits, and the draft of one."""

    path = HOME
    opt = {"needs": Capability.WRITE_KNOWLEDGE}  # noqa: RUF012 - Litestar's own form

    @get()
    async def index(self, request: AnyRequest) -> Answer:
        at, named, viewer = now(), request.query_params.get("show", ""), signed_in()
        shown = Shown(named) if named in set(Shown) else Shown.ALL
        async with reading():
            found = await figures.desk_list(cut_of(request), language(), at, shown, topic_of(request), asked(request))
            read = await figures.figures_of([line.id for line in found.items], at)
            return await page(
                request,
                "service/knowledge/desk_index.html",
                found=found,
                figures=read,
                shown=shown,
                states=list(Shown),
                topic=topic_of(request),
                topics=list(Function),
                query=asked(request),
                counts=await figures.counts(at),
                gaps=await gaps.count_open(),
                any=bool(found.items) or await commands.any_article(),
                any_new=await commands.any_new(),
                may_review=viewer.may(Capability.REVIEW_KNOWLEDGE),
                may_set=viewer.may(Capability.SET_DESK),
                more=next_link(request, found),
                first="after" not in request.query_params,
                now=at,
            )

    @post("/starters", opt={"needs": Capability.REVIEW_KNOWLEDGE})
    async def starters(self, request: AnyRequest) -> Answer:
        async def act() -> str:
            await commands.ensure_shipped(now())
            return HOME

        return await forms.once(request, act, "knowledge.toast.starters")

    @get("/months", opt={"needs": Capability.SET_DESK})
    async def months(self, request: AnyRequest) -> Answer:
        async with reading():
            form = forms.blank({"months": await actions.usual_months()})
        return await _months(request, form)

    @post("/months", opt={"needs": Capability.SET_DESK})
    async def set_months(self, request: AnyRequest) -> Answer:
        form = await forms.read(request)
        data = form.into(MonthsForm)
        if data is None:
            return await _months(request, form, 422)
        months = data.months

        async def act() -> str:
            await actions.set_months(signed_in().actor, months, now())
            return HOME

        return await forms.once(request, act, "knowledge.toast.months")

    @get("/new")
    async def new(self, request: AnyRequest) -> Answer:
        return await _writing(request, None, await _begun(request))

    @post("/new")
    async def create(self, request: AnyRequest) -> Answer:
        form, viewer = await forms.read(request), signed_in()
        data = _read(form)
        if data is None:
            return await _writing(request, None, form, 422)
        wanted = data

        async def act() -> str:
            at = now()
            ref = await actions.make(viewer.actor, wanted.text(), at)
            if wanted.gap is not None:
                await gaps.written(viewer.actor, wanted.gap, ref, at)
            return _way_on(ref, wanted)

        try:
            return await forms.once(request, act, "knowledge.toast.saved")
        except Refused as refused:
            form.refuse(refused, "title_zh")
            return await _writing(request, None, form, refused.status)

    @get("/{ref:str}/draft")
    async def edit(self, request: AnyRequest, ref: FromPath[str]) -> Answer:
        info, last = await _article(ref)
        return await _writing(request, info, _of_version(last))

    @post("/{ref:str}/draft")
    async def save(self, request: AnyRequest, ref: FromPath[str]) -> Answer:
        form, viewer = await forms.read(request), signed_in()
        info, last = await _article(ref)
        data = _read(form)
        if data is None:
            return await _writing(request, info, form, 422)
        wanted = data

        async def act() -> str:
            await actions.save(viewer.actor, ref, wanted.text(), now(), wanted.seen)
            return _way_on(ref, wanted)

        try:
            return await forms.once(request, act, "knowledge.toast.saved")
        except Refused as refused:
            form.refuse(refused, "title_zh")
            form.typed["seen"] = [last.mark]  # she has been told; what she sends next is meant
            return await _writing(request, info, form, refused.status)

    @get("/{ref:str}/preview")
    async def preview(self, request: AnyRequest, ref: FromPath[str]) -> Answer:
        info, last = await _article(ref)
        named = request.query_params.get("language", language())
        wanted = named if named in LANGUAGES else language()
        return await page(
            request,
            "service/knowledge/desk_preview.html",
            article=info,
            version=last,
            edition=last.editions.get(wanted),
            wanted=wanted,
            languages=LANGUAGES,
        )


async def _months(request: AnyRequest, form: Form, status: int = 200) -> Answer:
    return await page(request, "service/knowledge/desk_months.html", status=status, form=form, most=MOST_MONTHS)


def _read(form: Form) -> ArticleForm | None:
    data = form.into(ArticleForm)
    if data is None:
        return None
    proof(form, data.text())
    return None if form.faults else data


def _way_on(ref: str, data: ArticleForm) -> str:
    return f"{HOME}/{ref}/preview" if data.then == "preview" else f"{HOME}/{ref}"


async def _begun(request: AnyRequest) -> Form:
    """A new article's form; one that a search asked for begins with its words."""
    named = request.query_params.get("gap", "")
    async with reading():
        months = await actions.usual_months()
        gap = await gaps.gap(int(named)) if named.isascii() and named.isdigit() and len(named) < 18 else None
    form = forms.blank({"months": months})
    if gap is not None:
        title = "title_en" if gap.language == "en" else "title_zh"
        form.typed |= {"gap": [str(gap.id)], title: [gap.query], "audiences": [str(gap.audience)]}
    return form


def _of_version(version: VersionInfo) -> Form:
    form = forms.blank(
        {"topic": version.topic, "product": version.product, "months": version.months, "seen": version.mark}
    )
    form.typed["audiences"] = [str(one) for one in version.audiences]
    for name, said in (("zh", "zh-Hans"), ("en", "en")):
        edition = version.editions.get(said)
        form.typed |= {f"title_{name}": [edition.title], f"body_{name}": [edition.body]} if edition else {}
    return form


async def _article(ref: str) -> tuple[ArticleInfo, VersionInfo]:
    async with reading():
        info = await actions.required(ref)
        return info, (await versions.versions(info.id, 1))[0]


async def _writing(request: AnyRequest, info: ArticleInfo | None, form: Form, status: int = 200) -> Answer:
    return await page(
        request,
        "service/knowledge/desk_edit.html",
        status=status,
        article=info,
        form=form,
        audiences=list(Audience),
        topics=list(Function),
        most=MOST_MONTHS,
    )


ROUTES: list[Any] = [ArticlePages, *show_pages.ROUTES]
