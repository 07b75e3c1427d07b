"""Causes by party and month, and what was found against a supplier or carrier. Call inside a door."""

from collections import Counter
from dataclasses import dataclass
from datetime import datetime

from portal.core.base.clock import local
from portal.core.web.paging import Cut, Page, paged
from portal.service.causes.rules import Party
from portal.service.causes.tables import Finding, PartyRecord

BEYOND = 2**62
MONTHS = 12


def months_before(at: datetime, count: int = MONTHS) -> list[str]:
    """The last months as `2026-11`, the oldest first, this one included."""
    day = local(at)
    last = day.year * 12 + day.month - 1
    return [f"{month // 12:04d}-{month % 12 + 1:02d}" for month in range(last - count + 1, last + 1)]


@dataclass(frozen=True, slots=True)
class Record:
    """Findings in force by month, party and code."""

    months: list[str]
    counted: dict[tuple[str, Party, str], int]

    def of(self, month: str | None = None, party: Party | None = None, code: str | None = None) -> int:
        return sum(
            n
            for (m, p, c), n in self.counted.items()
            if month in (None, m) and party in (None, p) and code in (None, c)
        )

    def by_code(self, month: str | None) -> list[tuple[Party, str, int]]:
        """What was found in a month (or all of them), the commonest first."""
        found: Counter[tuple[Party, str]] = Counter()
        for (m, party, code), n in self.counted.items():
            if month in (None, m):
                found[party, code] += n
        return [(party, code, n) for (party, code), n in sorted(found.items(), key=lambda each: (-each[1], each[0]))]


async def record(at: datetime) -> Record:
    months = months_before(at)
    rows = await Finding.raw(
        "SELECT month, party, code, count(*) AS n FROM cause_findings"
        " WHERE superseded_at IS NULL AND month >= {} GROUP BY month, party, code",
        months[0],
    )
    counted = {(row["month"], Party(row["party"]), row["code"]): int(row["n"]) for row in rows}
    return Record(months, counted)


@dataclass(frozen=True, slots=True)
class PartyLine:
    """One finding on a party's record."""

    id: int
    complaint_ref: str
    code: str
    at: datetime
    withdrawn_at: datetime | None


async def party_lines(party_id: int, cut: Cut) -> Page[PartyLine]:
    """A party's record, the newest first."""
    rows = await PartyRecord.raw(
        "SELECT r.id, c.ref AS complaint_ref, r.code, r.at, r.withdrawn_at FROM party_records r"
        " JOIN complaints c ON c.id = r.complaint WHERE r.party = {} AND r.id < {} ORDER BY r.id DESC LIMIT {}",
        party_id,
        cut.after or BEYOND,
        cut.fetch,
    )
    return paged([PartyLine(**row) for row in rows], cut, lambda line: line.id)


async def party_months(party_id: int, at: datetime) -> list[tuple[str, int]]:
    """How many findings stood against a party, month by month."""
    months = months_before(at)
    rows = await PartyRecord.raw(
        "SELECT month, count(*) AS n FROM party_records WHERE party = {} AND withdrawn_at IS NULL AND month >= {}"
        " GROUP BY month",
        party_id,
        months[0],
    )
    counted = {row["month"]: int(row["n"]) for row in rows}
    return [(month, counted.get(month, 0)) for month in months]
