"""The weekly draw: every Monday at six, week by week also after a downtime, each week once."""

from collections import defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Any

from portal.core.base import audit
from portal.core.base.audit import SYSTEM
from portal.core.base.clock import day_start, local, now, site_zone
from portal.core.base.database import reading, writing
from portal.core.base.ids import bound_to, new_ref
from portal.core.base.settings import settings
from portal.service.quality import figures
from portal.service.quality.measures import Measured, reasons
from portal.service.quality.rules import DRAWN_AT_HOUR, NEW_FOR, WEEK, Drawn, Ended, Why, drawn, monday
from portal.service.quality.tables import QualityDraw, QualityShare, Sample

# What ended with the buyer's yes or no; what repeats another is read there, what she took back has no end to judge.
_ENDED = (
    "SELECT id, ref, agent, family FROM complaints WHERE ended_at >= {} AND ended_at < {} AND ended_at IS NOT NULL"
    " AND agent IS NOT NULL AND duplicate_of IS NULL AND state IN ('resolved', 'closed') ORDER BY id"
)
_SINCE = (
    "SELECT person, granted_at FROM roles WHERE role IN ('agent', 'desk_lead') AND ended_at IS NULL ORDER BY granted_at"
)


@dataclass(frozen=True, slots=True)
class _Hers:
    """An agent's part of a draw."""

    agent_id: int
    ended: int
    why: tuple[Why, ...]
    drawn: tuple[Drawn, ...]


async def draw_weeks() -> int:
    """Sweep: draw every week that is over and was not drawn; returns how many samples that made."""
    at = now()
    made = 0
    while (week := await next_week(at)) is not None:
        made += await draw_week(week, at)
    return made


async def next_week(at: datetime) -> date | None:
    """The Monday of the week to draw next; None where all are. The first is the one that ended last."""
    here = local(at)
    this = monday(here.date())
    if here < datetime.combine(this, time(DRAWN_AT_HOUR), site_zone()):
        this -= WEEK
    async with reading():
        rows = await QualityDraw.raw("SELECT week FROM quality_draws ORDER BY week DESC LIMIT 1")
    week = date.fromisoformat(rows[0]["week"]) + WEEK if rows else this - WEEK
    return week if week < this else None


async def draw_week(week: date, at: datetime) -> int:
    """Draw a week's samples; drawing it again changes nothing. Returns how many were drawn."""
    seed = bound_to(settings().secret_key, "quality", week.isoformat())
    since, until = day_start(week), day_start(week + WEEK)
    async with writing():
        rows = await QualityDraw.raw(_ENDED, since, until)
        parts, month = await _parts(seed, rows, until)
        ended, count = len(rows), sum(len(one.drawn) for one in parts)
        made = await QualityDraw.raw(
            "INSERT INTO quality_draws (week, seed, ended, drawn, at) VALUES ({}, {}, {}, {}, {})"
            " ON CONFLICT DO NOTHING RETURNING id",
            week.isoformat(),
            seed,
            ended,
            count,
            at,
        )
        if not made:
            return 0
        draw_id, ids = int(made[0]["id"]), {row["ref"]: int(row["id"]) for row in rows}
        for one in parts:
            await _keep(draw_id, one, month, ids, at)
        await audit.record(SYSTEM, "quality.drawn", ("quality_draw", draw_id), at, {"ended": ended, "drawn": count})
        return count


async def _parts(seed: str, rows: Collection[Mapping[str, Any]], until: datetime) -> tuple[list[_Hers], str]:
    """Each agent's part, with the month whose figures decided how many."""
    by_agent: dict[int, list[Ended]] = defaultdict(list)
    for row in rows:
        by_agent[row["agent"]].append(Ended(row["ref"], row["family"]))
    month, known = await figures.latest()
    since = {row["person"]: row["granted_at"] for row in await QualityDraw.raw(_SINCE)}
    found = []
    for agent, ended in sorted(by_agent.items()):
        is_new = agent in since and until - since[agent] <= NEW_FOR
        why = reasons(_of(known, agent), is_new=is_new)
        found.append(_Hers(agent, len(ended), why, drawn(seed, ended, why)))
    return found, month


def _of(known: Mapping[int, tuple[Measured, ...]], agent: int) -> tuple[Measured, ...]:
    return known.get(agent, ())


async def _keep(draw_id: int, one: _Hers, month: str, ids: Mapping[str, int], at: datetime) -> None:
    share = QualityShare(
        draw=draw_id, agent=one.agent_id, ended=one.ended, drawn=len(one.drawn), why=" ".join(one.why), month=month
    )
    share_id = int((await QualityShare.insert(share))[0]["id"])
    for each in one.drawn:
        await Sample.insert(
            Sample(
                ref=new_ref(),
                share=share_id,
                complaint=ids[each.ref],
                agent=one.agent_id,
                family=each.family,
                of_family=each.of_family,
                twice=each.twice,
                drawn_at=at,
            )
        )
