"""A buyer asks what we know of her, or wants it gone: found by exact number, exported, erased with care."""

import json
from datetime import datetime
from typing import Any
from urllib.parse import quote

from litestar import Controller, Request, get, post
from litestar.params import FromPath
from litestar.response import Response

from portal.core.base.clock import now
from portal.core.base.database import reading
from portal.core.base.refusals import NotFound, Refused
from portal.core.people.doorway import ask_again, is_fresh, signed_in
from portal.core.people.policy import Capability
from portal.core.web import forms
from portal.core.web.forms import Form
from portal.core.web.pages import Answer, page
from portal.core.web.shapes import clean
from portal.service.privacy import buyers, erasing
from portal.service.privacy.buyers import BuyerInfo
from portal.service.privacy.forms import EraseForm
from portal.service.privacy.rules import EraseReason

AnyRequest = Request[Any, Any, Any]
HOME = "/admin/buyers"


class BuyerPages(Controller):
    """What is known of a buyer. Exporting and erasing want the admin's password anew."""

    path = HOME
    opt = {"needs": Capability.MANAGE_PEOPLE}  # noqa: RUF012 - Litestar's own form

    @get()
    async def index(self, request: AnyRequest) -> Answer:
        search = clean(request.query_params.get("q", ""))[:80]
        async with reading(long=bool(search)):
            found = await buyers.found(search) if search else []
        return await page(request, "service/privacy/buyers.html", buyers=found, search=search)

    @get("/{external_id:str}")
    async def show(self, request: AnyRequest, external_id: FromPath[str]) -> Answer:
        return await _page(request, await _buyer(external_id))

    @post("/{external_id:str}/export")
    async def export(self, request: AnyRequest, external_id: FromPath[str]) -> Response[Any]:
        buyer, at = await _buyer(external_id), now()
        if not is_fresh(at):
            return ask_again(request, path_of(buyer))
        known = await erasing.export_buyer(signed_in().actor, buyer.external_id, at)
        body = json.dumps(known, ensure_ascii=False, indent=2, default=plain).encode()
        headers = {"Content-Disposition": f'attachment; filename="buyer-{buyer.id}.json"', "Cache-Control": "no-store"}
        return Response(body, media_type="application/json", headers=headers, status_code=200)

    @post("/{external_id:str}/erasure")
    async def erase(self, request: AnyRequest, external_id: FromPath[str]) -> Answer:
        buyer, form, at = await _buyer(external_id), await forms.read(request), now()
        if not is_fresh(at):
            return ask_again(request, path_of(buyer))
        data = form.into(EraseForm)
        if data is not None and data.confirmation != buyer.external_id:
            form.add("confirmation", "privacy.fault.confirmation")
        if data is None or form.faults:
            return await _page(request, buyer, form)
        wanted = data

        async def act() -> str:
            await erasing.erase(signed_in().actor, buyer.external_id, wanted.reason, at, anyway=wanted.anyway)
            return path_of(buyer)

        try:
            return await forms.once(request, act, "privacy.toast.erased")
        except Refused as refused:
            form.refuse(refused, "confirmation")
            return await _page(request, buyer, form)


def plain(value: object) -> str:
    """How a value that JSON has no form for is written: instants in ISO 8601."""
    return value.isoformat() if isinstance(value, datetime) else str(value)


def path_of(buyer: BuyerInfo) -> str:
    return f"{HOME}/{quote(buyer.external_id, safe='')}"


async def _buyer(external_id: str) -> BuyerInfo:
    async with reading():
        found = await buyers.buyer(external_id[:80])
    if found is None:
        raise NotFound
    return found


async def _page(request: AnyRequest, buyer: BuyerInfo, form: Form | None = None) -> Answer:
    async with reading():
        open_orders = await buyers.open_orders(buyer.id)
    return await page(
        request,
        "service/privacy/buyer.html",
        status=422 if form is not None else 200,
        buyer=buyer,
        path=path_of(buyer),
        open_orders=open_orders,
        reasons=list(EraseReason),
        fresh=is_fresh(now()),
        form=form,
    )


ROUTES: list[Any] = [BuyerPages]
