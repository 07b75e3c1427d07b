"""`/promise`: what is promised and how it was kept, before everybody; and where admins set it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from litestar import Controller, Request, get, post

from portal.core.base import site_settings
from portal.core.base.clock import local, now
from portal.core.base.database import LASTING, reading
from portal.core.base.refusals import Refused
from portal.core.people.doorway import signed_in
from portal.core.people.policy import Capability
from portal.core.web import forms
from portal.core.web.forms import Form
from portal.core.web.pages import Answer, page
from portal.core.web.state import state
from portal.service.complaints import promise, promising
from portal.service.complaints.clocks import LEGAL_DAYS, Name
from portal.service.complaints.forms import PromiseForm, WindowForm
from portal.service.complaints.promise import Record
from portal.service.complaints.promising import Terms
from portal.service.complaints.rules import FAMILIAR_FOR_DAYS, FAMILIAR_SETTING

AnyRequest = Request[Any, Any, Any]
MONTHS = 12
FRESH_FOR = 60  # seconds in which everybody is shown the same figures
HERE = "/admin/promise"


@dataclass(frozen=True, slots=True)
class Month:
    """How a promise was kept in a month: `kept` of `n`; where `n` is 0 nothing was due."""

    month: str
    kept: int
    n: int

    @property
    def share(self) -> int:
        """In basis points, rounded down: 99.99 is never shown as all."""
        return 10_000 * self.kept // self.n if self.n else 0


@dataclass(frozen=True, slots=True)
class Kept:
    """A promise's true record, the latest month first."""

    name: Name
    months: tuple[Month, ...]

    @property
    def all(self) -> Month:
        return Month("", sum(month.kept for month in self.months), sum(month.n for month in self.months))


def last_months(at: datetime, count: int = MONTHS) -> list[str]:
    """This month of the site's zone and those before it, the latest first."""
    year, month = local(at).year, local(at).month
    return [f"{(12 * year + month - 1 - n) // 12:04d}-{(12 * year + month - 1 - n) % 12 + 1:02d}" for n in range(count)]


def kept_by(records: Sequence[Record], months: Sequence[str]) -> tuple[Kept, ...]:
    """Each clock's months, none left out."""
    found = {(each.name, each.month): each for each in records}

    def one(name: Name, month: str) -> Month:
        there = found.get((name, month))
        return Month(month, there.kept, there.n) if there else Month(month, 0, 0)

    return tuple(Kept(name, tuple(one(name, month) for month in months)) for name in Name)


def since_first(record: Sequence[Kept]) -> tuple[Kept, ...]:
    """Without the months before the first complaint was due: an empty year says nothing."""
    last = max((n for one in record for n, month in enumerate(one.months, 1) if month.n), default=0)
    return tuple(Kept(one.name, one.months[:last]) for one in record)


async def _record(at: datetime) -> tuple[Kept, ...]:
    """The record, counted once a minute however many look. Inside a door."""
    key = ("complaints.promise", int(at.timestamp()) // FRESH_FOR, 0)
    known: tuple[Kept, ...] | None = LASTING.find(key)
    if known is None:
        months = last_months(at)
        known = since_first(kept_by(await promise.record(months, at), months))
        LASTING.keep(key, known)
    return known


class PromisePages(Controller):
    """Open to everybody."""

    path = "/promise"
    opt = {"open": True}  # noqa: RUF012 - Litestar's own form

    @get()
    async def show(self, request: AnyRequest) -> Answer:
        at = now()
        async with reading():
            policy = await promise.current_policy() or promise.FIRST
            record = await _record(at)
        return await page(
            request,
            "service/complaints/promise.html",
            layout="layout/phone.html" if state().viewer else "layout/bare.html",
            policy=policy,
            record=record,
            any=any(each.all.n for each in record),
            now=at,
        )


class PromiseAdmin(Controller):
    """Setting the promise and the window of the familiar agent."""

    path = HERE
    opt = {"needs": Capability.SET_DESK}  # noqa: RUF012 - Litestar's own form

    @get()
    async def show(self, request: AnyRequest) -> Answer:
        return await _admin(request, None)

    @post()
    async def change(self, request: AnyRequest) -> Answer:
        form, viewer = await forms.read(request), signed_in()
        data = form.into(PromiseForm)
        if data is None:
            return await _admin(request, form)
        terms = Terms(data.proposal_hours, data.compensation_hours, data.legal_days, data.reason)
        known = form.value("known")

        async def act() -> str:
            seen = int(known) if known.isascii() and known.isdigit() and len(known) < 18 else 0
            await promising.set_promise(viewer.actor, viewer.person_id, terms, seen, now())
            return HERE

        return await _done(request, form, act, "proposal_hours", "promise")

    @post("/window")
    async def window(self, request: AnyRequest) -> Answer:
        form, viewer = await forms.read(request), signed_in()
        data = form.into(WindowForm)
        if data is None:
            return await _admin(request, form, about="window")
        days = data.days

        async def act() -> str:
            await promising.set_window(viewer.actor, days, now())
            return HERE

        return await _done(request, form, act, "days", "window")


async def _done(request: AnyRequest, form: Form, act: Any, field: str, about: str) -> Answer:
    try:
        return await forms.once(request, act, "complaints.toast.set")
    except Refused as refused:
        form.refuse(refused, field)
        return await _admin(request, form, about=about, status=refused.status)


async def _admin(request: AnyRequest, form: Form | None, *, about: str = "promise", status: int = 422) -> Answer:
    async with reading():
        policy = await promise.current_policy() or promise.FIRST
        history = await promise.history()
        days = int(await site_settings.value(FAMILIAR_SETTING, str(FAMILIAR_FOR_DAYS)))
    return await page(
        request,
        "service/complaints/admin_promise.html",
        status=status if form is not None else 200,
        policy=policy,
        history=history,
        days=days,
        most_days=LEGAL_DAYS,
        form=form if about == "promise" else None,
        window_form=form if about == "window" else None,
    )


ROUTES: list[Any] = [PromisePages, PromiseAdmin]
