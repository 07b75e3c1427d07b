"""Templates: they compile, a partial's root bears its name, and nothing in them runs or is styled inline."""

import re
from pathlib import Path

import pytest

from portal.core.web.templates import TEMPLATES, environment
from tests.house.tree import name_of, templates

ALL = templates()
BANNED = {
    "|safe": re.compile(r"\|\s*safe\b"),
    "inline style": re.compile(r"<style\b|\sstyle\s*="),
    "inline handler": re.compile(r"<[^>]*\son[a-z]+\s*=|hx-on|hx-vals\s*=\s*[\"']?js:|javascript:"),
    "inline script": re.compile(r"<script(?![^>]*\ssrc=)"),
    "inherited htmx": re.compile(r"<body[^>]*\shx-"),
    "autoescape off": re.compile(r"autoescape\s+false"),
}
_MACROS = re.compile(r"\{%-?\s*macro\b.*?\{%-?\s*endmacro\s*-?%\}", re.DOTALL)
_ROOT = re.compile(r"<[a-z][a-z0-9-]*\b([^>]*)>", re.DOTALL)
_COMMENT = re.compile(r"\{#.*?#\}", re.DOTALL)


def markup(path: Path) -> str:
    """What the template itself renders: comments and macros, which others call, aside."""
    return _MACROS.sub("", _COMMENT.sub("", path.read_text()))


# What begins with an underscore may be returned alone; a file of macros alone is never rendered by itself.
PARTIALS = [path for path in ALL if path.name.startswith("_") and "<" in markup(path)]


@pytest.mark.parametrize("path", ALL, ids=name_of)
def test_it_compiles(path: Path) -> None:
    environment().get_template(path.relative_to(TEMPLATES).as_posix())


@pytest.mark.parametrize("path", PARTIALS, ids=name_of)
def test_a_partials_root_bears_its_name(path: Path) -> None:
    root = _ROOT.search(markup(path))
    assert root is not None
    assert f'id="{path.stem.removeprefix("_")}' in root[1]


@pytest.mark.parametrize("what", BANNED)
def test_nothing_in_them_is_inline(what: str) -> None:
    found = [name_of(path) for path in ALL if BANNED[what].search(_COMMENT.sub("", path.read_text()))]
    assert found == []


def test_every_form_that_changes_something_carries_its_token() -> None:
    form = re.compile(r"<form\b[^>]*method=[\"']post[\"'].*?</form>", re.DOTALL | re.IGNORECASE)
    # How a page looks is anybody's to change, from anywhere.
    open_to_all = 'action="/preferences"'
    found = [(path, body) for path in ALL for body in form.findall(path.read_text())]
    lacking = [name_of(path) for path, body in found if "csrf_field()" not in body and open_to_all not in body]
    assert lacking == []
