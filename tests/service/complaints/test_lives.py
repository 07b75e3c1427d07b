"""Random lives of complaints against an oracle: one agent at a time, no clock lost, no rung twice, no forbidden state.

Each example is a buyer whose complaints live through random events on a real database, all of it taken back at the
end. The oracle is written down separately, from the design's words on states and clocks.
"""

import asyncio
from collections.abc import Callable, Iterator
from contextlib import suppress
from copy import deepcopy
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from portal import wiring
from portal.core.base import clock
from portal.core.base.audit import SYSTEM
from portal.core.base.database import connect, disconnect, writing
from portal.core.base.refusals import Refused
from portal.core.base.settings import settings as here
from portal.core.web.viewer import Viewer
from portal.service.complaints import actions, charge, ending, history, ladder, leaving, queries
from portal.service.complaints.actions import Words
from portal.service.complaints.clocks import Name
from portal.service.complaints.queries import ComplaintInfo
from portal.service.complaints.rules import Audience, Function, Speaker
from portal.service.complaints.tables import Complaint, ComplaintRung, InCharge
from portal.service.roster import presence
from tests import make
from tests.service.complaints.make import Scene, complaint, scene
from tests.service.roster import make as roster

EXAMPLES = 150
START = clock.now().replace(microsecond=0)
TERMS = {Name.PROPOSAL: timedelta(hours=24), Name.COMPENSATION: timedelta(hours=72), Name.LEGAL: timedelta(days=15)}
STORY = "她要退一半的钱，已经答应今天下午回电话。"


class Taken(Exception):
    """Everything of an example is taken back."""


@dataclass
class Tale:
    """One complaint as the design's words have it: where it may go, and when its clocks stop."""

    state: str
    began: datetime
    round: int = 1
    proposal: datetime | None = None
    compensation: datetime | None = None
    paid: bool = False
    legal: datetime | None = None
    ended: datetime | None = None
    repeats: int | None = None

    def propose(self, at: datetime, *, compensated: bool) -> None:
        assert self.state == "open"
        self.state = "proposed"
        self.said(at, compensated=compensated)

    def said(self, at: datetime, *, compensated: bool) -> None:
        self.proposal = self.proposal or at
        if not compensated and not self.paid:
            self.compensation = self.compensation or at

    def declined(self) -> None:
        if not self.paid:
            self.compensation = None

    def pay(self, at: datetime) -> None:
        self.compensation = self.compensation or at
        self.paid = True

    def end(self, state: str, at: datetime) -> None:
        self.state, self.ended = state, at
        self.proposal = self.proposal or at
        self.compensation = self.compensation or at
        self.paid = True
        self.legal = self.legal or at

    def reopen(self, at: datetime) -> None:
        assert self.state in ("resolved", "closed")
        assert self.round == 1
        assert self.ended is not None
        assert at - self.ended <= timedelta(days=15)
        self.state, self.began, self.round = "open", at, 2
        self.proposal = self.compensation = self.legal = self.ended = None
        self.paid, self.repeats = False, None

    @property
    def stops(self) -> list[datetime | None]:
        return [self.proposal, self.compensation, self.legal]

    @property
    def open(self) -> bool:
        return self.state in ("open", "proposed", "agreed")


ACTS = (
    "file", "file", "file_other", "take", "say", "wait", "answer", "propose", "propose", "explain", "accept", "accept",
    "decline", "pay", "resolve", "settle", "settle", "close", "reopen", "reopen", "withdraw", "hand_over", "come",
    "come", "go", "leave", "hours", "day", "week", "climb", "climb", "drain",
)  # fmt: skip
EVENTS = st.lists(st.tuples(st.sampled_from(ACTS), st.integers(0, 3)), min_size=3, max_size=14)


