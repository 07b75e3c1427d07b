"""Decisions about people: which roles there are, how long a sign-in lasts, what a password must be."""

import re
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from portal.core.people.common_passwords import is_common


class Role(StrEnum):
    """What a person is here; she may be several."""

    OWNER = "owner"
    MANAGER = "manager"
    AGENT = "agent"
    DESK_LEAD = "desk_lead"
    ADMIN = "admin"


STAFF = frozenset({Role.MANAGER, Role.AGENT, Role.DESK_LEAD, Role.ADMIN})


class Scope(StrEnum):
    """What an API key may be good for: a record's family, then read or write."""

    STORES_WRITE = "stores:write"
    PRODUCTS_WRITE = "products:write"
    SUPPLIERS_WRITE = "suppliers:write"
    VIPS_WRITE = "vips:write"
    RIGHTS_READ = "rights:read"
    ORDERS_WRITE = "orders:write"
    ORDERS_READ = "orders:read"
    COMPLAINTS_WRITE = "complaints:write"
    COMPLAINTS_READ = "complaints:read"
    HURRIES_WRITE = "hurries:write"
    RETURNS_WRITE = "returns:write"
    COMPENSATIONS_WRITE = "compensations:write"
    EVENTS_READ = "events:read"


class Purpose(StrEnum):
    """What a one-time link is for."""

    INVITATION = "invitation"
    RECOVERY = "recovery"


# ---- how long things last ----


@dataclass(frozen=True, slots=True)
class Lifetime:
    """How long a sign-in may rest unused, and how long it lasts at most."""

    idle: timedelta
    absolute: timedelta


OWNER_LIFETIME = Lifetime(idle=timedelta(days=14), absolute=timedelta(days=90))
STAFF_LIFETIME = Lifetime(idle=timedelta(hours=12), absolute=timedelta(days=7))
TOUCH_EVERY = timedelta(minutes=5)
CONFIRMED_FOR = timedelta(minutes=15)
PENDING_FOR = timedelta(minutes=10)
LINK_LIFE = timedelta(minutes=60)
RENEWABLE_FOR = timedelta(days=30)  # so long an invitation that ran out may still fetch a fresh one
DEVICE_LIFE = timedelta(days=365)


def is_staff(roles: Iterable[str]) -> bool:
    return not STAFF.isdisjoint(roles)


def lifetime(roles: Iterable[str]) -> Lifetime:
    """Staff sees other people's records, so her sign-in ends sooner."""
    return STAFF_LIFETIME if is_staff(roles) else OWNER_LIFETIME


def sign_in_over(
    roles: Iterable[str], *, created_at: datetime, last_seen_at: datetime, expires_at: datetime, at: datetime
) -> bool:
    """Whether a sign-in has rested too long or is too old by what its person is now."""
    life = lifetime(roles)
    return at >= min(expires_at, created_at + life.absolute) or at - last_seen_at >= life.idle


def touch_due(last: datetime | None, at: datetime) -> bool:
    """Whether "last seen" is worth writing again: once in a while, not on every page."""
    return last is None or at - last >= TOUCH_EVERY


def freshly_confirmed(until: datetime | None, at: datetime) -> bool:
    """Whether the password was given so lately that a sensitive act may go on."""
    return until is not None and at < until


def factor_required(roles: Iterable[str], environment: str) -> bool:
    """Staff needs a second factor; in development nobody does (the demo's people have it off)."""
    return is_staff(roles) and environment != "development"


# ---- names that people sign in by ----

_EMAIL = re.compile(r"[^\s@]{1,64}@[^\s@.]+(\.[^\s@.]+)+")
_PHONE = re.compile(r"\+?\d{5,20}")


def normal_email(text: str) -> str | None:
    """An e-mail address as kept, lowercase; None where it cannot be one."""
    plain = text.strip().lower()
    return plain if len(plain) <= 254 and _EMAIL.fullmatch(plain) else None


