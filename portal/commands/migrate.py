"""portal migrate: bring the database to this program's schema."""

import click

from portal.commands.running import console, portal_open, run
from portal.core.base.schema import migrate
from portal.core.base.settings import settings


@click.command()
def command() -> None:
    """Bring the database up to date. Safe to run again; run it before serving a new version."""
    settings()
    run(_migrate())


async def _migrate() -> None:
    screen = console()
    async with portal_open(must_exist=False, must_be_current=False):
        done = await migrate()
    for step in done:
        screen.print(f"{step.app}: {step.id}")
    screen.print(f"{len(done)} migrations run." if done else "The database is up to date.")
