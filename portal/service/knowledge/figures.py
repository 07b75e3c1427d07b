"""The desk's list of articles, how often they were read, and whether they helped. Call inside a door."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from portal.core.base import search
from portal.core.base.clock import local
from portal.core.base.database import placeholders
from portal.core.web.paging import Cut, Page, paged
from portal.service.knowledge.queries import body_kind
from portal.service.knowledge.rules import Audience, Function, State, audiences_in
from portal.service.knowledge.tables import Article, ArticleAnswer, ArticleReads

LARGEST = 2**63 - 1
READ_WITHIN = timedelta(days=30)


class Shown(StrEnum):
    """Which articles the desk looks at."""

    ALL = "all"
    OUT = "out"
    WRITING = "writing"
    REVIEW = "review"
    DUE = "due"
    RETIRED = "retired"


_WHERE = {
    Shown.ALL: "a.retired_at IS NULL",
    Shown.OUT: "a.retired_at IS NULL AND a.published IS NOT NULL",
    Shown.WRITING: "v.state = 'draft'",
    Shown.REVIEW: "v.state = 'submitted'",
    Shown.DUE: "a.review_at <= {}",
    Shown.RETIRED: "a.retired_at IS NOT NULL",
}


@dataclass(frozen=True, slots=True)
class DeskLine:
    """An article in the desk's list, by its latest version."""

    id: int
    ref: str
    title: str
    published: int | None
    state: State
    audiences: tuple[Audience, ...]
    topic: Function | None
    review_at: datetime | None
    retired_at: datetime | None

    def due(self, at: datetime) -> bool:
        return self.review_at is not None and self.review_at <= at


@dataclass(frozen=True, slots=True)
class Figures:
    """How often an article was read within thirty days, and what its readers answered about its present text."""

    reads: int = 0
    helped: int = 0
    answers: int = 0

    @property
    def share(self) -> int | None:
        """Of those who answered, how many it helped, in basis points."""
        return round(10_000 * self.helped / self.answers) if self.answers else None


_LINE = (
    "SELECT a.id, a.ref, a.published, a.review_at, a.retired_at, v.state, v.audiences, v.topic, e.title,"
    " o.title AS other FROM articles a JOIN article_versions v ON v.article = a.id"
    " AND v.number = (SELECT max(w.number) FROM article_versions w WHERE w.article = a.id)"
    " LEFT JOIN article_editions e ON e.version = v.id AND e.language = {}"
    " LEFT JOIN article_editions o ON o.version = v.id AND o.language <> {}"
)


async def desk_list(
    cut: Cut, language: str, at: datetime, shown: Shown = Shown.ALL, topic: Function | None = None, query: str = ""
) -> Page[DeskLine]:
    """The newest first."""
    where, values = ["a.id < {}", _WHERE[shown]], [cut.after or LARGEST, *((at,) if shown is Shown.DUE else ())]
    if topic is not None:
        where.append("v.topic = {}")
        values.append(str(topic))
    match = search.matching(body_kind(language), query)
    if match is not None:
        where.append(f"a.id IN {match.sql}")
        values.append(match.arg)
    rows = await Article.raw(
        f"{_LINE} WHERE {' AND '.join(where)} ORDER BY a.id DESC LIMIT {{}}", language, language, *values, cut.fetch
    )
    return paged([_line(row) for row in rows], cut, lambda one: one.id)


def _line(row: dict[str, object]) -> DeskLine:
    plain = {**row, "title": row["title"] or row["other"] or "", "state": State(str(row["state"]))}
    del plain["other"]
    plain["audiences"] = audiences_in(str(row["audiences"]))
    plain["topic"] = Function(str(row["topic"])) if row["topic"] else None
    return DeskLine(**plain)  # type: ignore[arg-type]


async def counts(at: datetime) -> dict[Shown, int]:
    """How many wait for a reviewer, and how many are due."""
    rows = await Article.raw(
        "SELECT (SELECT count(*) FROM article_versions WHERE state = 'submitted') AS review,"
        " (SELECT count(*) FROM articles WHERE review_at <= {}) AS due",
        at,
    )
    return {Shown.REVIEW: int(rows[0]["review"]), Shown.DUE: int(rows[0]["due"])}


async def figures_of(article_ids: Collection[int], at: datetime) -> dict[int, Figures]:
    """By article; one that nobody has read or judged has zeros."""
    if not article_ids:
        return {}
    places = placeholders(article_ids)
    reads = await ArticleReads.raw(
        f"SELECT article, sum(reads) AS n FROM article_reads WHERE article IN ({places}) AND day > {{}}"  # noqa: S608
        " GROUP BY article",
        *article_ids,
        local(at - READ_WITHIN).date().isoformat(),
    )
    answers = await ArticleAnswer.raw(
        "SELECT c.article, count(*) AS n, count(CASE WHEN c.helped THEN 1 END) AS helped FROM article_answers c"  # noqa: S608
        f" JOIN articles a ON a.id = c.article AND a.published = c.version WHERE c.article IN ({places})"
        " GROUP BY c.article",
        *article_ids,
    )
    read = {row["article"]: int(row["n"]) for row in reads}
    said = {row["article"]: (int(row["helped"]), int(row["n"])) for row in answers}
    return {one: Figures(read.get(one, 0), *said.get(one, (0, 0))) for one in article_ids}


@dataclass(frozen=True, slots=True)
class Remark:
    """A reader's words about an article."""

    version: int
    helped: bool
    text: str
    at: datetime


async def remarks(article_id: int, limit: int = 20) -> list[Remark]:
    """The latest words first."""
    rows = (
        await ArticleAnswer.select(ArticleAnswer.version, ArticleAnswer.helped, ArticleAnswer.text, ArticleAnswer.at)
        .where(ArticleAnswer.article == article_id, ArticleAnswer.text.is_not_null())
        .order_by(ArticleAnswer.id, ascending=False)
        .limit(limit)
    )
    return [Remark(row["version"], bool(row["helped"]), row["text"], row["at"]) for row in rows]


async def answered(article_id: int, version: int, reader: str) -> bool | None:
    """What this reader said of this version; None: nothing yet. `reader` is the digest that is kept."""
    rows = await ArticleAnswer.select(ArticleAnswer.helped).where(
        ArticleAnswer.article == article_id, ArticleAnswer.version == version, ArticleAnswer.reader == reader
    )
    return bool(rows[0]["helped"]) if rows else None
