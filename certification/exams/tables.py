"""Exams by blueprint, and attempts: drawn once, frozen, answered one tap at a time, sealed once."""

from piccolo.table import Table

from courses.assignment.tables import Assignment
from courses.catalogue.tables import CurriculumPart
from courses.questions.tables import Bank, QuestionEdition
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
    payload,
    prose,
    whole,
    words,
)
from portal.core.people.tables import Person


class Exam(Row, Table, tablename="exams"):
    """An exam under its lasting code."""

    code = words(80)
    made_at = instant()


class ExamVersion(Row, Table, tablename="exam_versions"):
    """A blueprint: time, pass mark, tries, and what is shown after. It belongs to one part of a curriculum version."""

    exam = fk(Exam)
    part = maybe_fk(CurriculumPart)
    number = whole()
    minutes = whole()
    pass_bp = whole()
    attempts_allowed = whole()
    cooldown_hours = whole()
    shuffle_options = flag(default=True)
    show_after = words(16)  # score, topics, mistakes
    published_at = instant()


class ExamEdition(Row, Table, tablename="exam_editions"):
    """A blueprint's title in one language."""

    version = fk(ExamVersion)
    language = words(10)
    title = words(160)


class ExamDraw(Row, Table, tablename="exam_draws"):
    """How many questions of a tag and difficulty are drawn, and what each is worth (in points)."""

    version = fk(ExamVersion)
    position = whole()
    bank = fk(Bank)
    tag = words(60)
    difficulty = maybe_words(10)
    count = whole()
    points = whole(1)


class Attempt(Row, Table, tablename="attempts"):
    """One sitting. States: running, then graded; `sealed_by` says whether she or the clock handed it in."""

    ref = words(32)
    person = fk(Person)
    assignment = fk(Assignment)
    exam_version = fk(ExamVersion)
    number = whole()
    language = words(10)
    state = words(10)
    started_at = instant()
    deadline_at = instant()
    sealed_at = maybe_instant()
    sealed_by = maybe_words(10)
    points = maybe_whole()
    max_points = whole()
    score_bp = maybe_whole()
    must_missed = maybe_whole()
    passed = flag()


class AttemptItem(Row, Table, tablename="attempt_items"):
    """A drawn question in its place, its option order, and the answer that counts now (highest client sequence)."""

    attempt = fk(Attempt)
    position = whole()
    edition = fk(QuestionEdition)
    tag = words(60)
    must = flag()
    option_order = payload()
    points = whole()
    answer = maybe_prose()
    answer_seq = big(0)
    answered_at = maybe_instant()
    share_bp = maybe_whole()


class AttemptAnswer(Row, Table, tablename="attempt_answers"):
    """Every answer as it came, append-only; grading reads the item, disputes read this."""

    item = fk(AttemptItem)
    seq = big()
    given = prose()
    device = words(16)
    received_at = instant()
    accepted = flag()


class AttemptGrant(Row, Table, tablename="attempt_grants"):
    """A further try given by a manager or admin, and why."""

    assignment = fk(Assignment)
    exam_version = fk(ExamVersion)
    reason = words(300)
    by = big()
    at = instant()


INDEXES = (
    "CREATE UNIQUE INDEX exams_code ON exams (code)",
    "CREATE UNIQUE INDEX exam_versions_number ON exam_versions (exam, number)",
    "CREATE UNIQUE INDEX exam_versions_one_per_part ON exam_versions (part)",
    "CREATE UNIQUE INDEX exam_editions_language ON exam_editions (version, language)",
    "CREATE UNIQUE INDEX exam_draws_position ON exam_draws (version, position)",
    "CREATE UNIQUE INDEX attempts_ref ON attempts (ref)",
    "CREATE UNIQUE INDEX attempts_running ON attempts (person) WHERE state = 'running'",
    "CREATE UNIQUE INDEX attempts_number ON attempts (assignment, exam_version, number)",
    "CREATE INDEX attempts_deadline ON attempts (deadline_at) WHERE state = 'running'",
    "CREATE UNIQUE INDEX attempt_items_position ON attempt_items (attempt, position)",
    "CREATE UNIQUE INDEX attempt_answers_seq ON attempt_answers (item, seq)",
)
