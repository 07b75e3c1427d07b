"""What the demo's desk makes of its complaints: inspections, samples looked at again, training, cases, gaps, moves."""

from datetime import date, datetime, time, timedelta

from courses.cases import actions as cases
from courses.cases.rules import LANGUAGES, Kind, Telling, Topic
from courses.catalogue import photos
from portal.commands.demo_data import demo_past
from portal.commands.demo_desk import DAY, HOUR, Desk
from portal.commands.demo_past import month_of
from portal.commands.demo_pictures import cracked_lid
from portal.core.base.audit import Actor
from portal.core.base.clock import day_start, local, site_zone
from portal.core.base.database import reading, writing
from portal.core.web.paging import Cut
from portal.core.web.viewer import Viewer
from portal.service.causes import inspecting, inspections, mending, party
from portal.service.causes import queries as causes
from portal.service.causes.inspecting import Visit
from portal.service.causes.inspections import InspectionInfo
from portal.service.causes.mending import Plan
from portal.service.compensations import reviews as grants
from portal.service.compensations import vouchers
from portal.service.compensations.rules import Finding
from portal.service.compensations.vouchers import Code
from portal.service.complaints import charge, moving
from portal.service.complaints import queries as complaints
from portal.service.complaints.queries import ComplaintInfo
from portal.service.knowledge import readers
from portal.service.knowledge.rules import Audience
from portal.service.quality import checklists, drawing, figures, queries, reviewing, training
from portal.service.quality.queries import SampleInfo
from portal.service.quality.rules import DRAWN_AT_HOUR, WEEK, Marks, Step, monday

FIRM = dict.fromkeys(Step, 2) | {Step.CONFIRM: 1}
HASTY = dict.fromkeys(Step, 1) | {Step.GREET: 0, Step.RECOMMEND: 2, Step.HELP: 2}
WAITING = 2  # samples and grants that nobody has judged yet
GAPS = (("gap_1", "zh-Hans", 5), ("gap_2", "zh-Hans", 3), ("gap_3", "zh-Hans", 2), ("gap_4", "en", 2))


async def make_after(desk: Desk, now: datetime) -> None:
    """All that followed from last month, and what the desk does with this month's."""
    await _inspect(desk, now)
    await _look_at_grants(desk, now)
    async with writing():
        await _look_at_conversations(desk, now)
    await figures.take_months()
    await training.train_months()
    async with writing():
        await _tell_cases(desk, now)
        await _search(now)
        await _hand_over(desk, now)
        await _stock(desk, now)


# ---- inspections ----


async def _inspect(desk: Desk, now: datetime) -> None:
    """Three leaking jars within a week: two people went, and what they found is published and mended."""
    texts = demo_past().texts
    info, at = await _leaking(desk, now)
    two = (desk.lead.person_id, desk.admin.person_id)
    await inspecting.schedule(desk.lead, info.ref, Visit(*two, at + 3 * DAY, announced=True), at)
    marks = dict.fromkeys(("goods", "packing", "handling"), "bad") | dict.fromkeys(("storage", "papers"), "good")
    found_at = at + 3 * DAY + 4 * HOUR
    kept = await photos.keep([cracked_lid()])
    marks |= {"advice": "not_looked"}
    await inspecting.write_result(desk.lead, info.ref, marks, texts["inspection"], found_at, kept)
    await inspecting.sign(desk.admin, info.ref, None, at + 4 * DAY)
    agent = desk.agents["agent"]
    plan = Plan(texts["inspection_action"], agent.person_id, at + 9 * DAY, info.party_id)
    action = await inspecting.plan_action(desk.lead, info.ref, plan, at + 4 * DAY)
    async with reading():
        laid = await causes.action_by_ref(action)
    assert laid is not None
    supplier = Actor("link", None)
    await party.answer_action(supplier, laid, texts["inspection_answer"], kept, at + 6 * DAY)
    await mending.done(agent, action, texts["inspection_done"], at + 7 * DAY)
    await mending.verify(desk.admin, action, True, "", at + 8 * DAY)
    await inspecting.close(desk.lead, info.ref, at + 9 * DAY)


async def _leaking(desk: Desk, now: datetime) -> tuple[InspectionInfo, datetime]:
    """The inspection of the jars, and when the lead took it up."""
    async with reading():
        found = await inspections.listed("all", Cut())
    return found.items[-1], found.items[-1].opened_at + 4 * HOUR


# ---- looked at again ----


def _after_month(now: datetime) -> datetime:
    """Early on the first of this month, when last month's sample is drawn."""
    first = day_start(local(now).date().replace(day=1))
    return min(first + 6 * HOUR, now - HOUR)


