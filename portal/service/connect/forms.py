"""What the shop may send: stores and VIPs in the contract's shapes, and the envelope of its webhooks."""

from collections.abc import Iterator
from typing import Annotated, Any, Literal

from msgspec import Meta, Struct

from portal.core.people.rules import normal_email, normal_phone
from portal.core.stores.actions import StoreOpening
from portal.core.web.fields import ExternalId, Fault, Fen, Instant, Name, Phone, odd_instants
from portal.service.sharing.actions import Binding


class Kit(Struct, forbid_unknown_fields=True):
    """The starter kit that opened the store."""

    sku: Annotated[str, Meta(min_length=1, max_length=80)]
    paid_fen: Fen
    returned_at: Instant | None = None

    def faults(self) -> Iterator[Fault]:
        yield from odd_instants(returned_at=self.returned_at)


class Owner(Struct, forbid_unknown_fields=True):
    """Whose store it is."""

    external_id: ExternalId
    name: Name
    phone: Phone
    email: Annotated[str, Meta(min_length=3, max_length=254)]
    language: Literal["zh-Hans", "en"]

    def faults(self) -> Iterator[Fault]:
        if normal_phone(self.phone) is None:
            yield "phone", "malformed", {}
        if normal_email(self.email) is None:
            yield "email", "malformed", {}


class StoreBody(Struct, forbid_unknown_fields=True):
    """A store; `manager` is a service manager's external id or e-mail address, and left out leaves her as she is."""

    name: Annotated[str, Meta(min_length=1, max_length=120)]
    opened_at: Instant
    kit: Kit
    owner: Owner
    closed_at: Instant | None = None
    region: Annotated[str, Meta(max_length=80)] | None = None
    manager: Annotated[str, Meta(min_length=1, max_length=254)] | None = None
    referred_by: ExternalId | None = None

    def faults(self) -> Iterator[Fault]:
        yield from odd_instants(opened_at=self.opened_at, closed_at=self.closed_at)
        for name, end in (("closed_at", self.closed_at), ("kit.returned_at", self.kit.returned_at)):
            if end is not None and end < self.opened_at:
                yield name, "connect.fault.before_opening", {}

    def opening(self, external_id: str) -> StoreOpening:
        return StoreOpening(
            external_id=external_id,
            name=self.name,
            opened_at=self.opened_at,
            kit_sku=self.kit.sku,
            kit_paid_fen=self.kit.paid_fen,
            owner_external_id=self.owner.external_id,
            owner_name=self.owner.name,
            owner_phone=self.owner.phone,
            owner_email=self.owner.email,
            owner_language=self.owner.language,
            closed_at=self.closed_at,
            region=self.region or None,
            kit_returned_at=self.kit.returned_at,
            manager_external_id=self.manager,
            referred_by=self.referred_by,
        )


class Closing(Struct, forbid_unknown_fields=True):
    """The short form of `store.closed`; without its time, the message's counts."""

    external_id: ExternalId
    closed_at: Instant | None = None

    def faults(self) -> Iterator[Fault]:
        yield from odd_instants(closed_at=self.closed_at)


class VipBody(Struct, forbid_unknown_fields=True):
    """A buyer, and who brought her: exactly one of the owner's external id and the share code she came by."""

    name: Name
    phone: Phone
    registered_at: Instant
    owner: ExternalId | None = None
    share_code: Annotated[str, Meta(min_length=1, max_length=64)] | None = None

    def faults(self) -> Iterator[Fault]:
        yield from odd_instants(registered_at=self.registered_at)
        if normal_phone(self.phone) is None:
            yield "phone", "malformed", {}
        if (self.owner is None) == (self.share_code is None):
            yield ("owner" if self.owner is None else "share_code"), "connect.fault.one_of", {}

    def binding(self, external_id: str) -> Binding:
        return Binding(
            external_id=external_id,
            name=self.name,
            phone=normal_phone(self.phone) or self.phone,
            registered_at=self.registered_at,
            share_code=self.share_code,
            owner_external_id=self.owner,
        )


class Envelope(Struct):
    """A webhook's body; what else stands in it is the sender's own."""

    type: str
    timestamp: Instant
    data: dict[str, Any]

    def faults(self) -> Iterator[Fault]:
        yield from odd_instants(timestamp=self.timestamp)


class Named(Struct):
    """What every record in a webhook has: its id."""

    external_id: ExternalId


class EndpointForm(Struct):
    """A new endpoint."""

    url: Annotated[str, Meta(min_length=8, max_length=500)]
