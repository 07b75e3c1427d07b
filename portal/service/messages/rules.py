"""When a buyer may be told something, and by which channel."""

from datetime import datetime, time, timedelta
from enum import StrEnum

MOST_A_DAY = 20  # to one buyer, codes aside
DAY = timedelta(hours=24)
SAME_WITHIN = timedelta(minutes=10)
_NIGHT_FROM, _NIGHT_UNTIL = 22, 8  # hours of the site's clock

# What does not wait for the morning, and is limited by the room that sends it: she is waiting with the phone in hand.
URGENT = frozenset({"mandate_code"})


class Channel(StrEnum):
    """How buyers are reached: through the shop, by a gateway that takes JSON, or through the shop with a copy into a
    folder (development: there is somebody to read it)."""

    SHOP = "shop"
    GATEWAY = "gateway"
    FOLDER = "folder"


class Failure(StrEnum):
    """Why a message has not arrived."""

    FLOOD = "flood"  # more than a day's share
    REFUSED = "refused"  # the gateway does not want this one
    UNREACHABLE = "unreachable"  # no answer, or an error of the gateway's own
    WORDLESS = "wordless"  # no text, or the record that it is about has gone
    ERASED = "erased"  # she was erased meanwhile: there is nobody to tell


class State(StrEnum):
    """Where a message is."""

    WAITING = "waiting"
    SENT = "sent"
    FAILED = "failed"


def channel_of(setting: str) -> Channel:
    """The channel that `PORTAL_BUYER_MESSAGES` names."""
    if setting.startswith("file:"):
        return Channel.FOLDER
    return Channel.GATEWAY if setting.startswith(("http:", "https:")) else Channel.SHOP


def morning_after(local: datetime) -> datetime:
    """When to send what comes up at `local` (an instant in the site's zone): at once, or after the night."""
    if _NIGHT_UNTIL <= local.hour < _NIGHT_FROM:
        return local
    day = local.date() + timedelta(days=1 if local.hour >= _NIGHT_FROM else 0)
    return datetime.combine(day, time(_NIGHT_UNTIL), local.tzinfo)


def slot_of(at: datetime) -> int:
    """The ten minutes in which the same message is told once, whoever tells it at the same time."""
    return int(at.timestamp() // SAME_WITHIN.total_seconds())


def state_of(sent_at: datetime | None, failed: str | None) -> State:
    if sent_at is not None:
        return State.SENT
    return State.FAILED if failed else State.WAITING


def reachable(phone: str) -> bool:
    """Whether there is a number to send to: an erased buyer has none."""
    return any(character.isdigit() for character in phone)


def accepted(status: int) -> bool | None:
    """Whether a gateway took it (True), never will (False), or may at another try (None)."""
    if 200 <= status < 300:
        return True
    return None if status in (408, 425, 429) or status >= 500 else False
