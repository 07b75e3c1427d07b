"""Closed by default: every route stands in the written table with who may enter; open ones in a list of their own."""

from pathlib import Path

from portal.core.people.policy import Capability
from tests.house.routes import Route, all_routes
from tests.house.tree import listed

TABLE = Path(__file__).with_name("routes.txt")
OPEN = Path(__file__).with_name("open_routes.txt")


def written() -> list[Route]:
    rows = [line.split() for line in listed(TABLE)]
    return sorted(Route(path, method, who) for method, path, who in rows)


def test_every_route_is_written_down_with_who_may_enter() -> None:
    assert [str(route) for route in all_routes()] == [str(route) for route in written()]


def test_open_routes_are_listed_by_name() -> None:
    found = {f"{route.method} {route.path}" for route in all_routes() if route.who == "everybody"}
    assert sorted(found) == sorted(" ".join(line.split()) for line in listed(OPEN))


def test_what_a_route_needs_is_a_capability_that_somebody_may_have() -> None:
    plain = {"everybody", "signed-in", "before-factor"}
    known = plain | {str(capability) for capability in Capability}
    assert {route.who for route in all_routes() if not route.who.startswith("scope:")} <= known


def test_nothing_is_changed_by_looking() -> None:
    """No path that names an act is reached by GET: acts are nouns that are posted."""
    verbs = {"delete", "close", "revoke", "suspend", "publish", "remove", "sign-out"}
    assert [str(r) for r in all_routes() if r.method == "GET" and verbs & set(r.path.split("/"))] == []
