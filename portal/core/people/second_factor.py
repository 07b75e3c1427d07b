"""The second factor: a code every half minute from the person's authenticator, or one of ten recovery codes."""

import hmac
import secrets
from dataclasses import dataclass
from datetime import datetime

import pyotp
import segno

from portal.core.base import audit
from portal.core.base.audit import Actor
from portal.core.base.database import writing
from portal.core.base.ids import bound_to
from portal.core.base.keys import seal, unseal
from portal.core.base.refusals import Refused
from portal.core.base.settings import settings
from portal.core.people.tables import RecoveryCode, SecondFactor

STEP_SECONDS = 30
RECOVERY_CODES = 10
_ALPHABET = "23456789abcdefghjkmnpqrstvwxyz"  # nothing that a hand-written copy confuses


@dataclass(frozen=True, slots=True)
class FactorState:
    """How a person stands with her second factor; the seed is told only until it is confirmed."""

    seed: str | None
    confirmed_at: datetime | None
    codes_left: int


@dataclass(frozen=True, slots=True)
class SetUp:
    """What her authenticator needs: the picture to scan, the address behind it, the seed to type."""

    picture: str
    address: str
    seed: str


def matching_step(seed: str, code: str, at: datetime) -> int | None:
    """The half-minute that `code` belongs to, one before to one after `at`, or None."""
    present = int(at.timestamp()) // STEP_SECONDS
    made = pyotp.TOTP(seed)
    for step in (present, present - 1, present + 1):
        if hmac.compare_digest(made.generate_otp(step).encode(), code.encode("utf-8", "replace")):
            return step
    return None


def set_up(seed: str, site: str, who: str) -> SetUp:
    """The seed as a QR picture (a data address, which the pages' policy allows in images)."""
    address = pyotp.TOTP(seed).provisioning_uri(name=who, issuer_name=site)
    picture = segno.make(address, error="m", micro=False).png_data_uri(scale=6, border=4)
    return SetUp(picture, address, " ".join(seed[i : i + 4] for i in range(0, len(seed), 4)))


async def factor_state(person_id: int) -> FactorState:
    """Inside a door of the caller's."""
    rows = await SecondFactor.select(SecondFactor.sealed_seed, SecondFactor.confirmed_at).where(
        SecondFactor.person == person_id
    )
    if not rows:
        return FactorState(None, None, 0)
    if rows[0]["confirmed_at"] is None:
        return FactorState(unseal(rows[0]["sealed_seed"]), None, 0)
    left = await RecoveryCode.count().where(RecoveryCode.person == person_id, RecoveryCode.used_at.is_null())
    return FactorState(None, rows[0]["confirmed_at"], left)


async def begin_factor(person_id: int, actor: Actor, at: datetime) -> None:
    """A fresh seed, not confirmed yet; one that waits for its confirmation stays.

    Raises Refused("factor_stands") where she has a confirmed one: that is ended first.
    """
    async with writing():
        made = await SecondFactor.raw(
            "INSERT INTO second_factors (person, sealed_seed, made_at, last_step) VALUES ({}, {}, {}, 0)"
            " ON CONFLICT (person) DO NOTHING RETURNING id",
            person_id,
            seal(pyotp.random_base32()),
            at,
        )
        if made:
            await audit.record(actor, "people.factor_begun", ("person", person_id), at)
        elif (await factor_state(person_id)).confirmed_at is not None:
            raise Refused("factor_stands", way="/me/second-factor")


async def confirm_factor(person_id: int, code: str, actor: Actor, at: datetime) -> list[str]:
    """The first right code puts the factor in force; returns the recovery codes, shown this once.

    Raises Refused("code_wrong") or Refused("factor_stands").
    """
    async with writing():
        state = await factor_state(person_id)
        if state.seed is None:
            raise Refused("factor_stands" if state.confirmed_at else "factor_not_begun", way="/me/second-factor")
        step = matching_step(state.seed, _typed(code), at)
        if step is None:
            raise Refused("code_wrong", field="code", status=422)
        won = (
            await SecondFactor.update({SecondFactor.confirmed_at: at, SecondFactor.last_step: step})
            .where(SecondFactor.person == person_id, SecondFactor.confirmed_at.is_null())
            .returning(SecondFactor.id)
        )
        if not won:
            raise Refused("factor_stands", way="/me/second-factor")
        await audit.record(actor, "people.factor_confirmed", ("person", person_id), at)
        return await _make_codes(person_id, at)


async def renew_codes(person_id: int, actor: Actor, at: datetime) -> list[str]:
    """Ten new recovery codes; the old ones are void. Raises Refused("factor_not_begun") where there is no factor."""
    async with writing():
        if (await factor_state(person_id)).confirmed_at is None:
            raise Refused("factor_not_begun", way="/me/second-factor")
        await audit.record(actor, "people.recovery_codes_made", ("person", person_id), at)
        return await _make_codes(person_id, at)


async def end_factor(person_id: int, actor: Actor, at: datetime) -> bool:
    """Take the second factor and its codes away; False where there was none."""
    async with writing():
        gone = await SecondFactor.delete().where(SecondFactor.person == person_id).returning(SecondFactor.id)
        await RecoveryCode.delete().where(RecoveryCode.person == person_id)
        if gone:
            await audit.record(actor, "people.factor_ended", ("person", person_id), at)
    return bool(gone)


async def accept_code(person_id: int, code: str, at: datetime) -> bool:
    """Whether `code` opens the door now; it opens it once. Inside the caller's writing()."""
    typed = _typed(code)
    if len(typed) == 6 and typed.isdigit():
        return await _accept_totp(person_id, typed, at)
    used = (
        await RecoveryCode.update({RecoveryCode.used_at: at})
        .where(
            RecoveryCode.person == person_id,
            RecoveryCode.code_hash == _code_hash(person_id, code),
            RecoveryCode.used_at.is_null(),
        )
        .returning(RecoveryCode.id)
    )
    return bool(used)


async def _accept_totp(person_id: int, code: str, at: datetime) -> bool:
    rows = await SecondFactor.select(SecondFactor.sealed_seed).where(
        SecondFactor.person == person_id, SecondFactor.confirmed_at.is_not_null()
    )
    step = matching_step(unseal(rows[0]["sealed_seed"]), code, at) if rows else None
    if step is None:
        return False
    won = (
        await SecondFactor.update({SecondFactor.last_step: step})
        .where(SecondFactor.person == person_id, SecondFactor.last_step < step)
        .returning(SecondFactor.id)
    )
    return bool(won)


async def _make_codes(person_id: int, at: datetime) -> list[str]:
    codes = [_new_code() for _ in range(RECOVERY_CODES)]
    await RecoveryCode.delete().where(RecoveryCode.person == person_id)
    await RecoveryCode.insert(
        *(RecoveryCode(person=person_id, code_hash=_code_hash(person_id, code), made_at=at) for code in codes)
    )
    return codes


def _new_code() -> str:
    return "-".join("".join(secrets.choice(_ALPHABET) for _ in range(4)) for _ in range(3))


def _typed(code: str) -> str:
    return "".join(c for c in code if not c.isspace())[:40]


def _code_hash(person_id: int, code: str) -> str:
    plain = "".join(c for c in code.lower() if c in _ALPHABET)
    return bound_to(settings().secret_key, "recovery-code", f"{person_id}:{plain}")
