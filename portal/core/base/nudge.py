"""A nudge wakes the worker of this process at once; workers elsewhere look by themselves every moment."""

import asyncio

_waiting: set[asyncio.Event] = set()


def worker() -> None:
    for event in _waiting:
        event.set()


async def wait(seconds: float) -> None:
    """Sleep until nudged, at most `seconds`."""
    event = asyncio.Event()
    _waiting.add(event)
    try:
        await asyncio.wait_for(event.wait(), seconds)
    except TimeoutError:
        pass
    finally:
        _waiting.discard(event)
