"""Random histories against an oracle: whatever happens in whatever order, nobody shares whose conditions do not hold.

Each example is one store living through random events on a real database, all of it taken back at the end. The oracle
is written down separately, from the mission's words; the gate must agree with it at every instant, and each refusal
must carry a reason.
"""

import asyncio
import os
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from certification.exams import actions as exams
from certification.rights import actions, listing, measures, queries
from certification.rights.rules import Category, replay
from certification.rights.tables import Decision
from courses.assignment import queries as assigned
from courses.catalogue.commands import import_from_path
from portal import wiring
from portal.core.base.audit import SYSTEM
from portal.core.base.database import connect, disconnect, reading, writing
from portal.core.base.refusals import Refused
from portal.core.stores import actions as stores
from portal.core.web.viewer import Viewer
from tests import make
from tests.certification.rights.small import write_package
from tests.make import START, Owner

DAY = timedelta(days=1)
VALID, WINDOW = 100 * DAY, 30 * DAY
EXAMPLES = int(os.environ.get("PORTAL_TEST_HISTORIES", "600"))
PARTS = 4  # side by side, each with lives of its own


class Taken(Exception):
    """Everything of an example is taken back."""


@dataclass
class Oracle:
    """What the mission says of one store, kept by hand beside the software."""

    open: bool = True
    certificates: list[datetime] = field(default_factory=list)  # ends of validity, of the current version
    suspended_by_points: bool = False
    suspended_until: datetime | None = None
    revoked_until: datetime | None = None
    bridge_until: datetime | None = None
    violations: list[datetime] = field(default_factory=list)  # since the slate was last cleared

    def may_share(self, at: datetime) -> bool:
        end = max(self.certificates, default=None)
        in_force = end is not None and (at < end or (self.bridge_until is not None and at < self.bridge_until))
        resting = self.suspended_by_points
        resting |= self.suspended_until is not None and at < self.suspended_until
        resting |= self.revoked_until is not None and at < self.revoked_until
        return self.open and in_force and not resting


EVENTS = st.sampled_from(
    [
        "learn", "learn", "pass", "pass", "fail", "day", "month", "season", "violate", "remedial", "suspend",
        "revoke", "bridge", "lift", "close", "return_kit", "sweep",
    ]
)  # fmt: skip


class Life:
    """One store living through events, and the oracle beside it."""

    def __init__(self, owner: Owner, ada: Viewer, alan: Viewer) -> None:
        self.owner, self.ada, self.alan = owner, ada, alan
        self.oracle = Oracle()
        self.at = START

    async def live(self, event: str) -> None:
        self.at += timedelta(hours=1)
        with suppress(Refused):
            await getattr(self, f"_{event}")()

    async def _registration(self, purpose: str) -> int | None:
        async with reading():
            given = await assigned.open_assignments(self.owner.person_id)
        return next((one.id for one in given if one.purpose == purpose), None)

    async def _study(self, purpose: str) -> None:
        assignment = await self._registration(purpose)
        if assignment is None:
            return
        self.at = await make.learn_all(self.owner.person_id, assignment, self.at)

    async def _sit(self, purpose: str, *, well: bool) -> bool:
        assignment = await self._registration(purpose)
        if assignment is None:
            return False
        viewer = await make.viewer(self.owner.person_id)
        part = await make.exam_part(assignment)
        attempt = await exams.start_attempt(viewer, assignment, part, "zh-Hans", self.at)
        for position, answer in (await make.answers_of(attempt.id, well=well)).items():
            await exams.save_answer(attempt.ref, viewer, position, answer, seq=None, device="t", at=self.at)
        self.at += timedelta(minutes=5)
        await exams.submit(attempt.ref, viewer, self.at)
        return well

    async def _learn(self) -> None:
        await self._study("owner_licence")

    async def _pass(self) -> None:
        before = max(self.oracle.certificates, default=None)
        if await self._sit("owner_licence", well=True):
            early = before is not None and self.at < before <= self.at + WINDOW
            self.oracle.certificates.append((before if early and before else self.at) + VALID)

    async def _fail(self) -> None:
        await self._sit("owner_licence", well=False)

    async def _remedial(self) -> None:
        await self._study("remedial")
        if await self._sit("remedial", well=True):
            self.oracle.suspended_by_points = False
            self.oracle.violations.clear()

    async def _violate(self) -> None:
        reported = await measures.report_violation(
            self.ada, self.owner.store_id, Category.FALSE_CLAIM, self.at, "写了全网最低价", self.at
        )
        await measures.decide_violation(self.alan, reported, confirm=True, note="", at=self.at)
        self.oracle.violations.append(self.at)
        counting = [when for when in self.oracle.violations if when > self.at - 365 * DAY]
        self.oracle.suspended_by_points |= 6 * len(counting) >= 12

    async def _suspend(self) -> None:
        await self._measure("suspension", 7)
        self.oracle.suspended_until = max(self.at + 7 * DAY, self.oracle.suspended_until or self.at)

    async def _revoke(self) -> None:
        await self._measure("revocation", 20)
        self.oracle.revoked_until = max(self.at + 20 * DAY, self.oracle.revoked_until or self.at)

    async def _measure(self, kind: str, days: int) -> None:
        await measures.suspend(
            self.ada,
            self.owner.store_id,
            kind=kind,
            reason="核查",
            ends_at=self.at + days * DAY,
            remedial=False,
            at=self.at,
        )

    async def _override(self, **wanted: Any) -> None:
        proposal = await measures.propose_override(self.ada, self.owner.store_id, reason="特批", at=self.at, **wanted)
        await measures.settle_override(self.alan, proposal, confirm=True, at=self.at)

    async def _bridge(self) -> None:
        until = self.at + 10 * DAY
        await self._override(kind="bridge", until=until, measure_id=None)
        self.oracle.bridge_until = max(until, self.oracle.bridge_until or until)

    async def _lift(self) -> None:
        async with reading():
            found = [m for m in await listing.measures_of(self.owner.store_id) if m.lifted_at is None]
        by_points = [m for m in found if m.cause == "points"]
        if by_points:
            await self._override(kind="lift", until=None, measure_id=by_points[0].id)
            self.oracle.suspended_by_points = False
            self.oracle.violations.clear()

    async def _close(self) -> None:
        await stores.close_store(SYSTEM, self.owner.store_id, self.at)
        self.oracle.open = False

    async def _return_kit(self) -> None:
        await stores.return_kit(SYSTEM, self.owner.store_id, self.at)
        self.oracle.open = False

    async def _sweep(self) -> None:
        await actions.reconsider(SYSTEM, self.owner.store_id, "time", self.at)

    async def _day(self) -> None:
        self.at += DAY

    async def _month(self) -> None:
        self.at += 31 * DAY

    async def _season(self) -> None:
        self.at += 95 * DAY

    async def check(self) -> None:
        async with reading():
            standing = await queries.standing(self.owner.store_id, self.at)
        assert standing is not None
        decision = standing.decision
        assert decision.may_share is self.oracle.may_share(self.at), (self.at, standing.facts, self.oracle)
        assert decision.may_share or decision.unmet, "a refusal without a reason"
        try:
            await actions.require_right(SYSTEM, self.owner.store_id, "link", self.at)
        except Refused:
            assert not decision.may_share
        else:
            assert decision.may_share