@dataclass
class Life:
    """A buyer's complaints living through events, and the oracle beside them."""

    there: Scene
    agents: list[int]
    viewers: list[Viewer]
    at: datetime = START
    tales: dict[int, Tale] = field(default_factory=dict)
    rungs: set[tuple[int, int, str, int]] = field(default_factory=set)

    async def live(self, act: str, n: int) -> None:
        self.at += timedelta(minutes=7)
        _show_clock(self.at)
        ids = list(self.tales)
        if act in ("file", "file_other"):
            await self._file(Function.DAMAGED if act == "file" else Function.DELIVERY)
        elif act in ("hours", "day", "week"):
            self.at += {"hours": timedelta(hours=5), "day": timedelta(days=1), "week": timedelta(days=6)}[act]
        elif act in ("come", "go", "leave", "climb", "drain"):
            with suppress(Refused):
                await getattr(self, f"_{act}")(n % len(self.agents))
        elif ids:
            complaint_id = ids[n % len(ids)]
            before = await self._info(complaint_id)
            try:
                async with writing():
                    await getattr(self, f"_{act}")(before, n)
            except Refused:
                assert await self._info(complaint_id) == before

    async def _info(self, complaint_id: int) -> ComplaintInfo:
        found = await queries.by_id(complaint_id)
        assert found is not None
        return found

    def _group(self, complaint_id: int) -> list[Tale]:
        """What goes through it together: the complaint, and the open ones that repeat it."""
        return [
            tale for n, tale in self.tales.items() if n == complaint_id or (tale.repeats == complaint_id and tale.open)
        ]

    async def _file(self, function: Function) -> None:
        info = await complaint(self.there, self.at, function=function)
        self.tales[info.id] = Tale("open", self.at, repeats=info.duplicate_of)

    async def _take(self, info: ComplaintInfo, n: int) -> None:
        await charge.take(SYSTEM, self.agents[n % len(self.agents)], info.id, self.at)

    async def _hand_over(self, info: ComplaintInfo, n: int) -> None:
        to = self.agents[n % len(self.agents)]
        await charge.hand_over(SYSTEM, self.agents[0], info.id, to, STORY, "换班", self.at)

    async def _say(self, info: ComplaintInfo, n: int) -> None:
        words = Words(Speaker.AGENT, Audience.BUYER, "您好，我来处理", self.agents[0])
        await actions.say(SYSTEM, info.id, words, self.at)

    async def _wait(self, info: ComplaintInfo, n: int) -> None:
        words = Words(Speaker.AGENT, Audience.BUYER, "请拍一张照片", self.agents[0], waiting=True)
        await actions.say(SYSTEM, info.id, words, self.at)

    async def _answer(self, info: ComplaintInfo, n: int) -> None:
        await actions.say(SYSTEM, info.id, Words(Speaker.BUYER, Audience.BUYER, "拍好了"), self.at)

    async def _propose(self, info: ComplaintInfo, n: int, *, compensated: bool = True) -> None:
        await ending.proposal_sent(SYSTEM, info.id, 1, self.at, compensated=compensated)
        self.tales[info.id].propose(self.at, compensated=compensated)
        for tale in self._group(info.id)[1:]:
            tale.said(self.at, compensated=compensated)

    async def _explain(self, info: ComplaintInfo, n: int) -> None:
        await self._propose(info, n, compensated=False)

    async def _accept(self, info: ComplaintInfo, n: int) -> None:
        await ending.proposal_answered(SYSTEM, info.id, 1, True, self.at)
        assert self.tales[info.id].state == "proposed"
        self.tales[info.id].state = "agreed"

    async def _decline(self, info: ComplaintInfo, n: int) -> None:
        await ending.proposal_answered(SYSTEM, info.id, 1, False, self.at)
        assert self.tales[info.id].state in ("proposed", "agreed")
        self.tales[info.id].state = "open"
        for tale in self._group(info.id):
            tale.declined()

    async def _pay(self, info: ComplaintInfo, n: int) -> None:
        if info.state == "agreed":
            await ending.payment_confirmed(info.id, self.at)
            for tale in self._group(info.id):
                tale.pay(self.at)

    async def _resolve(self, info: ComplaintInfo, n: int) -> None:
        await ending.resolve(SYSTEM, info.id, ending.SETTLED, self.at)
        assert self.tales[info.id].state in ("open", "agreed")
        for tale in self._group(info.id):
            tale.end("resolved", self.at)

    async def _settle(self, info: ComplaintInfo, n: int) -> None:
        """All the way: explained, accepted, resolved; or nothing of it."""
        kept = deepcopy(self.tales)
        try:
            for step in (self._explain, self._accept, self._resolve):
                await step(info, n)
        except Refused:
            self.tales = kept
            raise

    async def _close(self, info: ComplaintInfo, n: int) -> None:
        await ending.close(SYSTEM, info.id, self.at)
        assert self.tales[info.id].state == "resolved"
        self.tales[info.id].state = "closed"

    async def _reopen(self, info: ComplaintInfo, n: int) -> None:
        await ending.reopen(SYSTEM, info.id, self.at)
        self.tales[info.id].reopen(self.at)

    async def _withdraw(self, info: ComplaintInfo, n: int) -> None:
        await ending.withdraw(SYSTEM, info.id, "buyer", self.at)
        assert self.tales[info.id].open
        self.tales[info.id].end("withdrawn", self.at)

    async def _come(self, n: int) -> None:
        await roster.shift(self.agents[n], self.at, since=0)
        await presence.take_work(self.viewers[n], self.at)

    async def _go(self, n: int) -> None:
        await presence.done(self.viewers[n], self.at)

    async def _leave(self, n: int) -> None:
        await roster.leave(self.agents[n], self.agents[n - 1], self.at, days=1)

    async def _climb(self, n: int) -> None:
        await ladder.climb()
        await leaving.leave()

    async def _drain(self, n: int) -> None:
        await charge.drain(self.at)

    async def check(self) -> None:
        for complaint_id, tale in self.tales.items():
            info = await self._info(complaint_id)
            assert (str(info.state), info.round, info.open) == (tale.state, tale.round, tale.open)
            assert (info.ended_at, info.duplicate_of) == (tale.ended, tale.repeats)
            await self._clocks(info, tale)
            in_charge = await InCharge.select(InCharge.agent).where(
                InCharge.complaint == complaint_id, InCharge.until.is_null()
            )
            assert [row["agent"] for row in in_charge] == ([info.agent_id] if info.agent_id is not None else [])
            assert info.agent_id in (None, *self.agents)
        await self._ladders()

    async def _clocks(self, info: ComplaintInfo, tale: Tale) -> None:
        derived = await history.clocks_of(info)
        kept = (await history.clocks_of_many([info]))[info.id]
        assert kept == derived
        assert [face.stopped_at for face in derived] == tale.stops
        assert [face.due_at for face in derived] == [tale.began + TERMS[face.name] for face in derived]

    async def _ladders(self) -> None:
        """Each rung once, none before its time, none forgotten; what was climbed stays climbed."""
        rows = await ComplaintRung.select(
            ComplaintRung.complaint, ComplaintRung.round, ComplaintRung.clock, ComplaintRung.percent
        )
        steps = await Complaint.raw("SELECT count(*) AS n FROM complaint_events WHERE kind = 'step'")
        found = [(row["complaint"], row["round"], row["clock"], row["percent"]) for row in rows]
        assert len(found) == len(set(found)) == steps[0]["n"]
        assert self.rungs <= set(found)
        self.rungs = set(found)
        for complaint_id, number, name, percent in found:
            tale = self.tales[complaint_id]
            if tale.round == number:
                assert tale.began + TERMS[Name(name)] * percent / 100 <= self.at

    async def catch_up(self) -> None:
        """The worker comes back: whatever was due and still runs is climbed, in one go."""
        _show_clock(self.at)
        await ladder.climb()
        await self.check()
        for complaint_id, tale in self.tales.items():
            for name, stopped in zip(Name, tale.stops, strict=True):
                for percent in (50, 75, 90, 100):
                    if stopped is None and tale.began + TERMS[name] * percent / 100 <= self.at:
                        assert (complaint_id, tale.round, str(name), percent) in self.rungs


