"""Who is looking: the frame asks here for each request, by the cookie's token or an API key. One query each."""

import logging
from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import datetime
from typing import Any

from portal.core.base.clock import now
from portal.core.base.database import reading, writing
from portal.core.base.ids import token_hash
from portal.core.base.settings import settings
from portal.core.people.policy import capabilities
from portal.core.people.rules import factor_required, sign_in_over, touch_due
from portal.core.people.tables import ApiKey, SignIn
from portal.core.web.state import PageState
from portal.core.web.viewer import Program, Viewer

log = logging.getLogger("portal.security")

_WHO = (
    "SELECT s.id, s.created_at, s.last_seen_at, s.expires_at, s.confirmed_until, p.id AS person_id, p.name,"
    " p.external_id, p.language, p.theme, p.care, r.role, f.confirmed_at AS factor_since"
    " FROM sign_ins s JOIN persons p ON p.id = s.person"
    " LEFT JOIN roles r ON r.person = p.id AND r.ended_at IS NULL"
    " LEFT JOIN second_factors f ON f.person = p.id"
    " WHERE s.token_hash = {} AND s.revoked_at IS NULL AND p.disabled_at IS NULL AND p.erased_at IS NULL"
)


async def load_viewer(token: str, page: PageState) -> Viewer | None:
    """The person of a cookie's token; None for an unknown, ended, rested or worn-out sign-in, or a closed account."""
    at = now()
    async with reading():
        rows = await SignIn.raw(_WHO, token_hash(token))
    if not rows:
        return None
    row, roles = rows[0], frozenset(row["role"] for row in rows if row["role"] is not None)
    if sign_in_over(
        roles,
        created_at=row["created_at"],
        last_seen_at=row["last_seen_at"],
        expires_at=row["expires_at"],
        at=at,
    ):
        return None
    if touch_due(row["last_seen_at"], at):
        await _touch(lambda: _seen(row["id"], row["last_seen_at"], at))
    return _viewer(row, roles, page)


def _viewer(row: Mapping[str, Any], roles: frozenset[str], page: PageState) -> Viewer:
    return Viewer(
        person_id=row["person_id"],
        name=row["name"],
        sign_in_id=row["id"],
        roles=roles,
        capabilities=capabilities(roles),
        language=row["language"],
        theme=row["theme"],
        care=bool(row["care"]),
        factor_missing=row["factor_since"] is None and factor_required(roles, settings().environment),
        confirmed_until=row["confirmed_until"],
        address=page.address,
        request_ref=page.request_ref,
        external_id=row["external_id"],
    )


async def load_program(key: str, page: PageState) -> Program | None:
    """The program of an API key; None for an unknown or revoked one, or one that was replaced too long ago."""
    at, key_hash = now(), token_hash(key)
    async with reading():
        rows: Sequence[Mapping[str, Any]] = await ApiKey.select(
            ApiKey.id, ApiKey.name, ApiKey.scopes, ApiKey.last_used_at
        ).where(
            (ApiKey.key_hash == key_hash) | ((ApiKey.old_key_hash == key_hash) & (ApiKey.old_until > at)),
            ApiKey.revoked_at.is_null(),
        )
    if not rows:
        return None
    row = rows[0]
    if touch_due(row["last_used_at"], at):
        await _touch(lambda: _used(row["id"], at))
    return Program(row["id"], row["name"], frozenset(row["scopes"].split()), page.address, page.request_ref)


async def _touch(step: Callable[[], Awaitable[None]]) -> None:
    """A page that can be read must not fail because "last seen" cannot be written (disk full, database busy)."""
    try:
        async with writing():
            await step()
    except Exception as error:
        log.warning("last seen was not written", exc_info=error)


async def _seen(sign_in_id: int, before: datetime, at: datetime) -> None:
    await SignIn.update({SignIn.last_seen_at: at}).where(SignIn.id == sign_in_id, SignIn.last_seen_at == before)


async def _used(key_id: int, at: datetime) -> None:
    await ApiKey.update({ApiKey.last_used_at: at}).where(ApiKey.id == key_id)
