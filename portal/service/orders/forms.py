"""What an owner may send about an order."""

from typing import Annotated

import msgspec

from portal.core.web.fields import Fault
from portal.service.orders.rules import Colour

MOST_NOTE = 100
MOST_DAYS = 14


class FlagForm(msgspec.Struct):
    """A remark flag and why; `none` takes the flag off."""

    colour: str
    note: Annotated[str, msgspec.Meta(max_length=MOST_NOTE)] = ""

    def faults(self) -> "list[Fault]":
        return [] if self.colour in {*Colour, "none"} else [("colour", "not_choice", {})]


class FollowUpForm(msgspec.Struct):
    """In how many days she wants to look after it again; `due`: when the present wait is over."""

    when: str

    @property
    def days(self) -> int | None:
        return int(self.when) if self.when != "due" else None

    def faults(self) -> "list[Fault]":
        known = {"due", *(str(days) for days in range(1, MOST_DAYS + 1))}
        return [] if self.when in known else [("when", "not_choice", {})]
