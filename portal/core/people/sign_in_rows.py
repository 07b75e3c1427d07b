"""A sign-in that stands: the password asked for once more, the devices it came from, and its end."""

from dataclasses import dataclass
from datetime import datetime

from portal.core.base import audit
from portal.core.base.audit import Actor
from portal.core.base.database import reading, writing
from portal.core.base.ids import new_token, token_hash
from portal.core.base.refusals import NotFound, Refused
from portal.core.people.passwords import check_password
from portal.core.people.queries import LARGEST_ID
from portal.core.people.rules import CONFIRMED_FOR, try_buckets
from portal.core.people.tables import PendingSignIn, Person, SignIn
from portal.core.people.throttling import give_back, take


@dataclass(frozen=True, slots=True)
class DeviceInfo:
    """One browser signed in: its brand names (blank where it does not say), from where, since when."""

    sign_in_id: int
    name: str
    address: str | None
    created_at: datetime
    last_seen_at: datetime


async def devices(person_id: int, at: datetime, limit: int = 50) -> list[DeviceInfo]:
    """Where she is signed in, the latest used first; inside a door of the caller's."""
    rows = (
        await SignIn.select(SignIn.id, SignIn.device, SignIn.address, SignIn.created_at, SignIn.last_seen_at)
        .where(SignIn.person == person_id, SignIn.revoked_at.is_null(), SignIn.expires_at > at)
        .order_by(SignIn.last_seen_at, SignIn.id, ascending=False)
        .limit(limit)
    )
    return [
        DeviceInfo(row["id"], row["device"], row["address"], row["created_at"], row["last_seen_at"]) for row in rows
    ]


async def hold_password(person_id: int, compared: str, better: str | None, wrong: str) -> None:
    """Only if the hash that was compared is still hers; the update also makes a change of password wait for us."""
    held = (
        await Person.update({Person.password_hash: better or compared})
        .where(Person.id == person_id, Person.password_hash == compared)
        .returning(Person.id)
    )
    if not held:
        raise Refused(wrong, field="password", status=422)


async def confirm(person_id: int, sign_in_id: int, password: str, actor: Actor, at: datetime) -> str:
    """The password once more, before a sensitive act: good for a quarter of an hour. Returns the cookie's new token.

    Raises TooManyTries or Refused("password_wrong"). Call outside any door.
    """
    compared = await check_own_password(person_id, password, at)
    async with writing():
        await hold_password(person_id, compared, None, "password_wrong")
        await audit.record(actor, "people.confirmed", ("person", person_id), at, {"sign_in": sign_in_id})
        return await renew_token(sign_in_id, at)


async def check_own_password(person_id: int, password: str, at: datetime) -> str:
    """The stored hash that `password` fits. Raises TooManyTries or Refused("password_wrong")."""
    async with reading():
        rows = await Person.select(Person.password_hash).where(Person.id == person_id)
    stored: str | None = rows[0]["password_hash"] if rows else None
    buckets = try_buckets("confirm", str(person_id), None, None)
    await take(buckets, at)
    check = await check_password(password, stored)
    if stored is None or not check.fits:
        raise Refused("password_wrong", field="password", status=422)
    await give_back(buckets, at)
    return stored


async def renew_token(sign_in_id: int, at: datetime) -> str:
    """The same sign-in under a new token, freshly confirmed: a stolen copy of the old one opens nothing any more."""
    token = new_token()
    held = (
        await SignIn.update({SignIn.token_hash: token_hash(token), SignIn.confirmed_until: at + CONFIRMED_FOR})
        .where(SignIn.id == sign_in_id, SignIn.revoked_at.is_null())
        .returning(SignIn.id)
    )
    if not held:
        raise Refused("not_signed_in", way="/sign-in", status=401)
    return token


async def sign_out(person_id: int, sign_in_id: int, actor: Actor, at: datetime) -> None:
    """End the sign-in of this browser; ending it twice changes nothing."""
    async with writing():
        if await _end(at, SignIn.id == sign_in_id, SignIn.person == person_id):
            await audit.record(actor, "people.signed_out", ("person", person_id), at, {"sign_in": sign_in_id})


async def end_device(person_id: int, sign_in_id: int, actor: Actor, at: datetime) -> None:
    """End one of her sign-ins from another browser of hers. Somebody else's is NotFound, and noted."""
    if not 0 < sign_in_id <= LARGEST_ID:
        raise NotFound
    async with writing():
        hers = await SignIn.exists().where(SignIn.id == sign_in_id, SignIn.person == person_id)
        if hers and await _end(at, SignIn.id == sign_in_id):
            await audit.record(actor, "people.sign_in_ended", ("person", person_id), at, {"sign_in": sign_in_id})
        elif not hers:
            await audit.record(actor, "people.not_hers", ("sign_in", sign_in_id), at)
    if not hers:
        raise NotFound


async def sign_out_everywhere(person_id: int, actor: Actor, at: datetime, *, keep: int | None = None) -> None:
    """End all her sign-ins but `keep`; her browsers are forgotten with them."""
    async with writing():
        ended = await end_sign_ins(person_id, at, keep=keep)
        await audit.record(actor, "people.sign_ins_ended", ("person", person_id), at, {"count": ended})


async def end_sign_ins(person_id: int, at: datetime, *, keep: int | None = None) -> int:
    """End what is open of hers, half-made sign-ins too, inside the caller's transaction; returns how many sign-ins."""
    await PendingSignIn.update({PendingSignIn.used_at: at}).where(
        PendingSignIn.person == person_id, PendingSignIn.used_at.is_null()
    )
    return await _end(at, SignIn.person == person_id, SignIn.id != (keep or 0))


async def _end(at: datetime, *conditions: object) -> int:
    rows = (
        await SignIn.update({SignIn.revoked_at: at})
        .where(SignIn.revoked_at.is_null(), *conditions)  # type: ignore[arg-type]
        .returning(SignIn.id)
    )
    return len(rows)
