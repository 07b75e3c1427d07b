"""Which pages there are to walk: found by following links as each kind of person, on the demo's stocked database."""

import itertools
import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any
from urllib.parse import urljoin, urlsplit

import httpx

from tests.browse import Page
from tests.house.routes import all_routes
from tests.journeys.server import Site

PASSWORD = "share-after-learning"
# Who signs in as what. Owners stand at every stage; those without an address of their own sign in by phone.
PARTS: Mapping[str, str | None] = {
    "visitor": None,
    "owner": "owner@demo.test",
    "new owner": "new-owner@demo.test",
    "learning owner": "13800000014",
    "ready owner": "13800000016",
    "failed owner": "13800000018",
    "suspended owner": "13800000021",
    "closed owner": "13800000023",
    "manager": "manager@demo.test",
    "agent": "agent@demo.test",
    "desk lead": "desk-lead@demo.test",
    "admin": "admin@demo.test",
}
# Where nobody is led by a link that stands on a page.
STARTS: Mapping[str, Sequence[str]] = {
    "visitor": ("/sign-in", "/recovery", "/recovery?asked=1", "/verify", "/nowhere", "/s/nowhere", "/invitations/used"),
    "owner": (
        "/me/confirm",
        "/me/second-factor",
        "/notices",
        "/admin",
        "/verify",
        "/orders/D-2026-1007/hurry",
        "/orders/D-2026-1011/reminder",
        "/orders/D-2026-1014/claims/new",
        "/orders/D-2026-1003/marks",
        "/orders/D-2026-1005/marks",
        "/orders?select=yes",
    ),
    "ready owner": ("/exams",),
    "admin": (
        "/admin/buyers/vip-1",
        "/admin/suppliers",
        "/admin/groups",
        "/admin/stores/new",
        "/admin/people/new",
        "/manage/assignments",
    ),
    "manager": ("/manage?show=stuck",),
    "desk lead": (
        "/desk/quality/trainings/1",
        "/admin/stars/appeals?show=decided",
        "/admin/awards/objections?show=decided",
    ),
}
# Not pages, or pages that stand only for the moment between two forms.
NO_PAGES = re.compile(
    r"/(api|healthz|readyz|metrics|robots|media|photos|\.well-known)|\.(png|csv|xlsx)$|/(state|news|export)$|/evidence/\{|/archive/\{name"
    r"|/files/\{file|/papers/\{|/signature$|/export/\{name|/exports/\{ref:str\}/file$"
)
BETWEEN = (
    "/attempts/{ref:str}/submission",
    "/c/{token:str}/proposals/{ref:str}/acceptance",
    "/c/{token:str}/proposals/{ref:str}/refusal",
    "/manage/jobs/{job_id:int}",
    "/admin/exports/{ref:str}",
    "/desk/load/moves/{job_id:int}",
    "/help/suggestions",
    "/orders/bulk/{job_id:int}",
    "/recovery/{token:str}",
    "/sign-in/second-factor",
)
MOST_EYES = 2  # of the people who may see a route, in the sample
THEMES, LANGUAGES, WIDTHS = ("light", "dark"), ("zh-Hans", "en"), (320, 390, 768, 1440)


@dataclass(frozen=True)
class Spot:
    """A page to look at: whose, which route, and one address of it."""

    part: str
    route: str
    path: str


@dataclass(frozen=True)
class Dress:
    """How it is looked at."""

    theme: str
    language: str
    widths: tuple[int, ...]
    read: tuple[int, ...]  # those of the widths in which axe reads it


@contextmanager
def signed_in(site: Site, part: str) -> Iterator[httpx.Client]:
    """A client with this person's cookies."""
    identifier = PARTS[part]
    with httpx.Client(base_url=site.base, timeout=90, follow_redirects=True) as client:
        if identifier is not None:
            form = Page(client.get("/sign-in")).form("/sign-in")
            sent = client.post("/sign-in", data={**form.fields, "identifier": identifier, "password": PASSWORD})
            assert sent.url.path != "/sign-in", f"{part} did not get in"
        yield client


