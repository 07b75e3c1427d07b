"""Decisions of sharing: how a link is written, what an owner earns, what a poster shows, what keeps it truthful."""

import hashlib
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from enum import StrEnum
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

from portal.core.base.money import share_of
from portal.core.base.statistics import wilson
from portal.core.supply.rules import Hold

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
    verify: str | None = None  # where her certificate is checked
    verify_hint: str = ""
    stars: int | None = None
    badge: str | None = None

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


# ---- what stands between a product and its link ----


class Obstacle(StrEnum):
    """Why a product may not be shared by an owner who holds the right."""

    SUPPLIER_BLACKLISTED = "supplier_blacklisted"
    SUPPLIER_NOT_VISITED = "supplier_not_visited"  # food and poverty relief: no passed site visit is in force
    PAUSED_RETURNS = "paused_returns"
    PAUSED_ADMIN = "paused_admin"
    TRIAL_COPY = "trial_copy"  # no approved copy yet
    TRIAL_LESSON = "trial_lesson"  # its lesson is not set yet
    TRIAL_LEARN = "trial_learn"  # she has not finished its lesson


class PauseCause(StrEnum):
    """Why a product's sharing was paused."""

    EARLY_RETURNS = "early_returns"
    ADMIN = "admin"


def obstacle(
    *,
    paused: PauseCause | None,
    trial: bool,
    has_copy: bool,
    lesson_set: bool,
    learned: bool,
    held: Hold | None = None,
) -> Obstacle | None:
    """The first thing in the way of sharing a product; a product on trial needs approved copy and its lesson done.

    `held`: what keeps back everything of its supplier's in this category.
    """
    if held is not None:
        return Obstacle.SUPPLIER_BLACKLISTED if held is Hold.BLACKLISTED else Obstacle.SUPPLIER_NOT_VISITED
    if paused is not None:
        return Obstacle.PAUSED_ADMIN if paused is PauseCause.ADMIN else Obstacle.PAUSED_RETURNS
    if not trial or (has_copy and lesson_set and learned):
        return None
    if not has_copy:
        return Obstacle.TRIAL_COPY
    return Obstacle.TRIAL_LEARN if lesson_set else Obstacle.TRIAL_LESSON


EARLY_RETURN_DAYS = 30
FEWEST_DELIVERED = 20
MOST_RETURNED = 0.10


def returns_pause(returned: int, delivered: int) -> bool:
    """Whether so many early returns of so many deliveries of thirty days pause a product's sharing."""
    return delivered >= FEWEST_DELIVERED and wilson(min(returned, delivered), delivered)[0] > MOST_RETURNED


# ---- misleading shares ----


class What(StrEnum):
    """What a share is said to have got wrong."""

    FALSE_CLAIM = "false_claim"
    MEDICAL_CLAIM = "medical_claim"
    PRICE = "price"
    OTHER = "other"


_CATEGORY = {What.FALSE_CLAIM: "false_claim", What.MEDICAL_CLAIM: "medical_claim", What.PRICE: "false_claim"}


def proposed_category(what: What) -> str:
    """The kind of breach that a report of this kind most likely is; staff decides."""
    return _CATEGORY.get(what, "overpromise")


class ReportState(StrEnum):
    """Where a report stands. `proposed`: a breach was proposed, a second person decides."""

    OPEN = "open"
    PROPOSED = "proposed"
    UPHELD = "upheld"
    DISMISSED = "dismissed"


class Source(StrEnum):
    """Who brought a report."""

    VISITOR = "visitor"
    SAMPLE = "sample"
    STAFF = "staff"


class Found(StrEnum):
    """What looking at a sampled share found; `unseen`: there was nothing to look at."""

    TRUTHFUL = "truthful"
    MISLEADING = "misleading"
    UNSEEN = "unseen"


SAMPLE_SIZE = 20
MOST_WEIGHT = 5


def weight(upheld: int) -> int:
    """How much likelier a link is drawn whose store had reports upheld within half a year."""
    return min(1 + 2 * upheld, MOST_WEIGHT)


def drawn(seed: str, weights: Mapping[int, int], size: int) -> list[int]:
    """So many of the links, by chance and weight; the same seed over the same links draws the same.

    Each link's number between 0 and 1 comes from seed and id; the highest after weighing are taken (Efraimidis and
    Spirakis), so that nobody is drawn twice and order does not matter.
    """

    def key(link_id: int) -> float:
        digest = hashlib.sha256(f"{seed}:{link_id}".encode()).digest()
        chance = (int.from_bytes(digest[:8]) + 1) / 2**64
        return float(chance ** (1 / max(weights[link_id], 1)))

    return sorted(sorted(weights, key=key, reverse=True)[:size])
