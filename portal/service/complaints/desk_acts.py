"""What the desk's people do from their pages, held against what the page showed and against who they are."""

from collections.abc import Awaitable, Callable, Collection
from dataclasses import dataclass
from datetime import datetime

from portal.core.base.database import writing
from portal.core.base.refusals import Forbidden, Refused
from portal.core.people.policy import Capability
from portal.core.web.viewer import Viewer
from portal.service.complaints import charge, desk_queries
from portal.service.complaints.desk_rules import Desk, Hand, Step, hand
from portal.service.complaints.life import check_seen, held
from portal.service.complaints.queries import ComplaintInfo
from portal.service.complaints.tables import ComplaintTick
from portal.service.knowledge.rules import has_gaps
from portal.service.roster import queries as roster


@dataclass(frozen=True, slots=True)
class Seen:
    """What the page showed last: an event, a turn. None: it does not say."""

    event: int | None
    turn: int | None


def desk_of(viewer: Viewer) -> Desk:
    return Desk(viewer.person_id, viewer.may(Capability.WORK_DESK), viewer.may(Capability.LEAD_DESK))


def hand_of(viewer: Viewer, info: ComplaintInfo) -> Hand:
    return hand(desk_of(viewer), info.agent_id, running=info.open)


async def act(
    viewer: Viewer,
    complaint_id: int,
    seen: Seen,
    at: datetime,
    do: Callable[[ComplaintInfo], Awaitable[object]],
    *,
    words: bool = False,
) -> None:
    """Do it as the one in charge (or the lead), in one transaction, on a page that is still true. `words`: she only
    says something, which what the portal did by itself meanwhile (a hold, a clock) does not make untrue.

    Raises Forbidden: `complaint_related_you`, `agent_licence`, `complaint_of_other`; Refused: `complaint_moved_on`,
    and what the act itself refuses.
    """
    async with writing():
        info = await held(complaint_id)
        await _fresh(info, seen, words)
        await may_work(viewer, info, at)
        if hand_of(viewer, info) is not Hand.ACTS:
            raise Forbidden("complaint_of_other")
        await do(info)


async def take(viewer: Viewer, complaint_id: int, at: datetime) -> None:
    """Out of the queue, into her hands. Raises Forbidden and Refused as `charge.take` does."""
    async with writing():
        info = await held(complaint_id)
        await may_work(viewer, info, at)
        await charge.take(viewer.actor, viewer.person_id, info.id, at)


async def _fresh(info: ComplaintInfo, seen: Seen, words: bool) -> None:
    if not words or await desk_queries.moved_by_hand(info.id, seen.event):
        check_seen(info, seen.event)
    if seen.turn is not None and await desk_queries.last_turn(info.id) > seen.turn:
        raise Refused("complaint_moved_on", way=info.way)


async def may_work(viewer: Viewer, info: ComplaintInfo, at: datetime) -> None:
    """Nobody decides about her own buyer, nobody works without the certificate or its grace. Raises Forbidden."""
    if viewer.person_id in await charge.related(info):
        raise Forbidden("complaint_related_you")
    if not await roster.may_take(viewer.person_id, at):
        raise Refused("agent_licence", way="/learn", status=403)


def check_filled(text: str) -> None:
    """A template's gaps are filled before it goes out. Raises Refused (422)."""
    if has_gaps(text):
        raise Refused("template_gap", field="text", status=422)


async def tick(viewer: Viewer, info: ComplaintInfo, steps: Collection[Step], at: datetime) -> None:
    """Which of the eight steps are done, in the caller's transaction; what was ticked keeps its time."""
    gone = [str(step) for step in Step if step not in steps]
    if gone:
        await ComplaintTick.delete().where(
            ComplaintTick.complaint == info.id, ComplaintTick.round == info.round, ComplaintTick.step.is_in(gone)
        )
    for step in steps:
        await ComplaintTick.raw(
            "INSERT INTO complaint_ticks (complaint, round, step, person, at) VALUES ({}, {}, {}, {}, {})"
            " ON CONFLICT DO NOTHING",
            info.id,
            info.round,
            str(step),
            viewer.person_id,
            at,
        )
