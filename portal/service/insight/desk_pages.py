"""`/desk/insight`: how the desk did, for its leads: promises by week, causes, what is open, what came back, parties."""

from typing import Any

from litestar import Controller, Request, get

from portal.core.base.clock import now
from portal.core.base.database import reading
from portal.core.people.policy import Capability
from portal.core.supply.rules import SupplierKind
from portal.core.web.pages import Answer, page
from portal.core.web.paging import cut_of, next_link
from portal.service.insight import dashboards, desk_queries, rows, scopes
from portal.service.insight.rules import PERIODS

AnyRequest = Request[Any, Any, Any]
HERE = "/desk/insight"


class DeskInsightPages(Controller):
    """The desk as a whole; each agent's figures have a page of their own."""

    path = HERE
    opt = {"needs": Capability.SEE_FIGURES}  # noqa: RUF012 - Litestar's own form

    @get()
    async def index(self, request: AnyRequest) -> Answer:
        at = now()
        async with reading():
            asked = await scopes.asked(request.query_params)
            span = dashboards.period(asked, at)
            choices = await scopes.choices()
            kept = await desk_queries.kept(asked.scope, span, at)
            earlier = await desk_queries.kept(asked.scope, span.before, at)
            received, before = await desk_queries.received(asked.scope, span)
            causes = await desk_queries.causes(asked.scope, span)
            backlog = await desk_queries.backlog(asked.scope, at)
            goods = await desk_queries.parties(SupplierKind.GOODS, span)
            carriers = await desk_queries.parties(SupplierKind.CARRIER, span)
        return await page(
            request,
            "service/insight/desk.html",
            here=HERE,
            asked=asked,
            period=span,
            periods=PERIODS,
            choices=choices,
            kept=kept,
            earlier=earlier,
            clocks=desk_queries.CLOCKS,
            together=desk_queries.together,
            received=received,
            before=before,
            causes=causes,
            backlog=backlog,
            ages=desk_queries.AGES,
            goods=goods,
            carriers=carriers,
            now=at,
        )

    @get("/complaints")
    async def complaints(self, request: AnyRequest) -> Answer:
        wanted = request.query_params.get("what", "")
        what, at = wanted if wanted in rows.COMPLAINTS else "all", now()
        async with reading():
            asked = await scopes.asked(request.query_params)
            span = dashboards.period(asked, at)
            found = await rows.complaints(asked.scope, span, what, cut_of(request))
        return await page(
            request,
            "service/insight/complaints.html",
            here=HERE,
            asked=asked,
            period=span,
            what=what,
            kinds=rows.COMPLAINTS,
            found=found.items,
            more=next_link(request, found),
            first="after" not in request.query_params,
        )


ROUTES: list[Any] = [DeskInsightPages]
