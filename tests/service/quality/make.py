"""Makers: resolved complaints of an agent at chosen times, drawn samples, full sheets, a month's figures."""

from datetime import UTC, date, datetime, timedelta

from portal.core.base.clock import day_start
from portal.core.base.database import reading, writing
from portal.service.complaints import after
from portal.service.complaints.queries import ComplaintInfo
from portal.service.complaints.rules import Function
from portal.service.quality import drawing, queries, reviewing
from portal.service.quality.measures import Measured
from portal.service.quality.queries import SampleInfo
from portal.service.quality.rules import Step
from portal.service.quality.tables import AgentFigure, FigureMonth
from tests import make
from tests.service.complaints import make as complaints
from tests.service.complaints.make import BUYER, Scene

MONDAY = date(2026, 11, 2)
NOON = datetime(2026, 11, 4, 4, 0, tzinfo=UTC)  # Wednesday noon in Shanghai
DRAW_AT = day_start(MONDAY + timedelta(days=7)) + timedelta(hours=6)
DONE: dict[Step, int | None] = dict.fromkeys(Step, 2)
WORDS = "问得清楚，下次先安抚再谈方案。"


async def solved(
    there: Scene, at: datetime = NOON, function: Function = Function.DAMAGED, mark: int | None = None
) -> ComplaintInfo:
    """A complaint of the scene's buyer, settled within the hour; `mark`: her satisfaction."""
    info = await complaints.complaint(there, at, function=function)
    done = await complaints.resolved(info, at + timedelta(hours=1))
    if mark is not None:
        await after.survey(BUYER, done.id, mark, mark, "", at + timedelta(hours=2))
    return done


async def drawn(count: int = 1, at: datetime = NOON) -> tuple[int, list[SampleInfo]]:
    """An agent with so many solved complaints, and the samples of the week's draw."""
    async with writing():  # one wait for the disk
        agent = await complaints.agent_ready(at=at)
        there = await complaints.scene(at=at)
        functions = list(Function)
        for n in range(count):
            await solved(there, at + timedelta(minutes=n), functions[n % len(functions)])
        await drawing.draw_week(MONDAY, DRAW_AT)
    return agent, await samples()


async def samples() -> list[SampleInfo]:
    async with reading():
        return await queries.samples("s.id > 0 ORDER BY s.id")


async def fresh(info: SampleInfo) -> SampleInfo:
    async with reading():
        found = await queries.sample(info.ref)
    assert found is not None
    return found


async def score(info: SampleInfo, judge: int, at: datetime = DRAW_AT, **changes: int | None) -> None:
    """A judge's sheet; `changes` are marks by step."""
    marks = DONE | {Step(step): mark for step, mark in changes.items()}
    await reviewing.review(await make.viewer(judge), info.ref, marks, WORDS, 0, at)


async def month(name: str, at: datetime, figures: dict[int, list[Measured]]) -> int:
    """A month's figures as if they had been taken."""
    async with writing():
        row = FigureMonth(
            month=name, agents=len(figures), asked=0, answered=0, satisfaction=0, effort=0, queue_broken=0, at=at
        )
        made = int((await FigureMonth.insert(row))[0]["id"])
        for agent, each in figures.items():
            for one in each:
                await AgentFigure.insert(
                    AgentFigure(
                        taken=made,
                        agent=agent,
                        figure=str(one.figure),
                        n=one.n,
                        value=one.value,
                        low=one.low,
                        high=one.high,
                        apart=one.apart,
                        asked=one.asked,
                    )
                )
    return made
