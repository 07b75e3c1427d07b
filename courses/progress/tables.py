"""How far people are: enrolments pinned to a version, lessons read, checkpoints answered."""

from piccolo.table import Table

from courses.assignment.tables import Assignment
from courses.catalogue.tables import Course, CourseVersion, Lesson
from courses.questions.tables import QuestionVersion
from portal.core.base.rows import Row, fk, flag, instant, maybe_instant, payload, whole
from portal.core.people.tables import Person


class Enrolment(Row, Table, tablename="enrolments"):
    """A course begun for an assignment, in the version that was current then."""

    person = fk(Person)
    assignment = fk(Assignment)
    course = fk(Course)
    version = fk(CourseVersion)
    started_at = instant()
    moved_at = instant()  # when she last got further
    completed_at = maybe_instant()


class LessonProgress(Row, Table, tablename="lesson_progress"):
    """A lesson opened: seconds read, the place reached (basis points of the page), and when it counted as done."""

    enrolment = fk(Enrolment)
    lesson = fk(Lesson)
    opened_at = instant()
    touched_at = instant()
    seconds = whole(0)
    place_bp = whole(0)
    completed_at = maybe_instant()


class CheckpointAnswer(Row, Table, tablename="checkpoint_answers"):
    """The latest answer to a checkpoint's question and whether it was right."""

    enrolment = fk(Enrolment)
    lesson = fk(Lesson)
    question_version = fk(QuestionVersion)
    given = payload()
    correct = flag()
    tries = whole(1)
    answered_at = instant()


INDEXES = (
    "CREATE UNIQUE INDEX enrolments_one ON enrolments (assignment, course)",
    "CREATE UNIQUE INDEX lesson_progress_one ON lesson_progress (enrolment, lesson)",
    "CREATE UNIQUE INDEX checkpoint_answers_one ON checkpoint_answers (enrolment, lesson, question_version)",
)
