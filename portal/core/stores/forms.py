"""What admins and managers may send about stores and groups. Days are days of the site's calendar, money is yuan."""

from collections.abc import Iterator
from datetime import date
from typing import Annotated, Literal

from msgspec import Meta, Struct

from portal.core.base.ids import EXTERNAL_ID
from portal.core.base.money import LARGEST_FEN
from portal.core.people.rules import normal_email, normal_phone
from portal.core.stores.rules import fen_of

Fault = tuple[str, str, dict[str, object]]
ExternalId = Annotated[str, Meta(max_length=80, pattern=EXTERNAL_ID)]
RowId = Annotated[int, Meta(ge=1, lt=2**62)]


class StoreForm(Struct, kw_only=True):
    """A starter kit that was bought, and for whom it opens a store."""

    external_id: ExternalId
    name: Annotated[str, Meta(max_length=120)]
    region: Annotated[str, Meta(max_length=80)] | None = None
    opened_on: date
    kit_sku: Annotated[str, Meta(max_length=80)]
    kit_paid: Annotated[str, Meta(max_length=20)]
    owner_external_id: ExternalId
    owner_name: Annotated[str, Meta(max_length=80)]
    owner_phone: Annotated[str, Meta(max_length=32)]
    owner_email: Annotated[str, Meta(max_length=254)]
    owner_language: Literal["zh-Hans", "en"]
    manager: RowId | None = None
    referred_by: ExternalId | None = None

    def faults(self) -> Iterator[Fault]:
        fen = fen_of(self.kit_paid)
        if fen is None:
            yield "kit_paid", "stores.fault.yuan", {}
        elif fen > LARGEST_FEN:
            yield "kit_paid", "stores.fault.too_much", {}
        if normal_phone(self.owner_phone) is None:
            yield "owner_phone", "stores.fault.phone", {}
        if normal_email(self.owner_email) is None:
            yield "owner_email", "stores.fault.email", {}


class KitReturnForm(Struct):
    """The day on which a kit came back."""

    returned_on: date


class ClosureForm(Struct):
    """The day on which a store was closed."""

    closed_on: date


class ManagerForm(Struct):
    """Who is to look after a store; blank for nobody."""

    manager: RowId | None = None


class GroupForm(Struct):
    """A new group."""

    name: Annotated[str, Meta(max_length=80)]


class MembersForm(Struct):
    """Who is to join a group."""

    person: Annotated[list[RowId], Meta(min_length=1, max_length=100)]
