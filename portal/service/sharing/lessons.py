"""The lesson of a product on trial: which course it is, and its beginning."""

from dataclasses import dataclass
from datetime import datetime
from urllib.parse import quote

from courses.assignment import actions as assignments
from courses.assignment.rules import Cause
from courses.catalogue import queries as catalogue
from portal.core.base.database import writing
from portal.core.base.refusals import NotFound
from portal.core.supply.queries import ProductInfo
from portal.core.web.viewer import Viewer
from portal.service.sharing import doors


@dataclass(frozen=True, slots=True)
class ProductLessonInfo:
    """The course before sharing a product, in its reader's language."""

    course_id: int
    code: str
    title: str


async def lesson(product_id: int, language: str) -> ProductLessonInfo | None:
    """A product's lesson, if one is set and published. Call inside a door."""
    return await titled(await doors.lesson_of(product_id), language)


async def titled(course_id: int | None, language: str) -> ProductLessonInfo | None:
    """A course by its title in this language; None for none. Call inside a door."""
    if course_id is None:
        return None
    found = (await catalogue.current_courses([course_id], language)).get(course_id)
    return ProductLessonInfo(course_id, found.code, found.title) if found else None


async def begin_lesson(viewer: Viewer, product: ProductInfo, language: str, at: datetime) -> str:
    """Give her the product's lesson if she has it not; returns its page. Raises NotFound where none is set."""
    async with writing():
        found = await lesson(product.id, language)
        if found is None:
            raise NotFound
        assignment_id, _ = await assignments.assign_course(
            viewer.actor, viewer.person_id, found.course_id, Cause.PRODUCT, at, required=False
        )
    return f"/learn/{assignment_id}/{quote(found.code, safe='')}"
