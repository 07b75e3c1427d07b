"""A month's award frozen among many owners: taking, ranking, looking for signals; each part's time, and memory.

PORTAL_BENCH_OWNERS says how many owners there are (100,000 unless told); one in twenty sells enough to be ranked.
"""

import asyncio
import sys
import tempfile
import time
from dataclasses import replace
from datetime import timedelta

from rich.console import Console
from rich.table import Table

from portal.core.base.clock import now
from portal.core.base.database import reading, writing
from portal.core.base.schema import migrate
from portal.core.base.settings import settings, use_settings
from portal.service.awards import cycles, runs
from portal.service.awards.cycles import Cycle, Wanted
from portal.service.awards.periods import Period
from portal.service.awards.rules import Scope, State, Subject
from portal.service.awards.tables import AwardCandidate
from portal.service.stars import runs as star_runs
from portal.service.stars.spans import month_before, month_of
from tests.bench import stars
from tests.bench.facts import memory
from tests.bench.orders import site
from tests.postgres import cluster

BEST = Wanted(Subject.OWNER, Period.MONTH, Scope.PLATFORM)


async def _reckoned(month: str) -> None:
    """The month's stars, which the award rests on."""
    run_id = await star_runs.begin(month, now())
    assert run_id is not None
    while await star_runs.work(run_id, now()):
        pass


async def _planned(month: str) -> Cycle:
    async with writing():
        await cycles.plan(BEST, month, now())
    async with reading():
        return await cycles.by_ref(BEST.ref_of(month))


async def _eligible() -> None:
    """As if those who sell were certified and had their stars."""
    async with writing():
        await AwardCandidate.raw("UPDATE award_candidates SET eligible = {} WHERE cases > 0", True)


async def _now(cycle: Cycle) -> Cycle:
    async with reading():
        return await cycles.by_id(cycle.id)


async def measure(name: str, console: Console) -> None:
    """One database, from nothing to an award that waits for its reviewer."""
    async with site():
        await migrate()
        await stars._load()
        month = month_before(month_of(now()))
        await _reckoned(month)
        cycle = await _planned(month)
        assert await runs.freeze(cycle, now() + timedelta(days=1))
        table = Table(title=f"award, {name}, {stars.OWNERS:,} owners")
        for column in ("part", "seconds", "candidates", "memory, MiB"):
            table.add_column(column, justify="left" if column == "part" else "right")
        for state in (State.TAKING, State.RANKING, State.LOOKING):
            began = time.perf_counter()
            while (await _now(cycle)).state is state and await runs.work(cycle.id, now()):
                pass
            spent = time.perf_counter() - began
            if state is State.TAKING:
                await _eligible()
            table.add_row(str(state), f"{spent:.1f}", f"{(await _now(cycle)).done:,}", str(memory()))
        assert (await _now(cycle)).state is State.REVIEW
    console.print(table)


async def main(console: Console) -> None:
    with tempfile.TemporaryDirectory() as place:
        use_settings(replace(settings(), database_url=f"sqlite:///{place}/portal.sqlite"))
        await measure("SQLite", console)
    with cluster() as url:
        use_settings(replace(settings(), database_url=url))
        await measure("PostgreSQL", console)


if __name__ == "__main__":
    asyncio.run(main(Console(file=sys.stdout, width=120)))
