"""Lessons from Markdown: CommonMark with tables and three blocks; no raw HTML; pictures and films of the course only.

What the parser lets through is cleaned once more by an allow-list: a mistake here cannot put a script in a page.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from html import escape
from typing import Any
from urllib.parse import unquote, urlsplit

import nh3
from markdown_it import MarkdownIt
from markdown_it.token import Token
from mdit_py_plugins.container import container_plugin

from portal.core.web.i18n import speaking, t

BLOCKS = ("say", "dont", "think")
_TONES = {"say": "green", "dont": "red"}
_MEDIA = "media/"
_UNFIT = re.compile(r"[\x00-\x20\\]")

_TAGS = {
    *("p", "h2", "h3", "h4", "h5", "h6", "ul", "ol", "li", "blockquote", "pre", "code", "em", "strong", "br", "hr"),
    *("table", "thead", "tbody", "tr", "th", "td", "a", "figure", "img", "video", "section", "div"),
}
_ATTRIBUTES: dict[str, set[str]] = {
    "*": set(),
    "a": {"href"},
    "img": {"src", "alt", "width", "height"},
    "video": {"src", "aria-label", "width", "height"},
    "ol": {"start"},
}
_VALUES = {
    "img": {"loading": {"lazy"}},
    "video": {"controls": {""}, "preload": {"metadata"}, "playsinline": {""}},
    "section": {"data-tone": {"green", "red"}},
    "th": {"scope": {"col"}},
}
_CLASSES = {"p": {"quote"}, "figure": {"pic"}, "section": {"say"}, "td": {"n"}, "th": {"n"}}


@dataclass(frozen=True, slots=True)
class MediaInfo:
    """Where a picture or film of the course is fetched from; pixels, where they are known."""

    url: str
    media_type: str
    width: int | None = None
    height: int | None = None


def render_lesson(source: str, media: Mapping[str, MediaInfo], language: str) -> str:
    """Clean HTML of a lesson; its blocks are headed in `language`. What is not allowed is left out, never raised."""
    with speaking(language):
        written = _parser().render(source, {"media": media})
    return nh3.clean(
        written,
        tags=_TAGS,
        attributes=_ATTRIBUTES,
        tag_attribute_values=_VALUES,
        allowed_classes=_CLASSES,
        url_schemes={"http", "https"},
        link_rel="noopener noreferrer",
    )


def local_or_web(address: str) -> bool:
    """Whether a link may stand in a lesson: http(s), or a place on this site."""
    if _UNFIT.search(address) or address.startswith("//"):
        return False
    try:
        parts = urlsplit(address)
    except ValueError:
        return False
    return (parts.scheme in ("http", "https") and bool(parts.hostname)) or not (parts.scheme or parts.netloc)


def media_name(address: str) -> str | None:
    """The name that `media/NAME` means, or None for any other address."""
    name = unquote(address.removeprefix(_MEDIA))
    return name if address.startswith(_MEDIA) and name and "/" not in name else None


@cache
def _parser() -> MarkdownIt:
    return _made(strict=True)


@cache
def reader() -> MarkdownIt:
    """The same parser, but taking every address, so that those we refuse are seen and can be named."""
    return _made(strict=False)


def _made(*, strict: bool) -> MarkdownIt:
    made = MarkdownIt("commonmark", {"html": False}).enable("table").disable(["html_block", "html_inline"])
    # The parser hands over images through the same check; `media/…` passes it as a place on this site.
    check: Callable[[str], bool] = local_or_web if strict else _whatever
    made.validateLink = check  # type: ignore[assignment, method-assign]
    for name in BLOCKS:
        container_plugin(made, name)
    made.core.ruler.push("house", _house)
    for kind, rule in _RULES.items():
        made.add_render_rule(kind, rule)
    return made


def _whatever(address: str) -> bool:
    return True


def _house(state: Any) -> None:
    """Bring the tokens into our form: headings from h2, quotes of a think block, figures, no inline style."""
    inside_think = False
    for place, token in enumerate(state.tokens):
        if token.type in ("container_think_open", "container_think_close"):
            inside_think = token.nesting == 1
        elif token.type == "paragraph_open":
            if inside_think:
                token.attrSet("class", "quote")
            if _only_pictures(state.tokens[place + 1]):
                _set_apart(*state.tokens[place : place + 3])
        elif token.type in ("heading_open", "heading_close") and token.tag == "h1":
            token.tag = "h2"
        elif token.type in ("td_open", "th_open"):
            _cell(*state.tokens[place : place + 3])


def _cell(opening: Token, inline: Token, closing: Token) -> None:
    """A table's cell; a corner without words heads nothing."""
    if "right" in str(opening.attrs.pop("style", "")):
        opening.attrSet("class", "n")
    if opening.type == "th_open" and inline.content:
        opening.attrSet("scope", "col")
    else:
        opening.tag = closing.tag = "td"


def _only_pictures(inline: Token) -> bool:
    kinds = {child.type for child in inline.children or ()}
    return "image" in kinds and kinds <= {"image", "softbreak", "hardbreak"}


def _set_apart(opening: Token, inline: Token, closing: Token) -> None:
    """A paragraph of nothing but pictures becomes figures."""
    opening.hidden = closing.hidden = True
    inline.children = [child for child in inline.children or () if child.type == "image"]
    for picture in inline.children:
        picture.meta["figure"] = True


def _block(self: Any, tokens: Sequence[Token], place: int, options: Any, env: Any) -> str:
    token = tokens[place]
    name = token.type.split("_")[1]
    if name not in _TONES:
        return ""
    if token.nesting != 1:
        return "</section>\n"
    return f'<section class="say" data-tone="{_TONES[name]}"><h2>{escape(t(f"catalogue.block.{name}"))}</h2>\n'


def _image(self: Any, tokens: Sequence[Token], place: int, options: Any, env: Any) -> str:
    token = tokens[place]
    alt = escape(self.renderInlineAsText(token.children or [], options, env))
    info = env["media"].get(media_name(str(token.attrGet("src"))))
    if info is None:
        return alt
    size = f' width="{info.width}" height="{info.height}"' if info.width and info.height else ""
    if info.media_type.startswith("video/"):
        shown = (
            f'<video src="{escape(info.url)}"{size} aria-label="{alt}" controls preload="metadata" playsinline></video>'
        )
    else:
        shown = f'<img src="{escape(info.url)}"{size} alt="{alt}" loading="lazy">'
    return f'<figure class="pic">{shown}</figure>\n' if token.meta.get("figure") else shown


_RULES = {f"container_{name}_{end}": _block for name in BLOCKS for end in ("open", "close")} | {"image": _image}
