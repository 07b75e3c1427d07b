"""What authors do with courses that are here already."""

from datetime import datetime

from courses.catalogue.keep_courses import publish_version
from courses.catalogue.shelf import shelved
from portal.core.base.audit import Actor
from portal.core.base.database import writing
from portal.core.base.refusals import NotFound, Refused


async def publish_course(actor: Actor, code: str, number: int, at: datetime) -> None:
    """Make a draft the version that new learners get; who is in an older one finishes that one.

    Raises NotFound, and Refused where it is published already or a newer one is.
    """
    async with writing():
        course = await shelved(code)
        version = course.version(number) if course else None
        if course is None or version is None:
            raise NotFound
        if course.published is not None and course.published.number > number:
            raise Refused("newer_published", {"number": course.published.number}, way=f"/admin/courses/{code}")
        await publish_version(actor, version.id, at)
