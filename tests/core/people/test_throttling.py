"""Tries are counted in the database: together, exactly, and past a restart."""

import asyncio
from datetime import timedelta

import pytest

from portal.core.base.database import connect, disconnect
from portal.core.people.rules import Bucket
from portal.core.people.throttling import TooManyTries, forget_old_tries, give_back, network_of, take
from tests.core.people.arrange import NOON, rows

pytestmark = pytest.mark.usefixtures("a_window_ahead")

BUCKET = (Bucket("sign-in:who:her", 5),)


async def tries(number: int, at=NOON) -> int:
    refused = 0
    for _ in range(number):
        try:
            await take(BUCKET, at)
        except TooManyTries:
            refused += 1
    return refused


async def test_five_are_free_then_each_is_refused_until_the_window_ends(database: str) -> None:
    assert await tries(5) == 0
    with pytest.raises(TooManyTries) as refused:
        await take(BUCKET, NOON + timedelta(minutes=4))
    assert refused.value.status == 429
    assert refused.value.retry_after == 11 * 60
    assert refused.value.params == {"minutes": 11}
    assert await tries(1, NOON + timedelta(minutes=15)) == 0


async def test_many_at_once_get_five_between_them(database: str) -> None:
    answers = await asyncio.gather(*(take(BUCKET, NOON) for _ in range(20)), return_exceptions=True)
    assert sum(isinstance(answer, TooManyTries) for answer in answers) == 15


async def test_a_right_try_is_given_back(database: str) -> None:
    for _ in range(12):
        await take(BUCKET, NOON)
        await give_back(BUCKET, NOON + timedelta(seconds=1))
    assert await tries(6) == 1


async def test_counts_survive_a_restart(database: str) -> None:
    assert await tries(6) == 1
    await disconnect()
    await connect(database)
    assert await tries(1) == 1


async def test_old_windows_are_forgotten(database: str) -> None:
    await tries(1)
    await tries(1, NOON + timedelta(hours=2))
    await forget_old_tries(NOON + timedelta(hours=2))
    assert len(await rows("SELECT id FROM throttles")) == 1


def test_a_caller_is_an_ipv4_address_or_an_ipv6_subscriber() -> None:
    assert network_of("203.0.113.7") != network_of("203.0.113.8")
    assert network_of("2001:db8:1:2::1") == network_of("2001:db8:1:2:ffff::9")
    assert network_of("2001:db8:1:2::1") != network_of("2001:db8:1:3::1")
    assert network_of(None) is None
    assert network_of("not an address") is None
