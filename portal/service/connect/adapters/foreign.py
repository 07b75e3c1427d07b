"""What translating foreign payloads has in common: exact money, ids as text, texts that fit, faults that are told."""

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import ROUND_HALF_EVEN, Decimal
from typing import Any, TypeVar

import msgspec

from portal.core.web.programs import IllShaped, shaped
from portal.core.web.shapes import Fault
from portal.service.connect.forms_orders import NumberedOrder, ParcelOfOrder
from portal.service.orders.rules import OrderFacts, ParcelFacts

Shape = TypeVar("Shape", bound=msgspec.Struct)
Headers = Mapping[str, str]
Id = str | int  # beyond 2**53 some systems send text, and some numbers
UNKNOWN_CARRIER = "unknown-carrier"
_PATH = re.compile(r"`\$\.?([^`]*)`")
_NO_ID = re.compile(r"[\s/\\?#%\x00-\x1f\x7f]+")
_LARGEST = Decimal(10**12)


@dataclass(frozen=True, slots=True)
class Told:
    """What a payload says, in our words; parcels with their order's number."""

    orders: tuple[OrderFacts, ...] = ()
    parcels: tuple[tuple[str, ParcelFacts], ...] = ()


@dataclass(frozen=True, slots=True)
class Adapter:
    """One system: `verified` checks a signature and gives the message's id, `translated` reads it (None: not ours).

    `verified` raises Unsigned, `translated` raises IllShaped.
    """

    name: str
    verified: Callable[[str, Headers, bytes, datetime], str]
    translated: Callable[[Headers, bytes], Told | None]


def parsed(body: bytes | str) -> Any:
    """JSON with its numbers exact. Raises IllShaped."""
    try:
        return json.loads(body, parse_float=Decimal, parse_constant=_no_number)
    except (ValueError, RecursionError):
        raise IllShaped([Fault("", "not_json", {})]) from None


def _no_number(text: str) -> None:
    raise ValueError(text)


def read(data: Any, struct: type[Shape]) -> Shape:
    """What we need of a payload; whatever else is in it is left alone. Raises IllShaped at the foreign field."""
    try:
        return msgspec.convert(data, struct, strict=False)
    except (msgspec.ValidationError, RecursionError, OverflowError) as error:
        found = _PATH.search(str(error))
        raise IllShaped([Fault(found[1][:120] if found else "", "malformed", {})]) from error


def fen(amount: Decimal, field: str) -> int:
    """An amount in yuan as fen, exactly. Raises IllShaped where it has parts of a fen, or is no amount."""
    if not amount.is_finite() or abs(amount) > _LARGEST or (amount * 100) % 1:
        raise IllShaped([Fault(field, "malformed", {})])
    return int(amount * 100)


def part_of(paid_fen: int, quantity: int, whole: int) -> int:
    """The money of `quantity` pieces of a line of `whole` pieces, rounded half-even; never more than all of it."""
    if whole <= 0 or quantity >= whole:
        return paid_fen
    return int((Decimal(paid_fen) * max(quantity, 0) / whole).to_integral_value(ROUND_HALF_EVEN))


def carrier_id(name: str | None) -> str:
    """A carrier's external id from what a system calls it: `SF Express` is `sf-express`."""
    return _NO_ID.sub("-", (name or "").strip().lower())[:80].strip("-") or UNKNOWN_CARRIER


def order_facts(record: Mapping[str, Any]) -> OrderFacts:
    """A record in the contract's shape, read like the shop's own. Raises IllShaped."""
    return shaped(_without_none(record), NumberedOrder).numbered


def parcel_facts(record: Mapping[str, Any]) -> tuple[str, ParcelFacts]:
    """A parcel with its order's number in the contract's shape. Raises IllShaped."""
    body = shaped(_without_none(record), ParcelOfOrder)
    return body.of, body.facts


def _without_none(record: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in record.items() if value is not None}


def joined(*parts: str | None) -> str:
    return " ".join(part.strip() for part in parts if part and part.strip())
