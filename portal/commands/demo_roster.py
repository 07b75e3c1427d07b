"""The demo's desk: agents who have learned and passed, their shifts, and what they are good at."""

from datetime import datetime, timedelta

from courses.assignment import actions as assignments
from courses.assignment.rules import Cause
from portal.commands.demo_learning import learn, open_assignment, sit_exam
from portal.core.base.audit import SYSTEM
from portal.core.base.clock import day_start, local
from portal.core.base.database import writing
from portal.core.web.viewer import Viewer
from portal.service.roster import actions as roster
from portal.service.roster.actions import Profile
from portal.service.roster.rules import LANGUAGES, Span, in_the_way

CERTIFIED_BEFORE = timedelta(days=200)
STRENGTHS = {
    "agent": Profile("senior", (), ("quality", "damaged", "returns", "refund"), LANGUAGES, 20),
    "desk-lead": Profile("lead", (), (), LANGUAGES, 10),
}
BEGINS, ENDS = timedelta(hours=8), timedelta(hours=22)
DAYS_BACK, DAYS_ON = 3, 7


async def make_roster(agents: dict[str, Viewer], now: datetime) -> None:
    """Everybody of the desk passes her exam, has her shifts and her strengths; each is the other's deputy."""
    for external_id, viewer in agents.items():
        async with writing():
            await _certify(viewer, now - CERTIFIED_BEFORE)
            await roster.set_profile(SYSTEM, viewer.person_id, STRENGTHS[external_id], now)
    for external_id, viewer in agents.items():
        deputy = next(other.person_id for name, other in agents.items() if name != external_id)
        async with writing():
            await _shifts(viewer.person_id, deputy, now)


async def _certify(viewer: Viewer, at: datetime) -> None:
    await assignments.assign_by_purpose(SYSTEM, viewer.person_id, "agent", Cause.ROLE, at)
    assignment = await open_assignment(viewer.person_id, "agent")
    done = await learn(viewer, assignment, at)
    await sit_exam(viewer, assignment, done + timedelta(hours=2), wrong=1)


async def _shifts(person_id: int, deputy_id: int, now: datetime) -> None:
    """Day shifts, and one that runs whenever the demo is looked at."""
    current = Span(now - timedelta(hours=4), now + timedelta(hours=10))
    today = local(now).date()
    days = [day_start(today + timedelta(days=day)) for day in range(-DAYS_BACK, DAYS_ON + 1)]
    plain = [Span(begin + BEGINS, begin + ENDS) for begin in days]
    for span in (current, *(each for each in plain if in_the_way(current, [each]) is None)):
        await roster.enter_shift(SYSTEM, person_id, span, deputy_id, now - timedelta(days=DAYS_BACK + 1))
