"""A party's counts from the facts: windows for judging, days for a fingerprint, weeks for a picture. Inside a door."""

from collections import defaultdict
from datetime import date, timedelta

from portal.core.base.statistics import ONE_SIDED_90, wilson
from portal.core.supply.rules import SupplierKind
from portal.service.assessments.rules import Measure, Sums, digest, sums_of
from portal.service.assessments.tables import AssessedParty
from portal.service.facts import queries as facts


async def sums(party_id: int, since: date, until: date) -> Sums:
    return sums_of(await facts.party_window(party_id, since.isoformat(), until.isoformat()))


async def all_sums(kind: SupplierKind, since: date, until: date) -> dict[int, Sums]:
    """Every party of a kind that has counts in the window, by its id."""
    found = await facts.party_windows(since.isoformat(), until.isoformat(), str(kind))
    return {party: sums_of(counted) for party, counted in found.items()}


async def days(party_id: int, since: date, until: date) -> dict[str, Sums]:
    """The counts of each day that has any."""
    found = await facts.party_series(party_id, since.isoformat(), until.isoformat())
    return {day: sums_of(counted) for day, counted in found.items()}


async def fingerprint(party_id: int, since: date, until: date) -> str:
    return digest(await days(party_id, since, until))


async def first_day(party_id: int) -> date | None:
    """The day of a party's first order that counts."""
    rows = await AssessedParty.raw("SELECT day FROM party_days WHERE party = {} ORDER BY day LIMIT 1", party_id)
    return date.fromisoformat(rows[0]["day"]) if rows else None


Week = tuple[date, int, int, float, float]  # its Monday, hits, cases, and the bounds of the share


async def weeks(party_id: int, measure: Measure, until: date, count: int = 26) -> list[Week]:
    """The weeks up to `until`, the earliest first; a week without cases has bounds of nought and one."""
    monday = until - timedelta(days=until.weekday())
    first = monday - timedelta(weeks=count - 1)
    found: dict[date, list[int]] = defaultdict(lambda: [0, 0])
    for text, counted in (await days(party_id, first, until)).items():
        day = date.fromisoformat(text)
        hits, of = counted.cases(measure)
        week = found[day - timedelta(days=day.weekday())]
        week[0] += hits
        week[1] += of
    made = []
    for back in range(count):
        start = first + timedelta(weeks=back)
        hits, of = found[start]
        lower, upper = wilson(hits, of, ONE_SIDED_90) if of else (0.0, 1.0)
        made.append((start, hits, of, lower, upper))
    return made
