"""What admins see of earnings: totals, the ledger's own check, the written setting, and each store's statement."""

from typing import Any

from litestar import Controller, Request, get, post
from litestar.params import FromPath
from litestar.response import Response

from portal.core.base import site_settings
from portal.core.base.clock import now
from portal.core.base.database import reading
from portal.core.base.refusals import NotFound
from portal.core.people.policy import Capability
from portal.core.stores import queries as stores
from portal.core.stores.queries import StoreInfo
from portal.core.web import forms
from portal.core.web.forms import Form
from portal.core.web.pages import Answer, page
from portal.core.web.paging import cut_of, next_link
from portal.core.web.state import state
from portal.service.earnings import queries
from portal.service.earnings.actions import earns_without_link, set_without_link
from portal.service.earnings.forms import WithoutLinkForm
from portal.service.earnings.months import month_of
from portal.service.earnings.pages import shares, statement_file, statement_page, this_month
from portal.service.earnings.rules import WITHOUT_LINK
from portal.service.earnings.statements import month_named

AnyRequest = Request[Any, Any, Any]


class EarningAdmin(Controller):
    """All earnings of the platform, and the one setting of the rule."""

    path = "/admin/earnings"
    opt = {"needs": Capability.SEE_ALL}  # noqa: RUF012 - Litestar's own form

    @get()
    async def index(self, request: AnyRequest) -> Answer:
        return await _index(request)

    @post("/setting", opt={"needs": Capability.MANAGE_STORES})
    async def setting(self, request: AnyRequest) -> Answer:
        form = await forms.read(request)
        wanted = form.into(WithoutLinkForm)
        if wanted is None:
            return await _index(request, form, status=422)
        viewer = state().viewer
        assert viewer is not None  # the entry guard has seen to it

        async def act() -> str:
            await set_without_link(viewer.actor, wanted.earn_without_link == "yes", now())
            return "/admin/earnings"

        return await forms.once(request, act, toast="earnings.admin.saved")

    @get("/check")
    async def check(self, request: AnyRequest) -> Answer:
        async with reading(long=True):
            found = await queries.balance_check()
        return await page(request, "service/earnings/check.html", check=found, at=now())

    @get("/{external_id:str}/{month:str}")
    async def month(self, request: AnyRequest, external_id: FromPath[str], month: FromPath[str]) -> Answer:
        store, first = await _store(external_id), month_named(month, now())
        return await statement_page(request, store, first, f"/admin/earnings/{external_id}/{month}", wide=True)

    @get("/{external_id:str}/{month:str}/statement.csv")
    async def csv(self, external_id: FromPath[str], month: FromPath[str]) -> Response[bytes]:
        return await statement_file(await _store(external_id), month_named(month, now()), "csv")

    @get("/{external_id:str}/{month:str}/statement.xlsx")
    async def xlsx(self, external_id: FromPath[str], month: FromPath[str]) -> Response[bytes]:
        return await statement_file(await _store(external_id), month_named(month, now()), "xlsx")


async def _store(external_id: str) -> StoreInfo:
    async with reading():
        store = await stores.store_by_external_id(external_id)
    if store is None:
        raise NotFound
    return store


async def _index(request: AnyRequest, form: Form | None = None, status: int = 200) -> Answer:
    at = now()
    first = this_month(at)
    search = request.query_params.get("q", "")[:80].strip()
    async with reading(long=True):
        found = await stores.stores(cut_of(request), search or None)
        months = await queries.months(first, at)
        balances = await queries.balances_of([store.id for store in found.items], at)
        on, changed_at = await earns_without_link(), await site_settings.changed_at(WITHOUT_LINK)
    return await page(
        request,
        "service/earnings/admin.html",
        status=status,
        stores=found,
        balances=balances,
        months=months,
        shares=shares(months),
        present=months[-1],
        month=month_of(first),
        search=search,
        form=form or forms.blank({WITHOUT_LINK: "yes" if on else "no"}),
        changed_at=changed_at,
        more=next_link(request, found),
    )


ROUTES = [EarningAdmin]
