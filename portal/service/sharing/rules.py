"""Small decisions of sharing: how a link is written, what an owner earns, what a poster shows."""

import hashlib
import json
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


def wrapped(text: str, width: int, most: int) -> list[str]:
    """`text` in at most `most` lines of `width` columns (a Chinese character is two); what is over ends in `…`."""
    lines, line, used = [], "", 0
    for character in text:
        columns = 2 if ord(character) > 0x2E7F else 1
        if used + columns > width:
            lines.append(line)
            line, used = "", 0
        line += character
        used += columns
    lines.append(line)
    if len(lines) <= most:
        return lines
    return [*lines[: most - 1], lines[most - 1][:-1] + "…"]
