"""`/admin/register`: suppliers and carriers with their dossiers."""

from collections.abc import AsyncIterator
from typing import Any
from urllib.parse import urlencode

from litestar import Controller, Request, get
from litestar.params import FromPath
from litestar.response import Stream

from portal.core.base.clock import day_start, local, now
from portal.core.base.database import reading
from portal.core.base.refusals import NotFound
from portal.core.people.policy import Capability
from portal.core.supply.pages import Filter, searched
from portal.core.supply.rules import SupplierKind
from portal.core.web.i18n import t
from portal.core.web.pages import Answer, page
from portal.core.web.paging import cut_of, next_link
from portal.core.web.sheets import Cell, Rows, download_parts
from portal.service.suppliers import due, queries
from portal.service.suppliers.queries import Row

AnyRequest = Request[Any, Any, Any]
HERE = "/admin/register"
SEE = {"needs": Capability.SEE_SUPPLIERS}
KEEP = {"needs": Capability.KEEP_SUPPLIERS}


class RegisterPages(Controller):
    """The list, what comes due, and the list as a file."""

    path = HERE
    opt = SEE

    @get()
    async def index(self, request: AnyRequest) -> Answer:
        search, kind, at = searched(request), _kind(request), now()
        held = request.query_params.get("show") == "held"
        async with reading(long=bool(search)):
            found = await queries.register(cut_of(request), search, kind, held=held, at=at)
            waiting = await due.waiting(at)
        return await page(
            request,
            "service/suppliers/index.html",
            found=found.items,
            search=search,
            filters=_filters(kind, held=held),
            narrowed=held or kind is not None or bool(search),
            waiting=waiting,
            first="after" not in request.query_params,
            more=next_link(request, found),
            now=at,
        )

    @get("/dates")
    async def dates(self, request: AnyRequest) -> Answer:
        at = now()
        async with reading():
            found = await due.coming(at)
        return await page(request, "service/suppliers/dates.html", dates=found, today=day_start(local(at).date()))

    @get("/export/{name:str}")
    async def export(self, name: FromPath[str]) -> Stream:
        if name not in ("suppliers.csv", "suppliers.xlsx"):
            raise NotFound
        return await download_parts(name, t("suppliers.title"), _sheet())


def _kind(request: AnyRequest) -> SupplierKind | None:
    given = request.query_params.get("kind", "")
    return SupplierKind(given) if given in set(SupplierKind) else None


def _filters(kind: SupplierKind | None, *, held: bool) -> list[Filter]:
    plain = [
        Filter(
            f"{HERE}?{urlencode({'kind': each or ''})}", t(f"supply.kind.{each or 'all'}"), not held and each == kind
        )
        for each in (None, *SupplierKind)
    ]
    return [*plain, Filter(f"{HERE}?show=held", t("suppliers.filter.held"), held)]


_COLUMNS = ("id", "name", "kind", "categories", "stage", "standing", "must", "cleared", "planned", "contract", "score")


async def _sheet() -> AsyncIterator[Rows]:
    yield [[t(f"suppliers.column.{column}") for column in _COLUMNS]]
    after = 0
    while True:
        async with reading(long=True):
            rows = await queries.part(after)
        if not rows:
            return
        after = rows[-1].id
        yield [_cells(row) for row in rows]


def _cells(row: Row) -> list[Cell]:
    return [
        row.external_id,
        row.name,
        t(f"supply.kind.{row.kind}"),
        t("supply.suppliers.and").join(row.categories),
        t(f"suppliers.stage.{row.stage}") if row.stage else None,
        t(f"suppliers.standing.{row.standing}"),
        t("suppliers.yes" if row.must else "suppliers.no"),
        local(row.cleared_until).date().isoformat() if row.cleared_until else None,
        local(row.planned_at).date().isoformat() if row.planned_at else None,
        row.contract_until,
        row.score,
    ]


ROUTES: list[Any] = [RegisterPages]
