"""What an owner sees of her earnings: this month, the year, each line and why, and a statement for every month."""

from datetime import date, datetime
from typing import Any

from litestar import Controller, Request, get
from litestar.params import FromPath
from litestar.response import Response

from portal.core.base.clock import local, now
from portal.core.base.database import reading
from portal.core.people.policy import Capability
from portal.core.stores.queries import StoreInfo
from portal.core.web.pages import Answer, page
from portal.core.web.paging import cut_of, next_link
from portal.core.web.sheets import download
from portal.service.earnings import queries
from portal.service.earnings.actions import earns_without_link
from portal.service.earnings.months import MonthSums, month_of
from portal.service.earnings.rules import State, window_days
from portal.service.earnings.statements import month_named, sheet, signed, statement
from portal.service.returns.rules import GoodsClass
from portal.service.sharing.pages import own_store

AnyRequest = Request[Any, Any, Any]


def this_month(at: datetime) -> date:
    return local(at).date().replace(day=1)


def state_named(text: str) -> State | None:
    return State(text) if text in list(State) else None


def shares(months: list[MonthSums]) -> dict[str, float]:
    """How long each month's bar is, of a hundred."""
    most = max(max((month.accrued_fen for month in months), default=0), 1)
    return {month.month: 100 * month.accrued_fen / most for month in months}


class EarningPages(Controller):
    """An owner's own earnings. They stay hers to see while her right rests."""

    path = "/earnings"
    opt = {"needs": Capability.SHARE}  # noqa: RUF012 - Litestar's own form

    @get()
    async def index(self, request: AnyRequest) -> Answer:
        _, store = await own_store()
        at = now()
        chosen = state_named(request.query_params.get("state", ""))
        async with reading():
            lines = await queries.lines_of(store.id, cut_of(request), chosen)
            months = await queries.months(this_month(at), at, store.id)
            pending = await queries.pending_fen(store.id)
        return await page(
            request,
            "service/earnings/index.html",
            lines=lines,
            months=months,
            shares=shares(months),
            present=months[-1],
            pending=pending,
            chosen=chosen,
            states=list(State),
            more=next_link(request, lines),
        )

    @get("/rules")
    async def rules(self, request: AnyRequest) -> Answer:
        async with reading():
            without_link = await earns_without_link()
        days = window_days(GoodsClass.ORDINARY)
        return await page(request, "service/earnings/rules.html", without_link=without_link, days=days)

    @get("/{month:str}")
    async def month(self, request: AnyRequest, month: FromPath[str]) -> Answer:
        _, store = await own_store()
        return await statement_page(request, store, month_named(month, now()), f"/earnings/{month}", wide=False)

    @get("/{month:str}/statement.csv")
    async def csv(self, month: FromPath[str]) -> Response[bytes]:
        _, store = await own_store()
        return await statement_file(store, month_named(month, now()), "csv")

    @get("/{month:str}/statement.xlsx")
    async def xlsx(self, month: FromPath[str]) -> Response[bytes]:
        _, store = await own_store()
        return await statement_file(store, month_named(month, now()), "xlsx")


async def statement_page(request: AnyRequest, store: StoreInfo, first: date, way: str, *, wide: bool) -> Answer:
    """A month's statement of a store, for its owner or for an admin (`wide`); its files are below `way`."""
    at = now()
    async with reading():
        found = await statement(store.id, first, cut_of(request, 50), at)
    return await page(
        request,
        "service/earnings/statement.html",
        store=store,
        statement=found,
        signed=signed,
        way=way,
        wide=wide,
        running=first == this_month(at),
        more=next_link(request, found.entries),
    )


async def statement_file(store: StoreInfo, first: date, ending: str) -> Response[bytes]:
    month = month_of(first)
    return await download(f"earnings-{month}.{ending}", month, await sheet(store.id, first))


ROUTES = [EarningPages]
