"""What the shop may send: the shapes of the contract, with their limits."""

from collections.abc import Iterator
from typing import Annotated
from urllib.parse import urlsplit

from msgspec import Meta, Struct

from portal.core.base.money import LARGEST_FEN
from portal.core.supply.rules import (
    COMMISSION_BP,
    ProductFacts,
    SupplierFacts,
    SupplierKind,
    copy_lines,
)
from portal.core.web.fields import ExternalId

Fault = tuple[str, str, dict[str, object]]
Url = Annotated[str, Meta(max_length=500, pattern=r"^https?://[^\s/?#@]+([/?#]\S*)?$")]
Line = Annotated[str, Meta(max_length=500)]
MOST_LINES = 30


class ProductBody(Struct, forbid_unknown_fields=True):
    """A product: money in fen, commission in basis points; `share_copy` holds approved sentences, one a line."""

    title: Annotated[str, Meta(min_length=1, max_length=200)]
    price_fen: Annotated[int, Meta(ge=1, le=LARGEST_FEN)]
    commission_bp: Annotated[int, Meta(ge=COMMISSION_BP[0], le=COMMISSION_BP[1])]
    supplier: ExternalId
    category: Annotated[str, Meta(min_length=1, max_length=80)]
    url: Url
    image_url: Url | None = None
    share_copy: Annotated[str, Meta(max_length=10_000)] | Annotated[list[Line], Meta(max_length=MOST_LINES)] | None = (
        None
    )
    trial: bool = False

    def faults(self) -> Iterator[Fault]:
        lines = copy_lines(self.share_copy)
        if len(lines) > MOST_LINES:
            yield "share_copy", "supply.fault.lines", {"limit": MOST_LINES}
        if any(len(line) > 500 for line in lines):
            yield "share_copy", "supply.fault.line", {"limit": 500}
        for name, url in (("url", self.url), ("image_url", self.image_url)):
            if url is not None and not _has_host(url):
                yield name, "malformed", {}

    def facts(self, external_id: str) -> ProductFacts:
        return ProductFacts(
            external_id=external_id,
            title=self.title,
            price_fen=self.price_fen,
            commission_bp=self.commission_bp,
            supplier=self.supplier,
            category=self.category,
            url=self.url,
            image_url=self.image_url,
            share_copy=copy_lines(self.share_copy),
            trial=self.trial,
        )


def _has_host(url: str) -> bool:
    """Whether it parses: a port beyond the range, or an unclosed bracket, makes it no address."""
    try:
        parts = urlsplit(url)
        return bool(parts.hostname) and (parts.port is None or parts.port > 0)
    except ValueError:
        return False


class Contact(Struct, forbid_unknown_fields=True):
    """Whom to call at a supplier."""

    name: Annotated[str, Meta(min_length=1, max_length=80)]
    phone: Annotated[str, Meta(min_length=3, max_length=32)]
    email: Annotated[str, Meta(min_length=3, max_length=254, pattern=r"^[^@\s]+@[^@\s]+$")]


class SupplierBody(Struct, forbid_unknown_fields=True):
    """A supplier of goods, or a carrier."""

    name: Annotated[str, Meta(min_length=1, max_length=120)]
    kind: SupplierKind
    categories: Annotated[list[Annotated[str, Meta(min_length=1, max_length=80)]], Meta(max_length=100)]
    contact: Contact

    def facts(self, external_id: str) -> SupplierFacts:
        return SupplierFacts(
            external_id=external_id,
            name=self.name,
            kind=self.kind,
            categories=tuple(self.categories),
            contact_name=self.contact.name,
            contact_phone=self.contact.phone,
            contact_email=self.contact.email,
        )
