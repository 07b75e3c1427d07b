"""portal export: by key, masked, never a formula, never a secret."""

import csv
import re
from io import StringIO
from pathlib import Path

import pytest

from portal.commands.exports import KINDS, batches, cell
from portal.commands.wide import WIDE
from portal.core.base.audit import SYSTEM
from portal.core.base.clock import now
from portal.core.base.database import reading
from portal.core.base.tables import AuditEntry
from portal.core.people.actions import create_person
from portal.core.web.i18n import t
from portal.service.complaints.rules import Function
from tests.commands.conftest import Site
from tests.service.complaints import make as complaints

SECRET = re.compile(r"password|token|secret|sealed_(?!at|by)|(key|code)_hash")


async def _people() -> None:
    for number in range(5):
        await create_person(
            SYSTEM,
            name="=cmd()" if number == 4 else f"Olive {number}",
            role="owner",
            at=now(),
            phone=f"1380000000{number}",
            external_id=f"owner-{number}",
        )


def _rows(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(StringIO(text)))


def test_phones_are_masked_and_formulas_defused(site: Site) -> None:
    site.do(_people)
    ran = site.run("export", "people", "-")
    assert ran.code == 0
    rows = _rows(ran.out)
    assert [row["external_id"] for row in rows] == [f"owner-{number}" for number in range(5)]
    assert {row["phone"] for row in rows} == {f"138****000{number}" for number in range(5)}
    assert rows[4]["name"] == "'=cmd()"
    assert "password_hash" not in rows[0]
    assert "13800000001" not in ran.out


def test_the_whole_numbers_are_given_only_when_noted(site: Site, tmp_path: Path) -> None:
    site.do(_people)
    file = tmp_path / "people.csv"
    ran = site.run("export", "people", file, "--full")
    assert (ran.code, ran.err) == (0, "")
    assert "13800000001" in file.read_text("utf-8-sig")
    assert file.stat().st_mode & 0o077 == 0

    async def noted() -> int:
        async with reading():
            return await AuditEntry.count().where(AuditEntry.action == "site.exported")

    assert site.do(noted) == 1


def test_rows_come_by_key_in_batches(site: Site) -> None:
    site.do(_people)

    async def sizes() -> list[int]:
        return [len(batch) async for batch in batches(KINDS["people"], size=2)]

    assert site.do(sizes) == [2, 2, 1]


@pytest.mark.parametrize("kind", KINDS)
def test_no_kind_holds_a_secret(kind: str) -> None:
    names = [column._meta.name for column in KINDS[kind].columns]
    assert [name for name in names if SECRET.search(name)] == []


def test_every_kind_is_named_in_the_help(new_site: Site) -> None:
    told = new_site.run("export", "--help").out.replace(",", " ").replace(".", " ").split()
    assert {*KINDS, *WIDE} <= set(told)


def test_every_kind_can_be_written(site: Site, tmp_path: Path) -> None:
    site.do(_people)
    for kind in KINDS:
        ran = site.run("export", kind, tmp_path / f"{kind}.csv")
        assert (ran.code, ran.err) == (0, ""), kind


async def _complaints() -> None:
    there = await complaints.scene()
    await complaints.complaint(there, text="=箱子压坏了")
    await complaints.resolved(await complaints.complaint(there, function=Function.DELIVERY))


def test_the_archive_is_one_row_for_each_complaint(site: Site, tmp_path: Path) -> None:
    """With what followed from it, in the site's language; what has one row in many is not repeated."""
    site.do(_complaints)
    file = tmp_path / "archive.csv"
    ran = site.run("export", "complaint-archive", file)
    assert (ran.code, ran.err) == (0, "")
    assert "2 rows of complaint-archive" in ran.out
    rows = _rows(file.read_text("utf-8-sig"))
    state = t("archive.column.state")
    assert [row[state] for row in rows] == [t("complaints.state.open"), t("complaints.state.resolved")]
    ran = site.at(language="en").run("export", "complaint-archive", "-")
    assert ran.code == 0
    assert [row["State"] for row in _rows(ran.out)] == ["In hand", "Resolved"]


@pytest.mark.parametrize(
    ("value", "written"),
    [
        (None, ""),
        (True, "yes"),
        (3, "3"),
        (-3, "-3"),
        ("-3", "'-3"),
        ("@x", "'@x"),
        ("\tx", "'\tx"),
        ("plain", "plain"),
    ],
)
def test_a_cell_is_never_a_formula(value: object, written: str) -> None:
    assert cell(value) == written


def test_a_folder_that_is_not_there_is_a_sentence(site: Site, tmp_path: Path) -> None:
    ran = site.run("export", "people", tmp_path / "none" / "people.csv")
    assert (ran.code, len(ran.err.splitlines())) == (1, 1)
