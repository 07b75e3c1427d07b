"""The demo's stars: the last two months reckoned, published by two admins; one owner appealed and was heard."""

from datetime import datetime, timedelta

from portal.commands.demo_history import demo_stars
from portal.core.base.audit import Actor
from portal.core.base.database import reading
from portal.core.stores import queries as stores
from portal.core.web.viewer import Viewer
from portal.service.stars import appeals, publishing, queries, runs
from portal.service.stars.appeals import Decision
from portal.service.stars.criteria import Metric
from portal.service.stars.spans import end_of

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
RECKONED, PROPOSED, CONFIRMED = 12 * HOUR, DAY + 9 * HOUR, DAY + 10 * HOUR  # after the month's end
APPEALED, ANSWERED = 4 * DAY + 20 * HOUR, 5 * DAY + 10 * HOUR
APPELLANT = "xie-yun"


def person(person_id: int) -> Actor:
    return Actor("person", person_id)


async def make_month(month: str, admins: tuple[Viewer, Viewer], now: datetime) -> None:
    """Reckon a month that is over and publish it, as far as that is past by now."""
    until = end_of(month)
    if now < until + RECKONED:
        return
    run_id = await runs.begin(month, until + RECKONED)
    assert run_id is not None
    while await runs.work(run_id, until + RECKONED):
        pass
    if now >= until + CONFIRMED:
        first, second = admins
        await publishing.propose(first.actor, first.person_id, month, until + PROPOSED)
        await publishing.confirm(second.actor, second.person_id, month, until + CONFIRMED)


async def appeal(month: str, judge: Viewer) -> None:
    """A mark that was not fair is left out; the owner's month is reckoned anew."""
    texts, until = demo_stars().texts, end_of(month)
    async with reading():
        store = await stores.store_by_external_id(APPELLANT)
        assert store is not None
        found = await queries.explained(month, store.id)
    assert found is not None
    made = await appeals.file(person(store.owner_id), store.owner_id, found, texts["appeal"], until + APPEALED)
    decision = Decision(upheld=True, reason=texts["appeal_answer"], metric=Metric.SATISFACTION, struck=1)
    await appeals.decide(judge.actor, judge.person_id, made, decision, until + ANSWERED)
