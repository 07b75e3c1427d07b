"""Photos of an inspection, and those that a supplier or carrier sends with its answer. Queries: inside a door."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from courses.catalogue import photos
from courses.catalogue.photos import Photo
from portal.core.base.database import placeholders
from portal.core.base.files import FileInfo
from portal.core.base.refusals import Refused
from portal.service.causes.tables import CausePhoto

MOST_PICTURES = 24


@dataclass(frozen=True, slots=True)
class Picture:
    """A photo with where it belongs; `answer`: the party's answer that it came with."""

    answer: int | None
    info: FileInfo
    action: int | None = None


@dataclass(frozen=True, slots=True)
class Beside:
    """What photos stand beside: an inspection or an action, and the party's answer if they came with one."""

    inspection: int | None = None
    action: int | None = None
    answer: int | None = None


async def add(beside: Beside, kept: Iterable[Photo], person_id: int | None, at: datetime) -> None:
    """Record photos, in the caller's transaction; those that are there already count once.

    Raises Refused(422, field "photos"): `photos_many`.
    """
    there = await of(inspection=beside.inspection, action=beside.action)
    had = {each.info.sha256 for each in there if each.answer == beside.answer}
    fresh = [each for each in kept if each.sha256 not in had]
    if len(there) + len(fresh) > MOST_PICTURES:
        raise Refused("photos_many", {"most": MOST_PICTURES}, field="photos", status=422)
    for number, each in enumerate(fresh, len(there) + 1):
        file = await photos.record(each, f"cause-{number}", at)
        row = CausePhoto(
            inspection=beside.inspection,
            action=beside.action,
            answer=beside.answer,
            file=file,
            person=person_id,
            at=at,
        )
        await CausePhoto.insert(row)


_PICTURES = (
    "SELECT c.answer, c.action, f.id, f.ref, f.sha256, f.size, f.media_type, f.name FROM cause_photos c JOIN files f"
    " ON f.id = c.file WHERE "
)


async def of(*, inspection: int | None = None, action: int | None = None) -> list[Picture]:
    """The photos of an inspection or an action, those of the party's answers too, in their order."""
    where, value = ("c.inspection = {}", inspection) if inspection is not None else ("c.action = {}", action)
    rows = await CausePhoto.raw(f"{_PICTURES}{where} ORDER BY c.id LIMIT 100", value)
    return [_picture(dict(row)) for row in rows]


async def of_actions(action_ids: Sequence[int]) -> list[Picture]:
    """The photos of several actions in one query."""
    if not action_ids:
        return []
    marks = placeholders(action_ids)
    rows = await CausePhoto.raw(f"{_PICTURES}c.action IN ({marks}) ORDER BY c.id", *action_ids)
    return [_picture(dict(row)) for row in rows]


def _picture(row: dict[str, Any]) -> Picture:
    answer, action = row.pop("answer"), row.pop("action")
    return Picture(answer, FileInfo(**row), action)
