"""The registers of lost, damaged and wrong parcels: a list, the months' totals, an entry by hand, and its settling."""

from datetime import datetime
from typing import Any

from litestar import Controller, Request, get, post
from litestar.params import FromPath
from litestar.response import Response

from portal.core.base.clock import local, now
from portal.core.base.database import reading
from portal.core.base.refusals import NotFound, Refused
from portal.core.people.doorway import signed_in
from portal.core.people.policy import Capability
from portal.core.stores import queries as stores
from portal.core.web import forms
from portal.core.web.forms import Form
from portal.core.web.i18n import t
from portal.core.web.pages import Answer, page
from portal.core.web.paging import Cut, cut_of, next_link
from portal.core.web.sheets import Cell, Rows, download, money
from portal.core.web.state import state
from portal.service.orders import queries as orders
from portal.service.orders.pages import own_order
from portal.service.orders.queries import OrderInfo
from portal.service.returns import registers
from portal.service.returns.forms import EntryForm, SettleForm
from portal.service.returns.pages import base
from portal.service.returns.registers import EntryInfo, Wanted, What

AnyRequest = Request[Any, Any, Any]
MOST_ROWS = 20_000
OWN, ALL = "/registers", "/admin/registers"
_COLUMNS = (
    "month",
    "at",
    "order",
    "store",
    "what",
    "carrier",
    "tracking",
    "sent",
    "wanted",
    "text",
    "amount",
    "settled",
    "settled_at",
)


def _wanted(request: AnyRequest, store_id: int | None) -> Wanted:
    what, month = request.query_params.get("what"), request.query_params.get("month", "")
    plain = month if len(month) == 7 and month[:4].isdigit() and month[5:].isdigit() and month[4] == "-" else None
    unsettled = request.query_params.get("unsettled") == "yes"
    return Wanted(store_id, What(what) if what in set(What) else None, plain, unsettled)


def _first_month(at: datetime) -> str:
    """Eleven months before this one: a year with this one."""
    today = local(at)
    year, month = (today.year - 1, today.month + 1) if today.month < 12 else (today.year, 1)
    return f"{year}-{month:02d}"


async def _list(request: AnyRequest, template: str, wanted: Wanted, home: str) -> Answer:
    async with reading():
        found = await registers.entries(wanted, cut_of(request))
        months = await registers.months(wanted.store_id, _first_month(now()))
    return await page(
        request,
        template,
        entries=found,
        months=months,
        most=max([month.amount_fen for month in months], default=0) or 1,
        wanted=wanted,
        kinds=list(What),
        home=home,
        query=state().query,
        more=next_link(request, found),
    )


async def _entry(ref: str, store_id: int | None) -> EntryInfo:
    """The entry, of this store or of any. Raises NotFound."""
    async with reading():
        found = await registers.entry(ref)
    if found is None or store_id not in (None, found.store_id):
        raise NotFound
    return found


async def _show(request: AnyRequest, entry: EntryInfo, home: str, form: Form | None = None) -> Answer:
    return await page(
        request,
        "service/returns/entry.html",
        status=422 if form is not None else 200,
        entry=entry,
        home=home,
        wide=home.startswith("/admin"),
        may_settle=entry.settled_at is None and (home == OWN or signed_in().may(Capability.MANAGE_STORES)),
        form=form,
    )


async def _export(wanted: Wanted, ending: str) -> Response[bytes]:
    rows: Rows = [[t(f"returns.register.column.{name}") for name in _COLUMNS]]
    after: int | None = 0
    while after is not None and len(rows) <= MOST_ROWS:
        async with reading():
            part = await registers.entries(wanted, Cut(after, 500))
        rows.extend(_row(entry) for entry in part.items)
        after = part.next_after
    if after is not None:
        rows.append([t("returns.register.cut")])
    return await download(f"registers.{ending}", t("returns.register.title"), rows)


def _row(entry: EntryInfo) -> list[Cell]:
    return [
        entry.month,
        local(entry.at).strftime("%Y-%m-%d %H:%M"),
        entry.order_number,
        entry.store_name,
        t(f"returns.register.what.{entry.what}"),
        entry.carrier_name,
        entry.tracking_number,
        entry.sent,
        entry.wanted,
        entry.text,
        money(entry.amount_fen),
        money(entry.settled_fen) if entry.settled_fen is not None else None,
        local(entry.settled_at).strftime("%Y-%m-%d") if entry.settled_at is not None else None,
    ]


