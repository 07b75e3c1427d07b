"""Asking to see a buyer's number, seeing it once, and the admins' list of who saw whose."""

from typing import Any
from urllib.parse import urlencode

from litestar import Controller, Request, get, post

from portal.core.base.clock import now
from portal.core.base.database import reading
from portal.core.base.refusals import NotFound, Refused
from portal.core.people.doorway import signed_in
from portal.core.people.policy import Capability
from portal.core.web import forms
from portal.core.web.forms import Form
from portal.core.web.pages import Answer, local_path, page
from portal.core.web.paging import cut_of, next_link
from portal.service.privacy import actions, queries
from portal.service.privacy.forms import RevealForm
from portal.service.privacy.queries import Reach, Record
from portal.service.privacy.rules import Kind, reasons

AnyRequest = Request[Any, Any, Any]


class RevealPages(Controller):
    """Why do you need it, and here it is. Owners for their own VIPs, who sees all for any."""

    path = "/reveals"

    @get("/new")
    async def ask(self, request: AnyRequest) -> Answer:
        asked = request.query_params
        return await _page(request, asked.get("kind", ""), asked.get("id", ""), asked.get("next"), None)

    @post()
    async def show(self, request: AnyRequest) -> Answer:
        form, viewer, at = await forms.read(request), signed_in(), now()
        kind, ident, back = form.value("kind"), form.value("id"), form.value("next")
        data = form.into(RevealForm)
        if data is None:
            return await _page(request, kind, ident, back, form)
        wanted, shown = data, list[Record]()

        async def act() -> str:
            shown.append(await actions.reveal(viewer, _kind(kind), ident, wanted.reason, wanted.note, at))
            return f"/reveals/new?{urlencode({'kind': kind, 'id': ident, 'next': local_path(back)})}"

        try:
            answer = await forms.once(request, act)
        except Refused as refused:
            if isinstance(refused, NotFound):
                raise
            form.refuse(refused, "reason")
            return await _page(request, kind, ident, back, form, refused.status)
        if not shown:  # the same form again: what was shown once is not shown by going back
            return answer
        return await page(request, "service/privacy/revealed.html", record=shown[0], back=local_path(back), at=at)


def _kind(given: str) -> Kind:
    if given not in set(Kind):
        raise NotFound
    return Kind(given)


async def _reach(kind: str, ident: str) -> tuple[Reach, int, int]:
    """The record, how many numbers are left for today, and of how many. Raises NotFound."""
    viewer = signed_in()
    async with reading():
        found = await queries.reach(viewer, _kind(kind), ident[:80])
        if found is None:
            raise NotFound
        most = await queries.most_a_day()
        return found, max(most - await queries.seen_today(viewer.person_id, now()), 0), most


async def _page(
    request: AnyRequest, kind: str, ident: str, back: str | None, form: Form | None, status: int = 422
) -> Answer:
    found, left, most = await _reach(kind, ident)
    return await page(
        request,
        "service/privacy/reveal.html",
        status=status if form is not None else 200,
        record=found.record,
        own=found.own,
        reasons=reasons(own=found.own),
        left=left,
        most=most,
        back=local_path(back),
        form=form,
    )


class RevealList(Controller):
    """Who saw whose number and why, what is odd marked."""

    path = "/admin/reveals"
    opt = {"needs": Capability.READ_AUDIT}  # noqa: RUF012 - Litestar's own form

    @get()
    async def index(self, request: AnyRequest) -> Answer:
        given = request.query_params.get("person", "")
        person_id = int(given) if given.isascii() and given.isdigit() and len(given) < 18 else None
        async with reading():
            rows = await queries.reveals(cut_of(request), person_id)
        return await page(
            request,
            "service/privacy/reveals.html",
            rows=rows.items,
            person_id=person_id,
            more=next_link(request, rows),
        )


ROUTES: list[Any] = [RevealPages, RevealList]
