"""What time brings: the daily judgement, dates that come near and pass, the month's look at the white list."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any

from portal.core.base.clock import now
from portal.core.base.database import hold, writing
from portal.core.base.sweeping import each_due
from portal.core.people.rules import Role
from portal.service.assessments import cases, judging, mending, queries, telling, whitelist
from portal.service.assessments.states import Mending, Step, next_step, steps_due
from portal.service.assessments.tables import Rectification, StandingAppeal, StandingProposal, StandingStep


@dataclass(frozen=True, slots=True)
class Dated:
    """A record with a date that has come near or passed, and whose it is."""

    ref: str
    party_id: int


async def judge() -> int:
    """Judge every day that is over; returns how many days that were."""
    return await judging.judge_days()


async def praise() -> int:
    """Look once a month who belongs on the white list, and who does not any more; returns how many were raised."""
    return await whitelist.look(now())


async def remind() -> int:
    """Take every date to the step that it has reached; returns how many were looked at. Raises Unfinished."""
    at = now()
    seen = await each_due(partial(_due, cases.mendings, "r", at), partial(_held, _mending, at))
    seen += await each_due(partial(_due, cases.proposals, "w", at), partial(_held, _proposal, at))
    return seen + await each_due(partial(_due, cases.appeals, "a", at), partial(_held, _appeal, at))


async def _due(find: Callable[..., Awaitable[Sequence[Any]]], table: str, at: datetime, limit: int) -> list[Dated]:
    found = await find(f"{table}.next_at <= {{}} ORDER BY {table}.next_at, {table}.id LIMIT {{}}", at, limit)
    return [Dated(each.ref, each.party_id) for each in found]


async def _held(look: Callable[[str, datetime], Awaitable[None]], at: datetime, dated: Dated) -> None:
    async with writing():
        await hold("suppliers", dated.party_id)
        await look(dated.ref, at)


async def _first(subject: str, due_at: datetime, at: datetime) -> Step | None:
    """The last step that the date has reached, if nobody has told it yet."""
    told = None
    for step in steps_due(due_at, at):
        rows = await StandingStep.raw(
            "INSERT INTO standing_steps (subject, step, date_at, at) VALUES ({}, {}, {}, {})"
            " ON CONFLICT DO NOTHING RETURNING id",
            subject,
            str(step),
            due_at,
            at,
        )
        told = step if rows else None
    return told


async def _mending(ref: str, at: datetime) -> None:
    info = await cases.mending(ref)
    if info.next_at is None or info.next_at > at:
        return
    step = await _first(f"rectification:{info.id}", info.due_at, at)
    params = {"party": info.party_name, "due_at": info.due_at}
    way = telling.party_way(info.external_id)
    if info.state is Mending.ORDERED and at >= info.due_at:
        await mending.run_out(info, at)
        return
    if step is Step.SOON and info.state is Mending.ORDERED:
        await telling.mail(await queries.firm(info.party_id), "ordered_soon", at, due_at=info.due_at)
    if step is not None and info.state is Mending.ANSWERED:
        await telling.staff("standing_evidence_waits", params, at, way)
    await Rectification.update({Rectification.next_at: next_step(info.due_at, at)}).where(Rectification.id == info.id)


async def _proposal(ref: str, at: datetime) -> None:
    info = await cases.proposal(ref)
    if info.next_at is None or info.next_at > at:
        return
    step = await _first(f"proposal:{info.id}", info.due_at, at)
    await StandingProposal.update({StandingProposal.next_at: next_step(info.due_at, at)}).where(
        StandingProposal.id == info.id
    )
    if step is not None:
        roles = (Role.DESK_LEAD, Role.ADMIN) if step is Step.SOON else (Role.ADMIN,)
        params = {"party": info.party_name, "due_at": info.due_at}
        await telling.staff(f"standing_decide_{step}", params, at, telling.party_way(info.external_id), roles)


async def _appeal(ref: str, at: datetime) -> None:
    info = await cases.appeal(ref)
    if info.next_at is None or info.next_at > at:
        return
    step = await _first(f"appeal:{info.id}", info.due_at, at)
    await StandingAppeal.update({StandingAppeal.next_at: next_step(info.due_at, at)}).where(
        StandingAppeal.id == info.id
    )
    if step is not None:
        params = {"party": info.party_name, "due_at": info.due_at}
        await telling.staff(f"standing_appeal_{step}", params, at, telling.party_way(info.external_id))
