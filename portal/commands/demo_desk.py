"""The demo's complaints at every stage: just in, talked about, proposed, approved, paid, traced to the root, closed."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from portal.commands.demo_data import DemoComplaint, demo_data
from portal.core.base.audit import SYSTEM
from portal.core.base.database import reading
from portal.core.web.viewer import Viewer
from portal.service.causes import actions as causes
from portal.service.causes import gathering, mending
from portal.service.causes.actions import Found
from portal.service.causes.mending import Plan
from portal.service.compensations import actions as compensations
from portal.service.compensations import answering, paying
from portal.service.compensations.actions import Offer
from portal.service.compensations.paying import Payment
from portal.service.compensations.queries import ProposalInfo, grants_of, proposals_of
from portal.service.compensations.rules import Kind, Via
from portal.service.complaints import after, charge, ending, filing
from portal.service.complaints.actions import Words, say
from portal.service.complaints.filing import Filing
from portal.service.complaints.queries import ComplaintInfo
from portal.service.complaints.rules import (
    Audience,
    Channel,
    FiledBy,
    Function,
    Speaker,
    Urgency,
    Wanted,
)
from portal.service.orders import queries as orders

MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Desk:
    """Who works there."""

    agent: Viewer
    lead: Viewer
    owner: Viewer


async def make_desk(desk: Desk, now: datetime) -> None:
    """File every complaint of the demo and bring it to its stage; then see what comes three times."""
    for told in demo_data().complaints:
        at = now - timedelta(hours=told.hours)
        info = await _file(told, desk, at)
        for stage in STAGES[: NAMES.index(told.stage) + 1]:
            at = await stage(told, info, desk, at)
    await gathering.gather()


async def _file(told: DemoComplaint, desk: Desk, at: datetime) -> ComplaintInfo:
    async with reading():
        order = await orders.order_by_number(told.order)
    assert order is not None
    by = FiledBy(told.filed_by)
    hand = {FiledBy.OWNER: desk.owner.person_id, FiledBy.AGENT: desk.agent.person_id}.get(by)
    filed = Filing(
        vip_id=order.vip_id,
        order_id=order.id,
        lines=(),
        function=Function(told.function),
        wanted=Wanted(told.wanted),
        urgency=Urgency(told.urgency),
        text=told.text,
        channel=Channel(told.channel),
        filed_by=by,
        person_id=hand,
    )
    return await filing.file(SYSTEM, filed, at)


async def _wait(told: DemoComplaint, info: ComplaintInfo, desk: Desk, at: datetime) -> datetime:
    """It waits in the queue."""
    return at


async def _answer(told: DemoComplaint, info: ComplaintInfo, desk: Desk, at: datetime) -> datetime:
    """The agent takes it and replies; the buyer answers where she said something."""
    at += 3 * MINUTE
    await charge.take(desk.agent.actor, desk.agent.person_id, info.id, at)
    reply = Words(Speaker.AGENT, Audience.BUYER, told.reply, desk.agent.person_id, waiting=told.stage == "answered")
    await say(desk.agent.actor, info.id, reply, at + MINUTE)
    if told.answer:
        await say(SYSTEM, info.id, Words(Speaker.BUYER, Audience.BUYER, told.answer), at + 20 * MINUTE)
    return at + 30 * MINUTE


async def _propose(told: DemoComplaint, info: ComplaintInfo, desk: Desk, at: datetime) -> datetime:
    """Within her authority it goes out at once, above it her lead is asked."""
    at += timedelta(hours=told.thinks)
    offer = Offer(Kind(told.offer), told.offer_fen, told.proposal)
    await compensations.propose(desk.agent.actor, desk.agent.person_id, info.id, offer, at)
    return at


async def _accept(told: DemoComplaint, info: ComplaintInfo, desk: Desk, at: datetime) -> datetime:
    at += 2 * HOUR
    made = await _proposal(info)
    await answering.accept(SYSTEM, info.id, made.ref, at)
    return at


async def _proposal(info: ComplaintInfo) -> ProposalInfo:
    async with reading():
        return (await proposals_of(info.id))[-1]


async def _pay(told: DemoComplaint, info: ComplaintInfo, desk: Desk, at: datetime) -> datetime:
    at += 5 * HOUR
    async with reading():
        due = await grants_of(info.id)
    for grant in due:
        payment = Payment(grant.amount_fen, at, f"R-{grant.ref[:8]}")
        await paying.confirm(SYSTEM, grant.ref, payment, Via.API, at)
    await ending.resolve(desk.agent.actor, info.id, ending.COMPENSATED if due else ending.SETTLED, at + HOUR)
    return at + HOUR


async def _close(told: DemoComplaint, info: ComplaintInfo, desk: Desk, at: datetime) -> datetime:
    """She says how it was; the cause is found, mended by one, verified by another."""
    await after.survey(SYSTEM, info.id, told.satisfaction, 4, "", at + 3 * HOUR)
    await causes.find(desk.agent, info.id, Found(told.cause, told.evidence), at + DAY)
    plan = Plan(told.action, desk.agent.person_id, at + 8 * DAY)
    ref = await mending.plan(desk.agent, info.id, plan, at + DAY)
    await mending.done(desk.agent, ref, told.evidence, at + 2 * DAY)
    await mending.verify(desk.lead, ref, True, "", at + 3 * DAY)
    await ending.close(desk.lead.actor, info.id, at + 3 * DAY)
    return at + 3 * DAY


Stage = Callable[[DemoComplaint, ComplaintInfo, Desk, datetime], Awaitable[datetime]]
NAMES = ("queued", "answered", "proposed", "accepted", "resolved", "closed")
STAGES: tuple[Stage, ...] = (_wait, _answer, _propose, _accept, _pay, _close)
