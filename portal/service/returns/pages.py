"""An owner follows what she has filed for her buyer to the money's return."""

from datetime import datetime
from typing import Any
from urllib.parse import quote

from litestar import Controller, Request, get, post
from litestar.params import FromPath
from litestar.response import Response

from portal.core.base import files
from portal.core.base.clock import now
from portal.core.base.database import reading
from portal.core.base.money import yuan
from portal.core.base.refusals import NotFound, Refused
from portal.core.people.doorway import signed_in
from portal.core.people.policy import Capability
from portal.core.stores import queries as stores
from portal.core.web import forms
from portal.core.web.forms import Form
from portal.core.web.i18n import t
from portal.core.web.pages import Answer, page
from portal.core.web.paging import cut_of, next_link
from portal.core.web.viewer import Viewer
from portal.service.mandates import queries as mandates
from portal.service.orders.queries import OrderInfo
from portal.service.returns import filing, queries
from portal.service.returns.forms import SentBackForm
from portal.service.returns.queries import ReturnInfo
from portal.service.returns.rules import (
    Kind,
)
from portal.service.returns.states import WITHDRAWABLE, State, path_of
from portal.service.returns.states import Answer as ShopSays

AnyRequest = Request[Any, Any, Any]
WHICH = ("open", "late", "all")
ICONS = {
    Kind.CANCEL: "cross",
    Kind.REFUND: "yuan",
    Kind.RETURN: "return",
    Kind.EXCHANGE: "return",
    Kind.RESEND: "parcel",
    Kind.REPAIR_ALLOWANCE: "yuan",
}
PICTURE = {"Cache-Control": "private, no-store", "X-Content-Type-Options": "nosniff"}


async def own_return(ref: str) -> tuple[Viewer, ReturnInfo]:
    """The viewer and this return of her store. Raises NotFound."""
    viewer = signed_in()
    async with reading():
        store = await stores.store_of_owner(viewer.person_id)
        found = await queries.of_store(store.id, ref) if store is not None else None
    if found is None:
        raise NotFound
    return viewer, found


def base(order: OrderInfo) -> str:
    return f"/orders/{quote(order.number)}"


class ReturnPages(Controller):
    """Her returns: whose turn it is, by when, and what comes next."""

    path = "/returns"
    opt = {"needs": Capability.SERVE_VIPS}  # noqa: RUF012 - Litestar's own form

    @get()
    async def index(self, request: AnyRequest) -> Answer:
        viewer, wanted = signed_in(), request.query_params.get("which")
        which = wanted if wanted in WHICH else "open"
        async with reading():
            store = await stores.store_of_owner(viewer.person_id)
            if store is None:
                raise NotFound
            found = await queries.returns(cut_of(request), store.id, which)
        more = next_link(request, found)
        return await page(
            request, "service/returns/index.html", returns=found, which=which, choices=WHICH, more=more, now=now()
        )

    @get("/{ref:str}")
    async def show(self, request: AnyRequest, ref: FromPath[str]) -> Answer:
        _, info = await own_return(ref)
        return await show_return(request, info, "service/returns/show.html")

    @post("/{ref:str}/request")
    async def ask(self, request: AnyRequest, ref: FromPath[str]) -> Answer:
        viewer, info = await own_return(ref)

        async def act() -> str:
            await filing.ask(viewer.actor, viewer.person_id, info.ref, scope_of(info), now())
            return info.way

        try:
            return await forms.once(request, act, "returns.toast.asked")
        except Refused as refused:
            return await self._refused(request, info, refused)

    @post("/{ref:str}/withdrawal")
    async def withdraw(self, request: AnyRequest, ref: FromPath[str]) -> Answer:
        viewer, info = await own_return(ref)

        async def act() -> str:
            await filing.withdraw(viewer.actor, viewer.person_id, info.ref, now())
            return info.way

        try:
            return await forms.once(request, act, "returns.toast.withdrawn")
        except Refused as refused:
            return await self._refused(request, info, refused)

    @post("/{ref:str}/parcel")
    async def sent(self, request: AnyRequest, ref: FromPath[str]) -> Answer:
        viewer, info = await own_return(ref)
        form = await forms.read(request)
        data = form.into(SentBackForm)
        if data is None:
            return await show_return(request, info, "service/returns/show.html", form=form)
        wanted = data

        async def act() -> str:
            await filing.goods_sent(viewer.actor, viewer.person_id, info.ref, wanted.carrier, wanted.number, now())
            return info.way

        try:
            return await forms.once(request, act, "returns.toast.sent")
        except Refused as refused:
            form.refuse(refused, "number")
            return await show_return(request, info, "service/returns/show.html", form=form)

    @get("/{ref:str}/photos/{photo:str}")
    async def photo(self, ref: FromPath[str], photo: FromPath[str]) -> Response[bytes]:
        _, info = await own_return(ref)
        return await photo_of(info, photo)

    async def _refused(self, request: AnyRequest, info: ReturnInfo, refused: Refused) -> Answer:
        form = forms.blank()
        form.refuse(Refused(refused.code, refused.params), "")
        _, current = await own_return(info.ref)
        return await show_return(request, current, "service/returns/show.html", form=form, status=refused.status)


def scope_of(info: ReturnInfo) -> str:
    """What the buyer agrees to, in words: what is asked, why, how much, who pays the postage, the owner's own words."""
    parts = [t("returns.scope", kind=t(f"returns.kind.{info.kind}"), reason=t(f"returns.reason.{info.reason}"))]
    if info.amount_fen:
        parts.append(t("returns.scope_amount", amount=yuan(info.amount_fen)))
    parts.append(t(f"returns.payer_for_buyer.{info.postage_by}"))
    parts.append(t("returns.scope_words", text=info.text))
    return "\n".join(parts)


async def show_return(
    request: AnyRequest, info: ReturnInfo, template: str, form: Form | None = None, status: int = 422
) -> Answer:
    """One return with its way, its evidence and its history."""
    async with reading():
        photos = await queries.photos(info.id)
        steps = await queries.steps(info.id)
        mandate = await mandates.mandate_for(info.subject)
    return await page(
        request,
        template,
        status=status if form is not None else 200,
        info=info,
        photos=photos,
        steps=steps,
        path=progress(info, {step.state: step.at for step in steps}),
        mandate=mandate,
        withdrawable=info.state in WITHDRAWABLE,
        answers=list(ShopSays),
        form=form,
        now=now(),
    )


def progress(info: ReturnInfo, reached: dict[State, datetime]) -> list[tuple[State, str, datetime | None]]:
    """The way of a return as steps: each with its look (`done`, `now`, `todo`, `bad`) and when it was reached."""
    way = path_of(info.course)
    if info.state is State.DRAFT:
        return [(state, "todo", None) for state in way]
    if info.ended_at is not None and info.state not in way:
        been = [(state, "done", reached[state]) for state in way if state in reached]
        return [*been, (info.state, "bad", reached.get(info.state))]
    here = way.index(info.state) if info.state in way else 0
    over = info.ended_at is not None
    return [
        (state, "done" if n < here or over else "now" if n == here else "todo", reached.get(state))
        for n, state in enumerate(way)
    ]


async def photo_of(info: ReturnInfo, ref: str) -> Response[bytes]:
    """A photo of this return. Raises NotFound where it has none of that ref."""
    async with reading():
        found = next((photo for photo in await queries.photos(info.id) if photo.ref == ref), None)
    if found is None:
        raise NotFound
    content = await files.read(found.sha256)
    return Response(content, media_type=found.media_type, headers=PICTURE)


ROUTES: list[Any] = [ReturnPages]
