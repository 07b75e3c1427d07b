"""portal backup and restore: everything comes back, nothing done is done again, damage is told."""

import asyncio
import json
import tarfile
from collections.abc import Callable
from datetime import timedelta
from io import BytesIO
from pathlib import Path

import asyncpg
import pytest

from portal.commands.tables import all_tables, count_rows
from portal.core.base import files, outbox
from portal.core.base.audit import SYSTEM, check_chain, sequence
from portal.core.base.clock import now
from portal.core.base.database import DB, reading, writing
from portal.core.base.database.sqlite import library
from portal.core.base.leases import claim
from portal.core.base.tables import Outbox, StoredFile
from portal.core.people.actions import create_person
from portal.core.people.tables import Person, SignIn
from tests.commands.conftest import Site

pytestmark = pytest.mark.usefixtures("unattended")
CONTENT = b"a picture of a freezer"


async def _fill() -> None:
    at = now()
    person_id = await create_person(SYSTEM, name="Olive", role="owner", at=at, external_id="olive")
    sha256 = await files.put(CONTENT)
    async with writing():
        await files.register(sha256, len(CONTENT), "image/webp", "freezer.webp", at)
        await outbox.send("test.sent", "olive", {}, at)
        await outbox.send("test.open", "olive", {}, at)
        expires = at + timedelta(days=1)
        times = {"created_at": at, "last_seen_at": at, "expires_at": expires}
        await SignIn.insert(SignIn(token_hash="0" * 64, person=person_id, device="phone", **times))
    await sequence()


async def _send_first() -> None:
    """What a worker does: claim what is due, settle the first, hold the second."""
    claims = await claim(Outbox, now())
    first = min(claims, key=lambda held: held.id)
    assert await first.finish(now())


async def _counts() -> dict[str, int]:
    async with reading():
        return await count_rows()


@pytest.fixture
def backed_up(site: Site, tmp_path: Path) -> Path:
    site.do(_fill)
    file = tmp_path / "backup.tar"
    ran = site.run("backup", file)
    assert (ran.code, ran.err) == (0, "")
    return file


def test_everything_comes_back(site: Site, backed_up: Path) -> None:
    before = site.do(_counts)

    async def wreck() -> None:
        async with writing():
            await DB.fetch("UPDATE persons SET name = 'somebody else'", [])
            await DB.fetch("DELETE FROM files", [])
        await create_person(SYSTEM, name="Late", role="owner", at=now(), external_id="late")

    site.do(wreck)
    elsewhere = site.at(files_url=f"{site.settings.files_url}-new")
    ran = elsewhere.run("restore", backed_up, "--force")
    assert (ran.code, ran.err) == (0, "")

    async def found() -> tuple[list[str], bytes]:
        async with reading():
            names = [row["name"] for row in await Person.select(Person.name)]
            stored = await StoredFile.objects().first()
        assert stored is not None
        return names, await files.read(stored.sha256)

    assert elsewhere.do(found) == (["Olive"], CONTENT)
    after = elsewhere.do(_counts)
    restored = {"audit_entries": before["audit_entries"] + 1, "audit_chain": before["audit_chain"] + 1}
    assert after == {**before, **restored}


def test_nobody_is_signed_in_and_nothing_is_held_or_sent_twice(site: Site, backed_up: Path) -> None:
    site.do(_send_first)
    ran = site.run("restore", backed_up, "--force")
    assert "1 messages sent meanwhile not sent again" in ran.out
    assert "1 sign-ins" in ran.out

    async def found() -> tuple[list[str], int, int]:
        due = [held.row["topic"] for held in await claim(Outbox, now())]
        async with reading():
            signed_in = await SignIn.count().where(SignIn.revoked_at.is_null())
        report = await check_chain()
        assert report.broken_at is None
        return due, signed_in, report.waiting

    assert site.do(found) == (["test.open"], 0, 0)


def test_leases_of_the_backed_up_worker_are_released(site: Site, tmp_path: Path) -> None:
    site.do(_fill)

    async def hold() -> list[int]:
        return [held.fence for held in await claim(Outbox, now(), lease_seconds=3600)]

    assert site.do(hold) == [1, 1]
    file = tmp_path / "backup.tar"
    site.run("backup", file)
    ran = site.run("restore", file, "--force")
    assert "2 leases released" in ran.out
    assert site.do(hold) == [3, 3]


