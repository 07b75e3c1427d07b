"""The desk and its archive among many complaints, beside the same among two thousand: queries, ratios, memory.

PORTAL_BENCH_COMPLAINTS says how many there are (200,000 unless told), PORTAL_BENCH_DATABASES on which databases. They
are made by SQL from one that was filed, with clocks and words: one word stands in every second story, one in ten of
all; one promise in twenty was broken. The site's one agent has them all.
"""

import asyncio
import os
import resource
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import httpx
from rich.console import Console
from rich.table import Table

from portal import wiring
from portal.app import create_app
from portal.core.base.clock import now
from portal.core.base.database import DB, counting_queries, reading, writing
from portal.core.base.schema import migrate
from portal.core.base.settings import settings, use_settings
from portal.core.web.sheets import download_parts
from portal.service.archive import sheets
from portal.service.archive.queries import Wanted
from portal.service.complaints import tally
from tests import make
from tests.bench.orders import site
from tests.browse import Browser
from tests.postgres import cluster
from tests.service.complaints import make as complaints

COMPLAINTS = int(os.environ.get("PORTAL_BENCH_COMPLAINTS", "200000"))
KINDS = os.environ.get("PORTAL_BENCH_DATABASES", "sqlite postgres").split()
FEW, ROUNDS, RUNNING, RARE, BROKEN = 2_000, 15, 40, 10, 20
PART = 10_000  # made by one statement
ARCHIVE = "/desk/archive"
PAGES = (
    "/desk",
    ARCHIVE,
    f"{ARCHIVE}?q=strawberry",
    f"{ARCHIVE}?q=quokka",
    f"{ARCHIVE}?q=strawberry+quokka",
    f"{ARCHIVE}?state=closed&function=damaged&clock=kept",
    f"{ARCHIVE}?clock=broken",
    f"{ARCHIVE}?clock=broken&goods=food",
    f"{ARCHIVE}?after=1500",
)
_SKIP = {"id", "ref", "rank", "received_at", "state", "outcome", "ended_at", "agent", "next_at", "last_event"}


async def _columns() -> list[str]:
    rows = await DB.fetch("SELECT * FROM complaints LIMIT 1", [])
    return [name for name in rows[0] if name not in _SKIP]


def _series(first: int, last: int) -> str:
    return f"WITH RECURSIVE n(i) AS (SELECT {first} UNION ALL SELECT i + 1 FROM n WHERE i < {last})"


