"""One complaint on one screen, as the desk sees it: what was told, what was promised, who did what, what comes next."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from litestar import Request
from litestar.response import Response
from markupsafe import Markup

from portal.core.base.clock import now
from portal.core.base.database import reading, writing
from portal.core.base.refusals import Forbidden, NotFound
from portal.core.notices.texts import shown
from portal.core.people.doorway import signed_in
from portal.core.web.forms import Form
from portal.core.web.i18n import has_text, t
from portal.core.web.pages import HTML, Answer, page
from portal.core.web.templates import render
from portal.core.web.viewer import Viewer
from portal.service.complaints import charge, desk_queries, faces, history, queries, queues, slots, talk
from portal.service.complaints.clocks import FIRST_REPLY, LADDER, Clock
from portal.service.complaints.desk_acts import hand_of
from portal.service.complaints.desk_queries import Around, Charge
from portal.service.complaints.desk_rules import Hand, first_words, steps_done
from portal.service.complaints.ending import COMPENSATED, SETTLED
from portal.service.complaints.history import EventInfo
from portal.service.complaints.queries import ComplaintInfo
from portal.service.complaints.rules import (
    LONGEST_TEXT,
    OPEN_STATES,
    Audience,
    Event,
    Function,
    Speaker,
    State,
    Urgency,
    may_move,
)
from portal.service.complaints.talk import TurnInfo
from portal.service.roster import queries as roster

AnyRequest = Request[Any, Any, Any]
LIVE = "service/complaints/_desk_live.html"
ALL = tuple(Audience)
PRIVATE = {"Cache-Control": "no-store", "Vary": "HX-Request, HX-Target, Cookie"}


async def found(viewer: Viewer, ref: str, at: datetime) -> tuple[ComplaintInfo, Around]:
    """The complaint and its buyer. Raises NotFound, and Forbidden for one who is too near to it. Inside a door."""
    info = await queries.by_ref(ref[:40])
    if info is None:
        raise NotFound
    near = await desk_queries.around(info, at)
    if viewer.person_id in near.related:
        raise Forbidden("complaint_related_you")
    return info, near


def event_text(event: EventInfo) -> str:
    """What happened, as a sentence; rooms above bring the words of their own kinds."""
    if event.kind == Event.STEP:
        clock = t(f"complaints.clock.{event.facts['clock']}")
        return t("complaints.desk.step_of", clock=clock, percent=event.facts["percent"])
    key = f"complaints.event.{event.kind}"
    return t(key, **{"_": "", **shown(event.facts)}) if has_text(key) else t("complaints.told.other")


def steps_of(clock: Clock) -> list[tuple[int, datetime]]:
    """When the ladder of a clock moves: the arithmetic, for reading."""
    return [(percent, clock.step_at(percent)) for percent in LADDER]


async def show(
    request: AnyRequest, ref: str, form: Form | None = None, about: str = "", status: int = 200, text: str = ""
) -> Answer:
    """The page. `about` names the form that was refused; `text`: what was typed or put in for a reply."""
    viewer, at = signed_in(), now()
    async with reading():
        info, near = await found(viewer, ref, at)
        context = await _context(viewer, info, near, at)
        mine = info.agent_id == viewer.person_id
        context |= {
            "goods": await desk_queries.goods(info),
            "files": await talk.files_of(info.id),
            "ticks": steps_done(await desk_queries.ticks(info)),
            **_others(info, await desk_queries.earlier(info)),
            "resolvable": info.open and may_move(info.state, State.RESOLVED),
            "closing": info.state is State.RESOLVED,
            "panels": range(len(slots.DESK_PANELS)),
            "sides": [html for panel in slots.SIDE_PANELS if (html := Markup(await panel(viewer, info, at)))],  # noqa: S704
        }
    turns: Sequence[TurnInfo] = context["turns"]
    if mine and any(turn.speaker is not Speaker.AGENT for turn in turns):
        async with writing():
            await desk_queries.look(info, viewer.person_id, turns[-1].id)
    seen, heard = _asked(form)
    return await page(
        request,
        "service/complaints/desk_show.html",
        status=status,
        phone=near.phone,
        functions=list(Function),
        urgencies=list(Urgency),
        form=form,
        about=about,
        text=text,
        meanwhile=_meanwhile(context, seen, heard) if status == 409 else None,
        most_text=LONGEST_TEXT,
        first_words=first_words,
        **context,
    )


async def _context(viewer: Viewer, info: ComplaintInfo, near: Around, at: datetime) -> dict[str, Any]:
    """What page and fragment share. Inside a door."""
    events = await history.events(info.id)
    turns = await talk.turns(info.id, ALL)
    holds = hand_of(viewer, info)
    return {
        "info": info,
        "events": list(reversed(events)),
        "turns": turns,
        "promise": faces.promise(info, events),
        "handed": _handed(near.charge, viewer),
        "event_text": event_text,
        "steps_of": steps_of,
        "left": faces.left,
        "tone": faces.tone,
        "called": faces.called,
        "hand": holds,
        "acts": holds is Hand.ACTS,
        "Hand": Hand,
        "seen": info.last_event,
        "heard": turns[-1].id if turns else 0,
        "reply_by": _reply_by(info, near.charge, viewer),
        "news": None,
        "here": f"/desk/complaints/{info.ref}",
        "now": at,
    }


def _handed(charge: Charge | None, viewer: Viewer) -> Charge | None:
    """The hand-over that the viewer, in charge now, has not taken note of."""
    if charge is None or charge.agent_id != viewer.person_id or charge.story_from is None:
        return None
    return None if charge.cleared else charge


def _reply_by(info: ComplaintInfo, charge: Charge | None, viewer: Viewer) -> tuple[datetime, datetime] | None:
    """The desk's own five minutes, while they run for the one who looks."""
    if info.first_reply_at is not None or not info.open or charge is None or charge.agent_id != viewer.person_id:
        return None
    return charge.came_at, charge.came_at + FIRST_REPLY


