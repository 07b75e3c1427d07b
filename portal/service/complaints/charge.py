"""Who is in charge: routed at receipt, handed over with the story, moved with a reason. One agent at a time."""

from dataclasses import replace
from datetime import datetime, timedelta

from portal.core.base import audit, site_settings
from portal.core.base.audit import SYSTEM, Actor
from portal.core.base.clock import local
from portal.core.base.database import writing
from portal.core.base.refusals import Refused
from portal.core.base.settings import settings
from portal.core.notices.actions import notify
from portal.core.web.i18n import speaking, t
from portal.service.complaints import queries, queues, talk
from portal.service.complaints.life import check_seen, held, note
from portal.service.complaints.queries import ComplaintInfo
from portal.service.complaints.routing import Candidate, Choice, Matter, Why, choose
from portal.service.complaints.rules import (
    FAMILIAR_FOR_DAYS,
    FAMILIAR_SETTING,
    Audience,
    Event,
    FiledBy,
    Urgency,
    familiar_agent,
)
from portal.service.complaints.tables import Complaint, InCharge
from portal.service.roster import queries as roster

PRESSING = frozenset({Urgency.HIGH, Urgency.URGENT})
SHORTEST_SUMMARY = 10
LONGEST_SUMMARY = 1000
_STORY_TURNS = 3


async def candidates(at: datetime) -> list[Candidate]:
    """Everybody who works at the desk, with her load."""
    loads = await queues.loads()
    return [
        Candidate(
            each.person_id,
            each.level,
            each.products,
            each.functions,
            each.capacity,
            loads.get(each.person_id, 0),
            each.present,
            each.certified,
            each.away,
            each.deputy_id,
        )
        for each in await roster.candidates(at)
    ]


async def familiar(info: ComplaintInfo, at: datetime) -> int | None:
    """Who knows this buyer's story: the agent of her other complaints of the family, else the one who wrote it down."""
    days = int(await site_settings.value(FAMILIAR_SETTING, str(FAMILIAR_FOR_DAYS)))
    window = timedelta(days=days)
    older = [each for each in await queries.older_of(info.vip_id, at - window) if each.id != info.id]
    known = familiar_agent(older, info.family, at, window)
    return info.filed_by_person if known is None and info.filed_by is FiledBy.AGENT else known


async def related(info: ComplaintInfo) -> frozenset[int]:
    """Who may not decide about it: the buyer's own owner, and the buyer herself where she has an account."""
    rows = await Complaint.raw(
        "SELECT p.id FROM vips v JOIN persons p ON p.phone = v.phone WHERE v.id = {}", info.vip_id
    )
    return frozenset({info.owner_id, *(row["id"] for row in rows)})


async def route(info: ComplaintInfo, at: datetime) -> Choice:
    """Give a complaint to whom the rule says; without anybody it stays in the queue. The caller holds its row."""
    knows = await familiar(info, at)
    pressing = info.urgency in PRESSING or info.key_vip
    matter = Matter(info.product_category, str(info.function), pressing, knows, await related(info))
    choice = choose(await candidates(at), matter)
    if choice.agent_id is not None:
        summary = await story(info) if choice.story_from is not None else None
        await _give(info, choice, at, summary=summary)
    return choice


async def story(info: ComplaintInfo) -> str:
    """The story as the record has it, for the hand-over that nobody is there to write: references, no retelling.

    It is written down once, so in the site's language and by the site's clock.
    """
    turns = await talk.turns(info.id, [Audience.BUYER, Audience.OWNER, Audience.INNER])
    with speaking(settings().language):
        head = f"{t(f'complaints.function.{info.function}')} · {_moment(info.received_at)}"
        words = [
            f"{_moment(turn.at)} {t(f'complaints.who.{turn.speaker}')}: {turn.text[:200]}"
            for turn in turns[-_STORY_TURNS:]
        ]
    return "\n".join([head, info.text[:400], *words])[:LONGEST_SUMMARY]


def _moment(at: datetime) -> str:
    return f"{local(at):%m-%d %H:%M}"


async def _give(
    info: ComplaintInfo,
    choice: Choice,
    at: datetime,
    *,
    by: int | None = None,
    summary: str | None = None,
    reason: str | None = None,
) -> None:
    """End who was in charge and begin the next: the unique index lets one be there at a time."""
    assert choice.agent_id is not None
    await InCharge.update({InCharge.until: at}).where(InCharge.complaint == info.id, InCharge.until.is_null())
    rows = await InCharge.raw(
        "INSERT INTO complaint_agents (complaint, agent, since, why, story_from, summary, reason, by_person)"
        " VALUES ({}, {}, {}, {}, {}, {}, {}, {}) ON CONFLICT DO NOTHING RETURNING id",
        info.id,
        choice.agent_id,
        at,
        str(choice.why),
        choice.story_from if choice.story_from != choice.agent_id else None,
        summary,
        reason,
        by,
    )
    if not rows:
        raise Refused("complaint_moved_on", way=info.way)
    await Complaint.update({Complaint.agent: choice.agent_id}).where(Complaint.id == info.id)
    moved = info.agent_id is not None or choice.story_from not in (None, choice.agent_id)
    kind = Event.HANDED_OVER if moved else Event.ASSIGNED
    facts = {"why": str(choice.why), "agent": choice.agent_id}
    given = replace(info, agent_id=choice.agent_id)
    await note(given, kind, at, by=by, facts=facts)
    way = f"/desk/complaints/{info.ref}"
    if choice.agent_id != by:
        notice = "complaint_handed" if moved else "complaint_assigned"
        await notify(choice.agent_id, notice, {"buyer": info.vip_name}, at, way=way)