@dataclass
class Town:
    """What all examples share: a store that has just been opened, and two admins."""

    owner: Owner
    ada: Viewer
    alan: Viewer

    async def live(self, events: list[str]) -> None:
        with suppress(Taken):
            async with writing():  # every inner step is a real savepoint
                life = Life(self.owner, self.ada, self.alan)
                for event in events:
                    await life.live(event)
                    await life.check()
                await self._replay()
                raise Taken

    async def _replay(self) -> None:
        """Every decision says today what it said when it was kept."""
        for row in await Decision.select(Decision.id).where(Decision.store == self.owner.store_id):
            kept = await queries.decision(row["id"])
            assert kept is not None
            assert replay(kept.rules_version, kept.facts, kept.decided_at).says_the_same(kept.decision)


@pytest.fixture
def live(database_url: str, tmp_path: Path) -> Iterator[Callable[[list[str]], None]]:
    """Lets a store live through events: in a loop of our own, with the small curricula in a connected database."""

    async def begin() -> Town:
        wiring.join()
        await connect(database_url)
        for code, purpose in (("small", "owner_licence"), ("mend", "remedial")):
            folder = write_package(tmp_path / code, code, purpose, valid_days=VALID.days)
            report = await import_from_path(folder, at=START)
            assert not report.refused, report.refused
        ada, alan = [await make.viewer(await make.person("admin", name)) for name in ("ada", "alan")]
        return Town(await make.owner("何晓梅", START), ada, alan)

    with asyncio.Runner() as runner:
        town = runner.run(begin())
        yield lambda events: runner.run(town.live(events))
        runner.run(disconnect())


@pytest.mark.slow
@pytest.mark.parametrize("part", range(PARTS))
def test_no_history_gives_a_right_whose_conditions_do_not_hold(
    live: Callable[[list[str]], None], database_url: str, part: int
) -> None:
    examples = (EXAMPLES if database_url.startswith("sqlite") else EXAMPLES // 6) // PARTS

    @settings(max_examples=examples, deadline=None, suppress_health_check=list(HealthCheck))
    @given(st.lists(EVENTS, min_size=3, max_size=14))
    def histories(events: list[str]) -> None:
        live(events)

    histories()


def test_a_life_that_uses_everything(live: Callable[[list[str]], None]) -> None:
    live(
        ["pass", "learn", "fail", "pass", "violate", "violate", "remedial", "season", "learn", "pass", "suspend",
         "month", "bridge", "season", "bridge", "day", "violate", "violate", "lift", "revoke", "sweep", "close"]
    )  # fmt: skip
