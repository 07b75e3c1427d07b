"""`/admin/exports`: every table as a file, written by a job and kept a week."""

from typing import Any

from litestar import Controller, Request, get, post
from litestar.params import FromPath
from litestar.response import Stream

from portal.core.base import audit
from portal.core.base.clock import now
from portal.core.base.database import reading, writing
from portal.core.base.refusals import NotFound, Refused
from portal.core.people.doorway import signed_in
from portal.core.people.policy import Capability
from portal.core.web.forms import Form, once, read
from portal.core.web.i18n import t
from portal.core.web.pages import Answer, page
from portal.core.web.paging import cut_of, next_link
from portal.core.web.sheets import download_pieces
from portal.service.insight import running
from portal.service.insight.exporting import SOURCES, grouped
from portal.service.insight.running import HOME

AnyRequest = Request[Any, Any, Any]
FOLDER = "service/insight"
RECENT = 10


class ExportPages(Controller):
    """What can be taken away, and what was."""

    path = HOME
    opt = {"needs": Capability.SEE_ALL}  # noqa: RUF012 - Litestar's own form

    @get()
    async def index(self, request: AnyRequest) -> Answer:
        return await self._index(request, None)

    @post()
    async def order(self, request: AnyRequest) -> Answer:
        form, viewer, at = await read(request), signed_in(), now()
        kind, file_form = form.value("kind"), form.value("form")
        if kind not in SOURCES:
            form.add("kind", "not_choice")
        elif file_form not in SOURCES[kind].forms:
            form.add("form", "insight.exports.no_form")
        if form.faults:
            return await self._index(request, form, 422)

        try:
            total = await running.size_of(kind, file_form)
        except Refused as refused:
            form.refuse(refused, "form")
            return await self._index(request, form, refused.status)

        async def act() -> str:
            return f"{HOME}/{await running.order(viewer, kind, file_form, total, at)}"

        return await once(request, act)

    @get("/{ref:str}")
    async def show(self, request: AnyRequest, ref: FromPath[str]) -> Answer:
        async with reading():
            run = await running.run_of(ref)
        return await page(
            request, f"{FOLDER}/export.html", fragments=(f"{FOLDER}/_export.html",), run=run, here=HOME, now=now()
        )

    @get("/{ref:str}/file")
    async def file(self, ref: FromPath[str]) -> Stream:
        viewer, at = signed_in(), now()
        async with writing():
            run = await running.run_of(ref)
            if not run.there:
                raise NotFound
            parts = await running.parts_of(run.id)
            await audit.record(viewer.actor, "insight.export_taken", ("export", run.id), at, {"kind": run.kind})
        return await download_pieces(run.name, run.kind, running.content(parts))

    async def _index(self, request: AnyRequest, form: Form | None, status: int = 200) -> Answer:
        async with reading():
            latest = await running.runs(cut_of(request, RECENT))
        chosen = request.query_params.get("kind", "")
        return await page(
            request,
            f"{FOLDER}/exports.html",
            status=status,
            form=form,
            here=HOME,
            groups=[(group, [(name, t(f"insight.kind.{name}")) for name in names]) for group, names in _groups()],
            forms={name: source.forms for name, source in SOURCES.items()},
            chosen=chosen if chosen in SOURCES else None,
            latest=latest.items,
            more=next_link(request, latest),
            first="after" not in request.query_params,
            now=now(),
        )


def _groups() -> list[tuple[str, list[str]]]:
    return list(grouped(SOURCES).items())


ROUTES: list[Any] = [ExportPages]
