"""Counting tries, in the database: every process counts together, and a restart forgets nothing."""

import ipaddress
import logging
from collections.abc import Sequence
from datetime import datetime, timedelta

from portal.core.base.database import writing
from portal.core.base.ids import bound_to
from portal.core.base.refusals import Refused
from portal.core.base.settings import settings
from portal.core.base.tables import Throttle
from portal.core.people.rules import WINDOW, Bucket, seconds_left, window_start

log = logging.getLogger("portal.security")

_COUNT = (
    "INSERT INTO throttles (bucket, window_start, count, blocked) VALUES ({}, {}, {}, FALSE)"
    " ON CONFLICT (bucket, window_start) DO UPDATE SET count = throttles.count + excluded.count RETURNING count"
)
_UNCOUNT = "UPDATE throttles SET count = count - 1 WHERE bucket = {} AND window_start = {} AND count > 0"


class TooManyTries(Refused):
    """Too many tries in this window; they are free again after `retry_after` seconds."""

    def __init__(self, seconds: int) -> None:
        minutes = -(-seconds // 60)
        super().__init__("tries_used_up", {"minutes": minutes}, way="/recovery", status=429, retry_after=seconds)


async def take(buckets: Sequence[Bucket], at: datetime, tries: int = 1) -> None:
    """Count tries before they are judged, so that many at once cannot slip through. Call outside any door.

    Raises TooManyTries where one of the buckets is full; the count stands all the same.
    """
    full = False
    async with writing():
        for bucket in sorted(buckets, key=lambda one: one.key):  # one order for all, so that none waits for the other
            rows = await Throttle.raw(_COUNT, bucket.key, window_start(at), tries)
            full = full or rows[0]["count"] > bucket.most
    if full:
        log.warning("tries used up", extra={"buckets": [bucket.key.rpartition(":")[0] for bucket in buckets]})
        raise TooManyTries(seconds_left(at))


async def give_back(buckets: Sequence[Bucket], at: datetime) -> None:
    """The try taken at `at` was a right one: it does not count."""
    async with writing():
        for bucket in sorted(buckets, key=lambda one: one.key):
            await Throttle.raw(_UNCOUNT, bucket.key, window_start(at))


async def forget_old_tries(at: datetime) -> None:
    """Windows that are over limit nothing any more."""
    async with writing():
        await Throttle.delete().where(Throttle.window_start < at - 2 * WINDOW - timedelta(minutes=1))


def who_key(identifier: str) -> str:
    """A stand-in for what was typed: the table of tries must not hold names, phones or addresses of anybody."""
    return bound_to(settings().secret_key, "throttle", identifier)[:40]


def network_of(address: str | None) -> str | None:
    """What counts as one caller: an IPv4 address, or the /64 that one IPv6 subscriber has to herself."""
    if address is None:
        return None
    try:
        ip = ipaddress.ip_address(address)
    except ValueError:
        return None
    network = ip if ip.version == 4 else ipaddress.ip_network(f"{ip}/64", strict=False).network_address
    return who_key(str(network))
