"""Texts in Chinese and English, from one catalog file per room and language; keys are symbolic, complete in both."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import cache
from pathlib import Path
from typing import Any

from babel.messages.pofile import read_po

from portal.core.web.state import state

LANGUAGES = ("zh-Hans", "en")
LOCALE = Path(__file__).parent / "locale"
FOLDERS = {"zh-Hans": "zh_Hans", "en": "en"}

_forced: ContextVar[str | None] = ContextVar("forced_language", default=None)


class MissingText(KeyError):
    """A key that no catalog of the language has: a fault of ours, caught by the house tests."""


@cache
def catalog(language: str) -> dict[str, tuple[str, ...]]:
    """Key → its text, or its plural forms (zh one, en singular and plural)."""
    texts: dict[str, tuple[str, ...]] = {}
    for path in sorted((LOCALE / FOLDERS[language]).glob("*.po")):
        texts.update(_read(path))
    return texts


def _read(path: Path) -> Iterator[tuple[str, tuple[str, ...]]]:
    with path.open("rb") as file:
        for message in read_po(file, charset="utf-8"):
            if not message.id:
                continue
            forms = message.string if isinstance(message.string, (list, tuple)) else (message.string,)
            key = message.id if isinstance(message.id, str) else message.id[0]
            yield key, tuple(str(form) for form in forms)


def language() -> str:
    """The language of the reader in hand."""
    return _forced.get() or state().language


@contextmanager
def speaking(chosen: str) -> Iterator[None]:
    """Render for a reader who is not the one asking (mail, webhooks, posters)."""
    token = _forced.set(chosen)
    try:
        yield
    finally:
        _forced.reset(token)


def has_text(key: str) -> bool:
    return key in catalog(language())


def t(key: str, **params: Any) -> str:
    """The text of `key` in the reader's language, its `%(name)s` filled. Raises MissingText."""
    forms = catalog(language()).get(key)
    if forms is None:
        raise MissingText(key)
    return forms[0] % params if params else forms[0].replace("%%", "%")


def tn(key: str, n: int, **params: Any) -> str:
    """The text of `key` for a number, which fills `%(n)s`."""
    forms = catalog(language()).get(key)
    if forms is None:
        raise MissingText(key)
    chosen = forms[0] if len(forms) == 1 or n == 1 else forms[1]
    return chosen % {"n": n, **params}


def preferred(accept_language: str) -> str | None:
    """The better of our languages for an Accept-Language header, or None where it names neither."""
    best: tuple[float, str] | None = None
    for part in accept_language.split(",")[:20]:
        name, _, weight = part.strip().partition(";q=")
        ours = "zh-Hans" if name.lower().startswith("zh") else "en" if name.lower().startswith("en") else None
        try:
            value = float(weight) if weight else 1.0
        except ValueError:
            continue
        if ours and (best is None or value > best[0]):
            best = (value, ours)
    return best[1] if best else None
