"""Rows whose time has come: each once, and none waits for one that cannot be done."""

from collections.abc import Sequence
from dataclasses import dataclass, field

import pytest

from portal.core.base.refusals import Unavailable
from portal.core.base.sweeping import Unfinished, each, each_due


@dataclass
class Shelf:
    """Rows in their order; done ones leave it, broken ones raise, lazy ones stay though nothing fails."""

    rows: list[int]
    broken: frozenset[int] = frozenset()
    lazy: frozenset[int] = frozenset()
    touched: list[int] = field(default_factory=list)

    async def due(self, limit: int) -> list[int]:
        return self.rows[:limit]

    async def act(self, row: int) -> None:
        self.touched.append(row)
        if row in self.broken:
            raise KeyError(row)
        if row not in self.lazy:
            self.rows.remove(row)


@pytest.mark.usefixtures("database")
@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
@pytest.mark.parametrize(
    ("broken", "lazy"),
    [((), ()), ((0,), ()), (range(7), ()), ((), range(7)), ((0, 3, 8), (1, 2, 9)), (range(12), ())],
)
async def test_each_once_whatever_stands_before_it(broken: Sequence[int], lazy: Sequence[int]) -> None:
    shelf = Shelf(list(range(12)), frozenset(broken), frozenset(lazy))
    if broken:
        with pytest.raises(Unfinished, match=rf"^{len(broken)} of 12 rows failed, the first {broken[0]}: KeyError"):
            await each_due(shelf.due, shelf.act, batch=3)
    else:
        assert await each_due(shelf.due, shelf.act, batch=3) == 12
    assert shelf.touched == list(range(12))


@pytest.mark.usefixtures("database")
@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
async def test_a_database_that_is_away_ends_the_sweep() -> None:
    shelf = Shelf([1, 2, 3])

    async def away(row: int) -> None:
        await shelf.act(row)
        raise Unavailable

    with pytest.raises(Unavailable):
        await each_due(shelf.due, away, batch=2)
    assert shelf.touched == [1]


async def test_each_of_a_known_few_has_its_turn() -> None:
    touched: list[int] = []

    async def act(row: int) -> int:
        touched.append(row)
        return 10 // row

    assert await each([1, 2, 5], act) == 17
    with pytest.raises(Unfinished, match=r"^2 of 4 rows failed, the first 0: ZeroDivisionError"):
        await each([1, 0, 0, 2], act)
    assert touched == [1, 2, 5, 1, 0, 0, 2]


async def test_a_database_that_is_away_ends_a_known_few_too() -> None:
    touched: list[int] = []

    async def away(row: int) -> int:
        touched.append(row)
        raise Unavailable

    with pytest.raises(Unavailable):
        await each([1, 2], away)
    assert touched == [1]
