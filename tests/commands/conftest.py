"""Commands run in this process, on a site of the test's own; what they print and how they end is kept."""

import asyncio
from collections.abc import Callable, Coroutine
from dataclasses import dataclass, replace
from typing import Any

import pytest
from click.testing import CliRunner

from portal.cli import main
from portal.core.base.database import connect, disconnect
from portal.core.base.settings import Settings, use_settings


@dataclass(frozen=True)
class Ran:
    """How a command ended: its exit code, what it printed, and what it said on stderr."""

    code: int
    out: str
    err: str


@dataclass(frozen=True)
class Site:
    """A site: its settings, and ways to run a command or a coroutine on it."""

    settings: Settings

    def run(self, *arguments: object, typed: str | None = None) -> Ran:
        use_settings(self.settings)
        result = CliRunner().invoke(main, [str(one) for one in arguments], input=typed, prog_name="portal")
        return Ran(result.exit_code, result.stdout, result.stderr)

    def do(self, act: Callable[[], Coroutine[Any, Any, Any]]) -> Any:
        """What `act` returns, run with the site's database open."""
        use_settings(self.settings)

        async def whole() -> Any:
            await connect(self.settings.database_url)
            try:
                return await act()
            finally:
                await disconnect()

        return asyncio.run(whole())

    def at(self, **changes: Any) -> "Site":
        """The same site with other settings."""
        return Site(replace(self.settings, **changes))


@pytest.fixture
def site(own_settings: Settings, database_url: str) -> Site:
    """A migrated site, once on SQLite and once on PostgreSQL."""
    return Site(replace(own_settings, database_url=database_url))


@pytest.fixture
def new_site(own_settings: Settings) -> Site:
    """A site on SQLite whose database is not there yet."""
    return Site(own_settings)
