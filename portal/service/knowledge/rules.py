"""Who an article is for, when it is due, what a search leaves behind, which variables a reply may have."""

import re
import unicodedata
from calendar import monthrange
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from enum import StrEnum
from math import log
from zoneinfo import ZoneInfo

from portal.core.people.policy import Capability


class Audience(StrEnum):
    """Whom an article is written for; one may be for several."""

    BUYER = "buyer"
    OWNER = "owner"
    AGENT = "agent"


class Function(StrEnum):
    """What kind of problem it is (function category): of complaints, and what an article or a reply is about."""

    QUALITY = "quality"
    DAMAGED = "damaged"
    WRONG_ITEM = "wrong_item"
    NOT_AS_DESCRIBED = "not_as_described"
    DELIVERY = "delivery"
    RETURNS = "returns"
    REFUND = "refund"
    SERVICE = "service"
    PRICE = "price"
    ADVICE = "advice"
    OTHER = "other"


class State(StrEnum):
    """How far a version of an article is."""

    DRAFT = "draft"
    SUBMITTED = "submitted"  # waits for a reviewer's yes
    PUBLISHED = "published"  # what readers see
    REPLACED = "replaced"


class GapState(StrEnum):
    """What became of a search that found nothing."""

    OPEN = "open"
    WRITTEN = "written"
    NOT_NEEDED = "not_needed"


# ---- who reads what ----

_OWNERS = frozenset({Capability.SERVE_VIPS, Capability.SEE_TEAM, Capability.SEE_ALL})
_AGENTS = frozenset({Capability.WORK_DESK, Capability.WRITE_KNOWLEDGE, Capability.REVIEW_KNOWLEDGE})


def audiences_of(capabilities: Collection[str]) -> tuple[Audience, ...]:
    """Whose articles somebody may read. Everybody, signed in or not, reads what buyers read."""
    found = [Audience.BUYER]
    if not _OWNERS.isdisjoint(capabilities) or not _AGENTS.isdisjoint(capabilities):
        found.append(Audience.OWNER)
    if not _AGENTS.isdisjoint(capabilities):
        found.append(Audience.AGENT)
    return tuple(found)


def audience_of(capabilities: Collection[str]) -> Audience:
    """In which part somebody searches: the last that she may read."""
    return audiences_of(capabilities)[-1]


def audiences_in(text: str) -> tuple[Audience, ...]:
    """The audiences that stand in a column, words between commas."""
    held = set(text.split(","))
    return tuple(audience for audience in Audience if audience in held)


# ---- the day on which an article is read again ----

MONTHS = 6
MOST_MONTHS = 36


def review_at(start: datetime, months: int, zone: ZoneInfo) -> datetime:
    """The same day `months` later where the site is, or that month's last day."""
    day = start.astimezone(zone)
    place = day.month - 1 + months
    year, month = day.year + place // 12, place % 12 + 1
    return day.replace(year=year, month=month, day=min(day.day, monthrange(year, month)[1])).astimezone(start.tzinfo)


# ---- searches: what is looked for, and what may be kept of it ----

MOST_TYPED = 400  # characters of a text being typed that are compared
MOST_PIECES = 24
_HAN = re.compile("[\u3400-\u4dbf\u4e00-\u9fff]")
_LONG_HAN = 20
_LONG_LATIN = 60
_NUMBER = re.compile(r"(?:\d[\s\-./]?){5,}")
_CODE = re.compile(r"(?=\S*\d\S*\d\S*\d)\S*[a-z]\S*", re.IGNORECASE)
_NO_WORD = re.compile(r"[^\w\s]|_")


def normal_query(text: str) -> str | None:
    """A query as it is counted, or None where it may tell of a person: numbers, addresses, long sentences."""
    plain = unicodedata.normalize("NFKC", text).casefold()
    if "@" in plain or _NUMBER.search(plain) or _CODE.search(plain):
        return None
    words = " ".join(_NO_WORD.sub(" ", plain).split())
    longest = _LONG_HAN if _HAN.search(words) else _LONG_LATIN
    return words if 2 <= len(words) <= longest else None


def without_numbers(text: str) -> str:
    """A reader's words without what looks like a telephone or order number."""
    return _NUMBER.sub("… ", text).strip()


