"""The admin's page of imports: a table is uploaded, tried out, and then taken."""

from typing import Any

from litestar import Controller, Request, get, post
from litestar.params import FromPath
from msgspec.structs import fields

from portal.core.base.clock import now
from portal.core.base.database import reading
from portal.core.base.refusals import Refused
from portal.core.people.doorway import signed_in
from portal.core.people.policy import Capability
from portal.core.web.forms import Form, once, read
from portal.core.web.pages import Answer, page, see_other
from portal.service.connect.imports import runs
from portal.service.connect.imports.rows import IMPORTERS

AnyRequest = Request[Any, Any, Any]
HOME = "/admin/imports"
FOLDER = "service/connect/imports"
KINDS = ("stores", "suppliers", "vips", "orders")


class ImportPages(Controller):
    """Every upload is tried first; only what was tried is taken."""

    path = HOME
    opt = {"needs": Capability.IMPORT}  # noqa: RUF012 - Litestar's own form

    @get()
    async def index(self, request: AnyRequest) -> Answer:
        return await self._index(request, None)

    @post()
    async def upload(self, request: AnyRequest) -> Answer:
        form, viewer, at = await read(request), signed_in(), now()
        file, kind = form.files.get("file"), form.value("kind")
        content = await file.read(runs.MOST_BYTES + 1) if file else b""
        if kind not in KINDS:
            form.add("kind", "not_choice")
        if not content:
            form.add("file", "connect.imports.choose_file")
        if form.faults:
            return await self._index(request, form, 422)
        try:
            run_id = await runs.order_dry_run(viewer, kind, content, at)
        except Refused as refused:
            form.refuse(refused, "file")
            return await self._index(request, form, refused.status)
        return see_other(request, f"{HOME}/{run_id}")

    @get("/{run_id:int}")
    async def show(self, request: AnyRequest, run_id: FromPath[int]) -> Answer:
        async with reading():
            run = await runs.run_info(run_id)
            return await page(request, f"{FOLDER}/show.html", fragments=(f"{FOLDER}/_run.html",), run=run)

    @post("/{run_id:int}/takeover")
    async def take(self, request: AnyRequest, run_id: FromPath[int]) -> Answer:
        viewer, at = signed_in(), now()

        async def act() -> str:
            return f"{HOME}/{await runs.order_taking(viewer, run_id, at)}"

        return await once(request, act)

    async def _index(self, request: AnyRequest, form: Form | None, status: int = 200) -> Answer:
        async with reading():
            latest = await runs.latest_runs()
        return await page(
            request,
            f"{FOLDER}/index.html",
            status=status,
            form=form,
            kinds=KINDS,
            columns={kind: _columns(kind) for kind in KINDS},
            latest=latest,
            most_mb=runs.MOST_BYTES >> 20,
            most_rows=runs.MOST_ROWS,
        )


def _columns(kind: str) -> tuple[str, str]:
    """The headings that a table of this kind must have, and those that it may have."""
    known = fields(IMPORTERS[kind].shape)
    must = ", ".join(one.name for one in known if one.required)
    return must, ", ".join(one.name for one in known if not one.required)


ROUTES: list[Any] = [ImportPages]
