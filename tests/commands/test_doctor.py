"""portal doctor: a line for each check, and 1 where one fails."""

import os
import sqlite3
import subprocess
import sys

import pytest

from portal.core.base.audit import SYSTEM, record, sequence
from portal.core.base.clock import now
from portal.core.base.database import DB, writing
from portal.core.base.settings import Settings
from tests.commands.conftest import Ran, Site


def doctor(current: Settings, **extra: str) -> Ran:
    environ = {
        **{name: value for name, value in os.environ.items() if not name.startswith("PORTAL_")},
        "PORTAL_SECRET_KEY": current.secret_key,
        "PORTAL_DATABASE_URL": current.database_url,
        "PORTAL_FILES_URL": current.files_url,
        "PORTAL_BASE_URL": "https://portal.test",
        "PORTAL_SMTP_URL": "smtp://127.0.0.1",
        **extra,
    }
    command = [sys.executable, "-m", "portal", "doctor"]
    done = subprocess.run(command, env=environ, capture_output=True, text=True, check=False)
    return Ran(done.returncode, done.stdout, done.stderr)


def line(ran: Ran, about: str) -> str:
    return next(line for line in ran.out.splitlines() if line[5:].startswith(about))


def test_a_sound_site_has_no_failing_line(site: Site) -> None:
    ran = doctor(site.settings)
    failing = [line[5:16].strip() for line in ran.out.splitlines() if line.startswith("fail")]
    # The tests' own cluster does not wait for the disk, and the doctor sees it.
    assert failing == ([] if site.settings.sqlite_path else ["postgresql"]), ran.out
    assert ran.code == len(failing)
    for about in ("settings", "migrations", "audit chain", "references", "database clock", "font", "assets"):
        assert line(ran, about).startswith("ok"), about


def test_a_changed_audit_entry_is_found(site: Site) -> None:
    async def tamper() -> None:
        async with writing():
            for number in range(3):
                await record(SYSTEM, "test.act", ("test", number), now())
        await sequence()
        async with writing():
            await DB.fetch("UPDATE audit_entries SET action = 'test.other' WHERE subject_id = 1", [])

    site.do(tamper)
    ran = doctor(site.settings)
    assert ran.code == 1
    assert "broken at position 2" in line(ran, "audit chain")
    assert ran.err.endswith("checks failed.\n")


def test_pending_migrations_fail(own_settings: Settings) -> None:
    assert own_settings.sqlite_path is not None
    own_settings.sqlite_path.touch()
    ran = doctor(own_settings)
    assert ran.code == 1
    assert "run portal migrate" in line(ran, "migrations")


def test_a_missing_database_fails(own_settings: Settings) -> None:
    ran = doctor(own_settings)
    assert ran.code == 1
    assert line(ran, "database").startswith("fail")


def test_weak_settings_fail_in_production_and_warn_elsewhere(site: Site) -> None:
    weak = {"PORTAL_SECRET_KEY": "short"}
    assert line(doctor(site.settings, **weak), "settings").startswith("warn")
    ran = doctor(site.settings, **weak, PORTAL_ENV="production")
    assert ran.code == 1
    assert line(ran, "settings").startswith("fail")


@pytest.mark.parametrize("font", ["/usr/share/fonts/truetype/dejavu/DejaVuSans.ttf", "/nowhere.ttf"])
def test_a_font_without_chinese_fails(site: Site, font: str) -> None:
    ran = doctor(site.settings, PORTAL_FONT=font)
    assert ran.code == 1
    assert "does not draw Chinese" in line(ran, "font")


def test_orphans_are_found(site: Site) -> None:
    if site.settings.sqlite_path is None:
        assert line(doctor(site.settings), "references").endswith("kept by PostgreSQL")
        return
    with sqlite3.connect(site.settings.sqlite_path) as database:
        database.execute(
            "INSERT INTO roles (person, role, granted_at) VALUES (999, 'owner', '2026-01-01 00:00:00+00:00')"
        )
    ran = doctor(site.settings)
    assert ran.code == 1
    assert "roles" in line(ran, "references")
