"""Where the rooms are joined: routes, hooks, slots, worker. Nothing else knows every room."""

from typing import Any

from portal.core.base.audit import sequence
from portal.core.base.worker import REGISTRY
from portal.core.web.frame import Entrance

ROUTES: list[Any] = []


async def _nobody(token: str, page: Any) -> None:
    return None


ENTRANCE = Entrance(viewer=_nobody, program=_nobody)


def join() -> None:
    """Join everything once more; joining twice changes nothing."""
    REGISTRY.sweeps["audit.sequence"] = (sequence, 1)
