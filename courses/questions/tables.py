"""Banks of questions. A version never changes; a mended question is a new version."""

from piccolo.table import Table

from portal.core.base.rows import Row, fk, flag, instant, maybe_instant, payload, whole, words


class Bank(Row, Table, tablename="question_banks"):
    """A named set of questions, as a package brings them."""

    code = words(80)
    made_at = instant()


class Question(Row, Table, tablename="questions"):
    """A question under its lasting code."""

    bank = fk(Bank)
    code = words(80)
    made_at = instant()
    retired_at = maybe_instant()


class QuestionVersion(Row, Table, tablename="question_versions"):
    """What a question said from a time on; the current one is not superseded."""

    question = fk(Question)
    number = whole()
    kind = words(16)
    difficulty = words(10)
    must = flag()
    digest = words(64)
    made_at = instant()
    superseded_at = maybe_instant()


class QuestionEdition(Row, Table, tablename="question_editions"):
    """A version in one language: stem, options and key (`body` is `courses.questions.rules.Question`)."""

    version = fk(QuestionVersion)
    language = words(10)
    body = payload()


class QuestionTag(Row, Table, tablename="question_tags"):
    """What a version is about; blueprints draw by it."""

    version = fk(QuestionVersion)
    tag = words(60)


INDEXES = (
    "CREATE UNIQUE INDEX question_banks_code ON question_banks (code)",
    "CREATE UNIQUE INDEX questions_code ON questions (bank, code)",
    "CREATE UNIQUE INDEX question_versions_number ON question_versions (question, number)",
    "CREATE UNIQUE INDEX question_versions_current ON question_versions (question) WHERE superseded_at IS NULL",
    "CREATE UNIQUE INDEX question_editions_language ON question_editions (version, language)",
    "CREATE UNIQUE INDEX question_tags_one ON question_tags (version, tag)",
    "CREATE INDEX question_tags_tag ON question_tags (tag, version)",
)
