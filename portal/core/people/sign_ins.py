"""Coming in: the password, the pending question for the second factor, and the sign-in row that they lead to.

Hashing happens between transactions, never inside one; what it decided is guarded when it is written.
"""

import logging
from dataclasses import dataclass
from datetime import datetime, timedelta

from portal.core.base import audit
from portal.core.base.audit import Actor
from portal.core.base.database import reading, writing
from portal.core.base.ids import new_token, token_hash
from portal.core.base.refusals import Refused
from portal.core.base.settings import settings
from portal.core.people.passwords import check_password
from portal.core.people.queries import roles_of
from portal.core.people.rules import (
    CONFIRMED_FOR,
    PENDING_FOR,
    Bucket,
    device_name,
    factor_required,
    lifetime,
    normal_identifier,
    try_buckets,
)
from portal.core.people.second_factor import accept_code
from portal.core.people.sign_in_rows import hold_password
from portal.core.people.tables import KnownDevice, PendingSignIn, Person, SecondFactor, SignIn
from portal.core.people.throttling import give_back, network_of, take, who_key

log = logging.getLogger("portal.security")
MOST_DEVICES = 20


@dataclass(frozen=True, slots=True)
class Visit:
    """Where somebody comes in from: her browser as it shows itself, and the sign-in that it replaces, if any."""

    address: str | None = None
    request_ref: str | None = None
    user_agent: str = ""
    device: str | None = None
    replaces: int | None = None

    def actor(self, person_id: int) -> Actor:
        return Actor("person", person_id, self.address, self.request_ref)


@dataclass(frozen=True, slots=True)
class Entered:
    """She is in: the secrets for her cookies, how long it lasts, and whether a second factor must be set up."""

    person_id: int
    token: str
    device: str
    lasts: timedelta
    factor_missing: bool


@dataclass(frozen=True, slots=True)
class FactorAsked:
    """The password was right; this token opens the question for the second factor, and nothing else."""

    token: str


@dataclass(frozen=True, slots=True)
class _Candidate:
    person_id: int
    password_hash: str | None
    disabled: bool
    known_device: str | None


async def _candidate(identifier: str, device: str | None) -> _Candidate | None:
    plain = normal_identifier(identifier)
    rows = await Person.raw(
        "SELECT p.id, p.password_hash, p.disabled_at, k.token_hash AS device FROM persons p"
        " LEFT JOIN known_devices k ON k.person = p.id AND k.token_hash = {}"
        " WHERE (p.email = {} OR p.phone = {}) AND p.erased_at IS NULL",
        token_hash(device or ""),
        plain,
        plain,
    )
    if not rows:
        return None
    row = rows[0]
    return _Candidate(row["id"], row["password_hash"], row["disabled_at"] is not None, row["device"])


async def attempt(identifier: str, password: str, visit: Visit, at: datetime) -> Entered | FactorAsked:
    """Sign in by password. Call outside any door.

    Raises TooManyTries, Refused("sign_in_wrong") (the same for unknown people, with the same work done), or
    Refused("account_disabled") to her who knows the password.
    """
    async with reading():
        known = await _candidate(identifier, visit.device)
    buckets = _buckets("sign-in", normal_identifier(identifier), known, visit)
    await take(buckets, at)
    check = await check_password(password, known.password_hash if known else None)
    if known is None or known.password_hash is None or not check.fits:
        log.warning("sign-in refused", extra={"address": visit.address, "request_ref": visit.request_ref})
        raise Refused("sign_in_wrong", field="password", status=422)
    await give_back(buckets, at)
    async with writing():
        await hold_password(known.person_id, known.password_hash, check.new_hash, "sign_in_wrong")
        return await admit(known.person_id, visit, at)


def _buckets(act: str, identifier: str, known: _Candidate | None, visit: Visit) -> tuple[Bucket, ...]:
    device = known.known_device[:40] if known is not None and known.known_device is not None else None
    return try_buckets(act, who_key(identifier), network_of(visit.address), device)


