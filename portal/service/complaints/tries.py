"""How often a stranger may send something here: counted by the link that she holds, and by her network."""

from datetime import datetime

from portal.core.base.refusals import Refused
from portal.core.people.rules import Bucket
from portal.core.people.throttling import TooManyTries, network_of, take
from portal.core.web.state import state

MOST_OF_ONE = 30  # within a quarter of an hour
MOST_FROM_ONE = 90


async def count(what: str, subject: str, at: datetime) -> None:
    """Count a sending. Call outside a door. Raises Refused(429): `complaint_many`."""
    buckets = [Bucket(f"complaint_{what}:of:{subject}", MOST_OF_ONE)]
    if network := network_of(state().address):
        buckets.append(Bucket(f"complaint_{what}:from:{network}", MOST_FROM_ONE))
    try:
        await take(buckets, at)
    except TooManyTries as many:
        raise Refused("complaint_many", many.params, status=429, retry_after=many.retry_after) from many
