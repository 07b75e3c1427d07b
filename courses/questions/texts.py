"""Texts of questions as they stand in a page: inline HTML from an allow-list, for legends, options, explanations."""

import re
from functools import cache

import nh3
from markdown_it import MarkdownIt
from markupsafe import Markup, escape

from courses.questions.rules import TextFormat

_TAGS = {"strong", "em", "b", "i", "code", "sub", "sup", "br"}
_BLOCK_ENDS = re.compile(r"</(?:p|div|li|h[1-6]|tr)\s*>\s*(?=\S)", re.IGNORECASE)


@cache
def _parser() -> MarkdownIt:
    return MarkdownIt("commonmark", {"html": False, "breaks": True})


def shown(text: str, form: TextFormat) -> Markup:
    """The text as inline HTML; of links and pictures only the words stay."""
    match form:
        case TextFormat.MARKDOWN:
            html = _parser().renderInline(text)
        case TextFormat.HTML:
            html = _BLOCK_ENDS.sub("<br>", text)
        case TextFormat.MOODLE:
            html = _BLOCK_ENDS.sub("<br>", text).replace("\n", "<br>")
        case _:
            html = str(escape(text)).replace("\n", "<br>")
    return Markup(nh3.clean(html, tags=_TAGS, attributes={}))  # noqa: S704 - cleaned by the allow-list


def plain(text: str, form: TextFormat) -> Markup:
    """The text without any mark-up, for an `<option>`."""
    return Markup(nh3.clean(str(shown(text, form)).replace("<br>", " "), tags=set(), attributes={}))  # noqa: S704
