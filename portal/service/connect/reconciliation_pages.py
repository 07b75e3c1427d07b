"""The admin's page of reconciliation: the shop's csv of some days held against ours, and the report to take away."""

import asyncio
from datetime import datetime, time, timedelta
from typing import Any

from litestar import Controller, Request, get, post
from litestar.params import FromPath
from litestar.response import Response

from portal.core.base.clock import now, site_zone
from portal.core.base.database import reading
from portal.core.base.refusals import Refused
from portal.core.people.doorway import signed_in
from portal.core.people.policy import Capability
from portal.core.web.forms import Form, fault_text, read
from portal.core.web.i18n import t
from portal.core.web.pages import Answer, page, see_other
from portal.core.web.shapes import read_shape
from portal.core.web.sheets import Rows, download
from portal.service.connect import reconciling
from portal.service.connect.forms_reconciling import ReconciliationForm, SaidRow
from portal.service.connect.imports.rows import instant
from portal.service.connect.imports.runs import MOST_BYTES
from portal.service.connect.imports.sheets import Sheet, read_sheet
from portal.service.connect.reconciling import MOST_ROWS, ReconciliationInfo, Said, reconcile

AnyRequest = Request[Any, Any, Any]
HOME = "/admin/reconciliation"
FOLDER = "service/connect/reconciliation"
SHOWN = 200


class ReconciliationPages(Controller):
    """Nothing is changed by comparing: a difference is mended by the shop's telling the order again."""

    path = HOME
    opt = {"needs": Capability.CONNECT}  # noqa: RUF012 - Litestar's own form

    @get()
    async def index(self, request: AnyRequest) -> Answer:
        return await self._index(request, None)

    @post()
    async def compare(self, request: AnyRequest) -> Answer:
        form, at, actor = await read(request), now(), signed_in().actor
        days = form.into(ReconciliationForm)
        file = form.files.get("file")
        content = await file.read(MOST_BYTES + 1) if file else b""
        if not content:
            form.add("file", "connect.imports.choose_file")
        if days is None or form.faults:
            return await self._index(request, form, 422)
        zone = site_zone()
        since = datetime.combine(days.first, time.min, zone)
        until = datetime.combine(days.last, time.min, zone) + timedelta(days=1)
        try:
            said = _said(await asyncio.to_thread(read_sheet, content, MOST_ROWS))
            made = await reconcile(actor, said, since, until, at, zone)
        except Refused as refused:
            beside = {"until": "last", "orders": "file"}
            refused.field = beside.get(refused.field or "", refused.field)
            form.refuse(refused, "file")
            return await self._index(request, form, refused.status)
        return see_other(request, f"{HOME}/{made.id}")

    @get("/{kept_id:int}")
    async def show(self, request: AnyRequest, kept_id: FromPath[int]) -> Answer:
        async with reading():
            info = await reconciling.reconciliation(kept_id)
        return await page(request, f"{FOLDER}/show.html", info=info, shown=info.differences[:SHOWN])

    @get("/{kept_id:int}/differences.csv")
    async def export(self, kept_id: FromPath[int]) -> Response[bytes]:
        async with reading():
            info = await reconciling.reconciliation(kept_id)
        return await download(f"reconciliation-{kept_id}.csv", t("connect.reconciling.title"), _rows(info))

    async def _index(self, request: AnyRequest, form: Form | None, status: int = 200) -> Answer:
        async with reading():
            made = await reconciling.latest()
        return await page(
            request, f"{FOLDER}/index.html", status=status, form=form, made=made, most_days=reconciling.MOST_DAYS
        )


def _said(sheet: Sheet) -> list[Said]:
    """The table's rows. Raises Refused at the first line that cannot be read."""
    said = []
    for line, cells in sheet.rows:
        given: dict[str, object] = {name: text for name, text in cells.items() if text and name in _COLUMNS}
        if "placed_at" in given:
            given["placed_at"] = instant(str(given["placed_at"]))
        row, faults = read_shape(given, SaidRow, strict=False)
        if row is None:
            reason = f"{faults[0].path}: {fault_text(faults[0])}"
            raise Refused("reconciling_line", {"line": line, "reason": reason}, field="file", status=422)
        said.append(row.said)
    return said


_COLUMNS = ("number", "status", "paid_fen", "refunded_fen", "placed_at")


def _rows(info: ReconciliationInfo) -> Rows:
    rows: Rows = [["number", "day", "kind", "here", "there", t("connect.reconciling.what")]]
    for one in info.differences:
        words = t(f"connect.reconciling.kind.{one.kind}")
        rows.append([one.number, one.day, one.kind, one.here, one.there, words])
    return rows


ROUTES: list[Any] = [ReconciliationPages]
