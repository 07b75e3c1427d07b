"""Where the rooms above put in what only they know; joined in `portal/wiring.py`."""

from collections.abc import Awaitable, Callable, Sequence

# Given ids of violations: the pages that tell where they come from, of those that a room above knows. Inside a door.
VIOLATION_WAYS: list[Callable[[Sequence[int]], Awaitable[dict[int, str]]]] = []


async def ways_of(ids: Sequence[int]) -> dict[int, str]:
    """The page behind each violation, where there is one."""
    ways: dict[int, str] = {}
    for load in VIOLATION_WAYS:
        ways.update(await load(ids))
    return ways
