"""Products and suppliers as the shop describes them, and what of a record differs from the one we hold."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass, fields
from enum import StrEnum
from typing import TypeVar

COMMISSION_BP = (500, 2_000)  # 5 to 20 % of the paid line price


class SupplierKind(StrEnum):
    """What a supplier does for us."""

    GOODS = "goods"
    CARRIER = "carrier"


class Standing(StrEnum):
    """How a supplier or carrier stands with the platform; no row means `good`."""

    GOOD = "good"
    WHITE = "white"  # promoted first
    WATCH = "watch"
    RECTIFYING = "rectifying"  # ordered to mend by a date; sold and shared meanwhile
    BLACKLISTED = "blacklisted"  # nothing of it is shared or promoted


class Hold(StrEnum):
    """Why nothing of a supplier's is shared now."""

    BLACKLISTED = "blacklisted"
    NOT_VISITED = "not_visited"


# Goods whose supplier is visited before the first sale and every year after (mission G1), until an admin names the
# shop's own categories: food, fresh goods and poverty relief, in both languages. A product's or supplier's category
# counts when it is one of these, or `one/of its kinds`.
VISIT_FIRST = ("food", "fresh", "poverty-relief", "\u98df\u54c1", "\u751f\u9c9c", "\u6276\u8d2b")


def visit_first(written: str | None) -> tuple[str, ...]:
    """The categories of the setting, one a line; the shipped ones where nothing is set."""
    named = tuple(line.strip() for line in (written or "").splitlines() if line.strip())
    return named or VISIT_FIRST


def must_be_visited(categories: Iterable[str], first: Collection[str] = VISIT_FIRST) -> bool:
    """Whether goods of these categories ask for a site visit of their supplier."""
    return any(category.split("/")[0].strip() in first for category in categories)


def hold(standing: Standing, category: str, cleared: bool, first: Collection[str] = VISIT_FIRST) -> Hold | None:
    """Why a product of this category is held back, if it is. `cleared`: a passed visit is in force."""
    if standing is Standing.BLACKLISTED:
        return Hold.BLACKLISTED
    return Hold.NOT_VISITED if must_be_visited([category], first) and not cleared else None


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
