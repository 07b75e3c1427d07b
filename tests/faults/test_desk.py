"""The desk's clocks and payments while workers are killed: every rung once, every hand-over once, paid once."""

import asyncio
from dataclasses import replace
from datetime import datetime
from pathlib import Path

import pytest

from portal.core.base.audit import SYSTEM
from portal.core.base.clock import now
from portal.core.base.database import DB, reading
from portal.core.base.settings import Settings, use_settings
from portal.service.compensations import ledger, paying
from portal.service.compensations.paying import Payment
from portal.service.compensations.queries import GrantInfo
from portal.service.compensations.rules import Via
from portal.service.complaints import tally
from tests import make
from tests.faults.crew import Crew, count, inside, listening, to_the_hour, working
from tests.faults.truth import titles
from tests.service.compensations import make as compensations
from tests.service.complaints import make as complaints
from tests.service.connect.shop import SECRET

COMPLAINTS, CLOCKS = 8, 3
RUNGS = "SELECT count(*) AS n FROM complaint_rungs"
IN_CHARGE = "SELECT count(*) AS n FROM complaint_agents WHERE until IS NULL"
# Hours since receipt, and how many rungs of its three ladders each complaint has climbed by then.
BY_HOUR = {19: 2, 21.8: 3, 96: 8, 16 * 24: 12}
SHIFT_OF_THE_SECOND = 21.4  # whoever is not seen for half an hour is not there


@pytest.fixture
def there(site: Settings, tmp_path: Path) -> Settings:
    """The site with a clock that can be moved."""
    made = replace(site, clock_file=tmp_path / "desk-clock")
    use_settings(made)
    to_the_hour(made, 0)
    return made


async def _filed() -> datetime:
    """Complaints that nobody is there to take, a desk lead and an admin who hear of them; when they came."""
    at = now()
    await make.person("desk_lead", "Dora", at)
    await make.person("admin", "Ada", at)
    for number in range(COMPLAINTS):
        await complaints.complaint(await complaints.scene(at=at), at, text=f"第{number}件事情")
    return at


def _killed_in_the_middle(crew: Crew, sql: str, before: int, after: int) -> None:
    """As soon as the first of it is done the workers die; others do the rest."""
    crew.wait_for("begun", sql, before + 1)
    crew.kill()
    crew.start_again()
    crew.wait_for("done", sql, after)


async def _rows(sql: str) -> list[dict[str, object]]:
    async with reading():
        return [dict(row) for row in await DB.fetch(sql, [])]


def test_every_rung_is_climbed_once_while_workers_are_killed(there: Settings) -> None:
    """A queue that drains, days that pass, hands that are gone: nothing is lost, nothing happens twice."""
    inside(there, _filed)
    first = inside(there, lambda: complaints.agent_ready("林晓月"))
    second, climbed = 0, 0
    with working(there) as crew:
        _killed_in_the_middle(crew, IN_CHARGE, 0, COMPLAINTS)
        for hours, rungs in BY_HOUR.items():
            if not second and hours > SHIFT_OF_THE_SECOND:
                to_the_hour(there, SHIFT_OF_THE_SECOND)
                second = inside(there, lambda: complaints.agent_ready("周敏"))
            to_the_hour(there, hours)
            _killed_in_the_middle(crew, RUNGS, climbed, rungs * COMPLAINTS)
            climbed = rungs * COMPLAINTS
    inside(there, lambda: _once(first, second))
    assert inside(there, tally.apart) == []
    asyncio.run(titles(there.database_url))


async def _once(first: int, second: int) -> None:
    steps = await _rows("SELECT complaint, facts FROM complaint_events WHERE kind = 'step'")
    assert len({(step["complaint"], str(step["facts"])) for step in steps}) == len(steps) == 12 * COMPLAINTS
    for kind, much in (("assigned", 1), ("handed_over", 1)):
        rows = await _rows(
            f"SELECT complaint, count(*) AS n FROM complaint_events WHERE kind = '{kind}' GROUP BY complaint"
        )
        assert [row["n"] for row in rows] == [much] * COMPLAINTS, kind
    tenures = await _rows("SELECT complaint, agent FROM complaint_agents ORDER BY complaint, id")
    hands = [tenure["agent"] for tenure in tenures]
    assert hands == [first, second] * COMPLAINTS
    said = await _rows("SELECT count(*) AS n FROM buyer_messages WHERE kind LIKE 'complaint_%_broken'")
    owned = await _rows("SELECT count(*) AS n FROM audit_entries WHERE action = 'complaint.promise_broken'")
    assert (said[0]["n"], owned[0]["n"]) == (CLOCKS * COMPLAINTS, CLOCKS * COMPLAINTS)
    left = await _rows("SELECT count(*) AS n FROM complaints WHERE next_at IS NOT NULL OR agent IS NULL")
    assert left[0]["n"] == 0


def test_a_payment_survives_the_worker_that_ordered_it(there: Settings) -> None:
    """The shop is told, the worker dies before it knows; the shop is told again, confirms twice, and has paid once."""
    with listening() as shop:
        told = replace(there, webhook_url=shop.url, webhook_secret=SECRET)
        use_settings(told)
        shop.deaf_to.add("compensation.approved")
        with working(told) as crew:
            _, grant = inside(told, compensations.agreed)
            shop.wait_for("compensation.approved", 1)
            crew.kill()
            inside(told, lambda: _confirmed(grant))
            shop.deaf_to.clear()
            crew.start_again()
            shop.wait_for("compensation.approved", 2)
            inside(told, lambda: _confirmed(grant))
        ids = {webhook_id for webhook_id, _ in shop.of("compensation.approved")}
        assert len(ids) == 1
        assert {body["data"]["ref"] for _, body in shop.of("compensation.approved")} == {grant.ref}
    assert inside(told, ledger.imbalance) == []
    for sql in (
        "SELECT count(*) AS n FROM compensation_grants WHERE state = 'paid'",
        "SELECT count(*) AS n FROM complaint_events WHERE kind = 'payment_confirmed'",
        "SELECT count(*) AS n FROM audit_entries WHERE action = 'compensation.paid'",
        "SELECT count(*) AS n FROM buyer_messages WHERE kind = 'compensation_paid'",
    ):
        assert count(told, sql) == 1, sql


async def _confirmed(grant: GrantInfo) -> GrantInfo:
    return await paying.confirm(SYSTEM, grant.ref, Payment(grant.amount_fen, now(), "pay-1"), Via.API, now())