def cookies_of(site: Site, part: str) -> list[Any]:
    """This person's cookies, for a browser."""
    with signed_in(site, part) as client:
        return [{"name": one.name, "value": one.value or "", "url": site.base} for one in client.cookies.jar]


def pages_of_routes() -> dict[str, re.Pattern[str]]:
    """Every GET route that answers with a page, and what its addresses look like."""
    found = {}
    for route in all_routes():
        if route.method == "GET" and not NO_PAGES.search(route.path):
            shape = re.sub(r"\\{\w+:(\w+)\\}", _gap, re.escape(route.path))
            found[route.path] = re.compile(shape)
    return found


def _gap(match: re.Match[str]) -> str:
    return r"\d+" if match[1] == "int" else "[^/]+"


def spots(
    client: httpx.Client, part: str, routes: Mapping[str, re.Pattern[str]], more: Sequence[str] = ()
) -> Iterator[Spot]:
    """One address for each route that this person comes to by links; each where she begins, `more` among them."""
    begin = ["/", *STARTS.get(part, ()), *more]
    waiting, seen = list(begin), set[str]()
    met: set[str] = set()
    while waiting:
        path = waiting.pop(0)
        route = _route_of(path, routes)
        if path in seen or (route in met and path not in begin):
            continue
        seen.add(path)
        answer = client.get(path)
        if not answer.headers["content-type"].startswith("text/html"):
            continue
        landed = answer.url.path + (f"?{answer.url.query.decode()}" if answer.url.query else "")
        route = _route_of(landed, routes)
        assert answer.status_code < 500, f"{part} {path}: {answer.status_code}"
        if route not in met or path in begin:
            met.add(route)
            yield Spot(part, route, landed)
        waiting += _links(answer, client)


def _links(answer: httpx.Response, client: httpx.Client) -> list[str]:
    base = str(client.base_url).rstrip("/")
    wanted = (urljoin(str(answer.url), link) for link in Page(answer).links)
    inner = (one.removeprefix(base) for one in wanted if one.startswith(base))
    return [path.split("#")[0] for path in inner if not NO_PAGES.search(urlsplit(path).path)]


def _route_of(path: str, routes: Mapping[str, re.Pattern[str]]) -> str:
    plain = urlsplit(path).path
    fitting = [route for route, shape in routes.items() if shape.fullmatch(plain)]
    return min(fitting, key=lambda route: route.count("{"), default="nowhere")


def dresses(index: int, everything: bool) -> list[Dress]:
    """How the page in this place of the list is looked at: every way, or so that all pairs occur.

    Each page is seen in both themes, both languages and all four widths; which go together changes from page to page.
    """
    if everything:
        return [Dress(theme, language, WIDTHS, WIDTHS) for theme in THEMES for language in LANGUAGES]
    widths = (((320, 1440), (390, 768)), ((390, 1440), (320, 768)))[index // 2 % 2]
    first, second = widths if index % 2 else widths[::-1]
    languages = LANGUAGES if index // 4 % 2 else LANGUAGES[::-1]
    narrow = index // 8 % 2  # axe reads each page once on a phone and once on something wider
    return [
        Dress("light", languages[0], first, (first[narrow],)),
        Dress("dark", languages[1], second, (second[1 - narrow],)),
    ]


def rounds(found: Sequence[Spot], everything: bool) -> list[tuple[Spot, Dress]]:
    """The walk: each route in all the dresses that it needs, as the people who may see it in turn.

    Everybody's every page is the whole walk; a page looks alike to those who share its layout.
    """
    walk = []
    groups = itertools.groupby(sorted(found, key=lambda one: one.route), key=lambda one: one.route)
    for turn, (_, group) in enumerate(groups):
        alike = list(group)
        if everything:
            walk += [(spot, dress) for spot in alike for dress in dresses(0, everything=True)]
            continue
        needed = dresses(turn, everything=False)
        for place in range(max(min(len(alike), MOST_EYES), len(needed))):
            walk.append((alike[(turn + place) % len(alike)], needed[place % len(needed)]))
    return walk
