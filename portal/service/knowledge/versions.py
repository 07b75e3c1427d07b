"""Articles as those who write and review them work with them. Call inside a door."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from markupsafe import Markup

from portal.core.web.i18n import LANGUAGES
from portal.service.knowledge.rules import Audience, Function, State, audiences_in
from portal.service.knowledge.tables import Article, ArticleEdition, ArticleVersion


@dataclass(frozen=True, slots=True)
class Edition:
    """A version in one language."""

    title: str
    body: str
    html: Markup


@dataclass(frozen=True, slots=True)
class VersionInfo:
    """A version with its editions by language."""

    id: int
    number: int
    state: State
    audiences: tuple[Audience, ...]
    topic: Function | None
    product: str | None
    months: int
    written_by: int | None
    written_at: datetime
    decided_by: int | None
    decided_at: datetime | None
    note: str | None
    editions: dict[str, Edition]

    @property
    def mark(self) -> str:
        """What tells this text from any later one."""
        return f"{self.number}.{int(self.written_at.timestamp() * 1_000_000)}.{self.state}"

    @property
    def complete(self) -> bool:
        """Whether it stands in every language."""
        return all(self.editions.get(language) for language in LANGUAGES)

    def title(self, language: str) -> str:
        edition = self.editions.get(language) or next(iter(self.editions.values()), None)
        return edition.title if edition else ""


@dataclass(frozen=True, slots=True)
class ArticleInfo:
    """An article as the desk keeps it."""

    id: int
    ref: str
    published: int | None
    topic: Function | None
    review_at: datetime | None
    retired_at: datetime | None
    shipped: str | None


async def article(ref: str) -> ArticleInfo | None:
    """An article whatever its state."""
    rows = await Article.raw(
        "SELECT id, ref, published, topic, review_at, retired_at, shipped FROM articles WHERE ref = {}", ref[:60]
    )
    if not rows:
        return None
    row = dict(rows[0])
    topic = row.pop("topic")
    return ArticleInfo(topic=Function(topic) if topic else None, **row)


async def versions(article_id: int, limit: int = 20) -> list[VersionInfo]:
    """The newest versions, the newest first."""
    rows = (
        await ArticleVersion.select()
        .where(ArticleVersion.article == article_id)
        .order_by(ArticleVersion.number, ascending=False)
        .limit(limit)
    )
    editions = await _editions([row["id"] for row in rows])
    return [_version(row, editions.get(row["id"], {})) for row in rows]


async def version(article_id: int, number: int) -> VersionInfo | None:
    rows = await ArticleVersion.select().where(ArticleVersion.article == article_id, ArticleVersion.number == number)
    return _version(rows[0], (await _editions([rows[0]["id"]])).get(rows[0]["id"], {})) if rows else None


def _version(row: dict[str, Any], editions: dict[str, Edition]) -> VersionInfo:
    return VersionInfo(
        id=row["id"],
        number=row["number"],
        state=State(row["state"]),
        audiences=audiences_in(row["audiences"]),
        topic=Function(row["topic"]) if row["topic"] else None,
        product=row["product"],
        months=row["months"],
        written_by=row["written_by"],
        written_at=row["written_at"],
        decided_by=row["decided_by"],
        decided_at=row["decided_at"],
        note=row["note"],
        editions=editions,
    )


async def _editions(version_ids: Collection[int]) -> dict[int, dict[str, Edition]]:
    if not version_ids:
        return {}
    found: dict[int, dict[str, Edition]] = {}
    for row in await ArticleEdition.select().where(ArticleEdition.version.is_in(list(version_ids))):
        edition = Edition(row["title"], row["body"], Markup(row["html"]))  # noqa: S704 - cleaned when it was kept
        found.setdefault(row["version"], {})[row["language"]] = edition
    return found