def normal_phone(text: str) -> str | None:
    """A phone number as kept: digits, without China's prefix, other countries' with `+`; None where it is none."""
    plain = re.sub(r"[\s().-]", "", text)
    if plain.startswith("00"):
        plain = f"+{plain[2:]}"
    plain = plain.removeprefix("+86")
    return plain if _PHONE.fullmatch(plain) else None


def normal_identifier(text: str) -> str:
    """What a person typed to say who she is, in the form in which it is looked up."""
    return normal_email(text) or normal_phone(text) or text.strip().lower()[:254]


def masked_email(email: str) -> str:
    """`x***@demo.test`: enough to recognise one's own."""
    local, _, host = email.partition("@")
    return f"{local[:1]}***@{host}"


# ---- passwords ----

SHORTEST_PASSWORD = 8
LONGEST_PASSWORD = 500


def password_fault(password: str, own_words: Collection[str]) -> tuple[str, dict[str, object]] | None:
    """Why this password is refused (code and what fills its sentence), or None. `own_words`: site, name, phone, e-mail.

    No rule asks for kinds of characters: length, and not being guessable, is what counts.
    """
    if len(password) < SHORTEST_PASSWORD:
        return "people.fault.password_short", {"limit": SHORTEST_PASSWORD}
    if len(password) > LONGEST_PASSWORD:
        return "people.fault.password_long", {"limit": LONGEST_PASSWORD}
    if is_common(password):
        return "people.fault.password_common", {}
    folded = _folded(password)
    if any(word in folded for word in map(_folded, own_words) if _telling(word)):
        return "people.fault.password_own", {}
    return None


def _folded(text: str) -> str:
    return re.sub(r"[\s._@-]", "", text.casefold())


def _telling(word: str) -> bool:
    """Too short a word stands in half of all passwords; two Chinese characters say as much as four letters."""
    return len(word) >= (4 if word.isascii() else 2)


# ---- throttling ----

WINDOW = timedelta(minutes=15)
FREE_TRIES = 5
ADDRESS_TRIES = 50  # a whole shop or a mobile network may stand behind one address


@dataclass(frozen=True, slots=True)
class Bucket:
    """What tries are counted under, and how many are free within a window."""

    key: str
    most: int


def window_start(at: datetime) -> datetime:
    seconds = int(at.timestamp()) % int(WINDOW.total_seconds())
    return at.replace(microsecond=0) - timedelta(seconds=seconds)


def seconds_left(at: datetime) -> int:
    """Whole seconds until tries are free again."""
    return max(1, int((window_start(at) + WINDOW - at).total_seconds() + 0.999))


def try_buckets(act: str, who: str, network: str | None, known_device: str | None) -> tuple[Bucket, ...]:
    """Where a try at `act` counts. A browser that this person came in from before counts alone, so that strangers
    who use up her tries, or her network's, do not shut her out."""
    if known_device is not None:
        return (Bucket(f"{act}:device:{who}:{known_device}", FREE_TRIES),)
    buckets = (Bucket(f"{act}:who:{who}", FREE_TRIES),)
    return (Bucket(f"{act}:from:{network}", ADDRESS_TRIES), *buckets) if network else buckets


# ---- devices ----

_BROWSERS = (
    ("MicroMessenger", "WeChat"),
    ("Edg", "Edge"),
    ("HuaweiBrowser", "Huawei Browser"),
    ("MiuiBrowser", "Mi Browser"),
    ("Firefox", "Firefox"),
    ("Chrome", "Chrome"),
    ("Safari", "Safari"),
)
_SYSTEMS = (
    ("HarmonyOS", "HarmonyOS"),
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Android", "Android"),
    ("Windows", "Windows"),
    ("Mac OS", "Mac"),
    ("Linux", "Linux"),
)


def device_name(user_agent: str) -> str:
    """A browser by its brand names (`Android · WeChat`); blank where it does not say."""
    system = next((name for mark, name in _SYSTEMS if mark in user_agent), "")
    browser = next((name for mark, name in _BROWSERS if mark in user_agent), "")
    return " · ".join(part for part in (system, browser) if part)
