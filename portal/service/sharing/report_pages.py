"""A stranger reports a misleading share and follows what becomes of it, without an account."""

from typing import Any

from litestar import Controller, Request, get, post
from litestar.params import FromPath

from portal.core.base.audit import Actor
from portal.core.base.clock import now
from portal.core.base.database import reading
from portal.core.base.refusals import NotFound, Refused
from portal.core.people.rules import Bucket, is_staff
from portal.core.people.throttling import TooManyTries, network_of, take
from portal.core.supply import queries as supply
from portal.core.web import forms
from portal.core.web.forms import Form
from portal.core.web.pages import Answer, page
from portal.core.web.state import state
from portal.service.sharing import queries, reporting, reports
from portal.service.sharing.evidence import pictures_of
from portal.service.sharing.forms import ReportForm
from portal.service.sharing.reporting import Told
from portal.service.sharing.rules import Source, What

AnyRequest = Request[Any, Any, Any]
PHOTOS = ("photo1", "photo2", "photo3")
MOST_TRIES = 6  # reports from one network within a quarter of an hour


class ReportPages(Controller):
    """`/s/{code}/report`, and the report's own page by its ref."""

    path = "/s"
    opt = {"open": True}  # noqa: RUF012 - Litestar's own form

    @get("/{code:str}/report")
    async def new(self, request: AnyRequest, code: FromPath[str]) -> Answer:
        return await _page(request, code, None)

    @post("/{code:str}/report")
    async def create(self, request: AnyRequest, code: FromPath[str]) -> Answer:
        form, at = await forms.read(request), now()
        data = form.into(ReportForm)
        photos = await pictures_of(form, PHOTOS)
        if data is None or form.faults:
            return await _page(request, code, form)
        told = Told(data.what, data.text, data.seen_where, data.contact)
        actor, source = _reporter()

        async def act() -> str:
            await _count()  # in here, so that the same form sent again does not count
            return f"/s/reports/{await reporting.report(actor, code[:40], told, photos, source, at)}"

        try:
            return await forms.once(request, act)
        except TooManyTries as many:
            form.refuse(Refused("share_report_many", many.params), "text")
            return await _page(request, code, form, 429, {"Retry-After": str(many.retry_after)})

    @get("/reports/{ref:str}")
    async def follow(self, request: AnyRequest, ref: FromPath[str]) -> Answer:
        async with reading():
            found = await reports.report(ref[:40])
        if found is None:
            raise NotFound
        headers = {"X-Robots-Tag": "noindex"}
        return await page(request, "service/sharing/report_state.html", headers=headers, report=found)


async def _count() -> None:
    network = network_of(state().address)
    if network is not None:  # no address: a test or a socket, nothing to count by
        await take((Bucket(f"share_report:from:{network}", MOST_TRIES),), now())


def _reporter() -> tuple[Actor, Source]:
    viewer = state().viewer
    if viewer is not None and is_staff(viewer.roles):
        return viewer.actor, Source.STAFF
    return Actor("visitor"), Source.VISITOR


async def _page(
    request: AnyRequest, code: str, form: Form | None, status: int = 422, headers: dict[str, str] | None = None
) -> Answer:
    async with reading():
        link = await queries.link_by_code(code[:40])
        if link is None:
            raise NotFound
        product = await supply.product(link.product_id) if link.product_id is not None else None
    return await page(
        request,
        "service/sharing/report.html",
        status=status if form is not None else 200,
        headers=headers,
        link=link,
        product=product,
        whats=list(What),
        photos=PHOTOS,
        form=form,
    )


ROUTES: list[Any] = [ReportPages]
