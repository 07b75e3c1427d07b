"""The rows behind figures: stores, orders, lost buyers. The same pages for the whole and for a manager's team."""

from datetime import date
from typing import Any

from litestar import Controller, Request, get
from litestar.params import FromPath

from portal.core.base.clock import now
from portal.core.base.database import reading
from portal.core.base.refusals import NotFound
from portal.core.web.pages import Answer, page
from portal.core.web.paging import cut_of, next_link
from portal.service.insight import dashboards, queries, rows
from portal.service.insight.rules import Period
from portal.service.insight.scopes import Asked

AnyRequest = Request[Any, Any, Any]


class RowPages(Controller):
    """`path` says whose figures these rows stand behind."""

    @get("/stores")
    async def stores(self, request: AnyRequest) -> Answer:
        wanted = request.query_params.get("what", "")
        what, at = wanted if wanted in rows.STORES else "opened", now()
        async with reading():
            asked = await dashboards.asked(self.path, request.query_params)
            span = dashboards.period(asked, at)
            found = await rows.stores(asked.scope, span, what, cut_of(request))
        return await page(
            request,
            "service/insight/stores.html",
            here=self.path,
            asked=asked,
            period=span,
            what=what,
            kinds=rows.STORES,
            found=found.items,
            more=next_link(request, found),
            first="after" not in request.query_params,
        )

    @get("/orders")
    async def orders(self, request: AnyRequest) -> Answer:
        wanted = request.query_params.get("what", "")
        what, at = wanted if wanted in rows.ORDERS else "all", now()
        async with reading():
            asked = await dashboards.asked(self.path, request.query_params)
            span = dashboards.period(asked, at)
            found = await rows.orders(asked.scope, span, what, cut_of(request))
        return await page(
            request,
            "service/insight/orders.html",
            here=self.path,
            asked=asked,
            period=span,
            what=what,
            kinds=rows.ORDERS,
            found=found.items,
            more=next_link(request, found),
            first="after" not in request.query_params,
        )

    @get("/lost")
    async def lost(self, request: AnyRequest) -> Answer:
        """Lost buyers by day."""
        at = now()
        async with reading():
            asked = await dashboards.asked(self.path, request.query_params)
            span = dashboards.period(asked, at)
            by_day = await _lost_days(asked, span)
        return await page(request, "service/insight/lost.html", here=self.path, asked=asked, period=span, by_day=by_day)

    @get("/lost/{day:str}")
    async def lost_on(self, request: AnyRequest, day: FromPath[str]) -> Answer:
        try:
            wanted = date.fromisoformat(day)
        except ValueError:
            raise NotFound from None
        async with reading():
            asked = await dashboards.asked(self.path, request.query_params)
            found = await rows.lost(asked.scope, wanted.isoformat(), cut_of(request))
        return await page(
            request,
            "service/insight/lost_day.html",
            here=self.path,
            asked=asked,
            day=wanted,
            found=found.items,
            more=next_link(request, found),
            first="after" not in request.query_params,
        )


async def _lost_days(asked: Asked, span: Period) -> list[tuple[str, int]]:
    """The days of the period on which anybody was lost, the latest first."""
    counted = await queries.days(asked.scope, span)
    return [(day, one.lost) for day, one in sorted(counted.items(), reverse=True) if one.lost and span.holds(day)]
