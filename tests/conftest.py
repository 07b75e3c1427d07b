"""What every test stands on: settings of its own, and a migrated database copied for it, of either kind."""

import asyncio
import gc
import os
import shutil
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import closing
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import asyncpg
import hypothesis
import pytest
from jinja2 import FileSystemBytecodeCache
from playwright.sync_api import Browser as PlaywrightBrowser

from portal import wiring
from portal.app import create_app
from portal.core.base.clock import now
from portal.core.base.database import connect, disconnect
from portal.core.base.schema import migrate
from portal.core.base.settings import Settings, read_settings, settings, use_settings
from portal.core.people.rules import seconds_left
from portal.core.web.frame import Frame
from portal.core.web.state import PageState, use_state
from portal.core.web.templates import environment
from tests import kept, make
from tests.browse import Browser
from tests.cast import Cast, enter
from tests.chromium import chromium as opened
from tests.postgres import binaries, cluster
from tests.shelf import Shelf
from tests.turns import Turns, alternate, turn


def pytest_configure(config: pytest.Config) -> None:
    kept.begin()
    # On a busy machine everything is slow; that says nothing of the software.
    hypothesis.settings.register_profile("busy", deadline=None, suppress_health_check=[hypothesis.HealthCheck.too_slow])
    hypothesis.settings.load_profile("busy")
    use_settings(read_settings({"PORTAL_SECRET_KEY": "a secret for the tests, long enough to be taken"}))
    environment().bytecode_cache = FileSystemBytecodeCache(str(kept.kept("templates", lambda place: None)))


def pytest_unconfigure(config: pytest.Config) -> None:
    if not hasattr(config, "workerinput"):
        kept.end()


def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Turns:
    return Turns(config, log)


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    items.sort(key=lambda item: turn(item.nodeid))
    if os.environ.get("PORTAL_TEST_PAGES") == "alternate":
        left = alternate(items)
        config.hook.pytest_deselected(items=[item for item in items if item in left])
        items[:] = [item for item in items if item not in left]


def pytest_collection_finish(session: pytest.Session) -> None:
    """What was imported stays to the end: looking for garbage in it took a tenth of all time."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 20, 50)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo[None]) -> Iterator[None]:
    """With CI=true a test that cannot run has failed."""
    report = yield
    if report.skipped and os.environ.get("CI") == "true":
        report.outcome = "failed"
        report.longrepr = f"skipped in CI: {report.longrepr}"
    return report


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """What tests have measured and want to be read."""
    for report in terminalreporter.getreports("passed"):
        for name, line in report.user_properties:
            if name == "told":
                terminalreporter.write_line(str(line))


@pytest.fixture(scope="module")
def chromium() -> Iterator[PlaywrightBrowser]:
    """A real browser. Where it is open, the process has a loop running: no test with one of its own shares a module."""
    with opened() as browser:
        yield browser


@pytest.fixture(autouse=True)
def own_settings(tmp_path: Path) -> Iterator[Settings]:
    """Settings of this test alone: its files, its mail folder, its clock file."""
    made = read_settings(
        {
            "PORTAL_SECRET_KEY": "a secret for the tests, long enough to be taken",
            "PORTAL_BASE_URL": "http://127.0.0.1:8000",
            "PORTAL_DATABASE_URL": f"sqlite:///{tmp_path}/portal.sqlite",
            "PORTAL_FILES_URL": f"file://{tmp_path}/files",
            "PORTAL_SMTP_URL": f"file://{tmp_path}/mail",
            "PORTAL_CLOCK_FILE": f"{tmp_path}/clock",
        }
    )
    use_settings(made)
    yield made
    use_state(PageState())


@pytest.fixture
def a_window_ahead() -> None:
    """Tries are counted in quarters of an hour by the clock: a test that counts them does not begin at a quarter's end."""
    left = seconds_left(now())
    if left < 45:
        time.sleep(left)


async def _migrated(url: str) -> None:
    await connect(url)
    try:
        await migrate()
    finally:
        await disconnect()


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A migrated SQLite file; tests get copies."""
    path = tmp_path_factory.mktemp("template") / "portal.sqlite"
    asyncio.run(_migrated(f"sqlite:///{path}"))
    return path


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[str]:
    """The cluster that PORTAL_TEST_POSTGRES_URL names, or one of our own."""
    given = os.environ.get("PORTAL_TEST_POSTGRES_URL")
    if given:
        yield given
        return
    if binaries() is None:
        pytest.skip("PostgreSQL is not installed")
    with cluster() as url:
        yield url


async def _sql(url: str, *statements: str) -> None:
    connection = await asyncpg.connect(url)
    try:
        for statement in statements:
            await connection.execute(statement)
    finally:
        await connection.close()


def _beside(url: str, name: str) -> str:
    return f"{url.rpartition('/')[0]}/{name}"


@pytest.fixture(scope="session")
def postgres_template(postgres_server: str) -> str:
    """The name of a migrated database in the cluster; tests get copies."""
    name = f"portal_template_{os.getpid()}"
    asyncio.run(_sql(postgres_server, f'DROP DATABASE IF EXISTS "{name}"', f'CREATE DATABASE "{name}"'))
    asyncio.run(_migrated(_beside(postgres_server, name)))
    return name


async def _schooled(url: str, files: Path) -> None:
    """Take in the shipped curricula, through the door that users have."""
    use_settings(replace(settings(), files_url=f"file://{files}"))
    wiring.join()
    await connect(url)
    try:
        await make.curricula()
    finally:
        await disconnect()


@pytest.fixture(scope="session")
def school_files(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the pictures of the shipped curricula are."""
    return tmp_path_factory.mktemp("school-files")


