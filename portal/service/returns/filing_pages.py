"""An owner files a return for her buyer, step by step; nothing is sent before the buyer has agreed."""

from enum import StrEnum
from typing import Any

from litestar import Controller, get, post
from litestar.datastructures import UploadFile
from litestar.params import FromPath

from portal.core.base.clock import now, site_zone
from portal.core.base.database import reading
from portal.core.base.refusals import Refused
from portal.core.people.policy import Capability
from portal.core.web import forms
from portal.core.web.forms import Form
from portal.core.web.pages import Answer, page
from portal.service.orders import queries as orders
from portal.service.orders.pages import own_order
from portal.service.orders.queries import OrderInfo
from portal.service.returns import evidence, filing
from portal.service.returns.forms import MOST_TEXT, FilingForm, asked_lines
from portal.service.returns.offers import OrderState, may_file, may_open, most_fen
from portal.service.returns.pages import ICONS, AnyRequest, base
from portal.service.returns.rules import (
    EVIDENCE,
    FAULT,
    MONEY,
    MOST_PHOTOS,
    REASONS,
    Kind,
    Reason,
    Side,
    Stage,
    photos_needed,
    postage_by,
    reasons_of,
)
from portal.service.returns.standing import order_state


class FilingPages(Controller):
    """Filing in steps: what is wanted, why, which goods and how much with the evidence; nothing is sent yet."""

    path = "/orders/{number:str}/returns"
    opt = {"needs": Capability.SERVE_VIPS}  # noqa: RUF012 - Litestar's own form

    @get("/new")
    async def new(self, request: AnyRequest, number: FromPath[str]) -> Answer:
        _, order = await own_order(number)
        kind = _one_of(Kind, request.query_params.get("kind"))
        reason = _one_of(Reason, request.query_params.get("reason"))
        if kind is None:
            return await _kinds(request, order)
        if reason is None or reason not in REASONS[kind]:
            return await _reasons(request, order, kind)
        return await _details(request, order, kind, reason, None)

    @post()
    async def create(self, request: AnyRequest, number: FromPath[str]) -> Answer:
        viewer, order = await own_order(number)
        form = await forms.read(request)
        kind, reason = _one_of(Kind, form.value("kind")), _one_of(Reason, form.value("reason"))
        if kind is None or reason is None or reason not in REASONS[kind]:
            raise Refused("bad_request", status=422)
        state, data = await _state_of(order), form.into(FilingForm)
        asked = asked_lines(form, kind, state.stage, state.lines)
        if data is None or asked is None:
            return await _details(request, order, kind, reason, form)
        wanted = filing.Draft(kind, reason, asked, data.text, data.advance)
        try:
            photos = await evidence.keep(await _uploads(request))

            async def act() -> str:
                draft = filing.Draft(wanted.kind, wanted.reason, wanted.lines, wanted.text, wanted.advance, photos)
                ref = await filing.file_draft(viewer.actor, viewer.person_id, order.number, draft, now())
                return f"/returns/{ref}"

            return await forms.once(request, act)
        except Refused as refused:
            form.refuse(refused, "text")
            return await _details(request, order, kind, reason, form)


def _one_of(kinds: type[StrEnum], value: str | None) -> Any:
    return kinds(value) if value in {str(kind) for kind in kinds} else None


async def _uploads(request: AnyRequest) -> list[bytes]:
    """The photos that were sent; one more than is allowed is enough to say so."""
    sent = await request.form()
    chosen = [
        value
        for name, value in sent.multi_items()
        if name == "photos" and isinstance(value, UploadFile) and value.filename
    ]
    return [content for upload in chosen[: MOST_PHOTOS + 1] if (content := await upload.read())]


async def _state_of(order: OrderInfo) -> OrderState:
    async with reading():
        return await order_state(order, await orders.parcels(order.id))


async def _kinds(request: AnyRequest, order: OrderInfo) -> Answer:
    at, state = now(), await _state_of(order)
    offers = [(kind, may_open(state, kind, at, site_zone())) for kind in Kind]
    offers.sort(key=lambda offer: not offer[1].allowed)
    return await page(
        request,
        "service/returns/kinds.html",
        order=order,
        offers=offers,
        stage=state.stage,
        base=base(order),
        icons=ICONS,
    )


async def _reasons(request: AnyRequest, order: OrderInfo, kind: Kind) -> Answer:
    at, state = now(), await _state_of(order)
    verdict = may_open(state, kind, at, site_zone())
    offers = []
    for reason in reasons_of(kind, state.stage):
        verdicts = [may_file(state, line, kind, reason, at, site_zone()) for line in state.lines]
        best = next((one for one in verdicts if one.allowed), verdicts[0] if verdicts else verdict)
        offers.append((reason, best, postage_by(kind, reason, state.stage)))
    offers.sort(key=lambda offer: not offer[1].allowed)
    return await page(
        request,
        "service/returns/reasons.html",
        order=order,
        kind=kind,
        stage=state.stage,
        verdict=verdict,
        offers=offers,
        evidence=EVIDENCE,
        base=base(order),
    )


async def _details(request: AnyRequest, order: OrderInfo, kind: Kind, reason: Reason, form: Form | None) -> Answer:
    at, state = now(), await _state_of(order)
    lines = [(line, may_file(state, line, kind, reason, at, site_zone())) for line in state.lines]
    whole = kind is Kind.CANCEL and state.stage is Stage.UNPAID
    return await page(
        request,
        "service/returns/details.html",
        status=422 if form is not None else 200,
        order=order,
        kind=kind,
        reason=reason,
        stage=state.stage,
        lines=lines,
        most={line.id: most_fen(kind, line, line.free_quantity) for line, _ in lines},
        with_money=kind in MONEY and state.stage is not Stage.UNPAID,
        whole=whole,
        with_advance=kind is Kind.EXCHANGE and FAULT[reason] is not Side.BUYER,
        payer=postage_by(kind, reason, state.stage),
        photos_needed=photos_needed(reason),
        most_photos=MOST_PHOTOS,
        most_text=MOST_TEXT,
        form=form,
        base=base(order),
    )


ROUTES: list[Any] = [FilingPages]
