"""Words that stand nowhere in the project: Chinese outside its catalogs, this or any machine's paths, registries."""

import ast
import re
from pathlib import Path

import pytest

from tests.house.tree import ROOT, inside, name_of, project_files, python_files, templates, tree_of

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


def written(path: Path) -> str:
    """A module as written, docstrings aside: they may show how things read on the screen."""
    homes = (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)
    stories = [node.body[0] for node in ast.walk(tree_of(path)) if isinstance(node, homes) and ast.get_docstring(node)]
    told = {line for story in stories for line in range(story.lineno, (story.end_lineno or story.lineno) + 1)}
    return "\n".join(line for number, line in enumerate(_text(path).splitlines(), 1) if number not in told)


def test_screen_texts_live_in_catalogs() -> None:
    assert [name_of(path) for path in templates() if CHINESE.search(_text(path))] == []
    code = python_files("portal", "courses", "certification")
    assert [name_of(path) for path in code if CHINESE.search(written(path))] == []


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
