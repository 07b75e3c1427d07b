"""`/manage/stars`: the published stars of a manager's stores; and a store's star as staff sees it."""

from typing import Any

from litestar import Controller, Request, get
from litestar.params import FromPath

from portal.core.base.clock import now
from portal.core.base.database import reading
from portal.core.base.refusals import NotFound
from portal.core.people.doorway import signed_in
from portal.core.people.policy import Capability
from portal.core.stores import queries as stores
from portal.core.web.pages import Answer, page
from portal.core.web.paging import cut_of, next_link
from portal.core.web.viewer import Viewer
from portal.service.stars import appeals, queries, shows

AnyRequest = Request[Any, Any, Any]


async def store_page(request: AnyRequest, month: str, store_id: int, back: str, *, unpublished: bool = False) -> Answer:
    """A store's month for staff. Raises NotFound."""
    at = now()
    async with reading():
        found = await queries.explained(month, store_id) if unpublished else await shows.published(month, store_id)
        store = await stores.store(store_id)
        if found is None or store is None:
            raise NotFound
        filed = await appeals.of_month(store_id, month)
        history = await queries.history(store_id)
    return await page(
        request,
        "service/stars/store.html",
        found=found,
        store=store,
        filed=filed,
        history=history,
        base=f"{back}/{month}/{store_id}",
        back=back,
        amount=shows.amount,
        points=shows.points,
        now=at,
    )


async def cases_page(
    request: AnyRequest,
    month: str,
    store_id: int,
    metric: str,
    back: str,
    orders: str | None,
    *,
    unpublished: bool = False,
) -> Answer:
    """A metric's cases for staff. Raises NotFound."""
    of = shows.metric_of(metric)
    async with reading():
        found = await queries.explained(month, store_id) if unpublished else await shows.published(month, store_id)
        if found is None:
            raise NotFound
        shown = await shows.cases_of(request, found, of)
    return await page(
        request,
        "service/stars/cases.html",
        **shown,
        base=f"{back}/{month}/{store_id}",
        layout="layout/wide.html",
        orders=orders,
    )


class TeamPages(Controller):
    """`/manage/stars`: the published stars of a manager's stores."""

    path = "/manage/stars"
    opt = {"needs": Capability.SEE_TEAM}  # noqa: RUF012 - Litestar's own form

    @get()
    async def index(self, request: AnyRequest) -> Answer:
        viewer, wanted = signed_in(), request.query_params.get("month", "")
        async with reading():
            months = await queries.published_months()
            month = wanted if wanted in months else next(iter(months), "")
            found = await queries.team(viewer.person_id, month, cut_of(request))
        return await page(
            request,
            "service/stars/team.html",
            months=months,
            month=month,
            found=found,
            more=next_link(request, found),
            first="after" not in request.query_params,
            points=shows.points,
        )

    @get("/{month:str}/{store_id:int}")
    async def show(self, request: AnyRequest, month: FromPath[str], store_id: FromPath[int]) -> Answer:
        """A store of the team, explained as its owner sees it."""
        return await store_page(request, month, await _of_team(signed_in(), store_id), "/manage/stars")

    @get("/{month:str}/{store_id:int}/{metric:str}")
    async def cases(
        self, request: AnyRequest, month: FromPath[str], store_id: FromPath[int], metric: FromPath[str]
    ) -> Answer:
        """The cases of a metric, without ways to the orders: those are the owner's."""
        return await cases_page(request, month, await _of_team(signed_in(), store_id), metric, "/manage/stars", None)


async def _of_team(viewer: Viewer, store_id: int) -> int:
    """Raises NotFound for a store that she does not manage."""
    async with reading():
        if not 0 < store_id < queries.BEYOND or not await stores.manages(viewer.person_id, store_id=store_id):
            raise NotFound
    return store_id


ROUTES: list[Any] = [TeamPages]
