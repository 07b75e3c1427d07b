"""The daily judgement: every party once for each day that is over, in order, however long nobody looked."""

from collections.abc import Mapping
from datetime import date, datetime, timedelta

from portal.core.base import site_settings
from portal.core.base.audit import SYSTEM
from portal.core.base.clock import day_start, local, now
from portal.core.base.database import hold, reading, writing
from portal.core.base.sweeping import Unfinished, each
from portal.core.supply import standings
from portal.core.supply.rules import Standing, SupplierKind
from portal.service.assessments import cases, counting, mending, queries, verdicts, versions
from portal.service.assessments.looks import Look, look_due
from portal.service.assessments.queries import MILLION, Firm
from portal.service.assessments.rules import Sums, moves_to, window
from portal.service.assessments.states import Mending, Verdicts
from portal.service.assessments.tables import AssessedParty
from portal.service.assessments.verdicts import Found, Why
from portal.service.assessments.versions import VersionInfo
from portal.service.facts import keeping

MARK = "assessments.day"
FURTHEST = 60  # days; who slept longer begins here


async def judge_days() -> int:
    """Sweep: judge every day that is over, is reckoned to its end and was not judged yet; returns how many."""
    at, judged = now(), 0
    while (day := await next_day(at)) is not None:
        async with reading():
            if await unreckoned(day):
                break
        await judge_day(day, at)
        judged += 1
    return judged


async def next_day(at: datetime) -> date | None:
    """The day to judge next; None where all that are over are. The first one ever is yesterday."""
    yesterday = local(at).date() - timedelta(days=1)
    async with reading():
        mark = await site_settings.value(MARK, "")
    if not mark:
        return yesterday
    day = max(date.fromisoformat(mark) + timedelta(days=1), yesterday - timedelta(days=FURTHEST))
    return day if day <= yesterday else None


async def unreckoned(day: date) -> bool:
    """Whether facts of this day are still to come: then nobody is judged for it yet. Inside a door."""
    return await keeping.behind(day_start(day + timedelta(days=1)))


async def waiting_day(at: datetime) -> date | None:
    """The day that would be judged now if its facts were all there; None where nothing waits."""
    day = await next_day(at)
    async with reading():
        return day if day is not None and await unreckoned(day) else None


async def judge_day(day: date, at: datetime) -> int:
    """Judge every party for a day; returns how many. Two at once judge each party once between them.

    Who cannot be judged keeps nobody else from it, nor from the days after: her next day counts the same window.
    Raises Unfinished when all others are judged.
    """
    counted: dict[int, Sums] = {}
    async with reading():
        version = await versions.in_force(at)
        for kind in SupplierKind:
            counted |= await counting.all_sums(kind, *window(day, version.criteria.window_days))
        ids = sorted({*counted, *await _known()})

    async def judge(party_id: int) -> int:
        return await judge_party(party_id, counted.get(party_id, Sums()), day, version, at)

    try:
        judged = await each(ids, judge)
    except Unfinished:
        await _judged(day, at)
        raise
    await _judged(day, at)
    return judged


async def _judged(day: date, at: datetime) -> None:
    async with writing():
        mark = await site_settings.value(MARK, "")
        if mark < day.isoformat():
            await site_settings.advance(MARK, mark, day.isoformat(), at)


async def _known() -> list[int]:
    rows = await AssessedParty.raw("SELECT party FROM assessed_parties")
    return [int(row["party"]) for row in rows]


async def judge_party(party_id: int, counted: Sums, day: date, version: VersionInfo, at: datetime) -> bool:
    """Judge a party for a day; False where it was judged for that day already."""
    async with writing():
        await hold("suppliers", party_id)
        firm, known = await queries.firm(party_id), await queries.party(party_id)
        if known is not None and known.day >= day:
            return False
        from_day = known.from_day if known else None
        days = window(day, version.criteria.window_days, from_day)
        if days != window(day, version.criteria.window_days):
            counted = await counting.sums(party_id, *days)
        last = known.looked if known else None
        look = look_due(counted.counted, day, last, version.criteria)
        on = verdicts.found(firm.kind, day, days, counted, version, look=look)
        if not await _keep(firm, on, Look(day, counted.counted) if look else last, at):
            return False
        await _act(firm, on, at)
        return True


async def _act(firm: Firm, on: Found, at: datetime) -> None:
    standing = await standings.standing_of(firm.id)
    after = moves_to(standing, on.judgement.level)
    if after is not None:
        verdict = await verdicts.write(SYSTEM, firm, on, after, Why(Verdicts.DAY), at)
        if after is Standing.RECTIFYING:
            await mending.order(firm, verdict, on.version, at)
    elif standing is Standing.RECTIFYING:
        info = await cases.open_mending(firm.id)
        if info is not None and info.state is Mending.FRESH:
            await mending.look(firm, info, on.day, on.version, at)


_KEEP = (
    "INSERT INTO assessed_parties (party, kind, day, level, basis, measure, hits, cases, counted, lower, upper, severe,"
    " ratings, rating_sum, look_day, look_counted, at)"
    " VALUES ({}, {}, {}, {}, {}, {}, {}, {}, {}, {}, {}, {}, {}, {}, {}, {}, {})"
    " ON CONFLICT (party) DO UPDATE SET day = excluded.day, level = excluded.level, basis = excluded.basis,"
    " measure = excluded.measure, hits = excluded.hits, cases = excluded.cases, counted = excluded.counted,"
    " lower = excluded.lower, upper = excluded.upper, severe = excluded.severe, ratings = excluded.ratings,"
    " rating_sum = excluded.rating_sum, look_day = excluded.look_day, look_counted = excluded.look_counted,"
    " at = excluded.at WHERE assessed_parties.day < excluded.day RETURNING id"
)


async def _keep(firm: Firm, on: Found, last: Look | None, at: datetime) -> bool:
    worst, sums = on.judgement.worst, on.sums
    found: Mapping[str, object] = {
        "party": firm.id,
        "kind": str(firm.kind),
        "day": on.day.isoformat(),
        "level": str(on.judgement.level),
        "basis": str(on.judgement.basis),
        "measure": str(worst.measure),
        "hits": worst.hits,
        "cases": worst.of,
        "counted": sums.counted,
        "lower": round((worst.lower or 0.0) * MILLION),
        "upper": round((1.0 if worst.upper is None else worst.upper) * MILLION),
        "severe": sums.severe,
        "ratings": sums.ratings,
        "rating_sum": sums.rating_sum,
        "look_day": last.day.isoformat() if last else None,
        "look_counted": last.counted if last else 0,
        "at": at,
    }
    return bool(await AssessedParty.raw(_KEEP, *found.values()))
