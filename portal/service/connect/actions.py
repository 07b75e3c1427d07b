"""What admins and settings do with endpoints: added, disabled, enabled, tried out; dead letters sent again."""

import logging
from datetime import datetime

from cryptography.fernet import InvalidToken

from portal.core.base import audit, outbox
from portal.core.base.audit import SYSTEM, Actor
from portal.core.base.database import after_commit, writing
from portal.core.base.keys import seal, unseal
from portal.core.base.nudge import worker
from portal.core.base.refusals import NotFound, Refused
from portal.core.base.settings import settings
from portal.core.base.tables import Outbox
from portal.service.connect import queries
from portal.service.connect.queries import WEBHOOK, EndpointState, lane_of, lanes_of
from portal.service.connect.rules import MOST_ENDPOINTS, OLD_SECRET_SIGNS, url_fault
from portal.service.connect.signing import new_secret, usable_secret
from portal.service.connect.tables import Endpoint

log = logging.getLogger("portal.connect")
PING = "ping"


async def add_endpoint(actor: Actor, url: str, at: datetime) -> tuple[int, str]:
    """A new endpoint; returns its id and its secret, which nobody can read again.

    Raises Refused: `webhook_url_scheme`, `…_credentials`, `…_host`, `webhook_url_taken`, `webhook_too_many`.
    """
    if fault := url_fault(url):
        raise Refused(f"webhook_url_{fault}", field="url", status=422)
    secret = new_secret()
    async with writing():
        if len(await queries.active_endpoints()) >= MOST_ENDPOINTS:
            raise Refused("webhook_too_many", {"most": MOST_ENDPOINTS}, field="url")
        endpoint_id = await _insert(actor, url, secret, at)
        if endpoint_id is None:
            raise Refused("webhook_url_taken", field="url")
    return endpoint_id, secret


async def _insert(actor: Actor, url: str, secret: str, at: datetime, *, configured: bool = False) -> int | None:
    """The new row's id; None where an endpoint in use has this address."""
    rows = await Endpoint.raw(
        "INSERT INTO webhook_endpoints (url, sealed_secret, configured, made_at) VALUES ({}, {}, {}, {})"
        " ON CONFLICT DO NOTHING RETURNING id",
        url,
        seal(secret),
        configured,
        at,
    )
    if not rows:
        return None
    endpoint_id = int(rows[0]["id"])
    await audit.record(actor, "webhook.added", ("endpoint", endpoint_id), at, {"configured": configured})
    return endpoint_id


async def disable_endpoint(actor: Actor, endpoint_id: int, code: str, at: datetime) -> bool:
    """Send nothing there any more; `code` says why (admin, gone, settings). False where it was so already."""
    async with writing():
        rows = (
            await Endpoint.update({Endpoint.disabled_at: at, Endpoint.disabled_code: code})
            .where(Endpoint.id == endpoint_id, Endpoint.disabled_at.is_null())
            .returning(Endpoint.id)
        )
        if rows:
            await audit.record(actor, "webhook.disabled", ("endpoint", endpoint_id), at, {"code": code})
    return bool(rows)


async def enable_endpoint(actor: Actor, endpoint_id: int, at: datetime) -> None:
    """Send there again, what is new from now on. Raises NotFound, Refused("webhook_url_taken")."""
    async with writing():
        state = await _endpoint(endpoint_id)
        if state.info.active:
            return
        # Whoever makes or enables one of this address meanwhile waits for this row's index entry.
        rows = await Endpoint.raw(
            "UPDATE webhook_endpoints SET disabled_at = NULL, disabled_code = NULL WHERE id = {} AND NOT EXISTS"
            " (SELECT 1 FROM webhook_endpoints o WHERE o.url = webhook_endpoints.url AND o.disabled_at IS NULL)"
            " RETURNING id",
            endpoint_id,
        )
        if not rows:
            raise Refused("webhook_url_taken")
        await audit.record(actor, "webhook.enabled", ("endpoint", endpoint_id), at)


async def _endpoint(endpoint_id: int) -> EndpointState:
    found = await queries.endpoint(endpoint_id)
    if found is None:
        raise NotFound
    return found


async def _endpoint_in_use(endpoint_id: int) -> EndpointState:
    found = await _endpoint(endpoint_id)
    if not found.info.active:
        raise Refused("webhook_disabled")
    return found


