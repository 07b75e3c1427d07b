"""One VIP before her owner, the month's call-backs, and what a call begins with."""

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any

from litestar import Controller, Request, get, post
from litestar.params import FromPath

from portal.core.base.clock import day_start, local, now, site_zone
from portal.core.base.database import reading
from portal.core.base.refusals import NotFound, Refused
from portal.core.people.policy import Capability
from portal.core.stores import queries as stores
from portal.core.stores.queries import StoreInfo, VipInfo
from portal.core.stores.vip_pages import VipCard, VipWay
from portal.core.web import forms
from portal.core.web.forms import Form
from portal.core.web.i18n import t, tn
from portal.core.web.pages import Answer, page
from portal.core.web.viewer import Viewer
from portal.service.care import actions, queries, rules
from portal.service.care.forms import MOST_TEXT, CallForm, NoteForm
from portal.service.care.rules import Level, Outcome, month_of, next_fault, script_of
from portal.service.sharing.pages import own_store
from portal.service.voices import queries as voices

AnyRequest = Request[Any, Any, Any]
NEEDS = {"needs": Capability.SERVE_VIPS}


async def own_vip(external_id: str) -> tuple[Viewer, StoreInfo, VipInfo]:
    """The viewer, her store and this VIP of hers. Raises NotFound."""
    viewer, store = await own_store()
    async with reading():
        vip = await stores.vip_by_external_id(external_id[:80])
    if vip is None or vip.store_id != store.id:
        raise NotFound
    return viewer, store, vip


class ProfilePages(Controller):
    """A VIP: her level and why, her orders, what was said and noted."""

    path = "/vips/{external_id:str}"
    opt = NEEDS

    @get()
    async def show(self, request: AnyRequest, external_id: FromPath[str]) -> Answer:
        _, _, vip = await own_vip(external_id)
        return await _profile(request, vip, None)

    @post("/notes")
    async def note(self, request: AnyRequest, external_id: FromPath[str]) -> Answer:
        viewer, _, vip = await own_vip(external_id)
        form = await forms.read(request)
        data = form.into(NoteForm)
        if data is None:
            return await _profile(request, vip, form)
        text = data.text

        async def act() -> str:
            await actions.keep_note(viewer.actor, viewer.person_id, vip, text, now())
            return f"/vips/{vip.external_id}"

        return await forms.once(request, act, "care.toast.noted")


async def _profile(request: AnyRequest, vip: VipInfo, form: Form | None) -> Answer:
    async with reading():
        level = await queries.level(vip.id)
        return await page(
            request,
            "service/care/vip.html",
            status=422 if form is not None else 200,
            vip=vip,
            level=level,
            code=level.level if level else Level.NEW,
            orders=await queries.last_orders(vip.id),
            calls=await queries.calls(vip.id),
            notes=await queries.notes(vip.id),
            rules=rules,
            most=MOST_TEXT,
            form=form,
        )


class CallPages(Controller):
    """Calling key VIPs back, month by month."""

    path = "/callbacks"
    opt = NEEDS

    @get()
    async def index(self, request: AnyRequest) -> Answer:
        _, store = await own_store()
        at = now()
        begins, ends = month_of(at, site_zone())
        async with reading():
            return await page(
                request,
                "service/care/calls.html",
                month=await queries.month(store.id, begins, ends, at),
                due=await queries.due_calls(store.id, begins, ends, at),
                rules=rules,
                now=at,
            )

    @get("/{external_id:str}")
    async def show(self, request: AnyRequest, external_id: FromPath[str]) -> Answer:
        _, _, vip = await own_vip(external_id)
        return await _call_page(request, vip, None)

    @post("/{external_id:str}")
    async def keep(self, request: AnyRequest, external_id: FromPath[str]) -> Answer:
        viewer, _, vip = await own_vip(external_id)
        form, at = await forms.read(request), now()
        data = form.into(CallForm)
        if data is not None and data.next_on is not None:
            fault = next_fault(data.next_on, local(at).date())
            if fault is not None:
                form.add("next_on", fault)
        if data is None or form.faults:
            return await _call_page(request, vip, form)
        wanted = data
        chosen = day_start(wanted.next_on) if wanted.next_on else None

        async def act() -> str:
            await actions.record_call(
                viewer.actor, viewer.person_id, vip, wanted.outcome, wanted.note or None, chosen, at
            )
            return "/callbacks"

        try:
            return await forms.once(request, act, "care.toast.called")
        except Refused as refused:
            form.refuse(refused, "outcome")
            return await _call_page(request, vip, form)


async def _call_page(request: AnyRequest, vip: VipInfo, form: Form | None) -> Answer:
    at = now()
    async with reading():
        level = await queries.level(vip.id)
        orders = await queries.last_orders(vip.id, 1)
        last = orders[0] if orders else None
        script = script_of(last.status if last else None, last.placed_at if last else None, at)
        return await page(
            request,
            "service/care/call.html",
            status=422 if form is not None else 200,
            vip=vip,
            level=level,
            code=level.level if level else Level.NEW,
            last=last,
            script=script,
            calls=await queries.calls(vip.id, 3),
            outcomes=list(Outcome),
            rules=rules,
            most=MOST_TEXT,
            form=form,
        )


# ---- on the list of VIPs, through its slot ----


async def vip_cards(vips: Collection[VipInfo]) -> Mapping[int, VipCard]:
    """What the list of VIPs says of each: her level, and how many orders. Call inside a door."""
    known = await queries.levels([vip.id for vip in vips])
    return {vip.id: _card(vip, known.get(vip.id)) for vip in vips}


def _card(vip: VipInfo, level: queries.LevelInfo | None) -> VipCard:
    code = level.level if level else Level.NEW
    return VipCard(
        level=t(f"care.level.{code}"),
        key=code is Level.KEY,
        line=tn("care.orders", level.orders if level else 0),
        way=f"/vips/{vip.external_id}",
    )


async def vip_ways(viewer: Viewer, store: StoreInfo, at: datetime) -> list[VipWay]:
    """Ways on above the list of VIPs: questions that wait, and the month's calls. Call inside a door."""
    ways = []
    waiting = await voices.waiting_count(store.id)
    if waiting:
        ways.append(VipWay("/threads", t("voices.threads.title"), tn("voices.threads.waiting", waiting), "chat"))
    begins, ends = month_of(at, site_zone())
    month = await queries.month(store.id, begins, ends, at)
    if month.total:
        text = t("care.calls.progress", done=month.done, total=month.total)
        ways.append(VipWay("/callbacks", t("care.calls.title"), text, "phone"))
    return ways


ROUTES: list[Any] = [ProfilePages, CallPages]
