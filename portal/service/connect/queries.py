"""Endpoints, what was tried, and what was given up, for the admin's pages and the worker. Call inside a door."""

import json
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from portal.core.base.keys import unseal
from portal.core.base.tables import Outbox
from portal.core.web.paging import Cut, Page, paged
from portal.service.connect.tables import Delivery, Endpoint

LARGEST_ID = 2**63 - 1
WEBHOOK = "webhook"  # the outbox topic of a message to one endpoint


@dataclass(frozen=True, slots=True)
class EndpointInfo:
    """An address that hears of changes. `configured`: the settings name it."""

    id: int
    url: str
    configured: bool
    made_at: datetime
    disabled_at: datetime | None
    disabled_code: str | None
    old_until: datetime | None  # the secret before signs too until then

    @property
    def active(self) -> bool:
        return self.disabled_at is None


@dataclass(frozen=True, slots=True)
class EndpointState:
    """An endpoint and how its last try went."""

    info: EndpointInfo
    tried_at: datetime | None
    status: int | None
    error: str | None


@dataclass(frozen=True, slots=True)
class Receiver:
    """An endpoint as the worker needs it: where to, and what to sign with."""

    id: int
    url: str
    active: bool
    sealed_secret: str
    sealed_old_secret: str | None
    old_until: datetime | None

    def secrets(self, at: datetime) -> tuple[str, ...]:
        """What to sign with at `at`: the secret, and for a while the one before it."""
        old = self.sealed_old_secret
        held = old is not None and self.old_until is not None and at < self.old_until
        return (unseal(self.sealed_secret), *((unseal(old),) if old is not None and held else ()))


@dataclass(frozen=True, slots=True)
class DeliveryInfo:
    """One try: an HTTP status, or why there was none."""

    id: int
    endpoint_id: int
    url: str
    ref: str
    type: str
    at: datetime
    status: int | None
    error: str | None


@dataclass(frozen=True, slots=True)
class DeadLetter:
    """A message that was given up; it can be sent again."""

    id: int
    ref: str
    type: str
    subject: str
    created_at: datetime
    dead_at: datetime
    attempts: int


_ENDPOINT = "e.id, e.url, e.configured, e.made_at, e.disabled_at, e.disabled_code, e.old_until"
_STATES = (
    f"SELECT {_ENDPOINT}, d.at AS tried_at, d.status, d.error FROM webhook_endpoints e"  # noqa: S608 - our own names
    " LEFT JOIN webhook_deliveries d ON d.id ="
    " (SELECT max(l.id) FROM webhook_deliveries l WHERE l.endpoint = e.id)"
    " WHERE {} = 0 OR e.id = {} ORDER BY (e.disabled_at IS NOT NULL), e.id DESC LIMIT 100"
)


def _state(row: dict[str, Any]) -> EndpointState:
    names = ("id", "url", "made_at", "disabled_at", "disabled_code", "old_until")
    info = EndpointInfo(configured=bool(row["configured"]), **{name: row[name] for name in names})
    return EndpointState(info, row["tried_at"], row["status"], row["error"])


async def endpoints() -> list[EndpointState]:
    """Those in use first, then the newest."""
    return [_state(row) for row in await Endpoint.raw(_STATES, 0, 0)]


async def endpoint(endpoint_id: int) -> EndpointState | None:
    if not 0 < endpoint_id <= LARGEST_ID:
        return None
    rows = await Endpoint.raw(_STATES, endpoint_id, endpoint_id)
    return _state(rows[0]) if rows else None


async def receiver(endpoint_id: int) -> Receiver | None:
    row = await Endpoint.objects().where(Endpoint.id == endpoint_id).first()
    if row is None:
        return None
    active = row.disabled_at is None
    return Receiver(row.id, row.url, active, row.sealed_secret, row.sealed_old_secret, row.old_until)


async def active_endpoints() -> list[int]:
    rows = await Endpoint.select(Endpoint.id).where(Endpoint.disabled_at.is_null()).order_by(Endpoint.id)
    return [row["id"] for row in rows]


async def deliveries(endpoint_id: int, cut: Cut) -> Page[DeliveryInfo]:
    """The tries at an endpoint (0: at all), the newest first."""
    rows = await Delivery.raw(
        "SELECT d.id, d.endpoint AS endpoint_id, e.url, d.ref, d.topic AS type, d.at, d.status, d.error"
        " FROM webhook_deliveries d JOIN webhook_endpoints e ON e.id = d.endpoint"
        " WHERE ({} = 0 OR d.endpoint = {}) AND d.id < {} ORDER BY d.id DESC LIMIT {}",
        endpoint_id,
        endpoint_id,
        cut.after or LARGEST_ID,
        cut.fetch,
    )
    return paged([DeliveryInfo(**row) for row in rows], cut, lambda item: item.id)


async def dead_letters(endpoint_id: int, limit: int) -> list[DeadLetter]:
    """Messages to an endpoint that were given up, the newest first."""
    rows = await Outbox.raw(
        "SELECT id, ref, payload, subject, created_at, dead_at, attempts FROM outbox"
        " WHERE topic = 'webhook' AND dead_at IS NOT NULL AND lane LIKE {} ORDER BY id DESC LIMIT {}",
        lanes_of(endpoint_id),
        limit,
    )
    return [_letter(row) for row in rows]


async def dead_count(endpoint_id: int) -> int:
    rows = await Outbox.raw(
        "SELECT count(*) AS n FROM outbox WHERE topic = 'webhook' AND dead_at IS NOT NULL AND lane LIKE {}",
        lanes_of(endpoint_id),
    )
    return int(rows[0]["n"])


def lane_of(endpoint_id: int, subject: str) -> str:
    """What is done in order: the messages about one subject to one endpoint."""
    return f"{endpoint_id}:{subject}"


def lanes_of(endpoint_id: int) -> str:
    """A LIKE pattern for every lane of an endpoint."""
    return f"{endpoint_id}:%"


def _letter(row: dict[str, Any]) -> DeadLetter:
    payload = row["payload"]
    event = (json.loads(payload) if isinstance(payload, str) else payload)["event"]
    names = ("id", "ref", "subject", "created_at", "dead_at", "attempts")
    return DeadLetter(type=event["type"], **{name: row[name] for name in names})
