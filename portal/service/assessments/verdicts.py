"""Passing a verdict: freeze what it rests on, let the party stand so from now on, and tell. In `writing()`."""

import json
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from portal.core.base import audit
from portal.core.base.audit import Actor
from portal.core.base.clock import local
from portal.core.base.database import hold
from portal.core.base.ids import new_ref
from portal.core.supply import standings
from portal.core.supply.rules import Standing, SupplierKind
from portal.service.assessments import counting, queries, telling, versions
from portal.service.assessments.queries import Firm, VerdictInfo
from portal.service.assessments.rules import Judgement, Sums, judge, window
from portal.service.assessments.states import Verdicts
from portal.service.assessments.tables import AssessedParty, Verdict
from portal.service.assessments.versions import VersionInfo


@dataclass(frozen=True, slots=True)
class Found:
    """What a verdict is passed on: a window's counts under a version of the criteria."""

    day: date
    since: date
    until: date
    sums: Sums
    version: VersionInfo
    judgement: Judgement
    look: bool = True


@dataclass(frozen=True, slots=True)
class Why:
    """Where a verdict comes from; both people where two decided."""

    origin: Verdicts
    cause: str | None = None
    reason: str | None = None
    made_by: int | None = None
    seconded_by: int | None = None


def found(
    kind: SupplierKind, day: date, days: tuple[date, date], sums: Sums, version: VersionInfo, *, look: bool = True
) -> Found:
    return Found(day, days[0], days[1], sums, version, judge(kind, sums, version.criteria, look=look), look)


async def present(firm: Firm, at: datetime) -> Found:
    """A party's figures as they are now, for a verdict of people."""
    version = await versions.in_force(at)
    day = local(at).date() - timedelta(days=1)
    known = await queries.party(firm.id)
    days = window(day, version.criteria.window_days, known.from_day if known else None)
    return found(firm.kind, day, days, await counting.sums(firm.id, *days), version)


async def write(actor: Actor, firm: Firm, on: Found, after: Standing, why: Why, at: datetime) -> VerdictInfo:
    """Pass it. Everybody concerned hears of it where the party stands otherwise now."""
    await hold("suppliers", firm.id)
    before = await standings.standing_of(firm.id)
    ref = new_ref()
    row = Verdict(
        ref=ref,
        party=firm.id,
        kind=str(firm.kind),
        origin=str(why.origin),
        day=on.day.isoformat(),
        since_day=on.since.isoformat(),
        until_day=on.until.isoformat(),
        sums=json.dumps(on.sums.plain()),
        criteria=on.version.version,
        digest=await counting.fingerprint(firm.id, on.since, on.until),
        looked=on.look,
        level=str(on.judgement.level),
        basis=str(on.judgement.basis),
        before=str(before),
        after=str(after),
        cause=why.cause,
        reason=why.reason,
        made_by=why.made_by,
        seconded_by=why.seconded_by,
        at=at,
        appeal_until=at + timedelta(days=on.version.criteria.appeal_days),
    )
    made = await Verdict.insert(row)
    facts = {"party": firm.id, "origin": str(why.origin), "from": str(before), "to": str(after)}
    facts |= {"basis": str(on.judgement.basis), "criteria": str(on.version.version)}
    await audit.record(actor, "assessments.verdict", ("verdict", int(made[0]["id"])), at, facts)
    passed = await queries.verdict_by_id(int(made[0]["id"]))
    if await standings.set_standing(actor, firm.id, after, f"verdict:{ref}", at):
        await telling.changed(firm, passed, at)
    return passed


async def begin_afresh(party_id: int, day: date) -> None:
    """Nothing that was ordered before this day counts against the party any more."""
    afresh: dict[Any, Any] = {
        AssessedParty.from_day: day.isoformat(),
        AssessedParty.look_day: None,
        AssessedParty.look_counted: 0,
    }
    await AssessedParty.update(afresh).where(AssessedParty.party == party_id)


@dataclass(frozen=True, slots=True)
class Replay:
    """A verdict reckoned again: from what it froze, and from today's facts of the same days."""

    frozen: Judgement
    same: bool  # the frozen counts come to what was decided
    today: Judgement
    sums: Sums
    unchanged: bool  # today's facts are what they were, to the day
    agrees: bool  # and come to the same level


async def replay(verdict: VerdictInfo) -> Replay:
    """Inside a door."""
    criteria = (await versions.by_version(verdict.criteria)).criteria
    frozen = judge(verdict.kind, verdict.sums, criteria, look=verdict.looked)
    sums = await counting.sums(verdict.party_id, verdict.since_day, verdict.until_day)
    today = judge(verdict.kind, sums, criteria, look=verdict.looked)
    mark = await counting.fingerprint(verdict.party_id, verdict.since_day, verdict.until_day)
    return Replay(
        frozen,
        (frozen.level, frozen.basis) == (verdict.level, verdict.basis),
        today,
        sums,
        mark == verdict.digest,
        today.level is verdict.level,
    )
