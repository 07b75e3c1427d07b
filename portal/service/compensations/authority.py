"""Who may give how much alone: rows from a day on, read as they hold at an instant, set by an admin."""

from dataclasses import dataclass
from datetime import datetime

from portal.core.base import audit
from portal.core.base.audit import Actor
from portal.core.base.clock import local
from portal.core.base.database import hold, in_turn, writing
from portal.core.base.refusals import Refused
from portal.service.compensations import queries
from portal.service.compensations.rules import Allowance, Kind, Verdict, limits, may_grant
from portal.service.compensations.tables import Authority
from portal.service.roster.rules import Level


@dataclass(frozen=True, slots=True)
class AuthorityInfo:
    """A row of the authority, with who set it and why."""

    id: int
    allowance: Allowance
    since: datetime
    reason: str
    made_by: str
    made_at: datetime


_ROWS = (
    "SELECT a.id, a.level, a.category, a.kind, a.limit_fen, a.day_limit_fen, a.since, a.reason, p.name AS made_by,"
    " a.made_at FROM compensation_authorities a JOIN persons p ON p.id = a.made_by"
)


async def rows(limit: int = 500) -> list[AuthorityInfo]:
    """Every row, the newest first."""
    found = await Authority.raw(f"{_ROWS} ORDER BY a.id DESC LIMIT {{}}", limit)
    return [
        AuthorityInfo(
            row["id"],
            Allowance(
                Level(row["level"]),
                row["category"],
                Kind(row["kind"]) if row["kind"] else None,
                row["limit_fen"],
                row["day_limit_fen"],
            ),
            row["since"],
            row["reason"],
            row["made_by"],
            row["made_at"],
        )
        for row in found
    ]


def standing(known: list[AuthorityInfo], at: datetime) -> list[AuthorityInfo]:
    """Those that hold at an instant: of each level, category and kind the one that began last."""
    holding: dict[tuple[Level, str | None, Kind | None], AuthorityInfo] = {}
    for row in sorted(known, key=lambda each: (each.since, each.id)):
        if row.since <= at:
            holding[row.allowance.level, row.allowance.category, row.allowance.kind] = row
    return list(holding.values())


async def in_force(at: datetime) -> list[Allowance]:
    """What was set and holds at an instant; where nothing was, the rules' defaults hold."""
    return [row.allowance for row in standing(await rows(), at)]


def day_of(at: datetime) -> str:
    """The day of the site's calendar on which something is given."""
    return local(at).date().isoformat()


async def verdict(
    person_id: int, level: Level, kind: Kind, category: str, value_fen: int, at: datetime
) -> tuple[Verdict, int]:
    """Whether she may give this alone now, and what she has given alone today."""
    used = await queries.used_today(person_id, day_of(at))
    return may_grant(level, kind, category, value_fen, used, await in_force(at)), used


async def hold_agent(person_id: int) -> None:
    """One promise of an agent after the other, or two at once would both see her day's rest. In `writing()`."""
    await hold("persons", person_id)


async def set_authority(
    actor: Actor, person_id: int, wanted: Allowance, since: datetime, reason: str, known: int, at: datetime
) -> int:
    """Let a level give so much from `since` on; the row's id. `known`: the newest row that the page showed.

    Raises Refused: `authority_meanwhile` (409) where another admin was faster, `authority_same` (422).
    """
    async with writing():
        await in_turn("authority")
        before = await rows()
        if known != (before[0].id if before else 0):
            raise Refused("authority_meanwhile", way="/admin/authority")
        if wanted in [row.allowance for row in standing(before, since)]:
            raise Refused("authority_same", field="limit", status=422)
        row = Authority(
            level=str(wanted.level),
            category=wanted.category,
            kind=str(wanted.kind) if wanted.kind else None,
            limit_fen=wanted.limit_fen,
            day_limit_fen=wanted.day_limit_fen,
            since=max(since, at),
            reason=reason,
            made_by=person_id,
            made_at=at,
        )
        made = await Authority.insert(row).returning(Authority.id)
        facts: dict[str, object] = {"level": str(wanted.level), "category": wanted.category, "kind": wanted.kind}
        facts |= {"limit_fen": wanted.limit_fen, "day_limit_fen": wanted.day_limit_fen}
        await audit.record(actor, "compensation.authority_set", ("authority", int(made[0]["id"])), at, facts)
        return int(made[0]["id"])


@dataclass(frozen=True, slots=True)
class Reach:
    """What an agent may give alone of one kind, and what is left of her day; money in fen."""

    kind: Kind
    limit_fen: int
    left_today_fen: int


async def reaches(person_id: int, level: Level, category: str, at: datetime) -> tuple[list[Reach], int]:
    """What she may give alone of each kind that costs, and what she has given alone today."""
    used, rows_now = await queries.used_today(person_id, day_of(at)), await in_force(at)
    found = []
    for kind in (Kind.REFUND, Kind.VOUCHER, Kind.REPLACE):
        limit, day = limits(level, kind, category, rows_now)
        found.append(Reach(kind, limit, max(0, day - used)))
    return found, used