def _statements(last: int, model: int, kept: str, marker: str) -> tuple[str, ...]:
    """The complaints, their clocks with the record of them, their first events, their words."""
    rare = max(1, COMPLAINTS // RARE)
    return (
        (
            f"INSERT INTO complaints (id, ref, rank, received_at, state, outcome, ended_at, agent, next_at, last_event, {kept})"
            f" SELECT i, 'bench' || i, i, m.received_at, CASE WHEN i > {last - RUNNING} THEN 'open' ELSE 'closed' END,"
            f" CASE WHEN i > {last - RUNNING} THEN NULL ELSE 'settled' END,"
            f" CASE WHEN i > {last - RUNNING} THEN NULL ELSE m.received_at END, m.agent, NULL, 0,"
            f" {', '.join(f'm.{name}' for name in kept.split(', '))} FROM n, complaints m WHERE m.id = {model}"
        ),
        (
            "INSERT INTO complaint_clocks (complaint, round, name, started_at, due_at, stopped_at, month)"
            f" SELECT i, k.round, k.name, k.started_at, CASE WHEN i % {BROKEN} = 0 THEN k.started_at ELSE k.due_at END,"
            f" CASE WHEN i > {last - RUNNING} THEN NULL WHEN i % {BROKEN} = 0 THEN k.due_at ELSE k.started_at END,"
            f" k.month FROM n, complaint_clocks k WHERE k.complaint = {model}"
        ),
        (
            "INSERT INTO promise_counts (month, name, n, kept)"
            f" SELECT k.month, k.name, count(*), sum(CASE WHEN i % {BROKEN} = 0 THEN 0 ELSE 1 END)"
            f" FROM n, complaint_clocks k WHERE k.complaint = {model} AND i <= {last - RUNNING} GROUP BY k.month, k.name"
        ),
        (
            "INSERT INTO complaint_events (complaint, round, kind, at, by_person, facts)"
            f" SELECT i, e.round, e.kind, e.at, e.by_person, e.facts FROM n, complaint_events e WHERE e.complaint = {model}"
            " AND e.kind = 'received'"
        ),
        (
            "INSERT INTO search_texts (kind, subject, tokens) SELECT 'complaint', i,"
            f" '{marker} bench' || i || ' box broke late again today' || CASE WHEN i % 2 = 0 THEN ' strawberry' ELSE '' END"
            f" || CASE WHEN i % {rare} = 0 THEN ' quokka' ELSE '' END FROM n"
        ),
    )


async def _fill(first: int, last: int, model: int) -> None:
    """Complaints with these ids, closed but the newest few, each with clocks, an event, and its words."""
    async with reading():
        kept = ", ".join(await _columns())
        found = await DB.fetch(f"SELECT tokens FROM search_texts WHERE kind = 'complaint' AND subject = {model}", [])
    marker = str(found[0]["tokens"]).split(" ", 1)[0]
    for sql in _statements(last, model, kept, marker):
        head, _, rest = sql.partition(" SELECT ")
        for part in range(first, last + 1, PART):
            async with writing():
                await DB.fetch(f"{head} {_series(part, min(part + PART - 1, last))} SELECT {rest}", [])
    await tally.fold()
    async with writing():
        await DB.fetch("ANALYZE", [])


async def _settle(last: int) -> None:
    """What ran is closed, so that only the newest run when more have come."""
    async with writing():
        await DB.fetch(
            "UPDATE complaints SET state = 'closed', outcome = 'settled', ended_at = received_at"
            f" WHERE id <= {last} AND ended_at IS NULL",
            [],
        )
        await DB.fetch(f"UPDATE complaint_clocks SET stopped_at = started_at WHERE complaint <= {last}", [])


async def _opened(client: httpx.AsyncClient, page: str) -> tuple[float, int]:
    """Milliseconds (the quickest of some openings: others use this machine too) and queries."""
    times, queries = [], 0
    for _ in range(ROUNDS):
        began = time.perf_counter()
        with counting_queries() as count:
            answer = await client.get(page)
        assert answer.status_code == 200, (page, answer.text[:500])
        times.append((time.perf_counter() - began) * 1000)
        queries = len(count)
    return min(times), queries


async def _export(ending: str) -> tuple[float, float, float]:
    """Seconds, by how much the process's peak of memory grew in MiB, and the size of the file in MiB."""
    before, began, size = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss, time.perf_counter(), 0
    answer = await download_parts(f"a.{ending}", "a", sheets.parts(Wanted(), now(), sheets.words()))
    async for part in answer.iterator:  # type: ignore[union-attr]
        size += len(part)
    grown = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
    return time.perf_counter() - began, grown / (1 << 10), size / (1 << 20)


async def _measure(client: httpx.AsyncClient) -> dict[str, tuple[float, int]]:
    return {page: await _opened(client, page) for page in PAGES}


async def bench(kind: str, console: Console) -> None:
    """Print the table of one database."""
    wiring.join()
    app = create_app(own_database=False)
    async with site():
        await migrate()
        agent = await complaints.agent_ready()
        model = await complaints.complaint(await complaints.scene())
        browser = Browser(app)
        await make.sign_in(browser, agent)
        await _fill(model.id + 1, FEW, model.id)
        few, small = await _measure(browser.client), {each: await _export(each) for each in ("csv", "xlsx")}
        await _settle(FEW)
        began = time.perf_counter()
        await _fill(FEW + 1, COMPLAINTS, model.id)
        console.print(f"{kind}: {COMPLAINTS:,} complaints made in {time.perf_counter() - began:.0f} s")
        many = await _measure(browser.client)
        table = Table(title=f"the desk, {kind}: {FEW:,} and {COMPLAINTS:,} complaints")
        for name in ("page", "few, ms", "many, ms", "ratio", "queries"):
            table.add_column(name, justify="left" if name == "page" else "right")
        for page in PAGES:
            (low, least), (high, most) = few[page], many[page]
            table.add_row(page, f"{low:.1f}", f"{high:.1f}", f"{high / low:.2f}", f"{least} / {most}")
        console.print(table)
        for ending, (_, peak, _) in small.items():
            seconds, high_peak, size = await _export(ending)
            console.print(
                f"export {ending}: {size:.1f} MiB in {seconds:.0f} s, peak of memory +{high_peak:.1f} MiB (+{peak:.1f} for {FEW:,})"
            )
        await browser.close()


@contextmanager
def _database(kind: str) -> Iterator[str]:
    if kind == "postgres":
        with cluster() as url:
            yield url
        return
    with tempfile.TemporaryDirectory() as folder:
        yield f"sqlite:///{Path(folder) / 'portal.sqlite'}"


def main() -> None:
    """Both databases, one after the other."""
    console = Console(file=sys.stdout, width=120)
    for kind in KINDS:
        with _database(kind) as url:
            use_settings(replace(settings(), database_url=url))
            asyncio.run(bench(kind, console))


if __name__ == "__main__":
    main()
