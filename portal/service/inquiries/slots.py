"""What rooms above put behind `/p/{token}`: further pages of suppliers and carriers; joined in `portal/wiring.py`."""

from collections.abc import Awaitable, Callable
from typing import Any

from litestar import Request

from portal.core.web.pages import Answer

# Given the request and its token: the page that it opens, or None where it is not of theirs. Outside a door.
PARTY_PAGES: list[Callable[[Request[Any, Any, Any], str], Awaitable[Answer | None]]] = []


async def party_page(request: Request[Any, Any, Any], token: str) -> Answer | None:
    """The page of a room above, where the token opens one."""
    for shown in PARTY_PAGES:
        answer = await shown(request, token)
        if answer is not None:
            return answer
    return None
