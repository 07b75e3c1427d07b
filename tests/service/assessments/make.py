"""Makers of parties with counts: what the facts would say of their days."""

from datetime import date, datetime, timedelta
from typing import Any

from portal.core.base.audit import SYSTEM
from portal.core.base.clock import local
from portal.core.base.database import reading, writing
from portal.core.base.public_links import Door, address_of
from portal.core.supply import actions as supply
from portal.core.supply import standings
from portal.core.supply.rules import Standing, SupplierFacts, SupplierKind
from portal.service.assessments import cases, judging, queries
from portal.service.assessments.cases import MendingInfo, ProposalInfo
from portal.service.assessments.queries import Firm, VerdictInfo
from portal.service.assessments.rules import Sums
from portal.service.facts.tables import PartyDay

DAY = timedelta(days=1)


async def firm(name: str, at: datetime, kind: SupplierKind = SupplierKind.GOODS) -> Firm:
    """A supplier or carrier with an address."""
    facts = SupplierFacts(name, f"Firm {name}", kind, (), "Wang", "02988887777", f"{name}@example.test")
    await supply.put_supplier(SYSTEM, facts, at)
    async with reading():
        return await queries.firm_by(name)


def yesterday(at: datetime, back: int = 0) -> date:
    return local(at).date() - timedelta(days=1 + back)


async def counted(there: Firm, day: date, **counts: int) -> None:
    """What a day of the party came to, on top of nothing."""
    async with writing():
        await PartyDay.delete().where(PartyDay.party == there.id, PartyDay.day == day.isoformat())
        row: dict[str, Any] = {"party": there.id, "day": day.isoformat(), **Sums(**counts).plain()}
        await PartyDay.insert(PartyDay(**row))


async def standing(there: Firm) -> Standing:
    async with reading():
        return await standings.standing_of(there.id)


async def judged(there: Firm, day: date, at: datetime) -> Standing:
    """Judge everybody for a day; how the party stands then."""
    await judging.judge_day(day, at)
    return await standing(there)


async def last_verdict(there: Firm) -> VerdictInfo:
    async with reading():
        return (await queries.verdicts_of(there.id))[0]


async def mending(there: Firm) -> MendingInfo:
    async with reading():
        return (await cases.mendings_of(there.id))[0]


async def proposal(there: Firm) -> ProposalInfo:
    async with reading():
        return (await cases.proposals_of(there.id))[0]


async def page_of(there: Firm) -> str:
    """The path of the party's own page."""
    async with reading():
        address = await address_of(Door.STANDING, there.id)
    assert address is not None
    return address.removeprefix("http://127.0.0.1:8000")


async def ordered(at: datetime, name: str = "qinling") -> Firm:
    """A supplier that was ordered to mend: seven faults in a hundred orders."""
    there = await firm(name, at)
    await counted(there, yesterday(at, 3), counted=100, faulted=7)
    assert await judged(there, yesterday(at), at) is Standing.RECTIFYING
    return there
