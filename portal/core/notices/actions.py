"""Telling somebody something, her reading it, and whether she wants mail."""

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from portal.core.base import outbox
from portal.core.base.database import writing
from portal.core.base.refusals import NotFound
from portal.core.notices import queries
from portal.core.notices.tables import Notice, NoticePreference
from portal.core.web.viewer import Viewer

TOPIC = "notice.email"


async def notify(
    person_id: int, kind: str, params: Mapping[str, Any], at: datetime, *, way: str | None = None, email: bool = True
) -> int:
    """Put a notice into her inbox, in the caller's transaction, and by mail too if she has an address and wants it.

    Its words are `notice.<kind>.title` and `.body`, filled with `params`; instants go under names ending `_at`,
    money under names ending `_fen`. `way` is the page of ours that it leads to. Returns the notice's id.
    """
    plain = json.dumps(dict(params), sort_keys=True, ensure_ascii=False, default=_plain)
    rows = await Notice.insert(Notice(person=person_id, kind=kind, params=plain, way=way, at=at))
    notice_id = int(rows[0]["id"])
    if email and await _reachable(person_id):
        await outbox.send(TOPIC, f"person:{person_id}", {"notice_id": notice_id}, at)
    return notice_id


def _plain(value: Any) -> str:
    return value.isoformat() if isinstance(value, datetime) else str(value)


_REACHABLE = (
    "SELECT p.id FROM persons p LEFT JOIN notice_preferences c ON c.person = p.id WHERE p.id = {}"
    " AND p.email IS NOT NULL AND p.disabled_at IS NULL AND (c.by_email IS NULL OR c.by_email)"
)


async def _reachable(person_id: int) -> bool:
    return bool(await Notice.raw(_REACHABLE, person_id))


async def mark_read(viewer: Viewer, notice_id: int, at: datetime) -> str | None:
    """Mark one of her notices read; returns the page that it leads to. Raises NotFound where it is not hers."""
    async with writing():
        found = await queries.notice(notice_id)
        if found is None or found.person_id != viewer.person_id:
            raise NotFound
        await Notice.update({Notice.read_at: at}).where(Notice.id == notice_id, Notice.read_at.is_null())
        return found.way


async def mark_all_read(viewer: Viewer, at: datetime) -> None:
    """Mark everything read that waits in her inbox."""
    async with writing():
        await Notice.update({Notice.read_at: at}).where(Notice.person == viewer.person_id, Notice.read_at.is_null())


async def prefer_email(viewer: Viewer, *, wanted: bool) -> None:
    """Keep whether she wants notices by mail."""
    async with writing():
        await NoticePreference.raw(
            "INSERT INTO notice_preferences (person, by_email) VALUES ({}, {})"
            " ON CONFLICT (person) DO UPDATE SET by_email = excluded.by_email",
            viewer.person_id,
            wanted,
        )
