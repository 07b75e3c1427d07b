"""What rooms above put behind `/p/{token}`: further pages of suppliers and carriers; joined in `portal/wiring.py`."""

from collections.abc import Awaitable, Callable
from typing import Any

from litestar import Request

from portal.core.base.public_links import Door
from portal.core.web.pages import Answer

# By the kind of link, given the request and its token: the page that it opens, or None where it opens nothing any
# more. Outside a door of the database.
PARTY_PAGES: dict[Door, Callable[[Request[Any, Any, Any], str], Awaitable[Answer | None]]] = {}
