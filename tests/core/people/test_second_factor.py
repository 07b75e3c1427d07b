"""Codes of the authenticator: one step either way, each good once; recovery codes likewise."""

import asyncio
from datetime import timedelta

import pyotp
import pytest

from portal.core.base.audit import SYSTEM
from portal.core.base.database import reading, writing
from portal.core.base.refusals import Refused
from portal.core.people import second_factor
from portal.core.people.rules import Role
from portal.core.people.second_factor import (
    accept_code,
    begin_factor,
    confirm_factor,
    end_factor,
    factor_state,
    matching_step,
    renew_codes,
)
from tests.core.people.arrange import NOON, audited, rows, someone

SEED = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"
HALF_MINUTE = timedelta(seconds=30)


def code_at(seed: str, at=NOON) -> str:
    return pyotp.TOTP(seed).at(at)


@pytest.mark.parametrize(("steps", "fits"), [(-2, False), (-1, True), (0, True), (1, True), (2, False)])
def test_a_code_fits_one_half_minute_either_way(steps: int, fits: bool) -> None:
    code = code_at(SEED, NOON + steps * HALF_MINUTE)
    assert (matching_step(SEED, code, NOON) is not None) is fits


@pytest.mark.parametrize("code", ["", "12345", "1234567", "abcdef", "١٢٣٤٥٦", "\ud800"])
def test_what_is_no_code_fits_never(code: str) -> None:
    assert matching_step(SEED, code, NOON) is None


async def ready(at=NOON) -> tuple[int, str, list[str]]:
    her = await someone(role=Role.AGENT, at=at)
    await begin_factor(her, SYSTEM, at)
    async with reading():
        seed = (await factor_state(her)).seed
    assert seed is not None
    return her, seed, await confirm_factor(her, code_at(seed, at), SYSTEM, at)


async def accepted(her: int, code: str, at=NOON) -> bool:
    async with writing():
        return await accept_code(her, code, at)


async def test_setting_up_wants_a_first_right_code_and_tells_the_codes_once(database: str) -> None:
    her = await someone(role=Role.AGENT, at=NOON)
    await begin_factor(her, SYSTEM, NOON)
    await begin_factor(her, SYSTEM, NOON)  # the same seed waits on
    async with reading():
        state = await factor_state(her)
    assert state.seed is not None
    assert state.confirmed_at is None
    assert not await accepted(her, code_at(state.seed))
    with pytest.raises(Refused) as refused:
        await confirm_factor(her, "000000" if code_at(state.seed) != "000000" else "111111", SYSTEM, NOON)
    assert refused.value.code == "code_wrong"
    codes = await confirm_factor(her, f" {code_at(state.seed)[:3]} {code_at(state.seed)[3:]} ", SYSTEM, NOON)
    assert len(set(codes)) == 10
    stored = str(await rows("SELECT * FROM second_factors")) + str(await rows("SELECT * FROM recovery_codes"))
    assert state.seed not in stored
    assert not any(code in stored for code in codes)
    async with reading():
        assert (await factor_state(her)).seed is None
    for again in (begin_factor(her, SYSTEM, NOON), confirm_factor(her, "123456", SYSTEM, NOON)):
        with pytest.raises(Refused) as refused:
            await again
        assert refused.value.code == "factor_stands"


async def test_a_code_opens_once_and_so_does_none_before_it(database: str) -> None:
    her, seed, _ = await ready()
    assert not await accepted(her, code_at(seed))  # it confirmed the factor, so it is used
    later = NOON + 4 * HALF_MINUTE
    before = code_at(seed, later - HALF_MINUTE)
    assert await accepted(her, code_at(seed, later), later)
    assert not await accepted(her, code_at(seed, later), later)
    assert not await accepted(her, before, later)
    assert await accepted(her, code_at(seed, later + HALF_MINUTE), later)


async def test_of_many_at_once_with_one_code_a_single_one_gets_in(database: str) -> None:
    her, seed, codes = await ready()
    later = NOON + 4 * HALF_MINUTE
    answers = await asyncio.gather(*(accepted(her, code_at(seed, later), later) for _ in range(8)))
    assert answers.count(True) == 1
    answers = await asyncio.gather(*(accepted(her, codes[0], later) for _ in range(8)))
    assert answers.count(True) == 1


async def test_a_recovery_code_is_good_once_and_void_after_new_ones(database: str) -> None:
    her, _, codes = await ready()
    assert await accepted(her, f" {codes[0].upper().replace('-', ' ')} ")
    assert not await accepted(her, codes[0])
    async with reading():
        assert (await factor_state(her)).codes_left == 9
    fresh = await renew_codes(her, SYSTEM, NOON)
    assert not await accepted(her, codes[1])
    assert await accepted(her, fresh[0])
    assert not await accepted(her, "aaaa-bbbb-cccc")


async def test_a_recovery_code_is_its_own_persons(database: str) -> None:
    _, _, codes = await ready()
    other = await someone("other@demo.test", role=Role.AGENT, at=NOON)
    assert not await accepted(other, codes[0])


async def test_ended_is_ended(database: str) -> None:
    her, seed, codes = await ready()
    assert await end_factor(her, SYSTEM, NOON)
    assert not await end_factor(her, SYSTEM, NOON)
    later = NOON + 4 * HALF_MINUTE
    assert not await accepted(her, code_at(seed, later), later)
    assert not await accepted(her, codes[0])
    for act in (renew_codes(her, SYSTEM, NOON), confirm_factor(her, "123456", SYSTEM, NOON)):
        with pytest.raises(Refused) as refused:
            await act
        assert refused.value.code == "factor_not_begun"
    assert len(await audited("people.factor_ended")) == 1


def test_the_picture_is_a_data_address_and_names_site_and_person() -> None:
    made = second_factor.set_up(SEED, "店主学堂", "he@demo.test")
    assert made.picture.startswith("data:image/png;base64,")
    assert "he%40demo.test" in made.address
    assert made.seed.replace(" ", "") == SEED
