"""`/admin/stars`: months, how far the run is, the preview, publication by two, and everything as a file."""

from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import datetime
from typing import Any

from litestar import Controller, Request, get, post
from litestar.params import FromPath
from litestar.response import Response, Stream

from portal.core.base.audit import Actor
from portal.core.base.clock import now
from portal.core.base.database import reading
from portal.core.base.refusals import NotFound
from portal.core.people import queries as people
from portal.core.people.doorway import signed_in
from portal.core.people.policy import Capability
from portal.core.web import forms
from portal.core.web.i18n import t
from portal.core.web.pages import Answer, page
from portal.core.web.paging import cut_of, next_link
from portal.core.web.sheets import Rows, download_parts
from portal.service.stars import appeals, publishing, queries, runs, shows
from portal.service.stars.criteria import Metric
from portal.service.stars.rules import Outcome
from portal.service.stars.runs import RunInfo
from portal.service.stars.spans import is_month
from portal.service.stars.team_pages import cases_page, store_page

AnyRequest = Request[Any, Any, Any]
Act = Callable[[Actor, int, str, datetime], Awaitable[None]]
HERE = "/admin/stars"
PART = 500
SHOWS = ("", "5", "4", "3", "2", "1", *Outcome)


class AdminPages(Controller):
    """For who sees everybody's stars."""

    path = HERE
    opt = {"needs": Capability.SEE_STARS}  # noqa: RUF012 - Litestar's own form

    @get()
    async def index(self, request: AnyRequest) -> Answer:
        async with reading():
            months = await runs.runs()
            waiting = await appeals.waiting()
            last = next((each for each in months if each.reckoned_at is not None), None)
            stars, none = await queries.distribution(last.id) if last else ({}, {})
        return await page(
            request, "service/stars/admin.html", months=months, last=last, stars=stars, unstarred=none, waiting=waiting
        )

    @get("/{month:str}")
    async def show(self, request: AnyRequest, month: FromPath[str]) -> Answer:
        viewer, wanted = signed_in(), request.query_params.get("show", "")
        async with reading():
            run = await _run(month)
            stars, none = await queries.distribution(run.id)
            found = await queries.listed(run.id, wanted if wanted in SHOWS else "", cut_of(request))
            ids = [each for each in (run.proposed_by, run.confirmed_by) if each is not None]
            names = await people.people(ids)
        return await page(
            request,
            "service/stars/run.html",
            run=run,
            stars=stars,
            unstarred=none,
            found=found,
            show=wanted if wanted in SHOWS else "",
            shows=SHOWS,
            names=names,
            metrics=list(Metric),
            may_publish=viewer.may(Capability.PUBLISH_AWARDS),
            own_proposal=run.proposed_by == viewer.person_id,
            more=next_link(request, found),
            first="after" not in request.query_params,
            points=shows.points,
        )

    @get(["/{month:str}/stars.csv", "/{month:str}/stars.xlsx"])
    async def file(self, request: AnyRequest, month: FromPath[str]) -> Stream | Response[bytes]:
        """Every store's frozen inputs and results, corrections too, streaming."""
        async with reading():
            run = await _run(month)
        name = request.url.path.rpartition("/")[2]
        return await download_parts(name, t("stars.title"), _lines(run.id))

    @get("/{month:str}/{store_id:int}")
    async def store(self, request: AnyRequest, month: FromPath[str], store_id: FromPath[int]) -> Answer:
        return await store_page(request, _known(month), _id(store_id), HERE, unpublished=True)

    @get("/{month:str}/{store_id:int}/{metric:str}")
    async def cases(
        self, request: AnyRequest, month: FromPath[str], store_id: FromPath[int], metric: FromPath[str]
    ) -> Answer:
        orders = "/admin/orders/" if signed_in().may(Capability.SEE_ALL) else None
        return await cases_page(request, _known(month), _id(store_id), metric, HERE, orders, unpublished=True)


class PublicationPages(Controller):
    """What two admins do with a month."""

    path = f"{HERE}/{{month:str}}"
    opt = {"needs": Capability.PUBLISH_AWARDS}  # noqa: RUF012 - Litestar's own form

    @post("/proposal")
    async def propose(self, request: AnyRequest, month: FromPath[str]) -> Answer:
        return await _do(request, month, publishing.propose, "stars.toast.proposed")

    @post("/withdrawal")
    async def take_back(self, request: AnyRequest, month: FromPath[str]) -> Answer:
        return await _do(request, month, publishing.take_back, "stars.toast.taken_back")

    @post("/publication")
    async def confirm(self, request: AnyRequest, month: FromPath[str]) -> Answer:
        return await _do(request, month, publishing.confirm, "stars.toast.published")


async def _do(request: AnyRequest, month: str, step: Act, toast: str) -> Answer:
    viewer, at, known = signed_in(), now(), _known(month)

    async def act() -> str:
        await step(viewer.actor, viewer.person_id, known, at)
        return publishing.way_of(known)

    return await forms.once(request, act, toast)


async def _run(month: str) -> RunInfo:
    found = await runs.run_of(_known(month))
    if found is None:
        raise NotFound
    return found


def _known(month: str) -> str:
    if not is_month(month):
        raise NotFound
    return month


def _id(given: int) -> int:
    if not 0 < given < queries.BEYOND:
        raise NotFound
    return given


async def _lines(run_id: int) -> AsyncIterator[Rows]:
    yield [shows.heads()]
    after = 0
    while True:
        async with reading():
            part = await queries.results_after(run_id, after, PART)
        if not part:
            return
        lines: Rows = [shows.line(*each) for each in part]
        yield lines
        after = part[-1][0].result_id


ROUTES: list[Any] = [AdminPages, PublicationPages]
