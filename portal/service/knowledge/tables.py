"""Articles with their versions and editions, how they were read, searches that found nothing, reply templates."""

from piccolo.table import Table

from portal.core.base.rows import (
    Row,
    big,
    fk,
    flag,
    instant,
    maybe_fk,
    maybe_instant,
    maybe_prose,
    maybe_whole,
    maybe_words,
    prose,
    whole,
    words,
)
from portal.core.people.tables import Person


class Article(Row, Table, tablename="articles"):
    """An answer; what readers see is version `published` (a number; none: not yet), whose audiences and topic stand
    here too. `shipped` is the digest of the text that came with the software and that nobody has changed."""

    ref = words(60)
    published = maybe_whole()
    for_buyer = flag()
    for_owner = flag()
    for_agent = flag()
    topic = maybe_words(20)
    product = maybe_words(40)
    review_at = maybe_instant()
    told_at = maybe_instant()  # that it is due
    retired_at = maybe_instant()
    retired_by = maybe_fk(Person)
    made_at = instant()
    shipped = maybe_words(64)


class ArticleVersion(Row, Table, tablename="article_versions"):
    """A text with its audiences and topic, and who said yes to it. Without a writer it came with the software."""

    article = fk(Article)
    number = whole()
    state = words(10)
    audiences = words(20)  # words between commas
    topic = maybe_words(20)
    product = maybe_words(40)
    months = whole()
    written_by = maybe_fk(Person)
    written_at = instant()
    decided_by = maybe_fk(Person)
    decided_at = maybe_instant()
    note = maybe_prose()  # why it was sent back


class ArticleEdition(Row, Table, tablename="article_editions"):
    """A version in one language; `html` is its cleaned body."""

    version = fk(ArticleVersion)
    language = words(10)
    title = words(120)
    body = prose()
    html = prose()


class ArticleReads(Row, Table, tablename="article_reads"):
    """How often an article was opened on a day; nobody is tracked."""

    article = fk(Article)
    day = words(10)
    reads = whole(0)


class ArticleAnswer(Row, Table, tablename="article_answers"):
    """Whether a version helped one reader. `reader` is a digest that means nothing for any other article."""

    article = fk(Article)
    version = whole()
    reader = words(40)
    helped = flag()
    text = maybe_prose()
    at = instant()


class HelpSearch(Row, Table, tablename="help_searches"):
    """A query of an audience by how often it came, what it found last, and whether anything was opened from it.

    `gap`: an article seems to be missing; `rank` orders gaps, those asked for most often first.
    """

    query = words(80)
    language = words(10)
    audience = words(10)
    searched = whole(0)
    found = whole(0)
    opened = whole(0)
    gap = flag()
    rank = big(0)
    first_at = instant()
    last_at = instant()
    state = words(12)
    decided_by = maybe_fk(Person)
    decided_at = maybe_instant()
    reason = maybe_words(200)
    article = maybe_fk(Article)


class ReplyTemplate(Row, Table, tablename="reply_templates"):
    """A reply written once; without `person` it is everybody's at the desk. `shipped` as of articles."""

    ref = words(60)
    person = maybe_fk(Person)
    topic = maybe_words(20)
    name = words(80)
    uses = whole(0)
    used_at = maybe_instant()
    changed_at = instant()
    changed_by = maybe_fk(Person)
    retired_at = maybe_instant()
    shipped = maybe_words(64)


class ReplyText(Row, Table, tablename="reply_texts"):
    """A template in one language."""

    template = fk(ReplyTemplate)
    language = words(10)
    text = prose()


INDEXES = (
    "CREATE UNIQUE INDEX articles_ref ON articles (ref)",
    "CREATE INDEX articles_due ON articles (review_at) WHERE review_at IS NOT NULL",
    "CREATE INDEX articles_topic ON articles (topic, id)",
    "CREATE UNIQUE INDEX article_versions_number ON article_versions (article, number)",
    "CREATE UNIQUE INDEX article_versions_open ON article_versions (article) WHERE state IN ('draft', 'submitted')",
    "CREATE INDEX article_versions_state ON article_versions (state, id)",
    "CREATE UNIQUE INDEX article_editions_language ON article_editions (version, language)",
    "CREATE UNIQUE INDEX article_reads_day ON article_reads (article, day)",
    "CREATE UNIQUE INDEX article_answers_reader ON article_answers (article, version, reader)",
    "CREATE INDEX article_answers_words ON article_answers (at) WHERE text IS NOT NULL",
    "CREATE UNIQUE INDEX help_searches_query ON help_searches (query, language, audience)",
    "CREATE INDEX help_searches_gaps ON help_searches (rank) WHERE gap AND state = 'open'",
    "CREATE INDEX help_searches_old ON help_searches (last_at)",
    "CREATE UNIQUE INDEX reply_templates_ref ON reply_templates (ref)",
    "CREATE INDEX reply_templates_current ON reply_templates (person, topic) WHERE retired_at IS NULL",
    "CREATE UNIQUE INDEX reply_texts_language ON reply_texts (template, language)",
)
