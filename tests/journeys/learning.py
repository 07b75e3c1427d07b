"""Chapter two: she reads lessons on a phone whose network comes and goes, and answers their checkpoints."""

from courses.catalogue import queries as catalogue
from courses.progress import checkpoint, place
from courses.progress.place import CoursePlace, LessonState
from courses.questions.content import Question
from courses.questions.rules import shown_answer
from portal.core.base.database import reading
from tests import make
from tests.journeys.phone import Phone
from tests.journeys.story import Hand, Story, by_hand

DONE = "#lesson-saved .saved"


async def places(story: Story, purpose: str) -> list[CoursePlace]:
    """Where she stands in each course of her registration for a purpose."""
    person = await story.owner_id()
    assignment = await make.open_assignment(person, purpose)
    async with reading():
        found = await make.assigned.assignment(assignment)
        assert found is not None
        assert found.curriculum_version_id is not None
        version = await catalogue.curriculum_version(found.curriculum_version_id, story.language)
        assert version is not None
        courses = [await catalogue.course_by_id(course) for course in version.course_ids]
        return [await place.course_place(person, assignment, one.code, story.language) for one in courses if one]
