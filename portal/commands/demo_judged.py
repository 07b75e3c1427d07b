"""How the demo's suppliers and carriers were judged: one mends, one is watched, one is off, one is shown to be good.

By the rooms' own actions with the clock of then, once all orders and complaints are there and reckoned.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from portal.commands.demo_bought import DAY, bought_at, make_bought, number_of, tell
from portal.commands.demo_data import DemoComplaint, DemoFault, demo_judged
from portal.commands.demo_desk import Desk, live
from portal.commands.demo_pictures import cracked_lid
from portal.core.base.audit import Actor
from portal.core.base.clock import local
from portal.core.base.database import hold, reading, writing
from portal.core.web.viewer import Viewer
from portal.service.assessments import (
    appealing,
    cases,
    counting,
    deciding,
    evidence,
    judging,
    mending,
    queries,
    ratings,
    versions,
    whitelist,
)
from portal.service.assessments.queries import Firm
from portal.service.assessments.rules import window
from portal.service.assessments.states import Wish
from portal.service.facts import keeping
from portal.service.orders import queries as orders
from portal.service.orders.rules import Status

OFF, GOOD, MENDS, MARKED = "haibin", "hanjiang", "songhe", "gannan"
BOXES = "storage-boxes"
COMPLAINED = 5  # days after buying
ORDERED, DECIDED, LISTED, JUDGED = 44, 12, 10, 4  # days ago


@dataclass(frozen=True, slots=True)
class Judges:
    """Who judges: the lead proposes, an admin confirms, another looks at appeals; and the owner who gives marks."""

    desk: Desk
    second: Viewer

    @property
    def texts(self) -> Mapping[str, str]:
        return demo_judged().texts


async def make_material(judges: Judges, now: datetime) -> None:
    """What they are judged by: orders, faults that the desk found, marks."""
    await make_bought(now)
    for told in demo_judged().complaints:
        async with writing():
            at = bought_at(told.product, told.place, now) + COMPLAINED * DAY
            await live(_complaint(told), judges.desk, at)
    await _marks(judges, now)


async def make_judged(judges: Judges, now: datetime) -> None:
    """The judgements up to `now`, once every order of the demo is there."""
    await keeping.keep()
    await keeping.notice()
    await _off(judges, now)
    await _white(judges, now)
    await judging.judge_day(_day_before(now - JUDGED * DAY), now - JUDGED * DAY)
    await _mends(judges, now - DAY)
    await keeping.keep()
    await judging.judge_day(_day_before(now), now)


def _complaint(told: DemoFault) -> DemoComplaint:
    return DemoComplaint(
        order=number_of(told.product, told.place),
        hours=0,
        stage="closed",
        function=told.function,
        wanted="apology",
        filed_by="buyer",
        text=told.text,
        reply=told.reply,
        offer="apology",
        proposal=told.proposal,
        satisfaction=4,
        cause=told.cause,
        evidence=told.evidence,
    )


async def _marks(judges: Judges, now: datetime) -> None:
    """An owner's marks for what her VIPs received; the low one is answered by the supplier."""
    owner, texts = judges.desk.owner, judges.texts
    for number, marks, words in (("D-2026-1003", (5, 4), "mark_good"), ("D-2026-1004", (2, 4), "mark_low")):
        async with reading():
            order = await orders.order_by_number(number)
        assert order is not None
        await ratings.rate(owner.actor, owner.person_id, order, "1", marks, texts[words], now - 5 * DAY)
    firm = await _firm(MARKED)
    async with reading():
        low = next(one for one in await ratings.unanswered(firm.id, now) if one.key.startswith("owner:"))
    await ratings.answer(Actor("link", None), None, firm.id, low.key, texts["mark_answer"], now - 3 * DAY)


async def _off(judges: Judges, now: datetime) -> None:
    """Ordered to mend, never answered: two people decided, and it appeals. An order still comes."""
    lead, admin, texts = judges.desk.lead, judges.desk.admin, judges.texts
    firm = await _firm(OFF)
    await _judge(firm, now - ORDERED * DAY)
    async with writing():
        await hold("suppliers", firm.id)
        running = await cases.open_mending(firm.id)
        assert running is not None
        await mending.run_out(running, running.due_at)
    decided = now - DECIDED * DAY
    await _two(lead, admin, firm, Wish.BLACKLIST, texts["blacklist"], decided)
    async with reading():
        verdict = (await queries.verdicts_of(firm.id))[0]
    files = await evidence.keep([cracked_lid()])
    ref = await appealing.file(Actor("link", None), firm.id, verdict.ref, texts["appeal"], files, decided + 3 * DAY)
    await appealing.review(judges.second.actor, judges.second.person_id, ref, decided + 4 * DAY)
    async with writing():
        await tell(BOXES, 12, now - 2 * DAY, Status.PAID, now - 2 * DAY)


async def _white(judges: Judges, now: datetime) -> None:
    """On the list by its figures and two people; it asks for the place that the list is offered first."""
    lead, admin, texts = judges.desk.lead, judges.desk.admin, judges.texts
    firm, listed = await _firm(GOOD), now - LISTED * DAY
    await _judge(firm, listed)
    await whitelist.look(listed)
    await _two(lead, admin, firm, Wish.WHITE, texts["white"], listed + DAY)
    at = now - 3 * DAY
    place = (texts["slot"], texts["slot_text"], now + 4 * DAY, now + 11 * DAY)
    slot = await whitelist.announce(admin.actor, admin.person_id, *place, at)
    await whitelist.claim(Actor("link", None), firm.id, slot, texts["claim"], at + DAY)
    await whitelist.reward(lead.actor, lead.person_id, firm, texts["incentive"], now - 2 * DAY)


async def _mends(judges: Judges, at: datetime) -> None:
    """What it has changed, with a photo; the desk must look at it."""
    firm = await _firm(MENDS)
    async with reading():
        running = await cases.open_mending(firm.id)
    if running is not None:
        files = await evidence.keep([cracked_lid()])
        await mending.submit(Actor("link", None), running.ref, judges.texts["evidence"], files, at)


async def _two(lead: Viewer, admin: Viewer, firm: Firm, wish: Wish, reason: str, at: datetime) -> None:
    await deciding.propose(lead.actor, lead.person_id, firm, wish, reason, at - timedelta(hours=20))
    async with reading():
        proposal = await cases.open_proposal(firm.id)
    assert proposal is not None
    await deciding.confirm(admin.actor, admin.person_id, proposal.ref, at)


async def _firm(external_id: str) -> Firm:
    async with reading():
        return await queries.firm_by(external_id)


async def _judge(firm: Firm, at: datetime) -> None:
    """Judge one party for the day before."""
    day = _day_before(at)
    async with reading():
        version = await versions.in_force(at)
        counted = await counting.sums(firm.id, *window(day, version.criteria.window_days))
    await judging.judge_party(firm.id, counted, day, version, at)


def _day_before(at: datetime) -> date:
    return local(at).date() - timedelta(days=1)