def _show_clock(at: datetime) -> None:
    """What the ladder reads as now."""
    path = here().clock_file
    assert path is not None
    path.write_text("")
    path.write_text(f"+{max(0, int((at - clock.now()).total_seconds()) + 1)}s")


@pytest.fixture
def live(tmp_path: Path, sqlite_template: Path) -> Iterator[Callable[[list[tuple[str, int]]], None]]:
    """Lets complaints live through events, in a loop of our own with a connected database."""
    path = tmp_path / "lives.sqlite"
    path.write_bytes(sqlite_template.read_bytes())

    async def begin() -> tuple[Scene, list[int], list[Viewer]]:
        wiring.join()
        await connect(f"sqlite:///{path}")
        agents = [await make.person("agent", name) for name in ("林晓月", "周敏", "王强")]
        return await scene(at=START - timedelta(days=1)), agents, [await make.viewer(agent) for agent in agents]

    async def run(world: tuple[Scene, list[int], list[Viewer]], events: list[tuple[str, int]]) -> None:
        with suppress(Taken):
            async with writing():  # every inner step is a real savepoint
                life = Life(*world)
                for act, n in events:
                    await life.live(act, n)
                    await life.check()
                await life.catch_up()
                raise Taken

    with asyncio.Runner() as runner:
        world = runner.run(begin())
        yield lambda events: runner.run(run(world, events))
        runner.run(disconnect())


@pytest.mark.slow
def test_no_life_has_two_agents_loses_a_clock_or_climbs_twice(live: Callable[[list[tuple[str, int]]], None]) -> None:
    @settings(max_examples=EXAMPLES, deadline=None, suppress_health_check=list(HealthCheck))
    @given(EVENTS)
    def lives(events: list[tuple[str, int]]) -> None:
        live([("file", 0), *events])

    lives()


def test_a_life_that_uses_everything(live: Callable[[list[tuple[str, int]]], None]) -> None:
    acts = (
        "come file file file_other say wait answer explain decline propose accept pay hours climb resolve close reopen"
        " day climb propose accept come hand_over go drain leave climb week climb resolve withdraw file take"
    )
    live([(act, n % 3 if act in ("come", "hand_over", "leave") else 0) for n, act in enumerate(acts.split())])
