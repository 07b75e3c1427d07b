"""Products and suppliers as the shop describes them, and what of a record differs from the one we hold."""

from collections.abc import Iterable
from dataclasses import dataclass, fields
from enum import StrEnum
from typing import TypeVar

COMMISSION_BP = (500, 2_000)  # 5 to 20 % of the paid line price


class SupplierKind(StrEnum):
    """What a supplier does for us."""

    GOODS = "goods"
    CARRIER = "carrier"


@dataclass(frozen=True, slots=True)
class ProductFacts:
    """A product in the shop's words; `supplier` is the supplier's external id, `share_copy` one sentence each."""

    external_id: str
    title: str
    price_fen: int
    commission_bp: int
    supplier: str
    category: str
    url: str
    image_url: str | None = None
    share_copy: tuple[str, ...] = ()
    trial: bool = False


@dataclass(frozen=True, slots=True)
class SupplierFacts:
    """A supplier of goods or a carrier in the shop's words."""

    external_id: str
    name: str
    kind: SupplierKind
    categories: tuple[str, ...] = ()
    contact_name: str | None = None
    contact_phone: str | None = None
    contact_email: str | None = None


Facts = TypeVar("Facts", ProductFacts, SupplierFacts)


def differing(stored: Facts, wanted: Facts) -> tuple[str, ...]:
    """The names of the fields in which the wanted record differs; none where nothing is to be done."""
    return tuple(f.name for f in fields(wanted) if getattr(stored, f.name) != getattr(wanted, f.name))


def copy_lines(given: str | Iterable[str] | None) -> tuple[str, ...]:
    """Approved sentences, one a line; blank lines are left out."""
    parts = [given] if isinstance(given, str) else list(given or ())
    return tuple(line.strip() for part in parts for line in part.splitlines() if line.strip())
