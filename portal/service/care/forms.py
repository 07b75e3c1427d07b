"""What an owner may send about her VIPs, and about several orders at once."""

from datetime import date
from typing import Annotated

import msgspec

from portal.core.web.fields import Fault
from portal.service.care.rules import MOST_AT_ONCE, Act, Outcome
from portal.service.orders.forms import MOST_NOTE
from portal.service.orders.rules import Colour

MOST_TEXT = 500
Number = Annotated[str, msgspec.Meta(min_length=1, max_length=80)]
Numbers = Annotated[list[Number], msgspec.Meta(max_length=MOST_AT_ONCE)]


class CallForm(msgspec.Struct):
    """How a call went; `next_on`: the day of the next, where she chooses it herself."""

    outcome: Outcome
    note: Annotated[str, msgspec.Meta(max_length=MOST_TEXT)] = ""
    next_on: date | None = None


class NoteForm(msgspec.Struct):
    """Something to remember of a VIP."""

    text: Annotated[str, msgspec.Meta(min_length=1, max_length=MOST_TEXT)]


class BulkForm(msgspec.Struct):
    """Which orders, and what to do with them all."""

    numbers: Numbers
    act: Act

    def faults(self) -> "list[Fault]":
        return [] if self.numbers else [("numbers", "care.fault.none_chosen", {})]


class FlagAllForm(msgspec.Struct):
    """One flag with one note for all of them."""

    numbers: Numbers
    colour: Colour
    note: Annotated[str, msgspec.Meta(max_length=MOST_NOTE)] = ""
