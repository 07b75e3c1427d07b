"""What an admin does with stores: find one, open one by hand, see its story, change its manager, end it."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from urllib.parse import quote, urlencode

from litestar import Controller, Request, get, post
from litestar.params import FromPath
from markupsafe import Markup

from portal.core.base.clock import local, now, site_zone
from portal.core.base.database import reading
from portal.core.base.refusals import NotFound, Refused
from portal.core.people import queries as people
from portal.core.people.doorway import signed_in
from portal.core.people.policy import Capability
from portal.core.people.rules import Role
from portal.core.stores import actions, queries
from portal.core.stores.actions import StoreOpening
from portal.core.stores.forms import ClosureForm, KitReturnForm, ManagerForm, StoreForm
from portal.core.stores.queries import StoreInfo
from portal.core.stores.rules import State, day_begins, fen_of, within_day
from portal.core.web import forms
from portal.core.web.forms import Form
from portal.core.web.i18n import language, t
from portal.core.web.pages import Answer, page
from portal.core.web.paging import cut_of, next_link
from portal.core.web.shapes import clean
from portal.core.web.viewer import Viewer

AnyRequest = Request[Any, Any, Any]
Panel = Callable[[Viewer, int, datetime], Awaitable[str]]
LONGEST_SEARCH = 80
ROOT = "/admin/stores"

# What upper rooms show on a store's page (its right and decisions), as HTML; filled by wiring.
STORE_PANELS: list[Panel] = []


@dataclass(frozen=True, slots=True)
class Filter:
    """One of the filters above a list."""

    href: str
    text: str
    current: bool


def searched(request: AnyRequest) -> str:
    """What was typed into the search field, as it is looked for."""
    return clean(request.query_params.get("q", ""))[:LONGEST_SEARCH]


def store_path(external_id: str) -> str:
    return f"{ROOT}/{quote(external_id, safe='')}"


class StorePages(Controller):
    """All stores, for admins."""

    path = ROOT
    opt = {"needs": Capability.MANAGE_STORES}  # noqa: RUF012 - Litestar's own form

    @get()
    async def index(self, request: AnyRequest) -> Answer:
        search, wanted = searched(request), _state(request)
        async with reading(long=bool(search)):
            stores = await queries.stores(cut_of(request), search or None, wanted)
            return await page(
                request,
                "core/stores/index.html",
                stores=stores.items,
                search=search,
                state=wanted,
                filters=_filters(search, wanted),
                more=next_link(request, stores),
                first="after" not in request.query_params,
            )

    @get("/new")
    async def new(self, request: AnyRequest) -> Answer:
        begun = forms.blank({"opened_on": local(now()).date(), "owner_language": language()})
        return await _new_page(request, begun)

    @post("/new")
    async def create(self, request: AnyRequest) -> Answer:
        at, form = now(), await forms.read(request)
        data = form.into(StoreForm)
        if data is None or _to_come(form, "opened_on", data.opened_on, at):
            return await _new_page(request, form, status=422)

        async def act() -> str:
            return await _open(data, at)

        try:
            return await forms.once(request, act, "stores.toast.opened")
        except Refused as refused:
            form.refuse(_beside_its_field(refused), "external_id")
            return await _new_page(request, form, status=422)

    @get("/{external_id:str}")
    async def show(self, request: AnyRequest, external_id: FromPath[str]) -> Answer:
        return await _show_page(request, external_id)

    @post("/{external_id:str}/stewardship")
    async def appoint(self, request: AnyRequest, external_id: FromPath[str]) -> Answer:
        form, store = await forms.read(request), await _store(external_id)
        data = form.into(ManagerForm)
        if data is None:
            return await _show_page(request, external_id, manager_form=form)

        async def act() -> None:
            await actions.appoint_manager(signed_in().actor, store.id, data.manager, now())

        filled = Filled(form, "manager_form", "manager")
        return await _changed(request, external_id, act, "stores.toast.appointed", filled)

    @post("/{external_id:str}/kit-return")
    async def return_kit(self, request: AnyRequest, external_id: FromPath[str]) -> Answer:
        at, form, store = now(), await forms.read(request), await _store(external_id)
        data = form.into(KitReturnForm)
        if data is None or _to_come(form, "returned_on", data.returned_on, at):
            return await _show_page(request, external_id, kit_form=form)

        async def act() -> None:
            on = within_day(data.returned_on, at, site_zone())
            await actions.return_kit(signed_in().actor, store.id, at, returned_at=on)

        filled = Filled(form, "kit_form", "returned_on")
        return await _changed(request, external_id, act, "stores.toast.kit_returned", filled)

    @post("/{external_id:str}/closure")
    async def close(self, request: AnyRequest, external_id: FromPath[str]) -> Answer:
        at, form, store = now(), await forms.read(request), await _store(external_id)
        data = form.into(ClosureForm)
        if data is None or _to_come(form, "closed_on", data.closed_on, at):
            return await _show_page(request, external_id, closure_form=form)

        async def act() -> None:
            on = within_day(data.closed_on, at, site_zone())
            await actions.close_store(signed_in().actor, store.id, at, closed_at=on)

        filled = Filled(form, "closure_form", "closed_on")
        return await _changed(request, external_id, act, "stores.toast.closed", filled)


@dataclass(frozen=True, slots=True)
class Filled:
    """A form of the store's page as it was sent: its name there, and the field beside which a refusal stands."""

    form: Form
    name: str
    field: str


