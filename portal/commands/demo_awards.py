"""The demo's awards: one month from its freeze to the hall of fame, and last month's under review with nominations."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from courses.cases import actions as cases
from courses.cases.rules import LANGUAGES, Telling
from portal.commands import demo_stars as stars
from portal.commands.demo_history import demo_stars, make_history, months_before
from portal.commands.demo_stars import DAY, HOUR, person
from portal.core.base.database import reading, writing
from portal.core.web.viewer import Viewer
from portal.service.awards import (
    cycles,
    nominations,
    objections,
    prizes,
    publishing,
    queries,
    reviewing,
    runs,
    stories,
    sweeps,
)
from portal.service.awards import winners as won
from portal.service.awards.cycles import Cycle, Wanted
from portal.service.awards.nominations import Writeup
from portal.service.awards.periods import Period
from portal.service.awards.rules import Award, State, Subject
from portal.service.awards.stories import Consent, Shown
from portal.service.awards.winners import Result
from portal.service.facts import keeping
from portal.service.stars.spans import end_of

OWNERS = Wanted(Subject.OWNER, Period.MONTH)
NOMINATED_BEFORE = 3 * DAY  # the month's end
FROZEN, REVIEWED, OPENED, CLOSED = 13 * HOUR, 2 * DAY + 9 * HOUR, 2 * DAY + 15 * HOUR, 9 * DAY + 16 * HOUR
PROPOSED, CONFIRMED, AGREED = 10 * DAY + 9 * HOUR, 10 * DAY + 11 * HOUR, 11 * DAY + 20 * HOUR
RECORDED, HANDED, TOLD, ANSWERED = (days * DAY + 10 * HOUR for days in (12, 16, 17, 18))
PRIZE_FEN = 120_000
MARKS = ((5, 4, 5), (4, 5, 5))


@dataclass(frozen=True, slots=True)
class Jury:
    """Who nominates, reviews and publishes in the demo."""

    manager: Viewer
    lead: Viewer
    admins: tuple[Viewer, Viewer]


async def make_honours(jury: Jury, now: datetime) -> None:
    """The months behind, stars of the last two, awards of the first of them, and of the last as far as they are."""
    await make_history(now)
    while await keeping.keep():
        pass
    before, last = months_before(now)[-2:]
    await _plan(before)
    await _plan(last)
    await stars.make_month(before, jury.admins, now)
    await _nominate(jury, before, "xie-yun", "nominated", judges=(jury.lead, jury.admins[0]))
    await stars.appeal(before, jury.lead)
    await _award(jury, before)
    await _nominate(jury, last, "zhou-ping", "running", judges=(jury.lead,))
    await stars.make_month(last, jury.admins, now)
    if now >= end_of(last) + FROZEN:
        await _freeze(last)
    await sweeps.go_on()


def _ref(month: str) -> str:
    return OWNERS.ref_of(month)


async def _plan(month: str) -> None:
    async with writing():
        await cycles.plan(OWNERS, month, end_of(month) - 27 * DAY)


async def _nominate(jury: Jury, month: str, store: str, name: str, judges: tuple[Viewer, ...]) -> None:
    """A write-up at the month's end, and who has read it since."""
    texts, at = demo_stars().texts, end_of(month) - NOMINATED_BEFORE
    writeup = Writeup(*(texts[f"{name}_{part}"] for part in ("title", "happened", "done", "effect")))
    manager = jury.manager
    made = await nominations.nominate(manager.actor, manager.person_id, _ref(month), store, writeup, at)
    for judge, marks in zip(judges, MARKS, strict=False):
        await nominations.judge(judge.actor, judge.person_id, made, marks, texts["judged"], at + DAY)


async def _award(jury: Jury, month: str) -> None:
    """Frozen, looked through, kept open a week for objections, published, and what came after."""
    until, ref = end_of(month), _ref(month)
    cycle = await _freeze(month)
    await _rule(jury.lead, cycle.id, until + REVIEWED)
    await reviewing.open_window(jury.lead.actor, jury.lead.person_id, ref, until + OPENED)
    await _object(jury.admins[0], cycle.id, until + OPENED)
    async with writing():
        await cycles.advance(await cycles.by_id(cycle.id), State.CLOSING)
    await _work(cycle.id, until + CLOSED)
    first, second = jury.admins
    await publishing.propose(first.actor, first.person_id, ref, until + PROPOSED)
    await publishing.confirm(second.actor, second.person_id, ref, until + CONFIRMED)
    async with reading():
        standing = {one.award: one for one in await won.results("r.cycle = {} ORDER BY r.id", cycle.id)}
    await _agree(standing, until + AGREED)
    await _prize(jury, standing[Award.CHAMPION], until)
    await _tell(jury, standing[Award.CHAMPION], until)


async def _freeze(month: str) -> Cycle:
    """Half a day after a month's end: its figures are kept, ranked and looked through."""
    at = end_of(month) + FROZEN
    async with reading():
        cycle = await cycles.by_ref(_ref(month))
    await runs.freeze(cycle, at)
    await _work(cycle.id, at)
    return cycle


async def _work(cycle_id: int, at: datetime) -> None:
    while await runs.work(cycle_id, at):
        pass


async def _rule(lead: Viewer, cycle_id: int, at: datetime) -> None:
    """What looked like gaming was an office with one reception."""
    async with reading():
        seen = [one for one in await queries.unsaid(cycle_id) if one.wants_word]
    for one in seen:
        await reviewing.rule(lead.actor, lead.person_id, one.id, demo_stars().texts["office"], at, kept=True)


async def _object(admin: Viewer, cycle_id: int, at: datetime) -> None:
    """The last of the ranks asks why, and is told."""
    texts = demo_stars().texts
    async with reading():
        last = (await queries.leaders(cycle_id, 10))[-1]
    made = await objections.file(person(last.person_id), last, texts["objection"], at + DAY)
    answer = texts["objection_answer"]
    await objections.decide(admin.actor, admin.person_id, made, answer, at + 2 * DAY, upheld=False)


async def _agree(standing: Mapping[Award, Result], at: datetime) -> None:
    """The champion by name and with her story, the runner-up by her store; the third has said nothing."""
    for award, consent in ((Award.CHAMPION, Consent(Shown.FULL, True)), (Award.RUNNER_UP, Consent(Shown.STORE))):
        who = standing[award].person_id
        await stories.agree(person(who), who, consent, at)


async def _prize(jury: Jury, champion: Result, until: datetime) -> None:
    texts, admin = demo_stars().texts, jury.admins[0]
    made = await prizes.record(admin.actor, admin.person_id, champion.id, texts["prize"], PRIZE_FEN, until + RECORDED)
    await prizes.hand_out(admin.actor, admin.person_id, made, texts["prize_proof"], until + HANDED)


async def _tell(jury: Jury, champion: Result, until: datetime) -> None:
    """Her story in both languages: the lead wrote it, an admin has let it through."""
    lead, admin = jury.lead, jury.admins[0]
    told = dict(zip(LANGUAGES, (Telling(**demo_stars().story[name]) for name in ("zh_hans", "en")), strict=True))
    ref = await stories.tell(lead.actor, lead.person_id, champion.id, told, until + TOLD)
    await cases.publish(admin.actor, ref, (await _mark(ref)), until + ANSWERED)


async def _mark(ref: str) -> int:
    async with reading():
        return (await cases.required(ref)).mark
