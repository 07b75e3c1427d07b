"""Importing in two steps: the upload shows what would be taken and what is wrong; a second button takes it."""

import asyncio
from typing import Any

from litestar import Controller, Request, get, post

from courses.catalogue.content import Fault, Package
from courses.catalogue.importing import ImportReport, import_package
from courses.catalogue.package import read_zip
from courses.catalogue.unpack import MOST_BYTES
from courses.catalogue.uploads import keep_upload, open_upload
from portal.core.base.clock import now
from portal.core.people.doorway import signed_in
from portal.core.people.policy import Capability
from portal.core.web.forms import Form, blank, read
from portal.core.web.pages import Answer, page

AnyRequest = Request[Any, Any, Any]
HOME = "/admin/import"
MODES = ("publish", "draft")


class ImportPages(Controller):
    """Importing again changes nothing, so these forms need no key of their own."""

    path = HOME
    opt = {"needs": Capability.IMPORT}  # noqa: RUF012 - Litestar's own form

    @get()
    async def ask(self, request: AnyRequest) -> Answer:
        return await self._ask(request, blank({"mode": "publish"}))

    @post()
    async def check(self, request: AnyRequest) -> Answer:
        """The dry run."""
        form = await read(request)
        upload = form.files.get("package")
        content = await upload.read() if upload else b""
        if not content:
            form.add("package", "catalogue.import.choose_file")
            return await self._ask(request, form, 422)
        publish = form.value("mode") != "draft"
        package = await _read(content)
        report = await import_package(signed_in().actor, package, now(), dry_run=True, publish=publish)
        token = await keep_upload(signed_in().person_id, content, now()) if report.ok and report.changes else ""
        return await self._report(request, report, package, token, publish=publish)

    @post("/confirmation")
    async def take(self, request: AnyRequest) -> Answer:
        form, at = await read(request), now()
        content = await open_upload(signed_in().person_id, form.value("upload"), at)
        if content is None:
            form.add("package", "catalogue.import.upload_gone")
            return await self._ask(request, form, 422)
        publish = form.value("mode") != "draft"
        package = await _read(content)
        report = await import_package(signed_in().actor, package, at, publish=publish)
        return await self._report(request, report, package, "", publish=publish)

    async def _ask(self, request: AnyRequest, form: Form, status: int = 200) -> Answer:
        limit = MOST_BYTES // 1_000_000
        return await page(request, "courses/catalogue/import.html", status=status, form=form, modes=MODES, limit=limit)

    async def _report(
        self, request: AnyRequest, report: ImportReport, package: Package, token: str, *, publish: bool
    ) -> Answer:
        return await page(
            request,
            "courses/catalogue/report.html",
            status=200 if report.ok else 422,
            report=report,
            package=package,
            refused=in_order(report.refused),
            token=token,
            mode="publish" if publish else "draft",
        )


async def _read(content: bytes) -> Package:
    return await asyncio.to_thread(read_zip, content)


def in_order(faults: tuple[Fault, ...]) -> list[Fault]:
    """Faults as an author mends them: one file after the other, from the top of each."""
    files = {fault.file: place for place, fault in reversed(list(enumerate(faults)))}
    return sorted(faults, key=lambda fault: (files[fault.file], fault.line or 0))