def _others(info: ComplaintInfo, others: list[ComplaintInfo]) -> dict[str, Any]:
    return {
        "others": others,
        "root": next((other for other in others if other.id == info.duplicate_of), None),
        "repeats": [other for other in others if other.duplicate_of == info.id],
        "linkable": desk_queries.linkable(info, others),
    }


async def missing(request: AnyRequest, ref: str) -> Answer:
    """What stands in the way of the next end, as sentences."""
    viewer, at = signed_in(), now()
    async with reading():
        info, _ = await found(viewer, ref, at)
        asked = slots.UNRESOLVED if info.open else slots.UNCLOSED if info.state is State.RESOLVED else []
        codes = [code for unmet in asked for code in await unmet(info, at)]
    return await part(request, "service/complaints/_desk_missing.html", info, missing=list(dict.fromkeys(codes)))


async def panel(request: AnyRequest, ref: str, number: int) -> Answer:
    """What a room above shows of it, on its own: each costs its own queries, so none makes the page slow."""
    viewer, at = signed_in(), now()
    if not 0 <= number < len(slots.DESK_PANELS):
        raise NotFound
    async with reading():
        info, _ = await found(viewer, ref, at)
    html = Markup(await slots.DESK_PANELS[number](viewer, info, at))  # noqa: S704 - a room's own HTML
    return await part(request, "service/complaints/_desk_panel.html", info, panel=html, number=number)


async def part(request: AnyRequest, template: str, info: ComplaintInfo, **context: Any) -> Answer:
    """A piece of the page: alone for htmx, on a page of its own without script."""
    here = f"/desk/complaints/{info.ref}"
    if request.headers.get("hx-request") == "true":
        return Response(render(template, {"info": info, "here": here, **context}), media_type=HTML, headers=PRIVATE)
    whole = "service/complaints/desk_part.html"
    return await page(request, whole, part=template, info=info, here=here, **context)


def outcome_of(info: ComplaintInfo, events: Sequence[EventInfo]) -> str:
    """Compensated, where money or goods were confirmed in this round; else settled without."""
    paid = any(event.kind == Event.PAYMENT_CONFIRMED and event.round == info.round for event in events)
    return COMPENSATED if paid else SETTLED


def _asked(form: Form | None) -> tuple[int | None, int | None]:
    """What the page of a refused form had shown."""
    values = [form.value(name) if form is not None else "" for name in ("seen", "heard")]
    seen, heard = (int(value) if value.isascii() and value.isdigit() and len(value) < 18 else None for value in values)
    return seen, heard


def _meanwhile(context: dict[str, Any], seen: int | None, heard: int | None) -> list[tuple[str, str | None, datetime]]:
    """Who did what since then: the words, who, when; the newest first."""
    told = [
        (event_text(event), event.by_name, event.at)
        for event in context["events"]
        if seen is not None and event.id > seen
    ]
    said = [
        (t(f"complaints.desk.said_by.{turn.speaker}"), turn.name, turn.at)
        for turn in context["turns"]
        if heard is not None and turn.id > heard
    ]
    return sorted(told + said, key=lambda one: one[2], reverse=True)[:8]


async def live(request: AnyRequest, ref: str) -> Answer:
    """What moves on the page, for the one who has it open; what she types is not touched."""
    viewer, at = signed_in(), now()
    async with reading():
        info, near = await found(viewer, ref, at)
        context = await _context(viewer, info, near, at)
    base = [request.query_params.get(name, "") for name in ("seen", "heard")]
    seen, heard = (int(one) if one.isascii() and one.isdigit() and len(one) < 18 else None for one in base)
    if seen is None or heard is None:
        raise NotFound
    news = _meanwhile(context, seen, heard)
    return await page(request, LIVE, fragments=(LIVE,), **{**context, "news": news, "base": (seen, heard)})


async def handover_page(request: AnyRequest, ref: str, form: Form | None = None, status: int = 200) -> Answer:
    """To whom, with what to know, and why."""
    viewer, at = signed_in(), now()
    async with reading():
        info, near = await found(viewer, ref, at)
        crew = [
            one
            for one in await roster.candidates(at)
            if one.certified and not one.away and one.person_id not in {*near.related, info.agent_id}
        ]
        loads = await queues.loads()
        turn = await desk_queries.last_turn(info.id)
    return await page(
        request,
        "service/complaints/desk_handover.html",
        status=status,
        info=info,
        crew=sorted(crew, key=lambda one: (not one.present, loads.get(one.person_id, 0))),
        loads=loads,
        seen=info.last_event,
        heard=turn,
        least=charge.SHORTEST_SUMMARY,
        most=charge.LONGEST_SUMMARY,
        open=info.state in OPEN_STATES,
        form=form,
        now=at,
    )
