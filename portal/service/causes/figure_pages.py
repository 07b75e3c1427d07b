"""Causes in figures, by party and month; and what stands on the record of a supplier or carrier."""

from typing import Any

from litestar import Controller, Request, get
from litestar.params import FromPath
from litestar.response import Response

from portal.core.base.clock import now
from portal.core.base.database import reading
from portal.core.base.refusals import NotFound
from portal.core.people.policy import Capability
from portal.core.supply import queries as supply
from portal.core.web.i18n import t
from portal.core.web.pages import Answer, page
from portal.core.web.paging import cut_of, next_link
from portal.core.web.sheets import CSV, Cell, csv_bytes
from portal.service.causes import figures, inspections
from portal.service.causes.figures import Record
from portal.service.causes.rules import CAUSES, Party

AnyRequest = Request[Any, Any, Any]
NEEDS = {"needs": Capability.SEE_COMPLAINTS}
SHOWN = 10


class FigurePages(Controller):
    """`/desk/causes`."""

    path = "/desk/causes"
    opt = NEEDS

    @get()
    async def index(self, request: AnyRequest) -> Answer:
        at = now()
        async with reading():
            counted = await figures.record(at)
        wanted = request.query_params.get("month")
        month = wanted if wanted in counted.months else None
        return await page(
            request,
            "service/causes/figures.html",
            record=counted,
            parties=list(Party),
            month=month,
            codes=counted.by_code(month),
        )

    @get("/export")
    async def export(self, request: AnyRequest) -> Response[bytes]:
        async with reading():
            counted = await figures.record(now())
        name = 'attachment; filename="causes.csv"'
        return Response(csv_bytes(sheet(counted)), media_type=CSV, headers={"Content-Disposition": name})


def sheet(counted: Record) -> list[list[Cell]]:
    """One row for each month and cause that was found in it."""
    rows: list[list[Cell]] = [[t(f"causes.sheet.{name}") for name in ("month", "party", "code", "cause", "count")]]
    for month in counted.months:
        for party, code, n in counted.by_code(month):
            rows.append([month, t(f"causes.party.{party}"), code, t(f"causes.code.{code}"), n])
    return rows


class PartyPages(Controller):
    """`/admin/parties/{external_id}`: a supplier's or carrier's record."""

    path = "/admin/parties"
    opt = NEEDS

    @get("/{external_id:str}")
    async def show(self, request: AnyRequest, external_id: FromPath[str]) -> Answer:
        at = now()
        async with reading():
            party = await supply.supplier_by_external_id(external_id[:80])
            if party is None:
                raise NotFound
            lines = await figures.party_lines(party.id, cut_of(request))
            months = await figures.party_months(party.id, at)
            looked = await inspections.inspections("i.party = {} ORDER BY i.id DESC LIMIT {}", party.id, SHOWN)
        return await page(
            request,
            "service/causes/party.html",
            party=party,
            lines=lines.items,
            months=months,
            looked=looked,
            causes=CAUSES,
            first="after" not in request.query_params,
            more=next_link(request, lines),
            now=at,
        )


ROUTES: list[Any] = [FigurePages, PartyPages]
