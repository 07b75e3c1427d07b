"""What time brings: articles that are due to be read again, and searches and words that are kept no longer."""

from datetime import datetime
from functools import partial

from portal.core.base.clock import now
from portal.core.base.database import writing
from portal.core.base.sweeping import each_due
from portal.core.people import queries as people
from portal.core.people.rules import Role
from portal.service.knowledge import actions, versions
from portal.service.knowledge.rules import GAP_LIFE, WORDS_LIFE, GapState
from portal.service.knowledge.tables import Article, ArticleAnswer, HelpSearch


async def tell_due() -> int:
    """Tell an article's writer and the desk leads, once, that it is to be read again; returns how many articles."""
    at = now()

    async def due(limit: int) -> list[tuple[int, str, int]]:
        rows = await Article.raw(
            "SELECT id, ref, published FROM articles WHERE review_at <= {} AND told_at IS NULL"
            " ORDER BY review_at LIMIT {}",
            at,
            limit,
        )
        return [(row["id"], row["ref"], row["published"]) for row in rows]

    return await each_due(due, partial(_tell, at=at))


async def _tell(article: tuple[int, str, int], at: datetime) -> int:
    article_id, ref, number = article
    async with writing():
        taken = (
            await Article.update({Article.told_at: at})
            .where(Article.id == article_id, Article.told_at.is_null(), Article.review_at <= at)
            .returning(Article.id)
        )
        version = await versions.version(article_id, number)
        if not taken or version is None:
            return 0
        writer = await people.person(version.written_by) if version.written_by is not None else None
        leads = await people.people_with_role(Role.DESK_LEAD, 50)
        told = {person.id: person for person in [writer, *leads] if person is not None}
        await actions.tell(told.values(), "article_due", version, ref, at)
        return 1


async def forget_old() -> int:
    """Searches that nobody has made for half a year go, unless an article came of them; readers' words after a year."""
    at = now()
    async with writing():
        gone = (
            await HelpSearch.delete()
            .where(HelpSearch.last_at < at - GAP_LIFE, HelpSearch.state != str(GapState.WRITTEN))
            .returning(HelpSearch.id)
        )
        words = (
            await ArticleAnswer.update({ArticleAnswer.text: None})
            .where(ArticleAnswer.text.is_not_null(), ArticleAnswer.at < at - WORDS_LIFE)
            .returning(ArticleAnswer.id)
        )
    return len(gone) + len(words)
