"""What upper rooms show on a supplier's page (how it is judged), as HTML; filled by wiring. They open own doors."""

from collections.abc import Awaitable, Callable
from datetime import datetime

from portal.core.web.viewer import Viewer

Panel = Callable[[Viewer, int, datetime], Awaitable[str]]
SUPPLIER_PANELS: list[Panel] = []
