"""Zips and folders that try to be more than a package."""

import io
import os
import random
import stat
import zipfile
from pathlib import Path

import pytest

from courses.catalogue.unpack import MOST_BYTES, MOST_FILES, name_fault, unpack
from tests.courses.catalogue.packages import packed, sound, unfold


def codes(data: bytes) -> list[str]:
    return [fault.code for fault in unpack(data).faults]


def zipped(*entries: tuple[zipfile.ZipInfo | str, bytes]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in entries:
            archive.writestr(name, content)
    return out.getvalue()


def test_a_zip_and_a_folder_give_the_same_files(tmp_path: Path) -> None:
    files = sound()
    assert unpack(packed(files)).files == files
    assert unpack(unfold(files, tmp_path / "starter")).files == files
    (tmp_path / "starter.zip").write_bytes(packed(files))
    assert unpack(tmp_path / "starter.zip").files == files


def test_a_folder_packed_as_a_whole_is_taken_out_of_its_wrapper() -> None:
    wrapped = {f"starter/{name}": content for name, content in sound().items()}
    assert unpack(packed(wrapped)).files == sound()


def test_what_computers_leave_behind_is_not_seen() -> None:
    left = {"__MACOSX/._package.toml": b"x", ".DS_Store": b"x", "courses/.git/config": b"x"}
    assert unpack(packed({**sound(), **left})).files == sound()


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("../evil.md", "name_outside"),
        ("courses/../../evil.md", "name_outside"),
        ("/etc/passwd", "name_outside"),
        ("C:/evil.md", "name_outside"),
        ("courses\\evil.md", "name_outside"),
        ("courses//evil.md", "name_unusable"),
        ("courses/ev\x07il.md", "name_unusable"),
        ("courses/ev:il.md", "name_unusable"),
        ("a" * 201, "name_unusable"),
        ("", "name_unusable"),
    ],
)
def test_names_that_point_elsewhere_are_refused(name: str, code: str) -> None:
    assert name_fault(name) == code
    if name:
        unpacked = unpack(zipped((name, b"x"), ("package.toml", b"")))
        assert [fault.code for fault in unpacked.faults] == [code]
        assert list(unpacked.files) == ["package.toml"]


@pytest.mark.parametrize("name", ["courses/包裹/zh-Hans/一.md", "media/a b.png", "..a/b..md"])
def test_ordinary_names_are_taken(name: str) -> None:
    assert name_fault(name) is None


def test_a_link_inside_a_zip_is_refused() -> None:
    link = zipfile.ZipInfo("courses/link.md")
    link.external_attr = (stat.S_IFLNK | 0o777) << 16
    assert codes(zipped((link, b"/etc/passwd"), ("package.toml", b""))) == ["not_a_file"]


def test_links_and_pipes_inside_a_folder_are_refused_unopened(tmp_path: Path) -> None:
    (tmp_path / "package.toml").write_bytes(b"")
    (tmp_path / "link.md").symlink_to("/etc/passwd")
    (tmp_path / "loop").symlink_to(tmp_path)
    os.mkfifo(tmp_path / "pipe.md")
    unpacked = unpack(tmp_path)
    assert {(fault.file, fault.code) for fault in unpacked.faults} == {
        ("link.md", "not_a_file"),
        ("loop", "not_a_file"),
        ("pipe.md", "not_a_file"),
    }
    assert unpacked.files == {"package.toml": b""}


def test_a_name_twice_is_refused() -> None:
    with pytest.warns(UserWarning, match="Duplicate name"):
        data = zipped(("package.toml", b"a"), ("package.toml", b"b"))
    assert codes(data) == ["twice"]


def test_too_many_files_are_refused_before_they_are_listed(tmp_path: Path) -> None:
    assert codes(zipped(*((f"{number}.md", b"") for number in range(MOST_FILES + 1)))) == ["too_many_files"]
    assert codes(zipped(*((f"{number}.md", b"") for number in range(2 * MOST_FILES + 1)))) == ["too_many_files"]
    for number in range(MOST_FILES + 1):
        (tmp_path / f"{number}.md").touch()
    assert [fault.code for fault in unpack(tmp_path).faults] == ["too_many_files"]


def test_bombs_are_refused_unopened() -> None:
    assert codes(zipped(("bomb.md", b"\0" * 5_000_000))) == ["bomb"]
    noise = random.Random(1).randbytes(40_000)
    assert codes(zipped(("noise.bin", noise), ("bomb.md", b"\0" * 5_000_000))) == ["bomb"]


def test_more_than_the_limit_is_refused(tmp_path: Path) -> None:
    half = random.Random(1).randbytes(1_000_000) * (MOST_BYTES // 2_000_000 + 1)
    parts = [(f"{number}.bin", half) for number in range(2)]
    stored = io.BytesIO()
    with zipfile.ZipFile(stored, "w", zipfile.ZIP_STORED) as archive:
        for name, content in parts:
            archive.writestr(name, content)
    assert codes(stored.getvalue()) == ["too_large"]
    (tmp_path / "large.zip").write_bytes(stored.getvalue())
    assert [fault.code for fault in unpack(tmp_path / "large.zip").faults] == ["too_large"]
    for name, content in parts:
        (tmp_path / name).write_bytes(content)
    assert [fault.code for fault in unpack(tmp_path).faults] == ["too_large"]


def test_a_file_with_a_password_is_refused() -> None:
    data = bytearray(zipped(("package.toml", b"format = 1")))
    data[6] |= 1
    data[data.index(b"PK\x01\x02") + 8] |= 1
    assert codes(bytes(data)) == ["encrypted"]


def test_a_damaged_stream_is_refused() -> None:
    data = bytearray(zipped(("package.toml", random.Random(1).randbytes(500))))
    data[80] ^= 0xFF
    assert codes(bytes(data)) == ["unreadable"]


@pytest.mark.parametrize("data", [b"", b"PK", b"%PDF-1.7", b"PK\x05\x06" + b"\0" * 18, b"\0" * 1_000])
def test_what_is_no_zip_says_so(data: bytes) -> None:
    unpacked = unpack(data)
    assert unpacked.files == {}
    assert [fault.code for fault in unpacked.faults] in (["not_a_zip"], [])


def test_a_path_that_is_not_there_says_so(tmp_path: Path) -> None:
    assert [fault.code for fault in unpack(tmp_path / "nothing.zip").faults] == ["unreadable"]


def test_names_of_old_chinese_systems_are_read() -> None:
    name = "media/箱子.png"
    data = packed({"package.toml": b"", "media/____.png": b"x"})
    data = data.replace(b"media/____.png", name.encode("gb18030"))
    assert name in unpack(data).files


@pytest.mark.parametrize("seed", range(60))
def test_no_damage_makes_it_raise(seed: int) -> None:
    dice = random.Random(seed)
    data = bytearray(packed(sound()))
    for _ in range(dice.randint(1, 40)):
        data[dice.randrange(len(data))] = dice.randrange(256)
    if seed % 3 == 0:
        del data[dice.randrange(len(data)) :]
    unpack(bytes(data))
