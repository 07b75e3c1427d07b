"""How values read in the reader's language and the site's zone."""

from datetime import date, datetime, timedelta

from babel.dates import format_date

from portal.core.base.clock import local
from portal.core.base.money import yuan
from portal.core.web.i18n import language, t, tn


def day(value: datetime | date) -> str:
    """A calendar day: `2026-11-22`, in English `22 November 2026`."""
    plain = local(value).date() if isinstance(value, datetime) else value
    if language() == "en":
        return format_date(plain, "d MMMM y", locale="en_GB")
    return f"{plain.year}-{plain.month:02d}-{plain.day:02d}"


def clock_time(value: datetime) -> str:
    return local(value).strftime("%H:%M")


def moment(value: datetime) -> str:
    """A day and a time."""
    return f"{day(value)} {clock_time(value)}"


def relative_moment(value: datetime, now: datetime) -> str:
    """Today or tomorrow by name with the time, else the day and the time."""
    days = (local(value).date() - local(now).date()).days
    names = {-1: "format.yesterday", 0: "format.today", 1: "format.tomorrow"}
    if days in names:
        return t(names[days], time=clock_time(value))
    return moment(value)


def minutes(value: int) -> str:
    """A length in minutes as people say it: hours and minutes."""
    hours, rest = divmod(max(value, 0), 60)
    if not hours:
        return tn("format.minutes", rest)
    if not rest:
        return tn("format.hours", hours)
    return t("format.hours_minutes", hours=hours, minutes=rest)


def span(value: timedelta) -> str:
    """How long, in its largest fitting unit; never less than a minute."""
    total = max(int(value.total_seconds() // 60), 1)
    if total >= 2 * 24 * 60:
        return tn("format.days", total // (24 * 60))
    return minutes(total)


def days(value: int) -> str:
    return tn("format.days", value)


def percent(basis_points: int) -> str:
    """Basis points as a percentage without needless decimals: 8350 → `83.5 %`."""
    whole, rest = divmod(basis_points, 100)
    return f"{whole}.{rest:02d}".rstrip("0").rstrip(".") + "%"


def score(basis_points: int) -> str:
    """A score out of a hundred, cut after one decimal so that 79.99 never reads as the 80 that passes."""
    return percent(basis_points // 10 * 10).removesuffix("%")


def number(value: int) -> str:
    return f"{value:,}"


def counted(value: int) -> str:
    """A count that was taken up to a hundred: `99+` says that there are more."""
    return str(value) if value < 100 else "99+"


def masked_phone(phone: str | None) -> str:
    """`138****1234`; short numbers keep only their last two digits."""
    if not phone:
        return ""
    if len(phone) < 8:
        return "*" * max(len(phone) - 2, 0) + phone[-2:]
    return f"{phone[:3]}****{phone[-4:]}"


def masked_name(name: str) -> str:
    """A buyer's or holder's name as strangers see it: the family name, the rest starred."""
    first, *rest = name.split(" ")
    if rest:
        return " ".join([first, *(f"{part[:1]}*" for part in rest)])
    return name[:1] + "*" * max(len(name) - 1, 1)


FILTERS = {
    "date": day,
    "time": clock_time,
    "datetime": moment,
    "relative": relative_moment,
    "minutes": minutes,
    "span": span,
    "days": days,
    "percent": percent,
    "score": score,
    "number": number,
    "counted": counted,
    "yuan": yuan,
    "masked_phone": masked_phone,
    "masked_name": masked_name,
}