async def replace_secret(actor: Actor, endpoint_id: int, at: datetime) -> str:
    """A new secret for an endpoint in use; the one before signs too for a day. Returns the new one, shown once.

    Raises NotFound, Refused("webhook_disabled" | "webhook_configured": the settings say that secret).
    """
    secret = new_secret()
    async with writing():
        state = await _endpoint_in_use(endpoint_id)
        if state.info.configured:
            raise Refused("webhook_configured")
        await Endpoint.raw(
            "UPDATE webhook_endpoints SET sealed_old_secret = sealed_secret, old_until = {}, sealed_secret = {}"
            " WHERE id = {}",
            at + OLD_SECRET_SIGNS,
            seal(secret),
            endpoint_id,
        )
        await audit.record(actor, "webhook.secret_replaced", ("endpoint", endpoint_id), at)
    return secret


async def send_ping(actor: Actor, endpoint_id: int, at: datetime) -> str:
    """A message of type `ping`, to try a receiver out; returns its webhook-id. Raises NotFound, Refused."""
    async with writing():
        await _endpoint_in_use(endpoint_id)
        payload = {"endpoint": endpoint_id, "event": {"type": PING, "at": at.isoformat()}, "event_ref": None}
        ref = await outbox.send(WEBHOOK, PING, payload, at, lane=lane_of(endpoint_id, PING))
        await audit.record(actor, "webhook.pinged", ("endpoint", endpoint_id), at)
    return ref


async def send_again(actor: Actor, endpoint_id: int, at: datetime, *, ref: str | None = None) -> int:
    """Take up dead letters of an endpoint: one, or all of them; each has its whole schedule again.

    Returns how many. Raises NotFound, Refused("webhook_disabled" | "webhook_not_dead").
    """
    async with writing():
        await _endpoint_in_use(endpoint_id)
        rows = await Outbox.raw(
            "UPDATE outbox SET dead_at = NULL, attempts = 0, due_at = {} WHERE topic = 'webhook'"
            " AND dead_at IS NOT NULL AND lane LIKE {} AND (CAST({} AS text) IS NULL OR ref = {}) RETURNING id",
            at,
            lanes_of(endpoint_id),
            ref,
            ref,
        )
        if not rows:
            raise Refused("webhook_not_dead")
        await audit.record(actor, "webhook.sent_again", ("endpoint", endpoint_id), at, {"messages": len(rows)})
        after_commit(worker)
    return len(rows)


async def ensure_configured_endpoint(at: datetime) -> None:
    """Bring the endpoint of the settings (PORTAL_WEBHOOK_URL, …_SECRET) in line; run at start, again changes nothing.

    One that was disabled stays so; one that the settings no longer name is disabled.
    """
    url, secret = settings().webhook_url, settings().webhook_secret
    if url is not None and (fault := _setting_fault(url, secret)):
        log.warning("the endpoint of the settings is left out", extra={"fault": fault})
        url = None
    async with writing():
        known = await Endpoint.objects().where(Endpoint.configured.eq(True)).order_by(Endpoint.id)
        for row in known:
            if row.url != url:
                await disable_endpoint(SYSTEM, row.id, "settings", at)
        if url is not None and secret is not None:
            await _configure(url, secret, at)


def _setting_fault(url: str, secret: str | None) -> str | None:
    if secret is None or not usable_secret(secret):
        return "secret"
    return url_fault(url)


async def _configure(url: str, secret: str, at: datetime) -> None:
    rows = await Endpoint.objects().where(Endpoint.url == url).order_by(Endpoint.id)
    if not rows:
        await _insert(SYSTEM, url, secret, at, configured=True)
        return
    row = min(rows, key=lambda one: (one.disabled_code is not None, -one.id))
    if not row.configured or not _sealed_is(row.sealed_secret, secret):
        values = {Endpoint.sealed_secret: seal(secret), Endpoint.configured: True}
        await Endpoint.update(values).where(Endpoint.id == row.id)  # type: ignore[arg-type]
        await audit.record(SYSTEM, "webhook.secret_replaced", ("endpoint", row.id), at)
    if row.disabled_code == "settings":
        await enable_endpoint(SYSTEM, row.id, at)


def _sealed_is(sealed: str, secret: str) -> bool:
    try:
        return unseal(sealed) == secret
    except InvalidToken:  # sealed under a secret key of before
        return False
