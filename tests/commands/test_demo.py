"""portal demo: the people whom the contract names, really gone the way that they show; served, and ended at a word."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest

from certification.rights import queries as rights
from portal.commands.demo import demo_settings
from portal.commands.demo_data import API_KEY, PASSWORD, demo_data
from portal.commands.demo_people import make_demo
from portal.core.base.clock import now
from portal.core.base.database import DB, reading
from portal.core.people import queries as people
from portal.core.stores import queries as stores
from portal.core.web.paging import Cut
from tests.browse import Browser
from tests.commands.conftest import Site
from tests.faults.serving import ROOT, free_port

NAMED = ("admin", "second-admin", "manager", "agent", "desk-lead", "owner", "new-owner")


async def test_the_cast_is_there_and_each_signs_in_with_the_printed_password(browser: Browser) -> None:
    await make_demo(now())
    await they_have_gone_their_way()
    await the_desk_has_its_story()
    for name in NAMED:
        page = await browser.visit_and_submit("/sign-in", identifier=f"{name}@demo.test", password=PASSWORD)
        assert page.status == 200, name
        assert page.path != "/sign-in", name
        browser.client.cookies.clear()
    answer = await browser.client.get(
        "/api/v1/owners/owner/share-right", headers={"Authorization": f"Bearer {API_KEY}"}
    )
    assert answer.json()["may_share"] is True


async def they_have_gone_their_way() -> None:
    async with reading():
        for name in NAMED:
            person = await people.person_by_identifier(f"{name}@demo.test")
            assert person is not None
            assert person.external_id == name
        owner = await stores.store_by_external_id("owner")
        assert owner is not None
        standing = await rights.standing(owner.id, now())
        assert standing is not None
        assert standing.decision.may_share
        assert len((await stores.vips_of(owner.id, Cut())).items) == len(demo_data().vips)
        new = await stores.store_by_external_id("new-owner")
        assert new is not None
        learning = await rights.standing(new.id, now())
        assert learning is not None
        assert learning.decision.status == "learning"
        manager = await people.person_by_external_id("manager")
        assert manager is not None
        assert len((await stores.team(manager.id, Cut(limit=50))).items) >= 12


async def the_desk_has_its_story() -> None:
    """Last month is worked off and looked back on, whatever day it is; this month's is at every stage."""
    for table, condition in (
        ("inspections", "published_at IS NOT NULL AND closed_at IS NOT NULL"),
        ("inspections", "published_at IS NULL"),
        ("quality_trainings", "undone_at IS NULL"),
        ("quality_appeals", "state = 'open'"),
        ("quality_appeals", "state = 'rejected'"),
        ("quality_samples", "scored_at IS NULL"),
        ("compensation_reviews", "found IS NULL"),
        ("compensation_reviews", "found = 'too_little'"),
        ("compensation_proposals", "state = 'declined'"),
        ("compensation_proposals", "state = 'awaiting_approval'"),
        ("complaint_agents", "story_from IS NOT NULL AND cleared_at IS NULL AND until IS NULL"),
        ("complaints", "agent IS NULL AND ended_at IS NULL"),
        ("help_searches", "gap AND state = 'open'"),
        ("cases", "state = 'draft' AND source IS NOT NULL"),
        ("cases", "state = 'submitted'"),
        ("jobs", "kind = 'complaints.move'"),
        ("star_runs", "published_at IS NOT NULL"),
        ("star_results", "outcome = 'sample' AND superseded_at IS NULL"),
        ("star_results", "corrects IS NOT NULL"),
        ("award_results", "award = 'champion'"),
        ("award_rulings", "kept"),
        ("award_prizes", "handed_at IS NOT NULL"),
        ("award_stories", "case_ref <> ''"),
        ("award_nominations", "withdrawn_at IS NULL"),
    ):
        async with reading():
            rows = await DB.fetch(f"SELECT count(*) AS n FROM {table} WHERE {condition}", [])
        assert rows[0]["n"], (table, condition)


def test_nobodys_own_database_is_filled() -> None:
    made = demo_settings(Path("/nowhere"), 8123, None, {"PORTAL_DATABASE_URL": "postgresql://somebody/else"})
    assert made.database_url == "sqlite:////nowhere/portal.sqlite"
    assert made.base_url == "http://127.0.0.1:8123"
    assert not made.production


def test_a_database_with_other_people_is_refused(site: Site, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    site.run("create-admin", "--email", "ada@portal.test", "--name", "Ada")
    for more in ((), ("--fresh",)):
        ran = site.run("demo", "--port", free_port(), "--database-url", site.settings.database_url, *more)
        assert ran.code == 1
        assert ran.err == "The database holds something that is not a demo; name another with --database-url.\n"


@dataclass
class Demo:
    base: str
    process: subprocess.Popen[str]


@contextmanager
def demo(folder: Path, *more: str) -> Iterator[Demo]:
    port = free_port()
    environ = {name: value for name, value in os.environ.items() if not name.startswith("PORTAL_")}
    command = [sys.executable, "-m", "portal", "demo", "--port", str(port), *more]
    process = subprocess.Popen(
        command,
        cwd=folder,
        env={**environ, "PYTHONPATH": str(ROOT)},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    found = Demo(f"http://127.0.0.1:{port}", process)
    try:
        _wait_until_ready(found)
        yield found
    finally:
        if process.poll() is None:
            process.kill()
        process.wait()
        assert process.stdout is not None
        process.stdout.close()


def _wait_until_ready(found: Demo) -> None:
    until = time.monotonic() + 180
    while time.monotonic() < until:
        assert found.process.poll() is None, "the demo ended"
        try:
            if httpx.get(f"{found.base}/readyz", timeout=10).status_code == 200:
                return
        except httpx.TransportError:
            pass
        time.sleep(0.2)
    raise TimeoutError("the demo is not ready")


def test_it_serves_prints_its_people_and_ends_at_ctrl_c(tmp_path: Path) -> None:
    with demo(tmp_path) as running:
        running.process.send_signal(signal.SIGINT)
        printed, _ = running.process.communicate(timeout=60)
        assert running.process.returncode == 0
    assert running.base in printed
    for name in NAMED:
        assert f"{name}@demo.test" in printed
    assert PASSWORD in printed
    assert API_KEY in printed
    assert (tmp_path / "data/demo/portal.sqlite").is_file()
    with demo(tmp_path, "--fresh"):
        pass
