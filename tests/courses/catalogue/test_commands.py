"""What commands import from a path."""

from pathlib import Path

import pytest

from courses.catalogue.commands import import_from_path
from courses.questions import queries
from portal.core.base.database import reading
from tests.courses.catalogue.packages import packed, sound, unfold, with_text

GIFT = """::one::Which?{=this ~that}

::two::Broken{

::three::True?{TRUE}

An essay{}
"""


@pytest.mark.usefixtures("database")
class TestImportFromPath:
    async def test_a_folder_and_a_zip_are_the_same_package(self, tmp_path: Path) -> None:
        report = await import_from_path(unfold(sound(), tmp_path / "starter"))
        assert (report.ok, report.changes) == (True, True)
        archive = tmp_path / "starter.zip"
        archive.write_bytes(packed(sound()))
        assert not (await import_from_path(archive)).changes

    async def test_a_bad_package_is_refused_with_file_and_line(self, tmp_path: Path) -> None:
        files = with_text("courses/parcels/en/late.md", "First look.", "<b>")
        report = await import_from_path(unfold(files, tmp_path / "starter"), dry_run=True)
        assert [(fault.file, fault.line) for fault in report.refused] == [("courses/parcels/en/late.md", 1)]

    async def test_questions_go_into_a_bank_and_broken_ones_are_named(self, tmp_path: Path) -> None:
        path = tmp_path / "some.gift"
        path.write_text(GIFT)
        for dry_run in (True, False):
            report = await import_from_path(path, kind="questions", bank="extra", language="en", dry_run=dry_run)
            assert [(one.kind, one.code, one.counts["added"]) for one in report.took] == [("bank", "extra", 2)]
            assert [(fault.file, fault.line, fault.code) for fault in report.refused] == [
                ("some.gift", 3, "questions.gift.unclosed")
            ]
            assert [note.code for note in report.kept_not] == ["questions.gift.essay"]
        async with reading():
            bank = await queries.bank_by_code("extra")
            assert bank is not None
            assert len(await queries.pool(bank)) == 2

    @pytest.mark.parametrize("bank", [None, "", "Extra", "course:parcels", "a" * 61])
    async def test_a_bank_needs_a_usable_code(self, tmp_path: Path, bank: str | None) -> None:
        path = tmp_path / "some.gift"
        path.write_text(GIFT)
        report = await import_from_path(path, kind="questions", bank=bank)
        assert [fault.code for fault in report.refused] == ["bank_unusable"]

    async def test_a_file_without_questions_or_none_at_all_says_so(self, tmp_path: Path) -> None:
        path = tmp_path / "some.gift"
        path.write_text("// nothing\n")
        report = await import_from_path(path, kind="questions", bank="extra")
        assert [fault.code for fault in report.refused] == ["no_questions"]
        report = await import_from_path(tmp_path / "none.gift", kind="questions", bank="extra")
        assert [fault.code for fault in report.refused] == ["file_missing"]
