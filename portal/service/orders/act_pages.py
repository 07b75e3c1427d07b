"""What an owner does with an order herself: mark it, find its parcel, look again later, remind the buyer to pay."""

from datetime import datetime, timedelta
from typing import Any
from urllib.parse import quote

from litestar import Controller, Request, get, post
from litestar.params import FromPath

from portal.core.base.clock import day_start, local, now
from portal.core.base.database import reading
from portal.core.base.refusals import Refused
from portal.core.people.policy import Capability
from portal.core.web import forms
from portal.core.web.forms import Form
from portal.core.web.pages import Answer, page
from portal.service.orders import flags, follow_ups, marks, reminders
from portal.service.orders.forms import MOST_NOTE, FlagForm, FollowUpForm
from portal.service.orders.pages import own_order, seen
from portal.service.orders.queries import OrderInfo
from portal.service.orders.rules import Colour

AnyRequest = Request[Any, Any, Any]
MORNING = timedelta(hours=9)


def at_order(order: OrderInfo, rest: str = "") -> str:
    """The address of an order's page."""
    return f"/orders/{quote(order.number)}{rest}"


class FlagPages(Controller):
    """The remark flag of an order: five colours, each with its meaning."""

    path = "/orders/{number:str}/flag"
    opt = {"needs": Capability.SERVE_VIPS}  # noqa: RUF012 - Litestar's own form

    @get()
    async def edit(self, request: AnyRequest, number: FromPath[str]) -> Answer:
        return await self._page(request, (await own_order(number))[1])

    @post()
    async def mark(self, request: AnyRequest, number: FromPath[str]) -> Answer:
        viewer, order = await own_order(number)
        form = await forms.read(request)
        data = form.into(FlagForm)
        if data is None:
            return await self._page(request, order, form)
        wanted = data

        async def act() -> str:
            if wanted.colour == "none":
                await flags.clear_flag(viewer.actor, order.id, now())
            else:
                colour, note = Colour(wanted.colour), wanted.note or None
                await flags.set_flag(viewer.actor, viewer.person_id, order.id, colour, note, now())
            return at_order(order)

        try:
            return await forms.once(request, act, "orders.toast.flagged")
        except Refused as refused:
            form.refuse(refused, "colour")
            return await self._page(request, order, form)

    async def _page(self, request: AnyRequest, order: OrderInfo, form: Form | None = None) -> Answer:
        async with reading():
            history = await marks.flags(order.id)
        return await page(
            request,
            "service/orders/flag.html",
            status=422 if form is not None else 200,
            order=order,
            form=form,
            history=history,
            current=next((one for one in history if one.ended_at is None), None),
            colours=list(Colour),
            most_note=MOST_NOTE,
        )


class GuidePages(Controller):
    """Where is my parcel: the finding, how it came about, what to do, what to say, and when to look again."""

    path = "/orders/{number:str}"
    opt = {"needs": Capability.SERVE_VIPS}  # noqa: RUF012 - Litestar's own form

    @get("/guide")
    async def guide(self, request: AnyRequest, number: FromPath[str]) -> Answer:
        return await self._page(request, (await own_order(number))[1])

    @post("/follow-ups")
    async def follow_up(self, request: AnyRequest, number: FromPath[str]) -> Answer:
        viewer, order = await own_order(number)
        form, at = await forms.read(request), now()
        data = form.into(FollowUpForm)
        if data is None:
            return await self._page(request, order, form)
        async with reading():
            due_at = _due(data, (await seen(order, at))["step"].due_at, at)

        async def act() -> str:
            await follow_ups.follow_up(viewer.actor, viewer.person_id, order.id, due_at, at)
            return at_order(order)

        try:
            return await forms.once(request, act, "orders.toast.follow_up")
        except Refused as refused:
            form.refuse(refused, "when")
            return await self._page(request, order, form)

    @post("/follow-ups/end")
    async def end(self, request: AnyRequest, number: FromPath[str]) -> Answer:
        viewer, order = await own_order(number)

        async def act() -> str:
            await follow_ups.end_follow_up(viewer.actor, order.id, now())
            return at_order(order)

        return await forms.once(request, act, "orders.toast.follow_up_ended")

    async def _page(self, request: AnyRequest, order: OrderInfo, form: Form | None = None) -> Answer:
        at = now()
        async with reading():
            context = await seen(order, at)
            context["follow_up"] = (await marks.marks_of(order.id)).follow_up
        status = 422 if form is not None else 200
        return await page(request, "service/orders/guide.html", status=status, form=form, **context)


def _due(data: FollowUpForm, step_due: datetime | None, at: datetime) -> datetime:
    """When she comes back: at nine in the morning of her day, or when the present wait is over."""
    if data.days is None and step_due is not None and step_due > at:
        return step_due
    return day_start(local(at).date() + timedelta(days=data.days or 1)) + MORNING


class ReminderPages(Controller):
    """An order that waits for its payment: telling the buyer, once a day at most."""

    path = "/orders/{number:str}/reminder"
    opt = {"needs": Capability.SERVE_VIPS}  # noqa: RUF012 - Litestar's own form

    @get()
    async def ask(self, request: AnyRequest, number: FromPath[str]) -> Answer:
        return await self._page(request, (await own_order(number))[1])

    @post()
    async def remind(self, request: AnyRequest, number: FromPath[str]) -> Answer:
        viewer, order = await own_order(number)

        async def act() -> str:
            await reminders.remind(viewer.actor, viewer.person_id, order, now())
            return at_order(order)

        try:
            return await forms.once(request, act, "orders.toast.reminded")
        except Refused as refused:
            form = forms.blank()
            form.refuse(refused, "")
            return await self._page(request, order, form)

    async def _page(self, request: AnyRequest, order: OrderInfo, form: Form | None = None) -> Answer:
        async with reading():
            again_at = await reminders.again_at(order.id)
        return await page(
            request,
            "service/orders/reminder.html",
            status=409 if form is not None else 200,
            order=order,
            form=form,
            now=now(),
            again_at=again_at,
        )


ROUTES: list[Any] = [FlagPages, GuidePages, ReminderPages]
