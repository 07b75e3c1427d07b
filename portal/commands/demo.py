"""portal demo: sample people on a database of their own, pages and worker in one process."""

import logging
import os
import shutil
import socket
from collections.abc import Mapping
from pathlib import Path

import asyncpg
import click
from rich.table import Table

from portal import wiring
from portal.commands.demo_data import API_KEY, LICENSED, NEW, PASSWORD, WEBHOOK_SECRET, demo_data
from portal.commands.demo_people import is_there, make_demo
from portal.commands.running import Stopped, console, run
from portal.commands.serve import listen, serve_open
from portal.core.base.clock import now
from portal.core.base.database import DB, connect, disconnect, reading
from portal.core.base.schema import done_steps, migrate
from portal.core.base.settings import Settings, read_settings, settings, use_settings
from portal.core.web.logs import start_logging

FOLDER = Path("data/demo")
HOST = "127.0.0.1"


@click.command()
@click.option("--port", type=click.IntRange(1, 65535), default=8000, show_default=True)
@click.option("--database-url", help="Where the demo's data goes.  [default: SQLite in data/demo]")
@click.option("--fresh", is_flag=True, help="Begin anew: drop what an earlier demo has left.")
def command(port: int, database_url: str | None, fresh: bool) -> None:
    """Serve a demo with sample people; their names, passwords and addresses are printed.

    Data stays in data/demo between runs. A database that holds anything but a demo is refused.
    """
    folder = FOLDER.absolute()
    use_settings(demo_settings(folder, port, database_url, os.environ))
    with listen(HOST, port) as listener:
        if fresh:
            run(_clear(settings(), folder))
        start_logging(logging.WARNING)  # what was printed should stay in sight
        run(_serve(listener))


def demo_settings(folder: Path, port: int, database_url: str | None, environ: Mapping[str, str]) -> Settings:
    """Development settings around `folder`; what the environment says of language, mail or clock is kept.

    PORTAL_DATABASE_URL is left out on purpose: nobody's own database is filled with sample people by mistake.
    """
    own = {
        "PORTAL_BASE_URL": f"http://{HOST}:{port}",
        "PORTAL_FILES_URL": f"file://{folder}/files",
        "PORTAL_SMTP_URL": f"file://{folder}/mail",
        "PORTAL_BUYER_MESSAGES": f"file://{folder}/messages",
        "PORTAL_WEBHOOK_SECRET": WEBHOOK_SECRET,
    }
    fixed = {"PORTAL_ENV": "development", "PORTAL_DATABASE_URL": database_url or f"sqlite:///{folder}/portal.sqlite"}
    return read_settings({**own, **environ, **fixed})


async def _clear(current: Settings, folder: Path) -> None:
    """Drop an earlier demo. Raises Stopped where the database holds something else."""
    if current.sqlite_path is None or current.sqlite_path.exists():
        await connect(current.database_url)
        try:
            await _check_is_demo()
        finally:
            await disconnect()
    if current.sqlite_path is None:
        await _empty_postgres(current.database_url)
    else:
        for ending in ("", "-wal", "-shm"):
            current.sqlite_path.with_name(current.sqlite_path.name + ending).unlink(missing_ok=True)
    for name in ("files", "mail", "messages"):
        shutil.rmtree(folder / name, ignore_errors=True)


async def _empty_postgres(url: str) -> None:
    connection = await asyncpg.connect(url)
    try:
        await connection.execute("DROP SCHEMA IF EXISTS public CASCADE; CREATE SCHEMA public")  # both or neither
    finally:
        await connection.close()


async def _check_is_demo() -> None:
    """Raises Stopped where the database holds other people than the demo's."""
    if not await done_steps():
        return
    async with reading():
        people = await DB.fetch("SELECT 1 AS one FROM persons LIMIT 1", [])
    if people and not await is_there():
        raise Stopped("The database holds something that is not a demo; name another with --database-url.")


async def _serve(listener: socket.socket) -> None:
    wiring.join()
    await connect(settings().database_url)
    try:
        await _check_is_demo()
        await migrate()
        if not await is_there():
            with console().status("Making the demo's people: they learn, sit their exams, and find their VIPs …"):
                await make_demo(now())
        _tell()
        await serve_open(listener, with_worker=True)
    finally:
        await disconnect()


def _tell() -> None:
    """Print who is there, and where."""
    screen, base = console(), settings().base_url
    table = Table("sign in as", "name", "who", title=f"The demo is at {base}", title_justify="left")
    owners = {owner.external_id: owner for owner in demo_data().owners}
    table.add_row(f"{LICENSED}@demo.test", owners[LICENSED].name, "certified owner with VIPs")
    table.add_row(f"{NEW}@demo.test", owners[NEW].name, "owner who just bought the kit")
    for one in demo_data().staff:
        table.add_row(one.email, one.name, one.role.replace("_", " "))
    screen.print(table)
    screen.print(f"Password of each: {PASSWORD}")
    screen.print(f"API key (every scope): {API_KEY}   OpenAPI: {base}/api/openapi.json")
    screen.print(f"Webhook secret of the shop: {WEBHOOK_SECRET}")
    screen.print(f"Data: {settings().database_url if DB.engine_type == 'sqlite' else 'PostgreSQL'}")
    screen.print(f"Mail: {settings().smtp_url}   Messages to buyers: {settings().buyer_messages}")
    screen.print("Ctrl-C ends it.")
