"""What the doctor asks the database: library and pragmas, migrations, chain, orphans, clock, worker, admins."""

from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import UTC, datetime

from cryptography.fernet import InvalidToken

from portal import wiring
from portal.commands.checkup import Finding, Level, ok
from portal.commands.running import sentence_of
from portal.core.base.audit import check_chain
from portal.core.base.database import DB, connect, disconnect, reading, writing
from portal.core.base.database.sqlite import SAFE_VERSION, SQLiteDriver
from portal.core.base.keys import unseal
from portal.core.base.schema import pending_steps
from portal.core.base.settings import settings
from portal.core.base.tables import Job, Outbox, SigningKey
from portal.core.web.health import readiness
from portal.service.compensations.ledger import imbalance
from portal.service.complaints import tally
from portal.service.earnings import queries as earnings
from portal.service.facts import recounting
from portal.service.insight import recounting as ways

MOST_CLOCK_SECONDS = 5.0


async def findings() -> list[Finding]:
    current = settings()
    if current.sqlite_path is not None and not current.sqlite_path.is_file():
        return [Finding("fail", "database", f"there is no file {current.sqlite_path}", "run portal migrate")]
    wiring.join()
    try:
        await connect(current.database_url)
    except Exception as error:
        return [Finding("fail", "database", sentence_of(error), "check PORTAL_DATABASE_URL, and that it runs")]
    try:
        return [finding async for finding in _all()]
    finally:
        await disconnect()


async def _all() -> AsyncIterator[Finding]:
    if isinstance(DB.driver, SQLiteDriver):
        yield _library(DB.driver)
        yield await _pragmas()
    else:
        yield await _server()
    pending = await pending_steps()
    if pending:
        yield Finding("fail", "migrations", f"{len(pending)} have not been run", "run portal migrate")
        return
    yield ok("migrations", "none pending")
    for check in CHECKS:
        try:
            yield await check()
        except Exception as error:
            yield Finding("fail", check.__name__.strip("_"), sentence_of(error))


def _library(driver: SQLiteDriver) -> Finding:
    number = ".".join(map(str, driver.version))
    if driver.version >= SAFE_VERSION:
        return ok("sqlite", number)
    safe = ".".join(map(str, SAFE_VERSION))
    text = f"{number} can corrupt a database that two processes write"
    return Finding("warn", "sqlite", text, f"use one of at least {safe} (pip install pysqlite3), or PostgreSQL")


async def _pragmas() -> Finding:
    wanted = {"journal_mode": "wal", "foreign_keys": 1, "synchronous": 2}
    async with writing():
        found = {name: next(iter((await DB.fetch(f"PRAGMA {name}", []))[0].values())) for name in wanted}
    wrong = [f"{name} is {found[name]}" for name, value in wanted.items() if found[name] != value]
    if wrong:
        return Finding("fail", "pragmas", "; ".join(wrong), "the file's folder must allow WAL (no network share)")
    return ok("pragmas", "write-ahead log, foreign keys, full synchronisation")


async def _server() -> Finding:
    async with reading():
        rows = await DB.fetch(
            "SELECT current_setting('server_version') AS version, current_setting('synchronous_commit') AS commit,"
            " current_setting('fsync') AS fsync",
            [],
        )
    row = rows[0]
    if row["commit"] == "off" or row["fsync"] == "off":
        return Finding("fail", "postgresql", "may lose acknowledged writes", "turn synchronous_commit and fsync on")
    return ok("postgresql", row["version"])


async def _time() -> Finding:
    if DB.engine_type == "sqlite":
        return ok("database clock", "this machine's own")
    async with reading():
        theirs: datetime = (await DB.fetch("SELECT clock_timestamp() AS t", []))[0]["t"]
    apart = abs((datetime.now(UTC) - theirs).total_seconds())
    if apart > MOST_CLOCK_SECONDS:
        return Finding("fail", "database clock", f"{apart:.1f} s apart from this machine's", "keep both by NTP")
    return ok("database clock", f"{apart:.1f} s apart from this machine's")


async def _chain() -> Finding:
    report = await check_chain()
    if report.broken_at is not None:
        text = f"broken at position {report.broken_at}: an entry was changed after the fact"
        return Finding("fail", "audit chain", text, "keep this database as evidence and restore a backup")
    return ok("audit chain", f"{report.links:,} links whole, {report.waiting:,} entries waiting for theirs")


