"""What is wrong with a lesson's text, at its line, before anybody reads it."""

import re
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass

from markdown_it.token import Token

from courses.catalogue.markdown import BLOCKS, local_or_web, media_name, reader

LONGEST_LESSON = 30_000
MOST_FAULTS = 50  # of one lesson: who has more to mend will see the rest at the next reading
_TAG = re.compile(r"</?[a-zA-Z][^<>]*>|<!--")
_CONTROL = re.compile("[\x00-\x08\x0b-\x1f\x7f]")
_LISTS = ("bullet_list_open", "ordered_list_open")


@dataclass(frozen=True, slots=True)
class TextFault:
    """A code of this room's faults, the line (from 1), and what stands there."""

    line: int
    code: str
    detail: str = ""


def proofread(source: str, media: Collection[str]) -> list[TextFault]:
    """Everything in a lesson that learners would not see as it is meant; `media` are the names it may show."""
    if not source.strip():
        return [TextFault(1, "lesson_empty")]
    if len(source) > LONGEST_LESSON:
        return [TextFault(1, "lesson_too_long")]
    tokens = reader().parse(source)
    found = [*_in_blocks(tokens, source.split("\n")), *_unseen(source)]
    for token in tokens:
        if token.type == "inline":
            found += _in_text(token, media)
    return sorted(found, key=lambda fault: fault.line)[:MOST_FAULTS]


def shown_media(source: str) -> set[str]:
    """The names of the pictures and films that a lesson shows."""
    images = (child for token in reader().parse(source) for child in token.children or () if child.type == "image")
    return {name for image in images if (name := media_name(str(image.attrGet("src"))))}


def _unseen(source: str) -> Iterator[TextFault]:
    for control in _CONTROL.finditer(source):
        yield TextFault(source.count("\n", 0, control.start()) + 1, "questions.gift.control_character")


def _in_text(inline: Token, media: Collection[str]) -> Iterator[TextFault]:
    first = inline.map[0] + 1 if inline.map else 1
    for offset, line in enumerate(inline.content.split("\n")):
        if line.lstrip().startswith(":::"):
            yield TextFault(first + offset, "block_unknown", line.strip()[:60])
    line_number = first
    for child in inline.children or ():
        if child.type in ("softbreak", "hardbreak"):
            line_number += 1
        elif child.type == "text" and (tag := _TAG.search(child.content)):
            yield TextFault(line_number, "raw_html", tag[0][:60])
        elif child.type == "link_open" and not local_or_web(str(child.attrGet("href"))):
            yield TextFault(line_number, "link_refused", str(child.attrGet("href"))[:60])
        elif child.type == "image":
            yield from _of_picture(child, line_number, media)


def _of_picture(image: Token, line: int, media: Collection[str]) -> Iterator[TextFault]:
    address = str(image.attrGet("src"))
    name = media_name(address)
    if name is None:
        yield TextFault(line, "picture_foreign", address[:60])
    elif name.lower().endswith(".svg"):
        yield TextFault(line, "picture_svg", name)
    elif name not in media:
        yield TextFault(line, "media_unknown", name)
    if not image.content.strip():
        yield TextFault(line, "alt_missing", address[:60])


def _in_blocks(tokens: Sequence[Token], lines: Sequence[str]) -> Iterator[TextFault]:
    for place, token in enumerate(tokens):
        name = token.type.removeprefix("container_").removesuffix("_open")
        if name not in BLOCKS or token.map is None:
            continue
        start, end = token.map
        if end >= len(lines) or not lines[end].lstrip("> ").startswith(":::"):
            yield TextFault(start + 1, "block_unclosed", name)
        if name != "think" and _inside(tokens, place) not in _one_list():
            yield TextFault(start + 1, "block_not_a_list", name)


def _inside(tokens: Sequence[Token], place: int) -> list[str]:
    """The kinds of the blocks directly inside the container that opens at `place`."""
    level = tokens[place].level
    kinds: list[str] = []
    for token in tokens[place + 1 :]:
        if token.level == level:
            break
        if token.level == level + 1 and token.nesting >= 0:
            kinds.append(token.type)
    return kinds


def _one_list() -> list[list[str]]:
    return [[kind] for kind in _LISTS]
