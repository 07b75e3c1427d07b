"""How many queries pages ask: whoever looks follows the links of the demo and counts at each address."""

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from urllib.parse import urljoin, urlsplit

from portal.core.base.database import counting_queries
from tests.browse import BASE, Browser, Page
from tests.house.routes import all_routes

MOST = 12
EACH = 16  # addresses of a route that one person looks at: its records stand in different states
SOUND = (200, 303, 401, 403, 404, 410, 503)  # not ready, where no worker runs; nothing else fails


def looked_at() -> dict[str, re.Pattern[str]]:
    """Every route that is looked at, with the shape of its addresses; programs' ones aside."""
    paths = {route.path for route in all_routes() if route.method == "GET" and not route.path.startswith("/api")}
    return {path: re.compile(re.sub(r"\\{\w+:(\w+)\\}", _gap, re.escape(path))) for path in paths}


def _gap(match: re.Match[str]) -> str:
    return r"\d+" if match[1] == "int" else "[^/]+"


@dataclass(frozen=True, slots=True)
class Asked:
    """What one look cost."""

    part: str
    path: str
    queries: tuple[str, ...]

    def __str__(self) -> str:
        lines = "".join(f"\n    {' '.join(query.split())[:160]}" for query in self.queries)
        return f"{len(self.queries)} queries: {self.part} at {self.path}{lines}"


@dataclass
class Round:
    """What was asked on the way, by route."""

    routes: dict[str, re.Pattern[str]] = field(default_factory=looked_at)
    found: dict[str, list[Asked]] = field(default_factory=dict)

    def route_of(self, path: str) -> str | None:
        plain = urlsplit(path).path
        fitting = [route for route, shape in self.routes.items() if shape.fullmatch(plain)]
        return min(fitting, key=lambda route: route.count("{"), default=None)

    async def walk(self, browser: Browser, part: str, begin: list[str]) -> None:
        """Look at `begin` and at what it leads to, some addresses of each route, and count."""
        waiting, seen, looks = ["/", *begin], set[str](), Counter[str]()
        while waiting:
            path = waiting.pop(0)
            route = self.route_of(path)
            if route is None or path in seen or (looks[route] >= EACH and path not in begin):
                continue
            seen.add(path)
            looks[route] += 1
            asked, page = await _look(browser, part, path)
            self.found.setdefault(route, []).append(asked)
            waiting += _onward(page)

    def worst(self) -> Iterator[Asked]:
        """The dearest look at each route, the dearest first."""
        dearest = [max(looks, key=lambda one: len(one.queries)) for looks in self.found.values()]
        yield from sorted(dearest, key=lambda one: -len(one.queries))


async def _look(browser: Browser, part: str, path: str) -> tuple[Asked, Page]:
    """Look once; where that was dear once more, for a process reads only once what never changes, and a right that
    time has changed is decided at the first look."""
    for _ in range(2):
        with counting_queries() as count:
            answer = await browser.client.get(path)
        assert answer.status_code in SOUND, (part, path, answer.status_code)
        asked = Asked(part, path, tuple(count.queries))
        if len(asked.queries) <= MOST:
            break
    return asked, Page(answer)


def _onward(page: Page) -> list[str]:
    base, moved = str(page.response.url), page.response.headers.get("location")
    html = page.response.headers.get("content-type", "").startswith("text/html")
    wanted = [urljoin(base, link) for link in [*(page.links if html else []), *([moved] if moved else [])]]
    return [one.removeprefix(BASE).split("#")[0] for one in wanted if one.startswith(f"{BASE}/")]
