"""What the pages of a complaint show of it: the promise, the story, the talk; each reader gets her own share."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from portal.core.base.database import placeholders
from portal.core.base.public_links import Door, address_by
from portal.core.base.settings import settings
from portal.core.notices.texts import shown
from portal.core.web.i18n import has_text, t
from portal.service.complaints import history, slots, talk
from portal.service.complaints.clocks import Clock, Name, Round, Span, rounds, waits
from portal.service.complaints.history import EventInfo
from portal.service.complaints.queries import ComplaintInfo
from portal.service.complaints.rules import OPEN_STATES, Audience, Event, State
from portal.service.complaints.tables import ComplaintLine, Turn

# What the desk keeps to itself.
INNER = frozenset({Event.QUEUED, Event.STEP, Event.RECLASSED, Event.LINKED, Event.UNLINKED, Event.ASSIGNED})
BROKEN = 100  # percent of a clock


@dataclass(frozen=True, slots=True)
class GoodsLine:
    """What a complaint is about."""

    title: str
    quantity: int


@dataclass(frozen=True, slots=True)
class Promise:
    """The clocks as every reader sees them, with the times in which the buyer's answer was waited for."""

    clocks: Round
    before: Sequence[Round]  # of the rounds that are over
    waits: Sequence[Span]

    @property
    def waiting(self) -> Span | None:
        return next((span for span in self.waits if span.until is None), None)

    @property
    def received_at(self) -> datetime:
        return self.clocks[0].started_at


@dataclass(frozen=True, slots=True)
class Told:
    """A complaint in one line of its buyer's order: `clock` is the promise that is due next, if any runs."""

    way: str
    function: str
    text: str
    state: State
    clock: Clock | None

    @property
    def open(self) -> bool:
        return self.state in OPEN_STATES


def promise(info: ComplaintInfo, events: Sequence[EventInfo]) -> Promise:
    """One arithmetic for all: derived from the events, under the policy of the receipt."""
    moments = [event.moment for event in events]
    *before, present = rounds(info.policy, moments)
    return Promise(present, before, waits(moments))


def left(clock: Clock, now: datetime) -> int:
    """What is left of a running clock, in percent."""
    return max(0, round(100 - 100 * clock.used(now)))


def tone(clock: Clock, now: datetime) -> str:
    """How near its end a clock is, as rings show it."""
    used = clock.used(now)
    return "calm" if used < 0.5 else "half" if used < 0.75 else "late" if used < 0.9 else "last"


def called(name: str | None) -> str | None:
    """What a buyer may call somebody: the first word of a name; of a Chinese one all but the family name."""
    if not name or not name.strip():
        return None
    first = name.split()[0]
    chinese = len(first) in (3, 4) and all("\u4e00" <= character <= "\u9fff" for character in first)
    return first[len(first) - 2 :] if chinese else first


def for_buyers(events: Sequence[EventInfo]) -> list[EventInfo]:
    """What buyer and owner are told, the newest first: acts, not the desk's own sorting; a broken promise too."""
    return [
        event
        for event in reversed(events)
        if event.kind not in INNER | slots.INNER_EVENTS
        or (event.kind == Event.STEP and event.facts.get("percent", 0) >= BROKEN)
    ]


def event_text(event: EventInfo, reader: str) -> str:
    """What happened as a sentence, as this reader (`buyer`, `owner`) is told it where she is told it otherwise."""
    if event.kind == Event.STEP:
        return t("complaints.told.broken", clock=t(f"complaints.clock.{event.facts['clock']}"))
    own = f"complaints.told.{reader}.{event.kind}"
    key = own if has_text(own) else f"complaints.event.{event.kind}"
    if not has_text(key):
        return t("complaints.told.other")
    return t(key, **{"_": "", **shown(event.facts)})


async def goods(complaint_id: int) -> list[GoodsLine]:
    """Inside a door."""
    rows = await ComplaintLine.raw(
        "SELECT o.title, o.quantity FROM complaint_lines l JOIN order_lines o ON o.id = l.order_line"
        " WHERE l.complaint = {} ORDER BY l.id",
        complaint_id,
    )
    return [GoodsLine(**row) for row in rows]


async def mark(info: ComplaintInfo, audiences: Collection[Audience]) -> str:
    """What a page has shown so far: it differs once there is something new. Inside a door."""
    rows = await Turn.raw(
        "SELECT max(id) AS last FROM complaint_turns WHERE complaint = {}"  # noqa: S608 - places only
        f" AND audience IN ({placeholders(audiences)})",
        info.id,
        *map(str, audiences),
    )
    return f"{info.last_event}-{rows[0]['last'] or 0}"


async def told_of_order(order_id: int) -> list[Told]:
    """An order's complaints for its buyer, the newest first. Inside a door; one question for all of it."""
    rows = await Turn.raw(
        "SELECT c.id, c.function_category, c.text, c.state, l.ref, k.name, k.started_at, k.due_at"
        " FROM complaints c JOIN public_links l ON l.door = {} AND l.subject_id = c.id AND l.ended_at IS NULL"
        " LEFT JOIN complaint_clocks k ON k.complaint = c.id AND k.round = c.round AND k.stopped_at IS NULL"
        " WHERE c.order_of = {} ORDER BY c.id DESC, k.due_at LIMIT 60",
        str(Door.COMPLAINT),
        order_id,
    )
    found: dict[int, Told] = {}
    for row in rows:
        clock = Clock(Name(row["name"]), row["started_at"], row["due_at"]) if row["name"] else None
        way = address_by(Door.COMPLAINT, row["ref"]).removeprefix(settings().base_url)
        told = Told(way, row["function_category"], row["text"], State(row["state"]), clock)
        found.setdefault(row["id"], told)
    return list(found.values())


async def clock_context(info: ComplaintInfo, at: datetime) -> dict[str, Any]:
    """What the promise's fragment shows. Inside a door."""
    return {
        "info": info,
        "promise": promise(info, await history.events(info.id)),
        "left": left,
        "tone": tone,
        "now": at,
    }


async def context(info: ComplaintInfo, audiences: Collection[Audience], at: datetime) -> dict[str, Any]:
    """What every page of a complaint shows of it. Inside a door."""
    events = await history.events(info.id)
    turns = await talk.turns(info.id, audiences)
    return {
        **await clock_context(info, at),
        "events": for_buyers(events),
        "event_text": event_text,
        "turns": turns,
        "files": await talk.files_of(info.id),
        "goods": await goods(info.id),
        "called": called,
        "mark": f"{info.last_event}-{turns[-1].id if turns else 0}",
    }


def running(clocks: Round | None) -> Clock | None:
    """The promise that is due next."""
    left_over = [clock for clock in clocks or () if clock.running]
    return min(left_over, key=lambda clock: clock.due_at, default=None)
