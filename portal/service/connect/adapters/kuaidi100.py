"""Kuaidi100: tracking pushes, a form of `param` (JSON) and `sign` (MD5 of param and salt, in capitals).

A push names no order: the parcels that the shop has told with this tracking number take its traces. Times come without
a zone and are China's. State codes are those of its `resultv2`; without it only the latest note has one.
"""

import hashlib
import hmac
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from typing import Any
from urllib.parse import parse_qs

from msgspec import Struct

from portal.core.web.programs import IllShaped, shaped
from portal.core.web.shapes import Fault
from portal.service.connect.adapters.foreign import carrier_id, parsed, read
from portal.service.connect.forms_orders import TraceBody
from portal.service.connect.signing import Unsigned
from portal.service.orders.rules import ParcelState, TraceFacts

CHINA = timezone(timedelta(hours=8))
MOST_NOTES = 200
_STATES = {
    "0": ParcelState.IN_TRANSIT,
    "1": ParcelState.ACCEPTED,
    "2": ParcelState.PROBLEM,
    "3": ParcelState.DELIVERED,
    "4": ParcelState.RETURNED,
    "5": ParcelState.OUT_FOR_DELIVERY,
    "6": ParcelState.RETURNING,
    "14": ParcelState.PROBLEM,  # the receiver refused it
    "401": ParcelState.PROBLEM,  # the carrier's order was called off
}


class Note(Struct):
    context: str
    ftime: str | None = None
    time: str | None = None
    statusCode: str | None = None  # noqa: N815 - as it is sent
    areaName: str | None = None  # noqa: N815 - as it is sent


class Result(Struct):
    nu: str
    com: str = ""
    state: str = "0"
    data: list[Note] = []


class Push(Struct):
    status: str = ""
    lastResult: Result | None = None  # noqa: N815 - as it is sent


@dataclass(frozen=True, slots=True)
class Tracked:
    """What a push says of a parcel."""

    carrier: str
    tracking_number: str
    traces: tuple[TraceFacts, ...]


def verified(secret: str, body: bytes) -> str:
    """The push's `param`, if it was signed with the salt of the subscription. Raises Unsigned."""
    try:
        sent = parse_qs(body.decode(), strict_parsing=True, max_num_fields=10)
        param, sign = sent["param"][0], sent["sign"][0]
    except (ValueError, KeyError) as error:
        raise Unsigned from error
    expected = hashlib.md5((param + secret).encode(), usedforsecurity=False).hexdigest().encode()  # its own rule
    if not hmac.compare_digest(expected, sign.strip().lower().encode()):
        raise Unsigned
    return param


def translated(param: str) -> Tracked | None:
    """What it says; None where nothing is said of the parcel (a subscription that has run out). Raises IllShaped."""
    result = read(parsed(param), Push).lastResult
    if result is None or not result.data:
        return None
    notes = sorted(result.data[:MOST_NOTES], key=_moment)
    latest = _STATES.get(result.state, ParcelState.IN_TRANSIT)
    traces = tuple(_trace(note, latest if note is notes[-1] else ParcelState.IN_TRANSIT) for note in notes)
    return Tracked(carrier_id(result.com), result.nu.strip()[:80], traces)


def _moment(note: Note) -> datetime:
    try:
        moment = datetime.fromisoformat((note.ftime or note.time or "").strip())
    except ValueError:
        raise IllShaped([Fault("lastResult.data", "not_instant", {})]) from None
    return moment if moment.tzinfo else moment.replace(tzinfo=CHINA)


def _trace(note: Note, otherwise: ParcelState) -> TraceFacts:
    record: dict[str, Any] = {
        "at": _moment(note),
        "state": str(_state(note.statusCode) if note.statusCode else otherwise),
        "text": note.context[:500],
    }
    if note.areaName:
        record["place"] = note.areaName[:120]
    return shaped(record, TraceBody, "lastResult.data.").facts


def _state(code: str) -> ParcelState:
    """A fine code has its coarse one in front: 304 is a kind of 3. What is new to us is on its way."""
    if code in _STATES:
        return _STATES[code]
    return _STATES.get(code[0], ParcelState.IN_TRANSIT) if len(code) == 3 else ParcelState.IN_TRANSIT