def test_a_database_that_holds_something_is_not_replaced_unasked(site: Site, backed_up: Path) -> None:
    before = site.do(_counts)
    ran = site.run("restore", backed_up)
    assert (ran.code, ran.err) == (
        1,
        "The database is not empty: portal restore --force replaces what it holds.\n",
    )
    assert site.do(_counts) == before


def test_a_new_site_takes_it(new_site: Site, sqlite_template: Path, tmp_path: Path) -> None:
    (tmp_path / "source").mkdir()
    source = new_site.at(database_url=f"sqlite:///{tmp_path}/source/portal.sqlite")
    assert source.run("migrate").code == 0
    source.do(_fill)
    file = tmp_path / "backup.tar"
    assert source.run("backup", file).code == 0
    assert new_site.run("restore", file).code == 0
    assert new_site.do(_counts)["persons"] == 1


def test_a_database_in_use_is_left_alone(site: Site, backed_up: Path) -> None:
    def with_sqlite() -> object:
        connection = library().connect(site.settings.sqlite_path)
        connection.execute("SELECT count(*) FROM persons").fetchone()
        ran = site.run("restore", backed_up, "--force")
        connection.close()
        return ran

    async def with_postgres() -> object:
        connection = await asyncpg.connect(site.settings.database_url)
        ran = await asyncio.to_thread(site.run, "restore", backed_up, "--force")
        await connection.close()
        return ran

    ran = with_sqlite() if site.settings.sqlite_path else asyncio.run(with_postgres())
    assert ran.code == 1  # type: ignore[attr-defined]
    assert ran.err.startswith("The database is in use: stop the portal")  # type: ignore[attr-defined]


def _rewritten(file: Path, change: Callable[[str, bytes], tuple[str, bytes] | None]) -> Path:
    """The archive with each member changed or left out."""
    made = file.with_name("changed.tar")
    with tarfile.open(file) as old, tarfile.open(made, "w") as new:
        for member in old:
            body = old.extractfile(member)
            assert body is not None
            kept = change(member.name, body.read())
            if kept is not None:
                info = tarfile.TarInfo(kept[0])
                info.size = len(kept[1])
                new.addfile(info, BytesIO(kept[1]))
    return made


def _manifest(**values: object) -> Callable[[str, bytes], tuple[str, bytes]]:
    def change(name: str, body: bytes) -> tuple[str, bytes]:
        return (name, json.dumps({**json.loads(body), **values}).encode()) if name == "manifest.json" else (name, body)

    return change


DAMAGE: dict[str, tuple[Callable[[str, bytes], tuple[str, bytes] | None], str]] = {
    "database": (lambda name, body: (name, body[:-1] + b"!") if "database" in name else (name, body), "is damaged"),
    "no manifest": (lambda name, body: None if name == "manifest.json" else (name, body), "manifest"),
    "a file": (lambda name, body: (name, b"!") if name.startswith("files/") else (name, body), "is damaged"),
    "a stranger": (lambda name, body: ("../../x" if name.startswith("files/") else name, body), "does not belong"),
    "a form to come": (_manifest(format=99), "form"),
    "a newer version": (_manifest(migrations=[["core", "2999-01-01"]]), "newer version"),
}


@pytest.mark.parametrize("damage", DAMAGE)
def test_damage_is_told(site: Site, backed_up: Path, damage: str) -> None:
    change, word = DAMAGE[damage]
    ran = site.run("restore", _rewritten(backed_up, change), "--force")
    assert ran.code == 1
    assert word in ran.err
    assert len(ran.err.splitlines()) == 1


def test_what_is_no_archive_is_told(site: Site, tmp_path: Path) -> None:
    file = tmp_path / "letter.txt"
    file.write_text("dear portal")
    ran = site.run("restore", file)
    assert (ran.code, len(ran.err.splitlines())) == (1, 1)


def test_a_backup_does_not_overwrite(site: Site, backed_up: Path) -> None:
    before = backed_up.read_bytes()
    assert site.run("backup", backed_up).code == 1
    assert backed_up.read_bytes() == before


def test_a_backup_is_for_its_owner_alone(backed_up: Path) -> None:
    assert backed_up.stat().st_mode & 0o077 == 0
    assert not list(backed_up.parent.glob("*.partial"))


def test_tables_come_after_what_they_point_at() -> None:
    tables = all_tables()
    for place, table in enumerate(tables):
        above = {key._foreign_key_meta.resolved_references for key in table._meta.foreign_key_columns} - {table}
        assert above <= set(tables[:place]), table
