"""Agents' figures: of months that are over as they were taken, of the present one as it stands. Inside a door."""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from portal.core.base import audit
from portal.core.base.audit import SYSTEM
from portal.core.base.clock import local, now
from portal.core.base.database import LASTING, reading, writing
from portal.service.quality import taking
from portal.service.quality.measures import Figure, Measured, month_before, month_of, next_month
from portal.service.quality.tables import AgentFigure, FigureMonth
from portal.service.quality.taking import Answers, Taken

FRESH_FOR = 60  # seconds in which everybody is shown the same figures of the present month
FIRST_MONTHS = 12  # so many are taken at the very beginning
Figures = Mapping[int, tuple[Measured, ...]]


@dataclass(frozen=True, slots=True)
class MonthInfo:
    """A month that is over: its answers desk-wide, and when it was taken."""

    id: int
    month: str
    answers: Answers
    queue_broken: int
    at: datetime


_MONTH = "SELECT id, month, asked, answered, satisfaction, effort, queue_broken, at FROM quality_months"


def _month(row: Mapping[str, Any]) -> MonthInfo:
    answers = Answers(row["asked"], row["answered"], row["satisfaction"], row["effort"])
    return MonthInfo(row["id"], row["month"], answers, row["queue_broken"], row["at"])


async def months(limit: int = FIRST_MONTHS) -> list[MonthInfo]:
    """The months that were taken, the latest first."""
    return [_month(row) for row in await FigureMonth.raw(f"{_MONTH} ORDER BY month DESC LIMIT {{}}", limit)]


async def month_info(month: str) -> MonthInfo | None:
    rows = await FigureMonth.raw(f"{_MONTH} WHERE month = {{}}", month)
    return _month(rows[0]) if rows else None


_FIGURES = "SELECT f.agent, f.figure, f.n, f.value, f.low, f.high, f.apart, f.asked FROM quality_figures f"


def _measured(row: Mapping[str, Any]) -> Measured:
    values = {name: row[name] for name in ("n", "value", "low", "high", "apart", "asked")}
    return Measured(figure=Figure(row["figure"]), **values)


async def of_month(month_id: int, agent_id: int | None = None) -> Figures:
    """A month's figures as they were taken, by agent."""
    hers, who = (" AND f.agent = {}", [agent_id]) if agent_id is not None else ("", list[int | None]())
    found: dict[int, list[Measured]] = defaultdict(list)
    for row in await AgentFigure.raw(f"{_FIGURES} WHERE f.taken = {{}}{hers} ORDER BY f.id", month_id, *who):
        found[row["agent"]].append(_measured(row))
    return {agent: tuple(each) for agent, each in found.items()}


async def latest() -> tuple[str, Figures]:
    """The last month that was taken, and everybody's figures in it; nothing where none was."""
    last = await months(1)
    return (last[0].month, await of_month(last[0].id)) if last else ("", {})


async def of_agent(agent_id: int, limit: int = FIRST_MONTHS) -> dict[str, dict[Figure, Measured]]:
    """Her figures of the months that are over, by month."""
    rows = await AgentFigure.raw(
        "SELECT m.month, f.figure, f.n, f.value, f.low, f.high, f.apart, f.asked FROM quality_figures f"
        " JOIN quality_months m ON m.id = f.taken WHERE f.agent = {} ORDER BY f.id DESC LIMIT {}",
        agent_id,
        limit * len(Figure),
    )
    found: dict[str, dict[Figure, Measured]] = defaultdict(dict)
    for row in rows:
        measured = _measured(row)
        found[row["month"]][measured.figure] = measured
    return found


async def live(at: datetime, agent_id: int | None = None) -> Taken:
    """The present month as far as it has come; everybody's are reckoned once a minute however many look."""
    month = month_of(local(at).date())
    if agent_id is not None:
        return await taking.take(month, at, agent_id)
    key = ("quality.month", int(at.timestamp()) // FRESH_FOR, month)
    known: Taken | None = LASTING.find(key)
    if known is None:
        known = await taking.take(month, at)
        LASTING.keep(key, known)
    return known


# ---- taking months that are over ----


async def take_months() -> int:
    """Sweep: take every month that is over and was not taken yet, in order; returns how many."""
    at, taken = now(), 0
    while (month := await next_to_take(at)) is not None:
        taken += await take_month(month, at)
    return taken


async def next_to_take(at: datetime) -> str | None:
    """The month to take next; None where all that are over are. The first is the one of the first complaint, a year
    back at most."""
    this = month_of(local(at).date())
    async with reading():
        rows = await FigureMonth.raw("SELECT month FROM quality_months ORDER BY month DESC LIMIT 1")
        first = await FigureMonth.raw("SELECT received_at FROM complaints ORDER BY id LIMIT 1")
    if rows:
        month = next_month(rows[0]["month"])
    elif first:
        month = max(month_of(local(first[0]["received_at"]).date()), month_of((at - timedelta(days=365)).date()))
    else:
        month = month_before(this)
    return month if month < this else None


async def take_month(month: str, at: datetime) -> bool:
    """Take a month's figures once and for all; False where they are."""
    async with writing():
        taken = await taking.take(month, at)
        answers = taken.answers
        rows = await FigureMonth.raw(
            "INSERT INTO quality_months (month, agents, asked, answered, satisfaction, effort, queue_broken, at)"
            " VALUES ({}, {}, {}, {}, {}, {}, {}, {}) ON CONFLICT DO NOTHING RETURNING id",
            month,
            len(taken.agents),
            answers.asked,
            answers.answered,
            answers.satisfaction,
            answers.effort,
            taken.queue_broken,
            at,
        )
        if not rows:
            return False
        month_id = int(rows[0]["id"])
        for agent, each in taken.agents.items():
            await AgentFigure.insert(*(_row(month_id, agent, one) for one in each))
        await audit.record(SYSTEM, "quality.month_taken", ("quality_month", month_id), at, {"month": month})
        return True


def _row(month_id: int, agent: int, one: Measured) -> AgentFigure:
    return AgentFigure(
        taken=month_id,
        agent=agent,
        figure=str(one.figure),
        n=one.n,
        value=one.value,
        low=one.low,
        high=one.high,
        apart=one.apart,
        asked=one.asked,
    )
