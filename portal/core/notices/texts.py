"""How a notice reads, made from its kind and parameters in the language of the reader in hand."""

import logging
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from portal.core.base.money import yuan
from portal.core.web.format import moment
from portal.core.web.i18n import MissingText, t

log = logging.getLogger("portal.notices")


@dataclass(frozen=True, slots=True)
class Words:
    """A notice's title and its body, each plain text."""

    title: str
    body: str


def words_of(kind: str, params: Mapping[str, Any]) -> Words:
    """The words of a notice. One that this version has no fitting text for is told plainly, never an error."""
    try:
        # A text is filled even where nothing fills it, so that a parameter that is missing is noticed.
        filled = {"_": "", **shown(params)}
        return Words(t(f"notice.{kind}.title", **filled), t(f"notice.{kind}.body", **filled))
    except (MissingText, KeyError, TypeError, ValueError) as error:
        log.error("a notice has no text", exc_info=error, extra={"kind": kind})
        return Words(t("notices.wordless.title"), t("notices.wordless.body"))


def shown(params: Mapping[str, Any]) -> dict[str, Any]:
    """Parameters as people read them: instants (`…_at`, ISO) in the site's zone, money (`…_fen`) in yuan."""
    return {name: _shown(name, value) for name, value in params.items()}


def _shown(name: str, value: Any) -> Any:
    if name.endswith("_at") and isinstance(value, str):
        return moment(datetime.fromisoformat(value))
    if name.endswith("_fen") and isinstance(value, int):
        return yuan(value)
    return value