async def _look_at_grants(desk: Desk, now: datetime) -> None:
    """Last month's grants: most fit, one was too little, some wait."""
    texts, at = demo_past().texts, _after_month(now)
    await grants.draw_month(f"{month_of(now):%Y-%m}", at)
    async with reading():
        found = (await grants.reviews(Cut(), only_open=True)).items
    for place, one in enumerate(found[WAITING:]):
        what, note = (Finding.FITTING, "review_fit") if place else (Finding.TOO_LITTLE, "review_little")
        await grants.judge(desk.lead.actor, desk.lead.person_id, one.id, what, texts[note], min(at + DAY, now))


async def _look_at_conversations(desk: Desk, now: datetime) -> None:
    """Every week that is over was drawn from; the lead has read all but the last, and two agents did not agree."""
    for week in _weeks(now):
        await drawing.draw_week(week, min(day_start(week + WEEK) + timedelta(hours=DRAWN_AT_HOUR), now))
    second = desk.agents["second-agent"]
    drawn = await queries.samples("s.scored_at IS NULL ORDER BY s.id LIMIT 100")
    read = drawn[: -min(WAITING, len(drawn) - WAITING)]
    disputed = [one for one in read if one.agent_id == second.person_id][-1]
    for one in read:
        at = now - 20 * HOUR if one is disputed else min(one.drawn_at + 2 * DAY, now - 2 * HOUR)
        await _read(desk, one, at, second)
    texts = demo_past().texts
    await reviewing.appeal_score(second, disputed.ref, texts["appeal_score"], now - 3 * HOUR)
    await _appeal_before(desk, next(one for one in read if one.agent_id != second.person_id), now)


def _weeks(now: datetime) -> list[date]:
    this = monday(local(now).date())
    if local(now) < datetime.combine(this, time(DRAWN_AT_HOUR), site_zone()):
        this -= WEEK
    first = monday(month_of(now))
    return [first + WEEK * turn for turn in range((this - first) // WEEK)]


async def _read(desk: Desk, one: SampleInfo, at: datetime, second: Viewer) -> None:
    sheet, hasty = await checklists.current(), one.agent_id == second.person_id
    marks: Marks = HASTY if hasty else FIRM
    note = demo_past().texts["read_second" if hasty else "read_first"]
    await reviewing.review(desk.lead, one.ref, marks, note, sheet.number, at)


async def _appeal_before(desk: Desk, one: SampleInfo, now: datetime) -> None:
    """An appeal that was decided by somebody else than the judge."""
    texts, agent = demo_past().texts, desk.agents["agent"]
    at = min(one.drawn_at + 3 * DAY, now - HOUR)
    await reviewing.appeal_score(agent, one.ref, texts["appeal_before"], at)
    await reviewing.decide_score(desk.admin, one.ref, False, texts["appeal_answer"], min(at + DAY, now))


# ---- what others learn ----


async def _tell_cases(desk: Desk, now: datetime) -> None:
    """A case of a closed complaint waits for a reviewer's yes; another is being written."""
    agent = desk.agents["agent"]
    for place, told in enumerate(demo_past().cases):
        source = await _of_order(told.order)
        tellings = dict(zip(LANGUAGES, (Telling(**told.zh_hans), Telling(**told.en)), strict=True))
        draft = cases.Draft(Kind.COMPLAINT, Topic(source.function), source.product_category, tellings)
        at = now - (2 - place) * DAY
        ref = await cases.make(agent.actor, draft, at, source=source.ref)
        if not place:
            await cases.submit(agent.actor, ref, (await cases.required(ref)).mark, at + HOUR)


async def _search(now: datetime) -> None:
    """What buyers look for at /help and do not find."""
    for name, language, times in GAPS:
        for turn in range(times):
            words = demo_past().texts[name]
            await readers.note_search(words, language, Audience.BUYER, 0, now - turn * DAY - HOUR, address=None)


# ---- from hand to hand ----


async def _of_order(number: str) -> ComplaintInfo:
    condition = "c.order_of = (SELECT id FROM orders WHERE number = {}) ORDER BY c.id LIMIT 1"
    return (await complaints.listed(condition, number))[0]


async def _hand_over(desk: Desk, now: datetime) -> None:
    """One goes on to the next shift with its story; the lead moves another because its agent is on leave tomorrow."""
    texts = demo_past().texts
    agent, second = desk.agents["agent"], desk.agents["second-agent"]
    evening, rest = await _of_order("D-2026-1020"), await _of_order("D-2026-1019")
    at = now - 50 * timedelta(minutes=1)
    await charge.hand_over(
        second.actor, second.person_id, evening.id, agent.person_id, texts["handover"], texts["handover_why"], at
    )
    await moving.order_move(desk.lead, [rest.id], agent.person_id, texts["move_why"], now)


async def _stock(desk: Desk, now: datetime) -> None:
    """The shop's voucher codes, from now on given at once."""
    codes = [Code(f"DEMO-{worth}-{turn:02}", worth * 100) for worth in (10, 20, 50) for turn in range(1, 11)]
    await vouchers.take_in(desk.admin.actor, desk.admin.person_id, codes, now + 180 * DAY, now)
