"""What the lead sends about the roster, and an agent about herself."""

from datetime import date, time
from typing import Annotated, Literal

import msgspec

from portal.core.base.clock import site_zone
from portal.core.web.fields import Fault
from portal.service.roster.actions import Profile
from portal.service.roster.rules import (
    FUNCTIONS,
    LANGUAGES,
    MOST_CAPACITY,
    MOST_PRODUCTS,
    Pause,
    Span,
    days_span,
    read_words,
    shift_span,
)

Hour = Annotated[str, msgspec.Meta(pattern=r"^([01][0-9]|2[0-3]):[0-5][0-9]$")]
PersonId = Annotated[int, msgspec.Meta(ge=1, le=2**62)]


class HoursForm(msgspec.Struct):
    """A shift's day and hours by the site's clock, and who answers for it."""

    on: date
    starts: Hour
    ends: Hour
    deputy: PersonId | None = None

    def span(self) -> Span:
        return shift_span(self.on, time.fromisoformat(self.starts), time.fromisoformat(self.ends), site_zone())


class ShiftForm(HoursForm, kw_only=True):
    """The same with whose shift it is."""

    person: PersonId


class AbsenceForm(msgspec.Struct):
    """Whole days of leave, the last one included."""

    person: PersonId
    first: date
    last: date
    reason: Literal["leave", "sick", "training", "other"]
    deputy: PersonId

    def faults(self) -> "list[Fault]":
        return [("last", "roster.fault.backwards", {})] if self.last < self.first else []

    def span(self) -> Span:
        return days_span(self.first, self.last, site_zone())


class ProfileForm(msgspec.Struct):
    """What an agent is good at and how much she carries."""

    level: Literal["junior", "senior"]
    capacity: Annotated[int, msgspec.Meta(ge=1, le=MOST_CAPACITY)]
    functions: list[str] = []
    languages: list[str] = []
    products: Annotated[str, msgspec.Meta(max_length=1000)] = ""

    def faults(self) -> "list[Fault]":
        found: list[Fault] = []
        if set(self.functions) - set(FUNCTIONS):
            found.append(("functions", "not_choice", {}))
        if not self.languages or set(self.languages) - set(LANGUAGES):
            found.append(("languages", "roster.fault.no_language", {}))
        if len(read_words(self.products)) > MOST_PRODUCTS:
            found.append(("products", "roster.fault.many_products", {"limit": MOST_PRODUCTS}))
        return found

    def profile(self) -> Profile:
        functions = tuple(one for one in FUNCTIONS if one in self.functions)
        languages = tuple(one for one in LANGUAGES if one in self.languages)
        return Profile(self.level, read_words(self.products), functions, languages, self.capacity)


class PresenceForm(msgspec.Struct):
    """Taking work, pausing with a reason, or done for today."""

    act: Literal["take", "pause", "done"]
    reason: Pause | None = None

    def faults(self) -> "list[Fault]":
        return [("reason", "required", {})] if self.act == "pause" and self.reason is None else []


class WeekForm(msgspec.Struct):
    """The Monday of the week that last week is copied into."""

    monday: date

    def faults(self) -> "list[Fault]":
        return [("monday", "roster.fault.no_monday", {})] if self.monday.weekday() else []


class GraceForm(msgspec.Struct):
    """The last day on which agents without a certificate may work; blank: thirty days for each."""

    last: date | None = None
