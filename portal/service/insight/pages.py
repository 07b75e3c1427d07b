"""`/admin/figures`: the whole, by period, region, group and team; every figure opens down to its rows."""

from typing import Any

from litestar import Request, get

from portal.core.base.clock import now
from portal.core.base.database import reading
from portal.core.people.policy import Capability
from portal.core.supply.rules import SupplierKind
from portal.core.web.pages import Answer, page
from portal.service.insight import dashboards, desk_queries, figures, queries, scopes
from portal.service.insight.dashboards import WHOLE
from portal.service.insight.row_pages import RowPages

AnyRequest = Request[Any, Any, Any]


class FigurePages(RowPages):
    """Funnel, complaints, promises, suppliers, service; and the stores and orders behind them."""

    path = WHOLE
    opt = {"needs": Capability.SEE_FIGURES}  # noqa: RUF012 - Litestar's own form

    @get()
    async def index(self, request: AnyRequest) -> Answer:
        at = now()
        async with reading():
            asked = await dashboards.asked(WHOLE, request.query_params)
            span = dashboards.period(asked, at)
            looked = await queries.look(asked.scope, span)
            choices = await scopes.choices()
            kept = await desk_queries.kept(asked.scope, span, at)
            received, before = await desk_queries.received(asked.scope, span)
            goods = await desk_queries.parties(SupplierKind.GOODS, span, 5)
        return await page(
            request,
            "service/insight/figures.html",
            **dashboards.common(WHOLE, asked, span, looked, at),
            choices=choices,
            figures=figures.shown(looked),
            mean=figures.mean_fen,
            kept=kept,
            clocks=desk_queries.CLOCKS,
            together=desk_queries.together,
            received=received,
            before=before,
            goods=goods,
        )


ROUTES: list[Any] = [FigurePages]