@pytest.fixture(scope="session")
def sqlite_school(sqlite_template: Path, school_files: Path) -> Path:
    """The template with the shipped curricula in it."""
    path = sqlite_template.with_name("school.sqlite")
    shutil.copy(sqlite_template, path)
    asyncio.run(_schooled(f"sqlite:///{path}", school_files))
    return path


@pytest.fixture(scope="session")
def postgres_school(postgres_server: str, postgres_template: str, school_files: Path) -> str:
    """The template in the cluster with the shipped curricula in it."""
    name = f"portal_school_{os.getpid()}"
    asyncio.run(_sql(postgres_server, f'CREATE DATABASE "{name}" TEMPLATE "{postgres_template}"'))
    asyncio.run(_schooled(_beside(postgres_server, name), school_files))
    return name


async def _staged(url: str) -> Cast:
    """Put the cast into a database of nobody."""
    wiring.join()
    await connect(url)
    try:
        return await enter()
    finally:
        await disconnect()


@pytest.fixture(scope="session")
def sqlite_cast(sqlite_template: Path) -> tuple[Path, Cast]:
    """The template with the cast on its stage, and who they are in it."""
    path = sqlite_template.with_name("cast.sqlite")
    shutil.copy(sqlite_template, path)
    return path, asyncio.run(_staged(f"sqlite:///{path}"))


@pytest.fixture(scope="session")
def postgres_cast(postgres_server: str, postgres_template: str) -> tuple[str, Cast]:
    """The template in the cluster with the cast on its stage, and who they are in it."""
    name = f"portal_cast_{os.getpid()}"
    asyncio.run(_sql(postgres_server, f'CREATE DATABASE "{name}" TEMPLATE "{postgres_template}"'))
    return name, asyncio.run(_staged(_beside(postgres_server, name)))


@pytest.fixture(scope="session")
def template_shelf(postgres_server: str, postgres_template: str) -> Iterator[Shelf]:
    """Empty databases of this process."""
    with closing(Shelf(postgres_server, postgres_template)) as shelf:
        yield shelf


@pytest.fixture(scope="session")
def school_shelf(postgres_server: str, postgres_school: str) -> Iterator[Shelf]:
    """Databases of this process with the shipped curricula in them."""
    with closing(Shelf(postgres_server, postgres_school)) as shelf:
        yield shelf


@pytest.fixture(scope="session")
def cast_shelf(postgres_server: str, postgres_cast: tuple[str, Cast]) -> Iterator[Shelf]:
    """Databases of this process with the cast in them."""
    with closing(Shelf(postgres_server, postgres_cast[0])) as shelf:
        yield shelf


def _stock(request: pytest.FixtureRequest) -> str:
    """What the test's database holds from the beginning."""
    return next((name for name in ("school", "cast") if name in request.fixturenames), "template")


@pytest.fixture(params=["sqlite", "postgres"])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The address of a migrated database, once of each kind; nothing is connected yet.

    It is empty, or holds the shipped curricula where the test asks for `school`, or else the cast where it asks for that.
    """
    stock = _stock(request)
    if request.param == "sqlite":
        held = request.getfixturevalue(f"sqlite_{stock}")
        template: Path = held[0] if stock == "cast" else held
        path = tmp_path / "portal.sqlite"
        shutil.copy(template, path)
        yield f"sqlite:///{path}"
        return
    shelf: Shelf = request.getfixturevalue(f"{stock}_shelf")
    name = shelf.take()
    yield shelf.url(name)
    shelf.put_back(name)


@pytest.fixture
def unattended(request: pytest.FixtureRequest, database_url: str) -> None:
    """Nobody but the test is connected to its database."""
    if request.node.callspec.params["database_url"] == "postgres":
        request.getfixturevalue(f"{_stock(request)}_shelf").leave(database_url.rpartition("/")[2])


@pytest.fixture
async def database(database_url: str) -> AsyncIterator[str]:
    """A connected, empty, migrated database; the test runs once on SQLite and once on PostgreSQL."""
    await connect(database_url)
    yield database_url
    await disconnect()


@cache
def _whole_app() -> Frame:
    """Made once a process: it keeps nothing of its own, and making it costs more than most tests."""
    return create_app(own_database=False)


@pytest.fixture
def app(database: str) -> Frame:
    """The whole application over the test's database."""
    return _whole_app()


@pytest.fixture
async def open_browser(app: Frame) -> AsyncIterator[Callable[[], Browser]]:
    """Makes browsers: each has cookies of its own."""
    opened: list[Browser] = []

    def make() -> Browser:
        opened.append(Browser(app))
        return opened[-1]

    yield make
    for browser in opened:
        await browser.close()


@pytest.fixture
async def browser(open_browser: Callable[[], Browser]) -> Browser:
    """A browser that nobody is signed in with."""
    return open_browser()


@pytest.fixture
async def cast(request: pytest.FixtureRequest, app: Frame) -> Cast:
    """Everybody on the stage; hooks are joined, nothing is learned yet."""
    if _stock(request) != "cast":
        return await enter()
    made: Cast = request.getfixturevalue(f"{request.node.callspec.params['database_url']}_cast")[1]
    return made


@pytest.fixture
def school(app: Frame, school_files: Path) -> None:
    """The shipped curricula are here (in the database that was copied), and the rooms are joined."""
    use_settings(replace(settings(), files_url=f"file://{school_files}"))
