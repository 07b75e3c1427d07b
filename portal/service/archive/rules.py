"""What is marked in a found story, and which past complaints are most like one."""

import re
import unicodedata
from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass

from portal.core.base.search import likeness

MARKED = tuple[str, bool]  # a piece of a text, and whether it is what was asked for
AROUND, SHOWN = 28, 2  # characters beside a found word; places shown of a story
BEGINNING = 90
ALIKE_SHOWN, ALIKE_FROM = 3, 0.06
SAME_FUNCTION = 1.25  # of two stories as like, the one of the same problem goes first
RAREST = 4
_RUN = re.compile(r"[\u3400-\u9fff]+|[^\W_\u3400-\u9fff]+")


def asked_words(query: str) -> list[str]:
    """The words of a query as they may stand in a text: Chinese runs whole and in pairs."""
    found: dict[str, None] = {}
    for run in _RUN.findall(unicodedata.normalize("NFKC", query).lower()):
        found[run] = None
        if "\u3400" <= run[0] <= "\u9fff":
            found.update(dict.fromkeys(run[at : at + 2] for at in range(len(run) - 1)))
    return sorted(found, key=len, reverse=True)[:40]


def snippets(text: str, words: Sequence[str]) -> list[list[MARKED]]:
    """The places of a text that hold what was asked for, in pieces; its beginning where it holds nothing of it."""
    plain = " ".join(unicodedata.normalize("NFKC", text).split())
    spots = _spots(plain, words)
    if not spots:
        return [[(plain[:BEGINNING] + ("…" if len(plain) > BEGINNING else ""), False)]] if plain else []
    windows: list[tuple[int, int]] = []
    for start, end in spots:
        left, right = max(0, start - AROUND), min(len(plain), end + AROUND)
        if windows and left <= windows[-1][1]:
            windows[-1] = (windows[-1][0], max(right, windows[-1][1]))
        else:
            windows.append((left, right))
    return [_pieces(plain, window, spots) for window in windows[:SHOWN]]


def _spots(plain: str, words: Sequence[str]) -> list[tuple[int, int]]:
    if not words:
        return []
    shape = re.compile("|".join(map(re.escape, words)), re.IGNORECASE)
    return [hit.span() for hit in shape.finditer(plain)]


def _pieces(plain: str, window: tuple[int, int], spots: Sequence[tuple[int, int]]) -> list[MARKED]:
    left, right = window
    pieces: list[MARKED] = [("…", False)] if left else []
    at = left
    for start, end in spots:
        if left <= start and end <= right:
            pieces += [(plain[at:start], False), (plain[start:end], True)]
            at = end
    pieces.append((plain[at:right] + ("…" if right < len(plain) else ""), False))
    return [piece for piece in pieces if piece[0]]


# ---- alike ----


@dataclass(frozen=True, slots=True)
class Candidate:
    """A past complaint that may be like the open one."""

    id: int
    function: str
    tokens: frozenset[str]


def rarest(tokens: Iterable[str], candidates: Collection[Candidate], count: int = RAREST) -> list[str]:
    """The words by which a story differs from most: those that the fewest of the candidates hold."""
    held = Counter(token for one in candidates for token in one.tokens)
    telling = [token for token in dict.fromkeys(tokens) if len(token) > 1 and not token.isdigit()]
    return sorted(telling, key=lambda token: held[token])[:count]


def most_alike(
    tokens: Collection[str], function: str, candidates: Iterable[Candidate], limit: int = ALIKE_SHOWN
) -> list[int]:
    """The ids of those most like a story, the likest first; of equals the newest. Too far is not shown."""
    scores: Mapping[int, float] = {
        one.id: likeness(tokens, one.tokens) * (SAME_FUNCTION if one.function == function else 1) for one in candidates
    }
    near = [each for each, score in scores.items() if score >= ALIKE_FROM]
    return sorted(near, key=lambda each: (-scores[each], -each))[:limit]
