"""What readers leave behind: a visit counted, an answer to "did this help", a search that found nothing."""

from datetime import datetime

from portal.core.base.clock import local
from portal.core.base.database import writing
from portal.core.base.ids import bound_to
from portal.core.base.settings import settings
from portal.core.people.rules import Bucket
from portal.core.people.throttling import TooManyTries, network_of, take
from portal.service.knowledge.queries import Reading
from portal.service.knowledge.rules import UNOPENED_AFTER, Audience, GapState, normal_query, without_numbers
from portal.service.knowledge.tables import ArticleAnswer, ArticleReads, HelpSearch

MOST_ANSWERS = 20  # from one network within a quarter of an hour
MOST_SEARCHES = 60


async def count_read(article: Reading, query: str, audience: Audience, at: datetime) -> None:
    """One more visit on this day; where it came from a search, that search led somewhere."""
    wanted = normal_query(query) if query else None
    async with writing():
        await ArticleReads.raw(
            "INSERT INTO article_reads (article, day, reads) VALUES ({}, {}, 1)"
            " ON CONFLICT (article, day) DO UPDATE SET reads = article_reads.reads + 1",
            article.id,
            local(at).date().isoformat(),
        )
        if wanted is not None:
            await HelpSearch.raw(
                "UPDATE help_searches SET opened = opened + 1, gap = (found = 0)"
                " WHERE query = {} AND language = {} AND audience = {}",
                wanted,
                article.language,
                str(audience),
            )


def reader_mark(article: Reading, reader: str) -> str:
    """A digest of a reader that fits one version of one article, so that nobody can be followed by it."""
    return bound_to(settings().secret_key, "helped", f"{article.id}.{article.version}.{reader}")[:40]


async def answer(
    article: Reading, reader: str, text: str | None, at: datetime, *, helped: bool, address: str | None
) -> None:
    """Whether it helped; the same reader's second answer takes the place of the first.

    `reader` is what her browser's visit is known by; what is kept is a digest that fits this version alone.
    Raises TooManyTries from a network that answers all the time.
    """
    mark = reader_mark(article, reader)
    words = without_numbers(text) if text else None
    await _count("answer", MOST_ANSWERS, address, at)
    async with writing():
        await ArticleAnswer.raw(
            "INSERT INTO article_answers (article, version, reader, helped, text, at) VALUES ({}, {}, {}, {}, {}, {})"
            " ON CONFLICT (article, version, reader) DO UPDATE"
            " SET helped = excluded.helped, text = excluded.text, at = excluded.at",
            article.id,
            article.version,
            mark,
            helped,
            words,
            at,
        )


async def _count(what: str, most: int, address: str | None, at: datetime) -> None:
    network = network_of(address)
    if network is not None:  # no address: a test or a socket, nothing to count by
        await take((Bucket(f"help_{what}:from:{network}", most),), at)


async def note_search(
    query: str, language: str, audience: Audience, found: int, at: datetime, *, address: str | None
) -> None:
    """Count a search by its words; what may tell of a person is not kept, nor what a machine asks all the time."""
    wanted = normal_query(query)
    if wanted is None:
        return
    try:
        await _count("search", MOST_SEARCHES, address, at)
    except TooManyTries:
        return
    async with writing():
        await HelpSearch.raw(
            "INSERT INTO help_searches"
            " (query, language, audience, searched, found, opened, gap, rank, first_at, last_at, state)"
            " VALUES ({}, {}, {}, 1, {}, 0, {}, 0, {}, {}, {}) ON CONFLICT (query, language, audience) DO UPDATE"
            " SET searched = help_searches.searched + 1, found = excluded.found, last_at = excluded.last_at,"
            " gap = (excluded.found = 0 OR (help_searches.searched + 1 >= {} AND help_searches.opened = 0))",
            *(wanted, language, str(audience), found, found == 0, at, at, str(GapState.OPEN), UNOPENED_AFTER),
        )
        await HelpSearch.raw(
            "UPDATE help_searches SET rank = searched * 4294967296 + id"  # equal counts are told apart by id
            " WHERE query = {} AND language = {} AND audience = {}",
            *(wanted, language, str(audience)),
        )
