"""Lists page by key: `after` is the id of the last row seen; nothing is counted, nothing is skipped over."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar
from urllib.parse import urlencode

from litestar import Request

Item = TypeVar("Item")
PAGE = 30
MOST = 100


@dataclass(frozen=True, slots=True)
class Page(Generic[Item]):
    """One page of a list and the key of the next, if there is more."""

    items: Sequence[Item]
    next_after: int | None


@dataclass(frozen=True, slots=True)
class Cut:
    """Which page is asked for: rows beyond `after` (0: from the start), `limit` of them."""

    after: int = 0
    limit: int = PAGE

    @property
    def fetch(self) -> int:
        """One more than shown tells whether there is a next page."""
        return self.limit + 1


def cut_of(request: Request[Any, Any, Any], limit: int = PAGE) -> Cut:
    """The page that the query asks for; nonsense is the first page."""
    after, wanted = request.query_params.get("after", "0"), request.query_params.get("limit", str(limit))
    return Cut(
        int(after) if after.isascii() and after.isdigit() and len(after) < 18 else 0,
        min(max(int(wanted), 1), MOST) if wanted.isascii() and wanted.isdigit() and len(wanted) < 9 else limit,
    )


def paged(rows: Sequence[Item], cut: Cut, key: Any) -> Page[Item]:
    """The page of `rows`, which were fetched with `cut.fetch`; `key` gives a row's key."""
    shown = rows[: cut.limit]
    return Page(shown, key(shown[-1]) if len(rows) > cut.limit else None)


def next_link(request: Request[Any, Any, Any], page: Page[Any]) -> str | None:
    """The address of the next page, with the filters that stand in this one's query."""
    if page.next_after is None:
        return None
    kept = [(name, value) for name, value in request.query_params.multi_items() if name != "after"]
    return f"{request.url.path}?{urlencode([*kept, ('after', page.next_after)])}"
