"""Hashing: every character counts, weaker hashes are renewed, and nobody's absence shows."""

import asyncio

import pytest
from passlib.context import CryptContext

from portal.core.base.refusals import Unavailable
from portal.core.people import passwords
from portal.core.people.passwords import check_password, hash_password


@pytest.mark.parametrize("password", ["x" * 200, "🍊" * 60, "with\0nul and \ud800 lone "])
async def test_a_password_fits_itself_and_nothing_that_differs_at_its_end(password: str) -> None:
    stored = await hash_password(password)
    assert (await check_password(password, stored)).fits
    assert not (await check_password(password[:-1] + "b", stored)).fits
    assert not (await check_password(password + "b", stored)).fits
    assert not (await check_password(password.rstrip() + "!", stored)).fits


async def test_hashes_are_argon2_and_differ_each_time() -> None:
    first, second = await hash_password("seven plain tangerines"), await hash_password("seven plain tangerines")
    assert first.startswith("$argon2id$")
    assert first != second


async def test_a_weaker_hash_is_made_anew_at_the_right_password_only() -> None:
    weak = CryptContext(schemes=["argon2"], argon2__rounds=1, argon2__memory_cost=8192).hash("seven plain tangerines")
    right = await check_password("seven plain tangerines", weak)
    assert right.fits
    assert right.new_hash is not None
    assert (await check_password("seven plain tangerines", right.new_hash)) == passwords.Check(True)
    assert (await check_password("something else", weak)) == passwords.Check(False)


async def test_nothing_stored_never_fits() -> None:
    assert not (await check_password("seven plain tangerines", None)).fits
    assert not (await check_password("", None)).fits


async def test_a_monster_of_a_password_is_wrong_not_a_fault() -> None:
    stored = await hash_password("x" * 4096)
    assert not (await check_password("x" * 5000, stored)).fits


async def test_at_most_four_hash_at_once_and_a_long_line_is_sent_away() -> None:
    assert passwords._POOL._max_workers == 4
    wanted = passwords.MOST_WAITING + 3
    answers = await asyncio.gather(*(passwords._in_line(lambda: 1) for _ in range(wanted)), return_exceptions=True)
    assert sum(isinstance(answer, Unavailable) for answer in answers) == 3
    assert answers.count(1) == passwords.MOST_WAITING
    assert await passwords._in_line(lambda: 2) == 2
