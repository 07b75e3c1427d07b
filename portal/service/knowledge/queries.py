"""Articles as readers and the desk see them. Call inside a door."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from markupsafe import Markup

from portal.core.base import search
from portal.core.base.database import placeholders
from portal.core.web.paging import Cut, Page, paged
from portal.service.knowledge.rules import MOST_TYPED, Audience, Function, audiences_in, ranked, wanted_pieces
from portal.service.knowledge.tables import Article

PIECE_HITS = 200  # articles that one piece of a text may bring
_SHORT = {"zh-Hans": "zh", "en": "en"}
_FOR = {Audience.BUYER: "a.for_buyer", Audience.OWNER: "a.for_owner", Audience.AGENT: "a.for_agent"}


@dataclass(frozen=True, slots=True)
class ArticleLine:
    """An article in a reader's list."""

    id: int
    ref: str
    title: str
    topic: Function | None
    product: str | None


@dataclass(frozen=True, slots=True)
class Reading:
    """A published article whole; `version` is what an answer about it is about."""

    id: int
    ref: str
    version: int
    language: str
    title: str
    html: Markup
    topic: Function | None
    product: str | None
    audiences: tuple[Audience, ...]
    decided_at: datetime


@dataclass(frozen=True, slots=True)
class Suggestion:
    """An answer offered while somebody types; it opens in place."""

    ref: str
    title: str
    html: Markup


def body_kind(language: str) -> str:
    """The kind under which bodies are searched."""
    return f"help_{_SHORT[language]}"


def title_kind(language: str) -> str:
    return f"help_title_{_SHORT[language]}"


def _topic(value: str | None) -> Function | None:
    return Function(value) if value else None


def seen_by(audiences: Collection[Audience]) -> str:
    """The condition for what these audiences read; our own words, no value of anybody's."""
    own = " OR ".join(_FOR[one] for one in sorted(set(audiences)))
    return f"a.published IS NOT NULL AND a.retired_at IS NULL AND ({own})"


_PUBLISHED = (
    " FROM articles a JOIN article_versions v ON v.article = a.id AND v.number = a.published"
    " JOIN article_editions e ON e.version = v.id AND e.language = {} "
)


async def listed(
    audiences: Collection[Audience], language: str, cut: Cut, topic: Function | None = None
) -> Page[ArticleLine]:
    """Published articles in the order in which they were made."""
    only = "AND a.topic = {}" if topic else ""
    rows = await Article.raw(
        f"SELECT a.id, a.ref, e.title, a.topic, a.product {_PUBLISHED}"
        f"WHERE {seen_by(audiences)} AND a.id > {{}} {only} ORDER BY a.id LIMIT {{}}",
        *(language, cut.after, *((str(topic),) if topic else ()), cut.fetch),
    )
    return paged([_line(row) for row in rows], cut, lambda one: one.id)


def _line(row: dict[str, Any]) -> ArticleLine:
    return ArticleLine(row["id"], row["ref"], row["title"], _topic(row["topic"]), row["product"])


async def topics(audiences: Collection[Audience]) -> dict[Function, int]:
    """How many articles each topic has for these readers; topics without any are left out."""
    rows = await Article.raw(
        f"SELECT a.topic, count(*) AS n FROM articles a WHERE {seen_by(audiences)}"  # noqa: S608 - own words
        " AND a.topic IS NOT NULL GROUP BY a.topic"
    )
    counts = {row["topic"]: int(row["n"]) for row in rows}
    return {topic: counts[topic] for topic in Function if topic in counts}


async def reading_of(ref: str, audiences: Collection[Audience], language: str) -> Reading | None:
    """A published article as its readers see it; None for whom it is not."""
    rows = await Article.raw(
        "SELECT a.id, a.ref, v.number, e.language, e.title, e.html, a.topic, a.product, v.audiences, v.decided_at"
        f"{_PUBLISHED} WHERE a.ref = {{}} AND {seen_by(audiences)}",
        language,
        ref[:60],
    )
    return _reading(rows[0]) if rows else None


def _reading(row: dict[str, Any]) -> Reading:
    return Reading(
        id=row["id"],
        ref=row["ref"],
        version=row["number"],
        language=row["language"],
        title=row["title"],
        html=Markup(row["html"]),  # noqa: S704 - cleaned when it was kept
        topic=_topic(row["topic"]),
        product=row["product"],
        audiences=audiences_in(row["audiences"]),
        decided_at=row["decided_at"],
    )


# ---- searching, and suggestions while typing ----


