"""Decisions of the desk's pages: what a day shows, who may act on a complaint, by when a hand-over is read."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime, time, timedelta, tzinfo
from enum import StrEnum

from portal.service.complaints.clocks import FIRST_REPLY, Clock

OVERDUE_HOUR = time(12)
ASKED_AGAIN_WINDOW = timedelta(days=30)
AT_RISK = 75  # percent of a clock
MOST_MOVED = 200  # that are ticked on one page
MOST_OF_ONE = 20_000  # out of one agent's hands, by a job
STORY_WORDS = 60  # of a story in a list


class Show(StrEnum):
    """What an agent's day shows."""

    MINE = "mine"
    QUEUE = "queue"
    WAITING = "waiting"  # for the buyer's answer
    PROPOSALS = "proposals"  # with the buyer
    TO_RESOLVE = "to_resolve"  # she said yes
    TO_CLOSE = "to_close"  # settled; the cause is open


class Step(StrEnum):
    """The eight steps of a good conversation; each is a catalog key."""

    GREET = "greet"
    ASK = "ask"
    ANALYSE = "analyse"
    RECOMMEND = "recommend"
    AGREE = "agree"
    HELP = "help"
    CONFIRM = "confirm"
    PART = "part"


class Hand(StrEnum):
    """What a viewer may do with a complaint: act, take it, or read and why no more."""

    ACTS = "acts"
    TAKES = "takes"
    READS = "reads"  # admins
    OTHERS = "others"  # it is another agent's


@dataclass(frozen=True, slots=True)
class Desk:
    """Who looks, as far as the desk goes."""

    person_id: int
    works: bool
    leads: bool


def hand(desk: Desk, agent_id: int | None, *, running: bool) -> Hand:
    """One agent acts, and the lead; everybody at the desk may take what nobody has."""
    if not desk.works:
        return Hand.READS
    if desk.leads or agent_id == desk.person_id:
        return Hand.ACTS
    return Hand.TAKES if agent_id is None and running else Hand.OTHERS


def cleared_by(since: datetime, zone: tzinfo) -> datetime:
    """Until when what was handed over has to be read: noon of the next day, by the site's clock."""
    there = since.astimezone(zone)
    return datetime.combine(there.date() + timedelta(days=1), OVERDUE_HOUR, zone).astimezone(since.tzinfo)


def first_reply_clock(came_at: datetime, shift_began: datetime | None) -> tuple[datetime, datetime]:
    """The desk's own five minutes: since when, until when."""
    since = max(came_at, shift_began) if shift_began else came_at
    return since, since + FIRST_REPLY


def runs_out(faces: Iterable[Clock], back_at: datetime) -> bool:
    """Whether a promise would be in danger before somebody is back: it may not wait for her."""
    return any(face.running and face.step_at(90) <= back_at for face in faces)


def steps_done(ticked: Collection[str]) -> list[tuple[Step, bool]]:
    """The eight steps in order, and whether each was done."""
    return [(step, step in ticked) for step in Step]


def first_words(text: str) -> str:
    """How a story begins, for a list."""
    flat = " ".join(text.split())
    return flat if len(flat) <= STORY_WORDS else f"{flat[:STORY_WORDS]}\u2026"