async def take(actor: Actor, person_id: int, complaint_id: int, at: datetime) -> ComplaintInfo:
    """An agent takes a complaint from the queue.

    Raises Refused (409): `complaint_taken`, `complaint_state`, `agent_not_ready`, `complaint_related`.
    """
    async with writing():
        info = await held(complaint_id)
        if not info.open:
            raise Refused("complaint_state", {"state": str(info.state)}, way=info.way)
        if info.agent_id == person_id:
            return info
        if info.agent_id is not None:
            raise Refused("complaint_taken", {"agent": info.agent_name or ""}, way=info.way)
        await _ready(person_id, info, at)
        await _give(info, Choice(person_id, Why.TAKEN), at, by=person_id)
        await audit.record(actor, "complaint.taken", ("complaint", info.id), at)
        return await held(complaint_id)


async def hand_over(
    actor: Actor,
    person_id: int,
    complaint_id: int,
    to_person_id: int,
    summary: str,
    reason: str,
    at: datetime,
    *,
    seen: int | None = None,
) -> ComplaintInfo:
    """Give a complaint to another agent with the story and a reason.

    Raises Refused (422): `summary_short`, `reason_missing`; (409): `complaint_state`, `complaint_moved_on`,
    `agent_not_ready`, `complaint_related`.
    """
    summary, reason = summary.strip(), reason.strip()
    if not SHORTEST_SUMMARY <= len(summary) <= LONGEST_SUMMARY:
        raise Refused(
            "summary_short", {"least": SHORTEST_SUMMARY, "most": LONGEST_SUMMARY}, field="summary", status=422
        )
    if not reason:
        raise Refused("reason_missing", field="reason", status=422)
    async with writing():
        info = await held(complaint_id)
        check_seen(info, seen)
        if not info.open:
            raise Refused("complaint_state", {"state": str(info.state)}, way=info.way)
        if info.agent_id == to_person_id:
            return info
        await _ready(to_person_id, info, at)
        choice = Choice(to_person_id, Why.MOVED, info.agent_id or person_id)
        await _give(info, choice, at, by=person_id, summary=summary, reason=reason[:500])
        await audit.record(actor, "complaint.handed_over", ("complaint", info.id), at, {"to": to_person_id})
        return await held(complaint_id)


async def _ready(person_id: int, info: ComplaintInfo, at: datetime) -> None:
    """Whether she may take this one. Raises Refused."""
    if person_id in await related(info):
        raise Refused("complaint_related", way=info.way)
    able = {each.person_id: each for each in await candidates(at)}
    if person_id not in able or not able[person_id].certified or able[person_id].away:
        raise Refused("agent_not_ready", way=info.way, field="to")


async def clear(person_id: int, complaint_id: int, at: datetime) -> None:
    """She has read what was handed over to her. Raises Refused where nothing waits for her."""
    async with writing():
        rows = (
            await InCharge.update({InCharge.cleared_at: at})
            .where(
                InCharge.complaint == complaint_id,
                InCharge.agent == person_id,
                InCharge.story_from.is_not_null(),
                InCharge.cleared_at.is_null(),
            )
            .returning(InCharge.id)
        )
        if not rows:
            raise Refused("handover_cleared")


async def drain(at: datetime, batch: int = 50) -> int:
    """Give what waits to whoever is there, what presses most first; returns how many found one.

    One that nobody of those may take (her own buyer's) lets the others by.
    """
    given = 0
    async with writing():
        for complaint_id in await queues.queued(batch):
            info = await held(complaint_id)
            if info.agent_id is None and info.open:
                choice = await route(info, at)
                if choice.agent_id is not None:
                    given += 1
                elif not any(each.free for each in await candidates(at)):
                    break
    return given


async def rescue(info: ComplaintInfo, at: datetime) -> bool:
    """The clock runs low: out of absent hands, or nobody's, it goes to one who is there. The caller holds its row.

    Returns whether it moved; who is there and at work keeps it.
    """
    crew = await candidates(at)
    now_with = next((each for each in crew if each.person_id == info.agent_id), None)
    if now_with is not None and now_with.present and now_with.certified:
        return False
    others = [replace(each, capacity=each.load + 1) for each in crew if each.person_id != info.agent_id]
    choice = choose(others, Matter(info.product_category, str(info.function), True, None, await related(info)))
    if choice.agent_id is None:
        return False
    moved = Choice(choice.agent_id, Why.LADDER, info.agent_id)
    await _give(info, moved, at, summary=await story(info) if info.agent_id else None)
    await audit.record(SYSTEM, "complaint.rescued", ("complaint", info.id), at, {"to": choice.agent_id})
    return True


async def stand_in(info: ComplaintInfo, deputy_id: int, at: datetime) -> bool:
    """Who holds it is away: the named deputy has it from now on, with the story as the record has it.

    The caller holds its row. False where the deputy may not take this one.
    """
    crew = {each.person_id: each for each in await candidates(at)}
    deputy = crew.get(deputy_id)
    if deputy is None or not deputy.certified or deputy.away or deputy_id in await related(info):
        return False
    choice = Choice(deputy_id, Why.DEPUTY, info.agent_id)
    await _give(info, choice, at, summary=await story(info))
    await audit.record(SYSTEM, "complaint.stood_in", ("complaint", info.id), at, {"to": deputy_id})
    return True