async def _orphans() -> Finding:
    if DB.engine_type != "sqlite":
        return ok("references", "kept by PostgreSQL")
    async with reading(long=True):
        rows = await DB.fetch("PRAGMA foreign_key_check", [])
    if rows:
        names = ", ".join(sorted({str(row["table"]) for row in rows}))
        return Finding("fail", "references", f"{len(rows):,} rows point nowhere ({names})", "restore a backup")
    return ok("references", "every row points at one that is there")


async def _worker() -> Finding:
    if (await readiness())["worker"]:
        return ok("worker", "heard within a minute")
    level: Level = "fail" if settings().production else "warn"
    return Finding(level, "worker", "not heard for a minute", "run portal serve (SQLite) or portal worker (PostgreSQL)")


async def _dead_letters() -> Finding:
    async with reading():
        dead = await Outbox.count().where(Outbox.dead_at.is_not_null())
        dead += await Job.count().where(Job.dead_at.is_not_null())
    if dead:
        return Finding("warn", "dead letters", f"{dead:,} messages or jobs given up", "see last_error in outbox, jobs")
    return ok("dead letters", "none")


async def _keys() -> Finding:
    async with reading():
        rows = await SigningKey.select(SigningKey.sealed_private_jwk)
    try:
        for row in rows:
            unseal(row["sealed_private_jwk"])
    except InvalidToken:
        return Finding("fail", "sealed keys", "do not open", "set the PORTAL_SECRET_KEY that they were made with")
    return ok("sealed keys", f"{len(rows)} open")


async def _admins() -> Finding:
    async with reading():
        rows = await DB.fetch(
            "SELECT count(*) AS admins, coalesce(sum(CASE WHEN p.email LIKE '%@demo.test' THEN 1 ELSE 0 END), 0)"
            " AS demo FROM persons p JOIN roles r ON r.person = p.id"
            " WHERE r.role = 'admin' AND r.ended_at IS NULL AND p.disabled_at IS NULL",
            [],
        )
    if rows[0]["demo"]:
        level: Level = "fail" if settings().production else "warn"
        return Finding(level, "admins", "demo people, whose password is known, are admins", "start on a fresh database")
    if not rows[0]["admins"]:
        return Finding("warn", "admins", "there is none yet", "run portal create-admin")
    return ok("admins", f"{rows[0]['admins']}, none of them made by default")


async def _ledger() -> Finding:
    async with reading(long=True):
        found = await earnings.balance_check()
    if not found.whole:
        text = (
            f"{found.unbalanced:,} transactions do not sum to nought, {found.apart:,} stores disagree with their lines"
        )
        return Finding("fail", "ledger", text, "keep this database as evidence and restore a backup")
    return ok("ledger", f"{found.transactions:,} transactions balance")


async def _grants() -> Finding:
    """What was agreed, granted and confirmed must be one and the same."""
    wrong = await imbalance()
    if wrong:
        return Finding("fail", "grants", "; ".join(wrong[:5]), "look at these before anything more is paid")
    return ok("grants", "every accepted proposal is granted once, every payment confirmed once")


async def _facts() -> Finding:
    """Figures are drawn from the sums of days: these must be what their orders sum up to."""
    found = await recounting.check()
    if found.apart:
        text = f"{len(found.apart)} of {found.days} days disagree with their orders ({', '.join(found.apart[:3])})"
        return Finding("fail", "figures", text, "run portal recount-facts")
    return ok("figures", f"{found.days} days agree with their orders, {found.waiting:,} changes still to be reckoned")


async def _ways() -> Finding:
    """Dashboards are drawn from sums of days: these must be what the ways of stores and the visits come to."""
    found = await ways.check()
    if found.apart:
        text = f"the days' sums of {', '.join(found.apart)} are not what stores and visits come to"
        return Finding("fail", "dashboards", text, "run portal recount-facts")
    return ok("dashboards", f"{found.stores:,} stores and their days agree, {found.waiting:,} changes to be reckoned")


async def _promise() -> Finding:
    """The published record is added up as it comes: it must be what the clocks say."""
    months = await tally.apart()
    if months:
        return Finding("fail", "promise", f"the record of {', '.join(months)} is not what its clocks say", "tell us")
    return ok("promise", "the published record is what the clocks say")


CHECKS: tuple[Callable[[], Awaitable[Finding]], ...] = (
    _chain,
    _ledger,
    _grants,
    _facts,
    _ways,
    _promise,
    _orphans,
    _time,
    _worker,
    _dead_letters,
    _keys,
    _admins,
)
