"""API keys: how other programs come in. A key is told once, when it is made; kept is its hash and its scopes."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from portal.core.base import audit
from portal.core.base.audit import Actor
from portal.core.base.database import writing
from portal.core.base.ids import new_token, token_hash
from portal.core.base.refusals import NotFound, Refused
from portal.core.people.queries import LARGEST_ID
from portal.core.people.rules import Scope
from portal.core.people.tables import ApiKey
from portal.core.web.paging import Cut, Page, paged

OLD_KEY_HOLDS = timedelta(hours=24)


@dataclass(frozen=True, slots=True)
class KeyInfo:
    """A key as the admin sees it: everything but the key."""

    id: int
    name: str
    scopes: tuple[str, ...]
    made_at: datetime
    last_used_at: datetime | None
    revoked_at: datetime | None
    old_until: datetime | None  # the key before it opens until then


async def api_keys(cut: Cut) -> Page[KeyInfo]:
    """All keys, newest first, by key; inside a door of the caller's."""
    rows = (
        await ApiKey.select(
            ApiKey.id,
            ApiKey.name,
            ApiKey.scopes,
            ApiKey.made_at,
            ApiKey.last_used_at,
            ApiKey.revoked_at,
            ApiKey.old_until,
        )
        .where(ApiKey.id < (cut.after or LARGEST_ID))
        .order_by(ApiKey.id, ascending=False)
        .limit(cut.fetch)
    )
    return paged([KeyInfo(**{**row, "scopes": tuple(row["scopes"].split())}) for row in rows], cut, lambda key: key.id)


async def make_api_key(
    actor: Actor, name: str, scopes: Iterable[Scope], at: datetime, *, key: str | None = None
) -> tuple[int, str]:
    """A new key; returns its id and the key itself, which nobody can read again. `key` names one (the demo's)."""
    made = key or f"key_{new_token()}"
    wanted = " ".join(sorted({scope.value for scope in scopes}))
    async with writing():
        rows = await ApiKey.insert(
            ApiKey(name=name, key_hash=token_hash(made), scopes=wanted, made_by=actor.id or 0, made_at=at)
        )
        key_id = int(rows[0]["id"])
        await audit.record(actor, "people.key_made", ("api_key", key_id), at, {"scopes": wanted.split()})
    return key_id, made


async def replace_api_key(actor: Actor, key_id: int, at: datetime) -> str:
    """A new key in the place of one that is in force; the one before opens for a day more. Returns the new key.

    Raises NotFound, Refused("key_revoked").
    """
    if not 0 < key_id <= LARGEST_ID:
        raise NotFound
    made = f"key_{new_token()}"
    async with writing():
        rows = await ApiKey.raw(
            "UPDATE api_keys SET old_key_hash = key_hash, old_until = {}, key_hash = {} WHERE id = {}"
            " AND revoked_at IS NULL RETURNING id",
            at + OLD_KEY_HOLDS,
            token_hash(made),
            key_id,
        )
        if not rows:
            raise Refused("key_revoked") if await ApiKey.exists().where(ApiKey.id == key_id) else NotFound
        await audit.record(actor, "people.key_replaced", ("api_key", key_id), at)
    return made


async def revoke_api_key(actor: Actor, key_id: int, at: datetime) -> None:
    """The key opens nothing any more; revoking it twice changes nothing. Raises NotFound."""
    if not 0 < key_id <= LARGEST_ID:
        raise NotFound
    async with writing():
        revoked = (
            await ApiKey.update({ApiKey.revoked_at: at})
            .where(ApiKey.id == key_id, ApiKey.revoked_at.is_null())
            .returning(ApiKey.id)
        )
        if revoked:
            await audit.record(actor, "people.key_revoked", ("api_key", key_id), at)
        elif not await ApiKey.exists().where(ApiKey.id == key_id):
            raise NotFound
