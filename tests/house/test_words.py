"""Words that stand nowhere in the project: Chinese outside its catalogs, this or any machine's paths, registries."""

import re
from pathlib import Path

import pytest

from tests.house.tree import ROOT, inside, name_of, project_files, python_files, templates

CHINESE = re.compile("[\u2e80-\u303f\u3400-\u9fff\uf900-\ufaff\uff00-\uffef]")
# Spelled in halves, so that this list is not found by itself.
MACHINE_PATHS = tuple(
    f"/{a}{b}" for a, b in (("work", "/"), ("opt", "/pypi"), ("opt", "/wheels"), ("root", "/"), ("tmp", "/brief"))
)
REGISTRIES = tuple(
    f"{a}.{b}" for a, b in (("pypi", "org"), ("pythonhosted", "org"), ("registry.npmjs", "org"), ("deb.debian", "org"))
)
UNFINISHED = re.compile(r"(#|//|/\*|<!--)\s*(" + "|".join(("TO" + "DO", "FIX" + "ME", "XX" + "X")) + r")\b")
LOCKS = ("requirements.txt", "requirements-dev.txt", "package-lock.json")


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except UnicodeDecodeError:
        return ""


def test_screen_texts_live_in_catalogs() -> None:
    sources = [*python_files("portal", "courses", "certification"), *templates()]
    assert [name_of(path) for path in sources if CHINESE.search(_text(path))] == []


@pytest.mark.parametrize("word", [*MACHINE_PATHS, *REGISTRIES])
def test_no_machine_and_no_registry_is_named(word: str) -> None:
    assert [name_of(path) for path in project_files() if word in _text(path)] == []


def test_nothing_is_left_to_do() -> None:
    sources = [path for path in project_files() if path.suffix in (".py", ".html", ".js", ".css", ".po")]
    assert [name_of(path) for path in sources if UNFINISHED.search(_text(path))] == []


@pytest.mark.parametrize("name", LOCKS)
def test_lock_files_name_no_address(name: str) -> None:
    lines = (ROOT / name).read_text().splitlines()
    assert [line for line in lines if "://" in line and '"url"' not in line] == []


def test_python_locks_pin_every_package_by_hash() -> None:
    for name in LOCKS[:2]:
        entries = re.split(r"\n(?=[a-zA-Z0-9])", (ROOT / name).read_text())
        pins = [entry for entry in entries if "==" in entry.splitlines()[0]]
        assert pins
        assert [pin.splitlines()[0] for pin in pins if "--hash=sha256:" not in pin] == []


def test_tests_use_no_mocks_of_our_own_code() -> None:
    mocking = re.compile(r"unittest\.mock|MagicMock|monkeypatch\.setattr")
    sources = [path for path in python_files("tests") if not inside(path, "tests/house")]
    assert [name_of(path) for path in sources if mocking.search(_text(path))] == []
