"""What can be learned: courses of lessons, curricula of parts; published versions never change."""

from piccolo.table import Table

from courses.questions.tables import QuestionVersion
from portal.core.base.rows import (
    Row,
    fk,
    instant,
    maybe_big,
    maybe_fk,
    maybe_instant,
    maybe_whole,
    prose,
    whole,
    words,
)
from portal.core.base.tables import StoredFile


class Course(Row, Table, tablename="courses"):
    """A course under its lasting code."""

    code = words(80)
    made_at = instant()
    retired_at = maybe_instant()


class CourseVersion(Row, Table, tablename="course_versions"):
    """A course as it stood; a draft has no `published_at`. `digest` tells whether an import changes anything."""

    course = fk(Course)
    number = whole()
    tag = words(60)
    digest = words(64)
    made_at = instant()
    made_by = maybe_big()
    published_at = maybe_instant()


class CourseEdition(Row, Table, tablename="course_editions"):
    """A version's title and summary in one language."""

    version = fk(CourseVersion)
    language = words(10)
    title = words(160)
    summary = words(400)


class Lesson(Row, Table, tablename="lessons"):
    """One lesson of a version. `min_seconds` is the shortest reading that counts; checkpoints have none."""

    version = fk(CourseVersion)
    position = whole()
    code = words(80)
    kind = words(16)  # article, case, video, deck, checkpoint
    minutes = whole()
    min_seconds = whole(0)


class LessonEdition(Row, Table, tablename="lesson_editions"):
    """A lesson in one language: the Markdown as written and the cleaned HTML as shown."""

    lesson = fk(Lesson)
    language = words(10)
    title = words(160)
    source = prose()
    html = prose()


class LessonMedia(Row, Table, tablename="lesson_media"):
    """A picture or film that a course version's lessons name."""

    version = fk(CourseVersion)
    name = words(120)
    file = fk(StoredFile)
    width = maybe_whole()
    height = maybe_whole()


class LessonQuestion(Row, Table, tablename="lesson_questions"):
    """A question that a checkpoint lesson asks."""

    lesson = fk(Lesson)
    position = whole()
    question_version = fk(QuestionVersion)


class Curriculum(Row, Table, tablename="curricula"):
    """A set of required parts under its lasting code; `purpose` says which rule assigns it."""

    code = words(80)
    purpose = words(32)  # owner_licence, remedial, trainer, agent, elective
    made_at = instant()
    retired_at = maybe_instant()


class CurriculumVersion(Row, Table, tablename="curriculum_versions"):
    """A curriculum as it stood. Days: to finish it, a certificate's validity, holders' grace after a newer version."""

    curriculum = fk(Curriculum)
    number = whole()
    label = words(40)
    digest = words(64)
    due_days = whole()
    valid_days = whole()
    grace_days = whole()
    published_at = instant()


class CurriculumEdition(Row, Table, tablename="curriculum_editions"):
    """A curriculum version's title in one language."""

    version = fk(CurriculumVersion)
    language = words(10)
    title = words(160)


class CurriculumPart(Row, Table, tablename="curriculum_parts"):
    """A required part in its place; parts of one `choice` are alternatives. An exam points down at its part."""

    version = fk(CurriculumVersion)
    position = whole()
    kind = words(16)  # course, exam, session
    code = words(80)
    course = maybe_fk(Course)
    choice = maybe_whole()


INDEXES = (
    "CREATE UNIQUE INDEX courses_code ON courses (code)",
    "CREATE UNIQUE INDEX course_versions_number ON course_versions (course, number)",
    "CREATE UNIQUE INDEX course_editions_language ON course_editions (version, language)",
    "CREATE UNIQUE INDEX lessons_position ON lessons (version, position)",
    "CREATE UNIQUE INDEX lessons_code ON lessons (version, code)",
    "CREATE UNIQUE INDEX lesson_editions_language ON lesson_editions (lesson, language)",
    "CREATE UNIQUE INDEX lesson_media_name ON lesson_media (version, name)",
    "CREATE UNIQUE INDEX lesson_questions_position ON lesson_questions (lesson, position)",
    "CREATE UNIQUE INDEX curricula_code ON curricula (code)",
    "CREATE UNIQUE INDEX curriculum_versions_number ON curriculum_versions (curriculum, number)",
    "CREATE UNIQUE INDEX curriculum_editions_language ON curriculum_editions (version, language)",
    "CREATE UNIQUE INDEX curriculum_parts_position ON curriculum_parts (version, position)",
)