async def admit(person_id: int, visit: Visit, at: datetime) -> Entered | FactorAsked:
    """Past the password (or a one-time link): in, or on to the second factor. Inside the caller's writing()."""
    people = await Person.select(Person.disabled_at).where(Person.id == person_id, Person.erased_at.is_null())
    if not people or people[0]["disabled_at"] is not None:
        raise Refused("account_disabled", status=403)
    factors = await SecondFactor.select(SecondFactor.confirmed_at).where(SecondFactor.person == person_id)
    if not factors or factors[0]["confirmed_at"] is None:
        return await _enter(person_id, visit, at, factor=False)
    token = new_token()
    await PendingSignIn.insert(
        PendingSignIn(token_hash=token_hash(token), person=person_id, created_at=at, expires_at=at + PENDING_FOR)
    )
    return FactorAsked(token)


async def pending_person(token: str, at: datetime) -> int | None:
    """Whose second factor is asked for; None where the question was answered or ran out."""
    rows = await PendingSignIn.select(PendingSignIn.person).where(
        PendingSignIn.token_hash == token_hash(token), PendingSignIn.used_at.is_null(), PendingSignIn.expires_at > at
    )
    return int(rows[0]["person"]) if rows else None


async def answer_factor(token: str, code: str, visit: Visit, at: datetime) -> Entered:
    """The second step: a code of the authenticator, or a recovery code. Call outside any door.

    Raises Refused("pending_gone"), TooManyTries, or Refused("code_wrong").
    """
    async with reading():
        person_id = await pending_person(token, at)
        if person_id is None:
            raise Refused("pending_gone", way="/sign-in", status=422)
        known = await _known_device(person_id, visit.device)
    buckets = try_buckets("factor", str(person_id), network_of(visit.address), known)
    await take(buckets, at)
    async with writing():
        entered = await _answer(token, person_id, code, visit, at)
    await give_back(buckets, at)
    return entered


async def _answer(token: str, person_id: int, code: str, visit: Visit, at: datetime) -> Entered:
    used = (
        await PendingSignIn.update({PendingSignIn.used_at: at})
        .where(PendingSignIn.token_hash == token_hash(token), PendingSignIn.used_at.is_null())
        .returning(PendingSignIn.id)
    )
    people = await Person.select(Person.disabled_at).where(Person.id == person_id)
    if not used or people[0]["disabled_at"] is not None:
        raise Refused("pending_gone", way="/sign-in", status=422)
    if not await accept_code(person_id, code, at):
        raise Refused("code_wrong", field="code", status=422)
    return await _enter(person_id, visit, at, factor=True)


async def _known_device(person_id: int, device: str | None) -> str | None:
    if device is None:
        return None
    digest = token_hash(device)
    found = await KnownDevice.exists().where(KnownDevice.person == person_id, KnownDevice.token_hash == digest)
    return digest[:40] if found else None


async def _enter(person_id: int, visit: Visit, at: datetime, *, factor: bool) -> Entered:
    """A new row and a new token, whatever cookie came along; the sign-in that this browser had before ends."""
    roles = await roles_of(person_id)
    lasts = lifetime(roles).absolute
    token = new_token()
    rows = await SignIn.insert(
        SignIn(
            token_hash=token_hash(token),
            person=person_id,
            device=device_name(visit.user_agent)[:120],
            address=visit.address,
            created_at=at,
            last_seen_at=at,
            expires_at=at + lasts,
            confirmed_until=at + CONFIRMED_FOR,
        )
    )
    if visit.replaces is not None:
        await SignIn.update({SignIn.revoked_at: at}).where(SignIn.id == visit.replaces, SignIn.revoked_at.is_null())
    device = await _remember_device(person_id, visit.device, at)
    facts = {"sign_in": rows[0]["id"], "second_factor": factor}
    await audit.record(visit.actor(person_id), "people.signed_in", ("person", person_id), at, facts)
    missing = not factor and factor_required(roles, settings().environment)
    return Entered(person_id, token, device, lasts, missing)


async def _remember_device(person_id: int, device: str | None, at: datetime) -> str:
    """The device's own secret: kept where it is known to be hers, else a new one; the oldest are forgotten."""
    if device is not None and await _known_device(person_id, device):
        return device
    made = new_token()
    await KnownDevice.insert(KnownDevice(person=person_id, token_hash=token_hash(made), first_seen_at=at))
    newest = KnownDevice.select(KnownDevice.id).where(KnownDevice.person == person_id)
    rows = await newest.order_by(KnownDevice.id, ascending=False).limit(2 * MOST_DEVICES)
    if too_old := [row["id"] for row in rows[MOST_DEVICES:]]:
        await KnownDevice.delete().where(KnownDevice.id.is_in(too_old))
    return made