async def _hits(
    pieces: Sequence[str], kinds: Sequence[str], audiences: Collection[Audience]
) -> dict[str, set[tuple[int, int]]]:
    """Which article holds which piece under which kind, in one query."""
    parts: list[str] = []
    values: list[tuple[str, int, str]] = []
    for kind in kinds:
        for place, piece in enumerate(pieces):
            match = search.matching(kind, piece)
            if match is not None:
                parts.append(
                    f"SELECT {len(parts)} AS k, m.subject FROM (SELECT * FROM {match.sql} q LIMIT {PIECE_HITS}) m"  # noqa: S608
                )
                values.append((kind, place, match.arg))
    if not parts:
        return {}
    rows = await Article.raw(
        f"SELECT h.k, h.subject FROM ({' UNION ALL '.join(parts)}) h JOIN articles a ON a.id = h.subject"  # noqa: S608
        f" WHERE {seen_by(audiences)}",
        *(arg for _, _, arg in values),
    )
    found: dict[str, set[tuple[int, int]]] = {kind: set() for kind in kinds}
    for row in rows:
        kind, place, _ = values[int(row["k"])]
        found[kind].add((place, int(row["subject"])))
    return found


async def ranking(
    text: str, audiences: Collection[Audience], language: str, topic: Function | None = None, limit: int = 30
) -> list[int]:
    """Articles by how much of a text they hold, the likeliest first; a topic speaks for its own."""
    pieces = wanted_pieces(search.tokens(text[-MOST_TYPED:]))
    body, title = body_kind(language), title_kind(language)
    found = await _hits(pieces, (body, title), audiences) if pieces else {}
    bonus, total = await _of_topic(topic, audiences)
    order = ranked(found.get(body, ()), found.get(title, ()), bonus, total)
    if not pieces and topic:
        order = sorted(bonus)
    return order[:limit]


async def _of_topic(topic: Function | None, audiences: Collection[Audience]) -> tuple[set[int], int]:
    """The articles of a topic, and how many there are of all."""
    rows = await Article.raw(f"SELECT count(*) AS n FROM articles a WHERE {seen_by(audiences)}")  # noqa: S608
    if topic is None:
        return set(), int(rows[0]["n"])
    own = await Article.raw(
        f"SELECT a.id FROM articles a WHERE a.topic = {{}} AND {seen_by(audiences)} ORDER BY a.id LIMIT {PIECE_HITS}",  # noqa: S608
        str(topic),
    )
    return {row["id"] for row in own}, int(rows[0]["n"])


async def found_by(query: str, audiences: Collection[Audience], language: str, limit: int = 30) -> list[ArticleLine]:
    """What a reader's search finds: first what holds everything, then what comes near."""
    match = search.matching(body_kind(language), query)
    whole: list[int] = []
    if match is not None:
        rows = await Article.raw(
            f"SELECT a.id FROM articles a WHERE {seen_by(audiences)} AND a.id IN {match.sql}"  # noqa: S608
            " ORDER BY a.id LIMIT {}",
            match.arg,
            limit,
        )
        whole = [row["id"] for row in rows]
    near = await ranking(query, audiences, language, limit=limit)
    held = set(whole)
    order = [one for one in near if one in held] + [one for one in whole if one not in near]
    order += [one for one in near if one not in held]
    lines = await _lines(order[:limit], language)
    return [lines[one] for one in order[:limit] if one in lines]


async def _lines(ids: Sequence[int], language: str) -> dict[int, ArticleLine]:
    if not ids:
        return {}
    places = placeholders(ids)
    rows = await Article.raw(
        f"SELECT a.id, a.ref, e.title, a.topic, a.product {_PUBLISHED} WHERE a.id IN ({places})",
        language,
        *ids,
    )
    return {row["id"]: _line(row) for row in rows}


async def suggestions(
    audience: Audience | str, text: str, topic: Function | str | None, language: str, limit: int = 3
) -> list[Suggestion]:
    """Answers to what is being typed, for one who is a buyer, an owner or an agent; in five queries at most."""
    audiences = {Audience.BUYER: (Audience.BUYER,), Audience.OWNER: (Audience.BUYER, Audience.OWNER)}
    known = Function(topic) if topic in set(Function) else None
    order = await ranking(text, audiences.get(Audience(audience), tuple(Audience)), language, known, limit)
    if not order:
        return []
    places = placeholders(order)
    rows = await Article.raw(
        f"SELECT a.id, a.ref, e.title, e.html {_PUBLISHED} WHERE a.id IN ({places})",
        language,
        *order,
    )
    by_id = {row["id"]: Suggestion(row["ref"], row["title"], Markup(row["html"])) for row in rows}  # noqa: S704
    return [by_id[one] for one in order if one in by_id]
