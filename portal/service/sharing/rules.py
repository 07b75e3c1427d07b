"""Small decisions of sharing: how a link is written, what an owner earns, what a poster shows."""

import hashlib
import json
import re
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

from portal.core.base.money import share_of

SHARE_PARAMETER = "share_code"


@dataclass(frozen=True, slots=True)
class PosterText:
    """Everything that stands on a poster, already in words; two posters of the same text are the same picture."""

    title: str
    lines: tuple[str, ...]
    price: str | None
    owner: str
    licence: str
    hint: str
    link: str

    @property
    def digest(self) -> str:
        return hashlib.sha256(json.dumps(asdict(self), sort_keys=True).encode()).hexdigest()


def earning(price_fen: int, commission_bp: int) -> int:
    """What one sale at the listed price brings the owner, in fen."""
    return share_of(price_fen, commission_bp)


def with_code(shop_address: str, code: str) -> str:
    """The shop's address of a product, carrying the code that says through whom the buyer came."""
    parts = urlsplit(shop_address)
    kept = [(name, value) for name, value in parse_qsl(parts.query, keep_blank_values=True) if name != SHARE_PARAMETER]
    return urlunsplit(parts._replace(query=urlencode([*kept, (SHARE_PARAMETER, code)])))


# A word of letters or one character, with the closing marks that must not begin a line and the blanks behind it.
_CLOSING = "\uff0c\u3002\u3001\uff1b\uff1a\uff01\uff1f\uff09\u300b\u300d\u300f\u201d\u2019"
_PIECE = re.compile(rf"(?:[\x21-\u2017\u2019-\u2e7f]+|\S)[{_CLOSING}]*\s*")


def _columns(text: str) -> int:
    return sum(2 if ord(character) > 0x2E7F else 1 for character in text)


def _pieces(text: str, width: int) -> Iterator[str]:
    """What stays together on a line; a word that is longer than a line is cut."""
    for piece in _PIECE.findall(text.strip()):
        yield from (piece[start : start + width] for start in range(0, len(piece), width))


def wrapped(text: str, width: int, most: int) -> list[str]:
    """`text` in at most `most` lines of `width` columns (a Chinese character is two); what is over ends in `…`.

    Lines break between words and between characters, never before a comma or a closing quotation mark.
    """
    lines, line = [], ""
    for piece in _pieces(text, width):
        if line and _columns(line + piece.rstrip()) > width:
            lines.append(line.rstrip())
            line = ""
        line += piece
    lines.append(line.rstrip())
    if len(lines) <= most:
        return lines
    return [*lines[: most - 1], lines[most - 1][:-1] + "…"]