# Pieces of Chinese and English that say nothing of what is meant.
_EMPTY = frozenset(
    [
        "the",
        "a",
        "an",
        "of",
        "to",
        "in",
        "is",
        "it",
        "i",
        "my",
        "me",
        "and",
        "or",
        "for",
        "on",
        "at",
        "was",
        "be",
        "this",
        "that",
        "with",
        "not",
        "you",
        "we",
        "are",
        "have",
        "has",
    ]
)


def wanted_pieces(tokens: Sequence[str]) -> list[str]:
    """The pieces of a text that are compared: the latest typed, without those that say nothing."""
    telling = [one for one in tokens if len(one) > 1 and one not in _EMPTY]
    return telling[-MOST_PIECES:]


TITLE_WEIGHT = 3.0
TOPIC_BONUS = 1.5
LEAST_SCORE = 3.0


def rarity(found: int, total: int) -> float:
    """What a piece weighs: little where every article has it, more the fewer do."""
    return log(1 + total / found) if found else 0.0


def ranked(
    in_body: Iterable[tuple[int, int]], in_title: Iterable[tuple[int, int]], bonus: Collection[int], total: int
) -> list[int]:
    """Articles by how much of the text they hold; `in_…` are (piece, article), `bonus` those of the topic.

    What shares too little is left out, unless the topic speaks for it.
    """
    weights: dict[int, dict[int, float]] = {}
    bodies, titles = set(in_body), set(in_title)
    held: dict[int, set[int]] = {}
    for piece, article in bodies | titles:
        held.setdefault(piece, set()).add(article)
    for piece, articles in held.items():
        weight = rarity(len(articles), max(total, len(articles)))
        for article in articles:
            times = TITLE_WEIGHT if (piece, article) in titles else 1.0
            weights.setdefault(article, {})[piece] = weight * times
    scores = {
        article: sum(parts.values()) + (TOPIC_BONUS if article in bonus else 0) for article, parts in weights.items()
    }
    good = [article for article, score in scores.items() if score >= LEAST_SCORE]
    return sorted(good, key=lambda article: (-scores[article], article))


# ---- gaps ----

UNOPENED_AFTER = 3  # searches of which nobody opened anything
GAP_LIFE = timedelta(days=180)
WORDS_LIFE = timedelta(days=365)  # what readers wrote about an article


def is_gap(found: int, searched: int, opened: int) -> bool:
    """Whether a search tells that an article is missing: it found nothing, or nobody opened what it found."""
    return found == 0 or (searched >= UNOPENED_AFTER and opened == 0)


# ---- what a reply may be filled with ----

VARIABLES = ("buyer", "order", "agent", "proposal", "due", "store")
LEFT, RIGHT = "\u27e6", "\u27e7"  # around what is still to be filled in by hand
_SLOT = re.compile(r"\{\{\s*([^{}]*?)\s*\}\}")


def slots(text: str) -> list[str]:
    """The variables that a text names, each once, in the order of their first place."""
    return list(dict.fromkeys(_SLOT.findall(text)))


def slot_faults(text: str) -> list[str]:
    """What stands in double braces and is no variable of ours; braces that have no partner too."""
    loose = ["{{"] if "{{" in _SLOT.sub("", text) else ["}}"] if "}}" in _SLOT.sub("", text) else []
    return [name for name in slots(text) if name not in VARIABLES] + loose


def fill(text: str, values: Mapping[str, str | None], names: Mapping[str, str]) -> str:
    """The text with its variables filled; what is missing or unknown stays as a gap that is seen, by its name."""

    def one(slot: re.Match[str]) -> str:
        value = values.get(slot[1]) if slot[1] in VARIABLES else None
        return value or f"{LEFT}{names.get(slot[1], slot[1])}{RIGHT}"

    return _SLOT.sub(one, text)


def has_gaps(text: str) -> bool:
    """Whether something is still to be filled in by hand; such a text is not sent."""
    return LEFT in text or bool(_SLOT.search(text))


def variables_shown() -> str:
    """The closed list as it is typed."""
    return " ".join(f"{{{{{name}}}}}" for name in VARIABLES)
