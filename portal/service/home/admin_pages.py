"""The admin's overview and the audit trail."""

import json
from typing import Any

from litestar import Controller, Request, get

from certification.rights.rules import Status
from portal.core.base.clock import now
from portal.core.base.database import reading
from portal.core.people.policy import Capability
from portal.core.web.health import readiness
from portal.core.web.pages import Answer, page
from portal.core.web.paging import cut_of, next_link, paged
from portal.core.web.state import state
from portal.service.home import queries
from portal.service.suppliers import due as suppliers

AnyRequest = Request[Any, Any, Any]


class AdminHome(Controller):
    """What stands and what waits, on one page."""

    path = "/admin"
    opt = {"needs": Capability.SEE_ALL}  # noqa: RUF012 - Litestar's own form

    @get()
    async def overview(self, request: AnyRequest) -> Answer:
        viewer = state().viewer
        assert viewer is not None
        checks, at = await readiness(), now()
        async with reading(long=True):
            overview = await queries.overview(at)
            facts = await queries.nav_facts(viewer)
            register = await suppliers.waiting(at)
        return await page(
            request,
            "service/home/admin.html",
            overview=overview,
            statuses=list(Status),
            proposals=facts["proposals"],
            share_reports=facts["share_reports"],
            checks=checks,
            register=register,
        )


class AuditPages(Controller):
    """Who did what, when, from where, to which record; nothing here can be changed."""

    path = "/admin/audit"
    opt = {"needs": Capability.READ_AUDIT}  # noqa: RUF012 - Litestar's own form

    @get()
    async def index(self, request: AnyRequest) -> Answer:
        cut = cut_of(request, 50)
        action = request.query_params.get("action", "")[:60].strip()
        subject = _subject(request.query_params.get("subject", ""))
        async with reading():
            rows = paged(await queries.audit_rows(cut, subject, action or None), cut, lambda row: row.id)
        facts = {row.id: json.loads(row.facts) for row in rows.items}
        return await page(
            request,
            "service/home/audit.html",
            rows=rows,
            facts=facts,
            action=action,
            more=next_link(request, rows),
        )


def _subject(text: str) -> tuple[str, int] | None:
    """`store:12` as kind and id; anything else is no filter."""
    kind, _, number = text.partition(":")
    return (kind[:32], int(number)) if kind and number.isascii() and number.isdigit() and len(number) < 18 else None


ROUTES = [AdminHome, AuditPages]
