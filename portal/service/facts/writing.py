"""The rows of facts and of days: read, put, moved. Call inside `writing()`, one hand at a time (`keeping.TURN`)."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import fields
from datetime import datetime
from operator import attrgetter, itemgetter
from typing import Any, TypeVar

from portal.core.base.database import placeholders
from portal.service.facts.rules import OrderFacts, PartyFacts
from portal.service.facts.sums import OrderSums, PartySums
from portal.service.facts.tables import OrderDay, OrderFact, PartyDay, PartyFact

AT_ONCE = 200  # rows in one statement
Facts = TypeVar("Facts", OrderFacts, PartyFacts)
_TABLE: Mapping[type[Any], tuple[type[Any], str, str]] = {
    OrderFacts: (OrderFact, "order_facts", "order_of"),
    PartyFacts: (PartyFact, "party_facts", "order_of, party"),
}
# As a plain tuple; `dataclasses.astuple` copies every value deeply, which was half of all the work.
_VALUES: Mapping[type[Any], Callable[[Any], tuple[Any, ...]]] = {
    kind: attrgetter(*(f.name for f in fields(kind))) for kind in (OrderFacts, PartyFacts, OrderSums, PartySums)
}
_FLAGS = {
    OrderFacts: ("paid", "cancelled", "shared", "own"),
    PartyFacts: ("counted", "late", "lost", "damaged", "cold_broken", "fresh"),
}


async def kept(kind: type[Facts], order_ids: Sequence[int]) -> list[Facts]:
    """The facts of these orders as they are kept."""
    table, name, _ = _TABLE[kind]
    columns = ", ".join(f.name for f in fields(kind))
    places = placeholders(order_ids)
    rows = await table.raw(f"SELECT {columns} FROM {name} WHERE order_of IN ({places})", *order_ids)  # noqa: S608
    return [kind(**{**row, **{flag: bool(row[flag]) for flag in _FLAGS[kind]}}) for row in rows]


async def put(facts: Sequence[Facts], at: datetime) -> None:
    """Keep these facts in the place of those of the same order (and party)."""
    for start in range(0, len(facts), AT_ONCE):
        part = facts[start : start + AT_ONCE]
        table, name, key = _TABLE[type(part[0])]
        columns: list[str] = [f.name for f in fields(part[0])]
        places = _places(len(columns) + 1)
        news = ", ".join(f"{column} = excluded.{column}" for column in (*columns, "at"))
        await table.raw(
            f"INSERT INTO {name} ({', '.join(columns)}, at) VALUES {', '.join([places] * len(part))}"  # noqa: S608
            f" ON CONFLICT ({key}) DO UPDATE SET {news}",
            *_values(part, at),
        )


def _values(part: Sequence[OrderFacts | PartyFacts], at: datetime) -> list[Any]:
    return [value for one in part for value in (*_VALUES[type(one)](one), at)]


def _places(number: int) -> str:
    return f"({', '.join(['{}'] * number)})"


async def drop(gone: Iterable[PartyFacts]) -> None:
    """Who has no part in an order any more."""
    for one in gone:
        await PartyFact.raw("DELETE FROM party_facts WHERE order_of = {} AND party = {}", one.order_of, one.party)


async def move_orders(shifts: Mapping[tuple[str, str, str], OrderSums]) -> None:
    """Move the days of orders by these differences."""
    await _move(OrderDay, "order_days", ("scope", "key", "day"), shifts)
    for scope, key, day in (where for where, by in shifts.items() if by.orders < 0):
        await OrderDay.raw(
            "DELETE FROM order_days WHERE scope = {} AND key = {} AND day = {} AND orders = 0", scope, key, day
        )


async def move_parties(shifts: Mapping[tuple[int, str], PartySums]) -> None:
    """Move the days of suppliers and carriers by these differences."""
    await _move(PartyDay, "party_days", ("party", "day"), shifts)
    for party, day in (where for where, by in shifts.items() if by.counted < 0 or by.hurries < 0):
        await PartyDay.raw(
            "DELETE FROM party_days WHERE party = {} AND day = {} AND counted = 0 AND hurries = 0", party, day
        )


async def _move(table: type[Any], name: str, key: tuple[str, ...], shifts: Mapping[Any, OrderSums | PartySums]) -> None:
    """In the order of their keys: whoever else moves days meets them in the same order."""
    ordered = sorted(shifts.items(), key=itemgetter(0))
    for start in range(0, len(ordered), AT_ONCE):
        part = ordered[start : start + AT_ONCE]
        columns = [f.name for f in fields(part[0][1])]
        places = _places(len(key) + len(columns))
        sums = ", ".join(f"{column} = {name}.{column} + excluded.{column}" for column in columns)
        await table.raw(
            f"INSERT INTO {name} ({', '.join((*key, *columns))}) VALUES {', '.join([places] * len(part))}"  # noqa: S608
            f" ON CONFLICT ({', '.join(key)}) DO UPDATE SET {sums}",
            *(value for where, by in part for value in (*where, *_VALUES[type(by)](by))),
        )
