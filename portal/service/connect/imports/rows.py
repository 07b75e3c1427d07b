"""What a row of each importable table must be, and how it is taken in: through the rooms' own actions."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Annotated, Any

from msgspec import Meta, Struct
from msgspec.structs import fields

from portal.core.base.audit import Actor
from portal.core.base.clock import site_zone
from portal.core.base.money import LARGEST_FEN
from portal.core.base.settings import LANGUAGES
from portal.core.stores.actions import StoreOpening, put_store
from portal.core.supply import queries as supply
from portal.core.supply.actions import put_supplier
from portal.core.supply.rules import SupplierFacts, SupplierKind
from portal.core.web.fields import ExternalId
from portal.service.connect.imports.orders import OrderRow, put_rows
from portal.service.sharing.actions import Binding, bind

Name = Annotated[str, Meta(min_length=1, max_length=80)]
Title = Annotated[str, Meta(min_length=1, max_length=120)]
Phone = Annotated[str, Meta(min_length=3, max_length=32, pattern=r"^\+?[0-9 -]+$")]
Email = Annotated[str, Meta(min_length=3, max_length=254, pattern=r"^[^@\s]+@[^@\s]+$")]
Language = Annotated[str, Meta(pattern=f"^({'|'.join(LANGUAGES)})$")]
LIST_MARK = ";"


class StoreRow(Struct):
    """A store with its owner, flat: what the shop's `PUT /stores` says, its nested names joined by _."""

    external_id: ExternalId
    name: Title
    opened_at: datetime
    kit_sku: Name
    kit_paid_fen: Annotated[int, Meta(ge=0, le=LARGEST_FEN)]
    owner_external_id: ExternalId
    owner_name: Name
    owner_phone: Phone
    owner_email: Email | None = None
    owner_language: Language | None = None
    closed_at: datetime | None = None
    region: Name | None = None
    kit_returned_at: datetime | None = None
    manager: Name | None = None
    referred_by: Name | None = None


class SupplierRow(Struct):
    """A supplier of goods, or a carrier; several categories are parted by semicolons."""

    external_id: ExternalId
    name: Title
    kind: SupplierKind
    contact_name: Name
    contact_phone: Phone
    contact_email: Email
    categories: list[Name] = []


class VipRow(Struct):
    """A buyer, and through whom she came: an owner's external id, or a share code."""

    external_id: ExternalId
    name: Name
    phone: Phone
    registered_at: datetime
    owner: ExternalId | None = None
    share_code: Annotated[str, Meta(max_length=32)] | None = None


async def _put_store(actor: Actor, rows: Sequence[StoreRow], at: datetime) -> bool:
    (row,) = rows
    values = {field.name: getattr(row, field.name) for field in fields(row)}
    manager = values.pop("manager")
    made = await put_store(actor, StoreOpening(**values, manager_external_id=manager), at)
    return made.created


async def _put_supplier(actor: Actor, rows: Sequence[SupplierRow], at: datetime) -> bool:
    (row,) = rows
    known = await supply.supplier_by_external_id(row.external_id)
    values = {field.name: getattr(row, field.name) for field in fields(row)}
    await put_supplier(actor, SupplierFacts(**{**values, "categories": tuple(row.categories)}), at)
    return known is None


async def _put_vip(actor: Actor, rows: Sequence[VipRow], at: datetime) -> bool:
    (row,) = rows
    values = {field.name: getattr(row, field.name) for field in fields(row)}
    values["owner_external_id"] = values.pop("owner")
    _, created = await bind(actor, Binding(**values), at)
    return created


@dataclass(frozen=True, slots=True)
class Importer:
    """A kind of table: the shape of its rows, and what takes one in; that answers whether it was new here.

    Rows with the same value in the column `joins` are taken together.
    """

    shape: type[Struct]
    put: Callable[[Actor, Sequence[Any], datetime], Awaitable[bool]]
    joins: str | None = None

    def plain(self, cells: Mapping[str, str]) -> dict[str, object]:
        """The cells that this kind knows, as its shape reads them; blank ones are absent."""
        kinds = {field.name: field.type for field in fields(self.shape)}
        return {name: _value(name, kinds[name], text) for name, text in cells.items() if name in kinds and text}


def _value(name: str, kind: object, text: str) -> object:
    if name.endswith("_at") or name == "ship_by":
        return instant(text)
    if str(kind).startswith("list"):
        return [part.strip() for part in text.split(LIST_MARK) if part.strip()]
    return text


def instant(text: str) -> str:
    """A time as ISO 8601 with its zone: one without is the site's, a day alone is its first moment there."""
    try:
        if len(text) == len("2026-01-31"):
            return datetime.combine(date.fromisoformat(text), time.min, site_zone()).isoformat()
        moment = datetime.fromisoformat(text)
    except ValueError:
        return text
    return (moment if moment.tzinfo else moment.replace(tzinfo=site_zone())).isoformat()


IMPORTERS = {
    "orders": Importer(OrderRow, put_rows, joins="number"),
    "stores": Importer(StoreRow, _put_store),
    "suppliers": Importer(SupplierRow, _put_supplier),
    "vips": Importer(VipRow, _put_vip),
}
