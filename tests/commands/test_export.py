"""portal export: by key, masked, never a formula, never a secret."""

import csv
import re
from io import StringIO
from pathlib import Path
from zipfile import ZipFile

import pytest

from portal.commands.tables import all_tables
from portal.core.base.audit import SYSTEM
from portal.core.base.clock import now
from portal.core.base.database import reading
from portal.core.base.tables import AuditEntry
from portal.core.people.actions import create_person
from portal.core.web.i18n import t
from portal.core.web.sheets import csv_bytes
from portal.exports import KINDS, WITHHELD
from portal.service.complaints.rules import Function
from portal.service.insight.exporting import Kind, cell, pieces
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
            return int(await AuditEntry.count().where(AuditEntry.action == "site.exported"))

    assert site.do(noted) == 1


def test_rows_come_by_key_in_batches(site: Site) -> None:
    site.do(_people)

    async def sizes() -> list[int]:
        kind, found = KINDS["people"], list[int]()
        assert isinstance(kind, Kind)
        after: str | None = ""
        while after is not None:
            part = await kind.batch("csv", after, size=2)
            found, after = [*found, part.lines], part.after
        return found

    assert site.do(sizes) == [2, 2, 1]


def test_no_kind_holds_a_secret() -> None:
    tables = {name: kind for name, kind in KINDS.items() if isinstance(kind, Kind)}
    assert [(kind, name) for kind in tables for name in tables[kind].names if SECRET.search(name)] == []


def test_every_table_is_exported_or_withheld() -> None:
    known = {table._meta.tablename for table in all_tables()}
    exported = {kind.table._meta.tablename for kind in KINDS.values() if isinstance(kind, Kind)}
    assert exported | WITHHELD == known
    assert not exported & WITHHELD


def test_every_kind_is_named_in_the_help(new_site: Site) -> None:
    told = new_site.run("export", "--help").out.replace(",", " ").replace(".", " ").split()
    assert KINDS.keys() <= set(told)


def test_every_kind_can_be_written_in_each_of_its_forms(site: Site) -> None:
    site.do(_people)

    async def write() -> dict[str, int]:
        found = {}
        for name, source in KINDS.items():
            for form in source.forms:
                found[name] = sum([len(part.content) async for part in pieces(source, form)])
            assert await source.count() >= 0
        return found

    sizes = site.do(write)
    assert [name for name, size in sizes.items() if not size] == ["learning-records"]


def test_a_workbook_is_one(site: Site, tmp_path: Path) -> None:
    site.do(_people)
    file = tmp_path / "people.xlsx"
    ran = site.run("export", "people", file)
    assert (ran.code, ran.err) == (0, "")
    with ZipFile(file) as book:
        sheet = book.read("xl/worksheets/sheet1.xml").decode()
    assert "=cmd()" in sheet
    assert "<f>" not in sheet
    assert sheet.count("<row>") == 6
    ran = site.run("export", "learning-records", tmp_path / "learning.xlsx")
    assert (ran.code, len(ran.err.splitlines())) == (1, 1)


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
    assert csv_bytes([[cell(value), None]])[3:].decode() == f"{written},\r\n"


def test_a_folder_that_is_not_there_is_a_sentence(site: Site, tmp_path: Path) -> None:
    ran = site.run("export", "people", tmp_path / "none" / "people.csv")
    assert (ran.code, len(ran.err.splitlines())) == (1, 1)