async def _settle(request: AnyRequest, entry: EntryInfo, home: str) -> Answer:
    form = await forms.read(request)
    data = form.into(SettleForm)
    if data is None:
        return await _show(request, entry, home, form)
    amount = data.fen()

    async def act() -> str:
        await registers.settle(signed_in().actor, signed_in().person_id, entry.ref, amount, now())
        return f"{home}/{entry.ref}"

    try:
        return await forms.once(request, act, "returns.toast.settled")
    except Refused as refused:
        form.refuse(refused, "yuan")
        return await _show(request, entry, home, form)


class RegisterPages(Controller):
    """An owner's own registers."""

    opt = {"needs": Capability.SERVE_VIPS}  # noqa: RUF012 - Litestar's own form

    @get("/registers")
    async def index(self, request: AnyRequest) -> Answer:
        return await _list(
            request, "service/returns/registers.html", _wanted(request, await _own_store()), "/registers"
        )

    @get("/registers.csv")
    async def csv(self, request: AnyRequest) -> Response[bytes]:
        return await _export(_wanted(request, await _own_store()), "csv")

    @get("/registers.xlsx")
    async def xlsx(self, request: AnyRequest) -> Response[bytes]:
        return await _export(_wanted(request, await _own_store()), "xlsx")

    @get("/registers/{ref:str}")
    async def show(self, request: AnyRequest, ref: FromPath[str]) -> Answer:
        return await _show(request, await _entry(ref, await _own_store()), OWN)

    @post("/registers/{ref:str}/settlement")
    async def settle(self, request: AnyRequest, ref: FromPath[str]) -> Answer:
        return await _settle(request, await _entry(ref, await _own_store()), OWN)

    @get("/orders/{number:str}/claims/new")
    async def new(self, request: AnyRequest, number: FromPath[str]) -> Answer:
        _, order = await own_order(number)
        return await _entry_page(request, order, None)

    @post("/orders/{number:str}/claims")
    async def create(self, request: AnyRequest, number: FromPath[str]) -> Answer:
        viewer, order = await own_order(number)
        form = await forms.read(request)
        data = form.into(EntryForm)
        if data is None:
            return await _entry_page(request, order, form)
        wanted = data

        async def act() -> str:
            actor, entry = viewer.actor, wanted.entry()
            await registers.make(actor, viewer.person_id, order.id, order.store_id, entry, now())
            return OWN

        return await forms.once(request, act, "returns.toast.entered")


async def _own_store() -> int:
    async with reading():
        store = await stores.store_of_owner(signed_in().person_id)
    if store is None:
        raise NotFound
    return store.id


async def _entry_page(request: AnyRequest, order: OrderInfo, form: Form | None) -> Answer:
    async with reading():
        parcels = await orders.parcels(order.id)
    return await page(
        request,
        "service/returns/claim.html",
        status=422 if form is not None else 200,
        order=order,
        parcels=parcels,
        kinds=list(What) if parcels else [What.WRONG],
        base=base(order),
        form=form,
    )


class RegisterDesk(Controller):
    """All registers."""

    opt = {"needs": Capability.SEE_ALL}  # noqa: RUF012 - Litestar's own form

    @get("/admin/registers")
    async def index(self, request: AnyRequest) -> Answer:
        return await _list(request, "service/returns/admin_registers.html", _wanted(request, None), ALL)

    @get("/admin/registers.csv")
    async def csv(self, request: AnyRequest) -> Response[bytes]:
        return await _export(_wanted(request, None), "csv")

    @get("/admin/registers.xlsx")
    async def xlsx(self, request: AnyRequest) -> Response[bytes]:
        return await _export(_wanted(request, None), "xlsx")

    @get("/admin/registers/{ref:str}")
    async def show(self, request: AnyRequest, ref: FromPath[str]) -> Answer:
        return await _show(request, await _entry(ref, None), ALL)

    @post("/admin/registers/{ref:str}/settlement", opt={"needs": Capability.MANAGE_STORES})
    async def settle(self, request: AnyRequest, ref: FromPath[str]) -> Answer:
        return await _settle(request, await _entry(ref, None), ALL)


ROUTES: list[Any] = [RegisterPages, RegisterDesk]
