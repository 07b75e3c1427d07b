"""What owners, parties, staff and programs may send."""

from datetime import date, datetime
from typing import Annotated, Literal

from msgspec import Meta, Struct

from portal.core.base.clock import day_end
from portal.core.web.fields import Instant
from portal.service.inquiries.rules import Answered, Said
from portal.service.inquiries.settling import Wish
from portal.service.orders.rules import Address

Text = Annotated[str, Meta(max_length=1000)]
Tracking = Annotated[str, Meta(min_length=1, max_length=80)]


class AnswerForm(Struct):
    """A party's answer on the page; the day that it names is meant to its end."""

    answer: Answered
    ships_by: date | None = None
    tracking_number: Tracking | None = None
    text: Text | None = None

    def said(self) -> Said:
        until = day_end(self.ships_by) if self.ships_by else None
        return Said(self.answer, until, self.tracking_number, self.text)


class StaffAnswerForm(AnswerForm):
    """The same, written down by staff, who say how they know."""

    source: Annotated[str, Meta(min_length=1, max_length=500)] = ""


class HurryAnswerBody(Struct, forbid_unknown_fields=True):
    """An answer to a hurry: `ships_by` with the day, `shipped` with the tracking number, `cannot` with a text."""

    answer: Literal["ships_by", "shipped", "out_of_stock", "cannot"]
    ships_by: Instant | None = None
    tracking_number: Tracking | None = None
    text: Text | None = None

    def said(self) -> Said:
        return Said(Answered(self.answer), self.ships_by, self.tracking_number, self.text)


class AskForm(Struct):
    """A question to a carrier about one parcel."""

    kind: Literal["trace", "recall"]
    parcel: Annotated[str, Meta(min_length=1, max_length=80)]
    note: Annotated[str, Meta(max_length=300)] | None = None


class AddressForm(Struct):
    """Where an order is to go; what is left blank stays as it is."""

    name: Annotated[str, Meta(min_length=1, max_length=80)] | None = None
    phone: Annotated[str, Meta(min_length=5, max_length=32, pattern=r"^[0-9+()\- ]+$")] | None = None
    region: Annotated[str, Meta(min_length=2, max_length=120)] | None = None
    street: Annotated[str, Meta(min_length=2, max_length=300)] | None = None

    def over(self, present: Address) -> Address:
        """The present address with what was typed in its place."""
        return Address(
            self.name or present.name,
            self.phone or present.phone,
            self.region or present.region,
            self.street or present.street,
        )


class WishForm(Struct):
    """What the buyer wants; for waiting, until which day."""

    wish: Wish
    until: date | None = None

    @property
    def until_at(self) -> datetime | None:
        return day_end(self.until) if self.until and self.wish is Wish.WAIT else None
