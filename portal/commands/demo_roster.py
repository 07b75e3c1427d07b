"""The demo's desk: agents who have learned and passed, their shifts, and what they are good at."""

from datetime import datetime, timedelta

from courses.assignment import actions as assignments
from courses.assignment.rules import Cause
from portal.commands.demo_learning import learn, open_assignment, sit_exam
from portal.commands.demo_past import month_of
from portal.core.base.audit import SYSTEM
from portal.core.base.clock import day_start, local
from portal.core.base.database import writing
from portal.core.web.viewer import Viewer
from portal.service.roster import actions as roster
from portal.service.roster.actions import Profile
from portal.service.roster.rules import LANGUAGES, SHORTEST_SHIFT, Span

CERTIFIED_BEFORE = timedelta(days=200)
STRENGTHS = {
    "agent": Profile("senior", (), ("quality", "damaged", "returns", "refund"), LANGUAGES, 20),
    "second-agent": Profile("junior", (), ("delivery", "price", "advice"), LANGUAGES, 20),
    "desk-lead": Profile("lead", (), (), LANGUAGES, 10),
}
BEGINS, ENDS = timedelta(hours=8), timedelta(hours=22)
DAYS_BACK, DAYS_ON, DAYS_LAST_MONTH = 3, 7, 18


async def make_roster(agents: dict[str, Viewer], now: datetime) -> None:
    """Everybody of the desk passes her exam, has her shifts and her strengths; the next of them is her deputy."""
    for external_id, viewer in agents.items():
        async with writing():
            await _certify(viewer, now - CERTIFIED_BEFORE)
            await roster.set_profile(SYSTEM, viewer.person_id, STRENGTHS[external_id], now)
    names = list(agents)
    for place, external_id in enumerate(names):
        deputy = agents[names[(place + 1) % len(names)]].person_id
        async with writing():
            await _shifts(agents[external_id].person_id, deputy, now)


async def _certify(viewer: Viewer, at: datetime) -> None:
    await assignments.assign_by_purpose(SYSTEM, viewer.person_id, "agent", Cause.ROLE, at)
    assignment = await open_assignment(viewer.person_id, "agent")
    done = await learn(viewer, assignment, at)
    await sit_exam(viewer, assignment, done + timedelta(hours=2), wrong=1)


async def _shifts(person_id: int, deputy_id: int, now: datetime) -> None:
    """Day shifts of last month and this week, and one that runs whenever the demo is looked at."""
    current = Span(now - timedelta(hours=4), now + timedelta(hours=10))
    today = local(now).date()
    days = [today + timedelta(days=day) for day in range(-DAYS_BACK, DAYS_ON + 1)]
    first = month_of(now)
    days = [*(first + timedelta(days=day) for day in range(DAYS_LAST_MONTH)), *days]
    plain = [Span(begin + BEGINS, begin + ENDS) for begin in map(day_start, sorted(set(days)))]
    at = day_start(first) - timedelta(days=1)
    for span in (current, *(part for each in plain for part in _around(current, each))):
        await roster.enter_shift(SYSTEM, person_id, span, deputy_id, at)


def _around(current: Span, plain: Span) -> list[Span]:
    """What the shift that runs leaves of a plain one: all of it, or what lies before and after."""
    if not plain.meets(current):
        return [plain]
    parts = (Span(plain.starts_at, current.starts_at), Span(current.ends_at, plain.ends_at))
    return [part for part in parts if part.ends_at - part.starts_at >= SHORTEST_SHIFT]