def _to_come(form: Form, field: str, day: date, at: datetime) -> bool:
    """Whether the day is still to come; says so beside its field."""
    if day <= local(at).date():
        return False
    form.add(field, "stores.fault.future")
    return True


async def _changed(
    request: AnyRequest, external_id: str, act: Callable[[], Awaitable[None]], toast: str, filled: Filled
) -> Answer:
    """Act once and come back to the store, or show it again with the refusal beside its field."""

    async def acted() -> str:
        await act()
        return store_path(external_id)

    try:
        return await forms.once(request, acted, toast)
    except Refused as refused:
        filled.form.refuse(refused, filled.field)
        return await _show_page(request, external_id, **{filled.name: filled.form})


async def _store(external_id: str) -> StoreInfo:
    async with reading():
        store = await queries.store_by_external_id(external_id)
    if store is None:
        raise NotFound
    return store


async def _new_page(request: AnyRequest, form: Form, status: int = 200) -> Answer:
    async with reading():
        managers = await people.people_with_role(Role.MANAGER)
    return await page(
        request,
        "core/stores/new.html",
        form=form,
        managers=[(manager.id, manager.name) for manager in managers],
        today=local(now()).date().isoformat(),
        status=status,
    )


async def _open(data: StoreForm, at: datetime) -> str:
    """Open the store that the form tells of; one that is there already is not touched."""
    if await queries.store_by_external_id(data.external_id) is not None:
        raise Refused("store_taken", field="external_id")
    opening = StoreOpening(
        external_id=data.external_id,
        name=data.name,
        region=data.region,
        opened_at=at if data.opened_on == local(at).date() else day_begins(data.opened_on, site_zone()),
        kit_sku=data.kit_sku,
        kit_paid_fen=fen_of(data.kit_paid) or 0,
        owner_external_id=data.owner_external_id,
        owner_name=data.owner_name,
        owner_phone=data.owner_phone,
        owner_email=data.owner_email,
        owner_language=data.owner_language,
        referred_by=data.referred_by,
    )
    made = await actions.put_store(signed_in().actor, opening, at)
    if data.manager is not None:
        await actions.appoint_manager(signed_in().actor, made.store_id, data.manager, at)
    return store_path(data.external_id)


def _beside_its_field(refused: Refused) -> Refused:
    """`owner.email`, as the shop would read it, is the form's `owner_email`."""
    field = refused.field.replace(".", "_") if refused.field else None
    return Refused(refused.code, refused.params, refused.way, field, refused.status)


async def _show_page(request: AnyRequest, external_id: str, **typed: Form) -> Answer:
    at = now()
    async with reading():
        store = await queries.store_by_external_id(external_id)
        if store is None:
            raise NotFound
        tenures = await queries.tenures(store.id)
        managers = await people.people_with_role(Role.MANAGER)
    panels = [Markup(await panel(signed_in(), store.id, at)) for panel in STORE_PANELS]  # noqa: S704 - rooms' own HTML
    return await page(
        request,
        "core/stores/show.html",
        store=store,
        tenures=tenures,
        managers=[(manager.id, manager.name) for manager in managers if manager.id != store.owner_id],
        panels=panels,
        today=local(at).date().isoformat(),
        status=422 if typed else 200,
        manager_form=typed.get("manager_form"),
        kit_form=typed.get("kit_form"),
        closure_form=typed.get("closure_form"),
    )


def _state(request: AnyRequest) -> State | None:
    given = request.query_params.get("state", "")
    return State(given) if given in set(State) else None


def _filters(search: str, current: State | None) -> list[Filter]:
    def href(one: State | None) -> str:
        return f"{ROOT}?{urlencode({'q': search, 'state': one or ''})}"

    return [Filter(href(one), t(f"stores.filter.{one or 'all'}"), one == current) for one in (None, *State)]


ROUTES: list[Any] = [StorePages]
