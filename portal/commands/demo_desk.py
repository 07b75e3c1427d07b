"""The demo's complaints at every stage: just in, talked about, proposed, refused, paid, traced to the root, closed."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from portal.commands.demo_data import DemoComplaint, demo_data, demo_past
from portal.commands.demo_past import past_complaints
from portal.core.base.audit import SYSTEM
from portal.core.base.database import writing
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
    """Who works there, by external id; who leads it, who looks on; and the owner whose buyers complain."""

    agents: Mapping[str, Viewer]
    lead: Viewer
    admin: Viewer
    owner: Viewer

    def hand(self, told: DemoComplaint) -> Viewer:
        return self.agents[told.hand]


async def make_desk(desk: Desk, now: datetime) -> None:
    """File every complaint of the demo and bring it to its stage, last month's first; see what comes three times."""
    for told in (*past_complaints(now), *demo_data().complaints):
        async with writing():  # one wait for the disk instead of a dozen
            await live(told, desk, now - timedelta(hours=told.hours))
    await gathering.gather()


async def live(told: DemoComplaint, desk: Desk, at: datetime) -> None:
    info = await _file(told, desk, at)
    await gathering.look(info.id, at)
    for stage in LIVES[told.stage]:
        at = await stage(told, info, desk, at)


async def _file(told: DemoComplaint, desk: Desk, at: datetime) -> ComplaintInfo:
    order = await orders.order_by_number(told.order)
    assert order is not None
    by = FiledBy(told.filed_by)
    hand = {FiledBy.OWNER: desk.owner.person_id, FiledBy.AGENT: desk.hand(told).person_id}.get(by)
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


async def _answer(told: DemoComplaint, info: ComplaintInfo, desk: Desk, at: datetime) -> datetime:
    """The agent takes it and replies; the buyer answers where she said something."""
    hand = desk.hand(told)
    at += 3 * MINUTE
    await charge.take(hand.actor, hand.person_id, info.id, at)
    at += told.waits * MINUTE
    reply = Words(Speaker.AGENT, Audience.BUYER, told.reply, hand.person_id, waiting=told.stage == "answered")
    await say(hand.actor, info.id, reply, at)
    if told.answer:
        await say(SYSTEM, info.id, Words(Speaker.BUYER, Audience.BUYER, told.answer), at + 20 * MINUTE)
    return at + 30 * MINUTE


async def _propose(told: DemoComplaint, info: ComplaintInfo, desk: Desk, at: datetime) -> datetime:
    """Within her authority it goes out at once, above it her lead is asked."""
    hand = desk.hand(told)
    at += timedelta(hours=told.thinks)
    offer = Offer(Kind(told.offer), told.offer_fen, told.proposal)
    await compensations.propose(hand.actor, hand.person_id, info.id, offer, at)
    return at


async def _decline(told: DemoComplaint, info: ComplaintInfo, desk: Desk, at: datetime) -> datetime:
    """She says no, and what would be right."""
    at += 3 * HOUR
    made = await _proposal(info)
    await answering.decline(SYSTEM, info.id, made.ref, demo_past().texts["declined"], at)
    return at


async def _accept(told: DemoComplaint, info: ComplaintInfo, desk: Desk, at: datetime) -> datetime:
    at += 2 * HOUR
    made = await _proposal(info)
    await answering.accept(SYSTEM, info.id, made.ref, at)
    return at


async def _proposal(info: ComplaintInfo) -> ProposalInfo:
    return (await proposals_of(info.id))[-1]


async def _pay(told: DemoComplaint, info: ComplaintInfo, desk: Desk, at: datetime) -> datetime:
    at += 5 * HOUR
    due = await grants_of(info.id)
    for grant in due:
        payment = Payment(grant.amount_fen, at, f"R-{grant.ref[:8]}")
        await paying.confirm(SYSTEM, grant.ref, payment, Via.API, at)
    await ending.resolve(desk.hand(told).actor, info.id, ending.COMPENSATED if due else ending.SETTLED, at + HOUR)
    return at + HOUR


async def _close(told: DemoComplaint, info: ComplaintInfo, desk: Desk, at: datetime) -> datetime:
    """She says how it was, and is called; the cause is found, mended by one and verified by another."""
    hand = desk.hand(told)
    await after.survey(SYSTEM, info.id, told.satisfaction, 4, "", at + 3 * HOUR)
    await causes.find(hand, info.id, Found(told.cause, told.evidence), at + DAY)
    if told.action:
        plan = Plan(told.action, hand.person_id, at + 8 * DAY)
        ref = await mending.plan(hand, info.id, plan, at + DAY)
        await mending.done(hand, ref, told.evidence, at + 2 * DAY)
        await mending.verify(desk.lead, ref, True, "", at + 3 * DAY)
    await ending.close(desk.lead.actor, info.id, at + 3 * DAY)
    came = after.Called(after.Outcome.CONTENT, demo_past().texts["called"])
    for call in await after.calls_of(info.id):
        await after.keep_call(hand.actor, hand.person_id, call.id, came, at + 3 * DAY + 4 * HOUR)
    return at + 3 * DAY


Stage = Callable[[DemoComplaint, ComplaintInfo, Desk, datetime], Awaitable[datetime]]
_PAID: tuple[Stage, ...] = (_answer, _propose, _accept, _pay)
LIVES: Mapping[str, tuple[Stage, ...]] = {
    "queued": (),
    "answered": (_answer,),
    "proposed": (_answer, _propose),
    "declined": (_answer, _propose, _decline),
    "accepted": (_answer, _propose, _accept),
    "resolved": _PAID,
    "closed": (*_PAID, _close),
}
