"""`/stars`: an owner's star, line by line, down to the orders; how it is reckoned; her appeal."""

from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import Any

from litestar import Controller, Request, get, post
from litestar.params import FromPath
from litestar.response import Response
from markupsafe import Markup

from portal.core.base.clock import now
from portal.core.base.database import reading
from portal.core.base.refusals import Forbidden, NotFound, Refused
from portal.core.people.doorway import signed_in
from portal.core.people.policy import Capability
from portal.core.web import forms
from portal.core.web.forms import Form
from portal.core.web.i18n import t
from portal.core.web.pages import Answer, page
from portal.core.web.sheets import Rows, download
from portal.core.web.viewer import Viewer
from portal.service.stars import appeals, queries, setting, shows
from portal.service.stars.criteria import STARS, Metric
from portal.service.stars.forms import AppealForm
from portal.service.stars.rules import APPEAL_WITHIN, PAIR_MONTH
from portal.service.stars.runs import run_of
from portal.service.stars.spans import month_of

AnyRequest = Request[Any, Any, Any]
HERE = shows.HERE
# Panels that rooms above put on her star's page: (viewer, store id, now) -> HTML. Filled in wiring.
Panel = Callable[[Viewer, int, datetime], Awaitable[str]]
STAR_PANELS: list[Panel] = []


class StarPages(Controller):
    """Her own star, once it is published."""

    path = HERE
    opt = {"needs": Capability.SERVE_VIPS}  # noqa: RUF012 - Litestar's own form

    @get()
    async def index(self, request: AnyRequest) -> Answer:
        return await _month(request, signed_in(), None)

    @get("/criteria", opt={"needs": None})
    async def criteria(self, request: AnyRequest) -> Answer:
        """How stars are reckoned: for everybody who is signed in."""
        signed_in()
        async with reading():
            versions = await setting.versions()
            months = await queries.published_months(1)
            run = await run_of(months[0]) if months else None
        this = month_of(now())
        holding = next(each for each in versions if each.since <= this)
        return await page(
            request,
            "service/stars/criteria.html",
            holding=holding,
            coming=[each for each in versions if each.since > this],
            past=[each for each in versions if each.number < holding.number],
            run=run,
            metrics=list(Metric),
            stars=STARS,
            pair_month=PAIR_MONTH,
            appeal_days=APPEAL_WITHIN.days,
        )

    @get("/{month:str}")
    async def month(self, request: AnyRequest, month: FromPath[str]) -> Answer:
        return await _month(request, signed_in(), month)

    @get("/{month:str}/stars.csv")
    async def file(self, month: FromPath[str]) -> Response[bytes]:
        """What her star was reckoned from, as it was frozen; corrections too."""
        viewer = signed_in()
        async with reading():
            store = await shows.own_store(viewer)
            found = await shows.published(month, store.id)
            kept = await queries.results_of(found.run.id, store.id)
        rows: Rows = [shows.heads(), *(shows.line(*each) for each in kept)]
        return await download("stars.csv", t("stars.title"), rows)

    @get("/{month:str}/appeal")
    async def appeal(self, request: AnyRequest, month: FromPath[str]) -> Answer:
        return await _appeal(request, signed_in(), month, None)

    @post("/{month:str}/appeal")
    async def object(self, request: AnyRequest, month: FromPath[str]) -> Answer:
        viewer, at, form = signed_in(), now(), await forms.read(request)
        data = form.into(AppealForm)
        if data is None:
            return await _appeal(request, viewer, month, form, 422)
        text = data.text

        async def act() -> str:
            store = await shows.own_store(viewer)
            found = await shows.published(month, store.id)
            await appeals.file(viewer.actor, viewer.person_id, found, text, at)
            return f"{HERE}/{month}"

        try:
            return await forms.once(request, act, "stars.toast.appealed")
        except (Forbidden, NotFound):
            raise
        except Refused as refused:
            form.refuse(refused, "text")
            return await _appeal(request, viewer, month, form, refused.status)

    @get("/{month:str}/{metric:str}")
    async def cases(self, request: AnyRequest, month: FromPath[str], metric: FromPath[str]) -> Answer:
        viewer, of = signed_in(), shows.metric_of(metric)
        async with reading():
            store = await shows.own_store(viewer)
            found = await shows.published(month, store.id)
            shown = await shows.cases_of(request, found, of)
        return await page(
            request,
            "service/stars/cases.html",
            **shown,
            base=f"{HERE}/{month}",
            layout="layout/phone.html",
            orders="/orders/",
        )


async def _month(request: AnyRequest, viewer: Viewer, month: str | None) -> Answer:
    at = now()
    async with reading():
        store = await shows.own_store(viewer)
        history = await queries.history(store.id)
        if month is None and not history:
            return await page(request, "service/stars/none.html", holding=await setting.holding(month_of(at)))
        found = await shows.published(month or history[0].month, store.id)
        filed = await appeals.of_month(store.id, found.run.month)
    return await page(
        request,
        "service/stars/show.html",
        found=found,
        history=history,
        filed=filed,
        appealable=found.appealable(at) and not any(each.result_id == found.id for each in filed),
        until=(found.run.published_at or at) + APPEAL_WITHIN,
        base=f"{HERE}/{found.run.month}",
        amount=shows.amount,
        points=shows.points,
        panels=[Markup(await panel(viewer, store.id, at)) for panel in STAR_PANELS],  # noqa: S704 - rooms' own HTML
        now=at,
    )


async def _appeal(request: AnyRequest, viewer: Viewer, month: str, form: Form | None, status: int = 200) -> Answer:
    async with reading():
        store = await shows.own_store(viewer)
        found = await shows.published(month, store.id)
    return await page(
        request,
        "service/stars/appeal.html",
        status=status,
        found=found,
        until=(found.run.published_at or now()) + APPEAL_WITHIN,
        open=found.appealable(now()),
        form=form,
    )


ROUTES: list[Any] = [StarPages]
