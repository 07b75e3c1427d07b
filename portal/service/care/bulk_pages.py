"""Several orders at once: one flag, a hurry for each that may be, a spreadsheet."""

from typing import Any

from litestar import Controller, Request, get, post
from litestar.params import FromPath
from litestar.response import Response, Stream

from portal.core.base import audit
from portal.core.base.clock import local, now
from portal.core.base.database import reading, writing
from portal.core.people.policy import Capability
from portal.core.stores.queries import StoreInfo
from portal.core.web import forms
from portal.core.web.forms import Form
from portal.core.web.i18n import t
from portal.core.web.pages import Answer, page
from portal.core.web.sheets import download, download_parts
from portal.core.web.state import state
from portal.core.web.templates import render
from portal.core.web.viewer import Viewer
from portal.service.care import bulk, queries, sheets
from portal.service.care.forms import BulkForm, FlagAllForm
from portal.service.care.rules import MOST_AT_ONCE, Act
from portal.service.orders.forms import MOST_NOTE
from portal.service.orders.list_pages import asked_for
from portal.service.orders.rules import Colour
from portal.service.sharing.pages import own_store

AnyRequest = Request[Any, Any, Any]
JOB_PARTS = ("service/care/_job.html",)


class BulkPages(Controller):
    """Acts on the orders that she ticked in her list, or on all that it shows."""

    path = "/orders"
    opt = {"needs": Capability.SERVE_VIPS}  # noqa: RUF012 - Litestar's own form

    @post("/bulk")
    async def choose(self, request: AnyRequest) -> Answer | Response[bytes]:
        viewer, store = await own_store()
        form = await forms.read(request)
        data = form.into(BulkForm)
        if data is None:
            return await _none(request)
        if data.act is Act.FLAG:
            return await _flag_page(request, store, forms.blank(), data.numbers)
        if data.act in (Act.EXPORT, Act.EXPORT_XLSX):
            rows = await sheets.chosen_sheet(store.id, data.numbers)
            await _note_export(viewer, store)
            return await download(_name("csv" if data.act is Act.EXPORT else "xlsx"), t("care.export.title"), rows)
        numbers = data.numbers

        async def act() -> str:
            return f"/orders/bulk/{await bulk.order_bulk(viewer, store.id, Act.HURRY, numbers, now())}"

        return await forms.once(request, act)

    @post("/bulk/flag")
    async def flag(self, request: AnyRequest) -> Answer:
        viewer, store = await own_store()
        form = await forms.read(request)
        data = form.into(FlagAllForm)
        if data is None:
            return await _flag_page(request, store, form, form.values("numbers")[:MOST_AT_ONCE], status=422)
        wanted = data

        async def act() -> str:
            job_id = await bulk.order_bulk(
                viewer,
                store.id,
                Act.FLAG,
                wanted.numbers,
                now(),
                colour=wanted.colour,
                note=wanted.note or None,
            )
            return f"/orders/bulk/{job_id}"

        return await forms.once(request, act)

    @get("/bulk/{job_id:int}")
    async def job(self, request: AnyRequest, job_id: FromPath[int]) -> Answer:
        viewer, _ = await own_store()
        async with reading():
            job = await bulk.job_info(viewer, job_id)
        return await page(request, "service/care/job.html", fragments=JOB_PARTS, job=job)

    @get("/export.csv")
    async def csv(self, request: AnyRequest) -> Stream | Response[bytes]:
        return await _whole_list(request, "csv")

    @get("/export.xlsx")
    async def xlsx(self, request: AnyRequest) -> Stream | Response[bytes]:
        return await _whole_list(request, "xlsx")


async def _whole_list(request: AnyRequest, ending: str) -> Stream | Response[bytes]:
    viewer, store = await own_store()
    async with reading():
        asked = await asked_for(request, store)
    await _note_export(viewer, store)
    return await download_parts(_name(ending), t("care.export.title"), sheets.sheet(store.id, asked.wanted))


def _name(ending: str) -> str:
    return f"orders-{local(now()):%Y%m%d-%H%M}.{ending}"


async def _note_export(viewer: Viewer, store: StoreInfo) -> None:
    async with writing():
        await audit.record(viewer.actor, "orders.exported", ("store", store.id), now())


async def _none(request: AnyRequest) -> Answer:
    return await page(request, "service/care/none_chosen.html", status=422, most=MOST_AT_ONCE)


async def _flag_page(
    request: AnyRequest, store: StoreInfo, form: Form, numbers: list[str], status: int = 200
) -> Answer:
    async with reading():
        orders = await queries.chosen_rows(store.id, numbers)
    return await page(
        request,
        "service/care/flag_all.html",
        status=status,
        form=form,
        orders=orders,
        colours=list(Colour),
        most=MOST_NOTE,
    )


async def bulk_bar(viewer: Viewer) -> str:
    """Buttons for the list's form, and the spreadsheet of all that the list shows."""
    return render("service/care/bar.html", {"viewer": viewer, "query": state().query, "most": MOST_AT_ONCE})


ROUTES: list[Any] = [BulkPages]
