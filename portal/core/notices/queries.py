"""Notices for inbox, navigation and mail. Call inside `reading()` or `writing()`."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from portal.core.notices.tables import Notice, NoticePreference
from portal.core.web.paging import Cut, Page, paged

BEYOND = 2**62  # beyond every id: the inbox begins with the newest
MOST_COUNTED = 100


@dataclass(frozen=True, slots=True)
class NoticeInfo:
    """One thing to know; `way` is the page of ours that it leads to, if any."""

    id: int
    person_id: int
    kind: str
    params: Mapping[str, Any]
    way: str | None
    at: datetime
    read_at: datetime | None


@dataclass(frozen=True, slots=True)
class Delivery:
    """A notice with what its mail needs: her address (if she has one), her language, and whether she wants mail."""

    notice: NoticeInfo
    email: str | None
    language: str
    by_email: bool
    gone: bool  # her account is shut or erased


_NOTICE = "SELECT n.id, n.person AS person_id, n.kind, n.params, n.way, n.at, n.read_at FROM notices n"
_DELIVERY = (
    "SELECT n.id, n.person AS person_id, n.kind, n.params, n.way, n.at, n.read_at, p.email, p.language,"
    " p.disabled_at, p.erased_at, c.by_email FROM notices n JOIN persons p ON p.id = n.person"
    " LEFT JOIN notice_preferences c ON c.person = n.person WHERE n.id = {}"
)


def _notice(row: Mapping[str, Any]) -> NoticeInfo:
    return NoticeInfo(
        id=row["id"],
        person_id=row["person_id"],
        kind=row["kind"],
        params=json.loads(row["params"]),
        way=row["way"],
        at=row["at"],
        read_at=row["read_at"],
    )


async def inbox(person_id: int, cut: Cut) -> Page[NoticeInfo]:
    """Her notices, the newest first."""
    rows = await Notice.raw(
        f"{_NOTICE} WHERE n.person = {{}} AND n.id < {{}} ORDER BY n.id DESC LIMIT {{}}",
        person_id,
        cut.after or BEYOND,
        cut.fetch,
    )
    return paged([_notice(row) for row in rows], cut, lambda notice: notice.id)


async def notice(notice_id: int) -> NoticeInfo | None:
    if not 0 < notice_id < BEYOND:
        return None
    rows = await Notice.raw(f"{_NOTICE} WHERE n.id = {{}}", notice_id)
    return _notice(rows[0]) if rows else None


async def unread_count(person_id: int) -> int:
    """How many notices wait for her, counted to a hundred: the navigation shows `99+` beyond."""
    rows = await Notice.raw(
        "SELECT count(*) AS n FROM (SELECT 1 AS one FROM notices WHERE person = {} AND read_at IS NULL LIMIT {}) u",
        person_id,
        MOST_COUNTED,
    )
    return int(rows[0]["n"])


async def wants_email(person_id: int) -> bool:
    """Whether she wants mail; everybody does until she says no."""
    row = await NoticePreference.select(NoticePreference.by_email).where(NoticePreference.person == person_id).first()
    return row is None or bool(row["by_email"])


async def delivery(notice_id: int) -> Delivery | None:
    """A notice and how to mail it."""
    rows = await Notice.raw(_DELIVERY, notice_id)
    if not rows:
        return None
    row = rows[0]
    gone = row["disabled_at"] is not None or row["erased_at"] is not None
    return Delivery(_notice(row), row["email"], row["language"], row["by_email"] is not False, gone)
