"""The one clock. A decision reads it once and passes the instant on; rules never read it."""

import re
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from portal.core.base.settings import settings

_PART = re.compile(r"(\d+)([dhms])")
_UNIT = {"d": "days", "h": "hours", "m": "minutes", "s": "seconds"}


def parse_offset(text: str) -> timedelta:
    """An offset such as `+3d2h` or `-90s`. Raises ValueError on anything else; blank is zero."""
    text = text.strip()
    if not text:
        return timedelta()
    sign, body = (-1, text[1:]) if text[0] == "-" else (1, text.lstrip("+"))
    if not body or _PART.sub("", body):
        raise ValueError(f"not an offset: {text!r}")
    return sign * sum((timedelta(**{_UNIT[unit]: int(n)}) for n, unit in _PART.findall(body)), timedelta())


def _offset(path: Path) -> timedelta:
    try:
        return parse_offset(path.read_text())
    except (FileNotFoundError, ValueError):
        return timedelta()


def now() -> datetime:
    """This instant, aware, in UTC, moved by the clock file where development names one."""
    moved = settings().clock_file
    instant = datetime.now(UTC)
    return instant + _offset(moved) if moved else instant


def site_zone() -> ZoneInfo:
    """The zone in which people read times (Asia/Shanghai unless set otherwise)."""
    return ZoneInfo(settings().timezone)


def local(instant: datetime) -> datetime:
    return instant.astimezone(site_zone())


def day_start(day: date) -> datetime:
    """The first instant of a calendar day where the site is."""
    return datetime.combine(day, time.min, site_zone()).astimezone(UTC)


def day_end(day: date) -> datetime:
    """The last second of a calendar day where the site is."""
    return datetime.combine(day, time(23, 59, 59), site_zone()).astimezone(UTC)
