"""Which worker runs what, and when: a file's tests stay together, and what takes long begins first.

Together, because a file's tests share what is dear to make: a browser, a stage. First, so that at the end of a
run nobody waits for one long story.
"""

from collections import defaultdict
from collections.abc import Iterable
from typing import Any
from zlib import crc32

import pytest
from xdist.scheduler import LoadScopeScheduling

# The longest first; everything else follows in the order of its collection. Who is first on the site opens it for all:
# meanwhile the others do what needs no site.
LONG = (
    "tests/journeys/test_pages_walk.py::test_nothing_is_wrong_with_any_page[admin]",
    "tests/journeys/test_main_line.py",
    "tests/journeys/test_desk.py",
    "tests/journeys/test_pages_walk.py",
    "tests/journeys/",
    "tests/certification/rights/test_histories.py",
    "tests/service/earnings/test_ledgers.py",
    "tests/house/ground/test_roles.py",
    "tests/faults/",
    "tests/service/connect/test_schema.py",
    "tests/core/web/test_gallery.py",
    "tests/courses/questions/test_gift_round.py",
    "tests/commands/",
    "tests/attacks/",
)
# Long tests that share nothing with their neighbours.
ALONE = (
    "tests/journeys/test_pages_walk.py",
    "tests/journeys/test_main_line.py",
    "tests/journeys/test_orders.py",
    "tests/journeys/test_trust.py",
    "tests/journeys/test_desk.py",
    "tests/journeys/test_supplier.py",
    "tests/journeys/test_awards.py",
    "tests/certification/rights/test_histories.py",
    "tests/service/earnings/test_ledgers.py",
    "tests/house/ground/test_roles.py",
)


def turn(nodeid: str) -> int:
    """Where a test stands in the queue."""
    return next((place for place, start in enumerate(LONG) if nodeid.startswith(start)), len(LONG))


def group(nodeid: str) -> str:
    """What a test shares its worker with."""
    path = nodeid.partition("::")[0]
    return nodeid if path in ALONE else path


def alternate(items: Iterable[pytest.Item]) -> set[pytest.Item]:
    """Which tests of pages are left out where each takes one kind of database: so many of every file take each kind.

    The actions below the pages are tested on both; every page is opened on SQLite by the walk, on PostgreSQL where its
    queries are counted.
    """
    kinds: dict[str, dict[str, list[pytest.Item]]] = defaultdict(lambda: defaultdict(list))
    for item in items:
        if isinstance(item, pytest.Function) and item.path.name.endswith("_pages.py") and hasattr(item, "callspec"):
            kind = item.callspec.params.get("database_url")
            if kind is not None:
                kinds[item.nodeid.rpartition("[")[0]][kind].append(item)
    both = [(name, by_kind) for name, by_kind in kinds.items() if len(by_kind) > 1]
    return {one for name, by_kind in both for one in by_kind[sorted(by_kind)[crc32(name.encode()) % 2]]}


class Turns(LoadScopeScheduling):
    """Hands out groups in the order of `turn`."""

    def __init__(self, config: Any, log: Any = None) -> None:
        config.option.loadscopereorder = False  # the order below, not by the number of tests
        super().__init__(config, log)

    def _split_scope(self, nodeid: str) -> str:
        return group(nodeid)
