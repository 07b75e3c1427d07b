"""`/desk/roster`: who is there, who works when, and saying that one takes work. Leads set it, agents see it."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Any

from litestar import Controller, Request, get, post

from portal.core.base.clock import day_start, local, now
from portal.core.base.database import reading
from portal.core.base.refusals import Refused
from portal.core.people.doorway import signed_in
from portal.core.people.policy import Capability
from portal.core.web import forms
from portal.core.web.forms import Form
from portal.core.web.pages import Answer, page
from portal.core.web.paging import cut_of, next_link
from portal.core.web.viewer import Viewer
from portal.service.roster import actions, agent_pages, planned, presence, queries, shift_pages
from portal.service.roster.forms import GraceForm, PresenceForm, WeekForm
from portal.service.roster.queries import AgentState
from portal.service.roster.rules import WEEK, Pause, Span, monday_of
from portal.service.roster.shift_pages import HOME, may_set

AnyRequest = Request[Any, Any, Any]
VIEWS = ("day", "week", "month")
WEEK_ROWS = 50


def _asked_day(request: AnyRequest, at: datetime) -> date:
    """The day that the query asks for; nonsense, and what lies years off, is today."""
    today = local(at).date()
    try:
        day = date.fromisoformat(request.query_params.get("on", ""))
    except ValueError:
        return today
    return day if abs(day - today) < timedelta(days=3 * 365) else today


def _asked_view(request: AnyRequest, viewer: Viewer) -> str:
    asked = request.query_params.get("view", "")
    return asked if asked in VIEWS else "week" if may_set(viewer) else "day"


def _steps(view: str, on: date) -> tuple[date, date]:
    """The day before and after in this view."""
    if view == "month":
        first = on.replace(day=1)
        return (first - timedelta(days=1)).replace(day=1), (first + timedelta(days=32)).replace(day=1)
    step = WEEK if view == "week" else timedelta(days=1)
    return on - step, on + step


def _month(on: date) -> list[list[date]]:
    """The weeks, from Mondays, that a month's days lie in."""
    first = on.replace(day=1)
    last = (first + timedelta(days=32)).replace(day=1) - timedelta(days=1)
    begins = monday_of(first)
    weeks = (monday_of(last) - begins).days // 7 + 1
    return [[begins + timedelta(days=7 * week + n) for n in range(7)] for week in range(weeks)]


def _copied(request: AnyRequest) -> tuple[int, int] | None:
    """What a copy came to, as its address says: entered, left out."""
    said = [request.query_params.get(name, "") for name in ("made", "left")]
    if not all(one.isascii() and one.isdigit() and len(one) < 6 for one in said):
        return None
    return int(said[0]), int(said[1])


async def _planned(request: AnyRequest, view: str, on: date) -> dict[str, Any]:
    if view == "week":
        monday = monday_of(on)
        found = await planned.week(monday, cut_of(request, WEEK_ROWS))
        days = [monday + timedelta(days=n) for n in range(7)]
        return {"rows": found.items, "days": days, "more": next_link(request, found), "copied": _copied(request)}
    if view == "month":
        weeks = _month(on)
        return {"weeks": weeks, "heads": await planned.heads([day for days in weeks for day in days])}
    span = Span(day_start(on), day_start(on + timedelta(days=1)))
    return {"shifts": await planned.shifts_within(span), "leave": await planned.absences_within(span)}


def _counts(desk: Sequence[AgentState]) -> dict[str, int]:
    return {
        "on_shift": sum(one.on_shift for one in desk),
        "present": sum(one.present for one in desk),
        "away": sum(one.away for one in desk),
        "barred": sum(not one.certified for one in desk),
    }


async def _show(request: AnyRequest, form: Form | None = None, status: int = 200, about: str = "") -> Answer:
    viewer, at = signed_in(), now()
    on, view = _asked_day(request, at), _asked_view(request, viewer)
    before, after = _steps(view, on)
    async with reading():
        desk = await queries.candidates(at)
        context = await _planned(request, view, on)
        rule = await queries.rule()
    return await page(
        request,
        "service/roster/index.html",
        status=status,
        view=view,
        on=on,
        today=local(at).date(),
        before=before,
        after=after,
        counts=_counts(desk),
        me=next((one for one in desk if one.person_id == viewer.person_id), None),
        states={one.person_id: one for one in desk},
        names={one.person_id: one.name for one in desk},
        rule=rule,
        published=local(rule.published).date() if rule.published else None,
        sets=may_set(viewer),
        pauses=list(Pause),
        form=form,
        about=about,
        now=at,
        **context,
    )


class RosterPages(Controller):
    """The roster by day, week and month; the desk's staff see it."""

    path = HOME
    opt = {"needs": Capability.SEE_COMPLAINTS}  # noqa: RUF012 - Litestar's own form

    @get()
    async def index(self, request: AnyRequest) -> Answer:
        return await _show(request)

    @post("/presence", opt={"needs": Capability.WORK_DESK})
    async def say(self, request: AnyRequest) -> Answer:
        form = await forms.read(request)
        data = form.into(PresenceForm)
        if data is None:
            return await _show(request, form, 422, "presence")
        said = data

        async def act() -> str:
            await _say(signed_in(), said, now())
            return HOME

        try:
            return await forms.once(request, act, f"roster.toast.{said.act}")
        except Refused as refused:
            form.refuse(refused, "")
            return await _show(request, form, refused.status, "presence")

    @post("/copies", opt={"needs": Capability.SET_ROSTER})
    async def copy(self, request: AnyRequest) -> Answer:
        viewer = signed_in()
        form = await forms.read(request)
        data = form.into(WeekForm)
        if data is None:
            return await _show(request, form, 422, "copy")
        monday = data.monday

        async def act() -> str:
            copied = await actions.copy_week(viewer.actor, monday, now())
            return f"{HOME}?view=week&on={monday}&made={copied.made}&left={copied.left_out}"

        return await forms.once(request, act, "roster.toast.copied")

    @post("/grace", opt={"needs": Capability.SET_DESK})
    async def grace(self, request: AnyRequest) -> Answer:
        form = await forms.read(request)
        data = form.into(GraceForm)
        if data is None:
            return await _show(request, form, 422, "grace")
        last = data.last

        async def act() -> str:
            await actions.publish_grace(signed_in().actor, last, now())
            return HOME

        return await forms.once(request, act, "roster.toast.grace")


async def _say(viewer: Viewer, said: PresenceForm, at: datetime) -> None:
    if said.act == "take":
        await presence.take_work(viewer, at)
    elif said.act == "pause" and said.reason is not None:
        await presence.pause(viewer, said.reason, at)
    else:
        await presence.done(viewer, at)


ROUTES: list[Any] = [RosterPages, *shift_pages.ROUTES, *agent_pages.ROUTES]
