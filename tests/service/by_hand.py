"""Facts and their days counted with plain loops over raw rows, for a world small enough; beside the product's own."""

from collections import defaultdict
from collections.abc import Iterable
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from portal.core.base.database import reading
from portal.core.people.rules import normal_phone
from portal.service.facts.tables import OrderFact

ZONE = ZoneInfo("Asia/Shanghai")
Row = dict[str, Any]
Days = dict[tuple[Any, ...], dict[str, int]]
ORDER_FLAGS = ("paid", "cancelled", "shared", "own")
PARTY_FLAGS = ("counted", "late", "lost", "damaged", "cold_broken", "fresh")


class World:
    """Every row that facts are made of."""

    def __init__(self, tables: dict[str, list[Row]]) -> None:
        self.tables = tables
        self.products = self.by_id("products")
        self.stores = self.by_id("stores")
        self.vips = self.by_id("vips")
        self.persons = self.by_id("persons")

    def by_id(self, name: str) -> dict[int, Row]:
        return {row["id"]: row for row in self.tables[name]}

    def of(self, name: str, order: Row) -> list[Row]:
        return [row for row in self.tables[name] if row["order_of"] == order["id"]]


TABLES = (
    "orders",
    "order_lines",
    "products",
    "stores",
    "vips",
    "persons",
    "stewardships",
    "parcels",
    "complaints",
    "cause_findings",
    "inquiries",
    "inquiry_answers",
    "ratings",
    "owner_ratings",
    "returns",
    "return_lines",
    "carrier_hours",
)


async def world() -> World:
    async with reading():
        return World({name: await OrderFact.raw(f"SELECT * FROM {name} ORDER BY id") for name in TABLES})


async def rows_of(name: str, columns: Iterable[str], flags: Iterable[str], key: Iterable[str]) -> dict[Any, Row]:
    """A table of the product's as dicts by their key."""
    async with reading():
        found = await OrderFact.raw(f"SELECT {', '.join(columns)} FROM {name}")
    wanted = set(flags)
    clean = [{each: bool(row[each]) if each in wanted else row[each] for each in columns} for row in found]
    return {tuple(row[each] for each in key): row for row in clean}


def day_of(at: datetime) -> str:
    return at.astimezone(ZONE).strftime("%Y-%m-%d")


def arrived(order: Row, parcels: list[Row]) -> datetime | None:
    if order["status"] == "cancelled":
        return None
    told: datetime | None = order["delivered_at"]
    if told:
        return told
    ends: list[datetime] = [one["delivered_at"] for one in parcels if one["delivered_at"]]
    over = order["status"] in ("delivered", "completed")
    if ends and (over or len(ends) == len(parcels)):
        return max(ends)
    last: datetime = order["updated_at"]
    return last if over else None


def _nth(there: World, order: Row) -> int:
    if order["status"] in ("cancelled", "refunded"):
        return 0
    mine = (order["placed_at"], order["id"])
    return sum(
        one["vip"] == order["vip"]
        and one["status"] not in ("cancelled", "refunded")
        and (one["placed_at"], one["id"]) <= mine
        for one in there.tables["orders"]
    )


def _manager(there: World, order: Row) -> int | None:
    moment, found = min(order["placed_at"], order["taken_at"]), None
    for one in there.tables["stewardships"]:
        if (
            one["store"] == order["store"]
            and one["since"] <= moment
            and (one["until"] is None or one["until"] > moment)
        ):
            found = one["manager"]
    return found


def complaints(there: World, order: Row) -> list[Row]:
    """Those that stand, each with its finding in force, if there is one."""
    found = []
    for one in there.of("complaints", order):
        if one["state"] == "withdrawn" or one["duplicate_of"] is not None:
            continue
        stands = [
            each
            for each in there.tables["cause_findings"]
            if each["complaint"] == one["id"] and each["superseded_at"] is None
        ]
        found.append(one | {"finding": stands[0] if stands else None})
    return found


def lines(there: World, order: Row) -> list[Row]:
    found = []
    for line in there.of("order_lines", order):
        if line["removed_at"] is None:
            product = there.products[line["product"]]
            found.append(line | {"supplier": product["supplier"], "category": product["category"]})
    return found


def order_row(there: World, order: Row) -> Row:
    bought, filed = lines(there, order), complaints(there, order)
    store, vip = there.stores[order["store"]], there.vips[order["vip"]]
    phone = there.persons[store["owner"]]["phone"]
    codes = [one["finding"]["code"] for one in filed if one["finding"]]
    return {
        "order_of": order["id"],
        "store": order["store"],
        "vip": order["vip"],
        "manager": _manager(there, order),
        "region": store["region"] or None,
        "day": day_of(order["placed_at"]),
        "month": day_of(order["placed_at"])[:7],
        "placed_at": order["placed_at"],
        "paid": order["status"] not in ("placed", "cancelled"),
        "cancelled": order["status"] == "cancelled",
        "delivered_at": arrived(order, there.of("parcels", order)),
        "paid_fen": order["paid_fen"],
        "refunded_fen": sum(line["refunded_fen"] for line in bought),
        "products": len({line["product"] for line in bought}),
        "shared": order["link"] is not None,
        "own": phone is not None and normal_phone(vip["phone"]) == phone,
        "nth": _nth(there, order),
        "complaints": len(filed),
        "owner_faults": sum(code.startswith("owner_") for code in codes),
    }


# ---- days ----


def order_days(facts: Iterable[Row]) -> Days:
    days: Days = defaultdict(lambda: defaultdict(int))
    for one in facts:
        for scope, key in (
            ("platform", ""),
            ("region", one["region"] or ""),
            ("manager", str(one["manager"] or "")),
            ("store", str(one["store"])),
        ):
            sums = days[scope, key, one["day"]]
            sums["orders"] += 1
            sums["paid"] += one["paid"]
            sums["cancelled"] += one["cancelled"]
            sums["delivered"] += one["delivered_at"] is not None
            sums["refunded"] += one["refunded_fen"] > 0
            sums["several"] += one["products"] > 1
            sums["repeats"] += one["nth"] > 1
            sums["shared"] += one["shared"]
            sums["complained"] += one["complaints"] > 0
            sums["owner_faults"] += one["owner_faults"]
            sums["paid_fen"] += one["paid_fen"] * one["paid"]
            sums["refunded_fen"] += one["refunded_fen"]
    return {key: dict(sums) for key, sums in days.items()}


def party_days(facts: Iterable[Row]) -> Days:
    days: Days = defaultdict(lambda: defaultdict(int))
    for one in facts:
        sums = days[one["party"], one["day"]]
        sums["hurries"] += one["hurries"]
        sums["hurries_answered"] += one["hurries_answered"]
        sums["counted"] += one["counted"]
        sums["faulted"] += one["counted"] and one["faults"] > 0
        sums["timed"] += one["counted"] and one["due_at"] is not None and one["done_at"] is not None
        for name in (
            "severe",
            "late",
            "lost",
            "damaged",
            "fresh",
            "cold_broken",
            "ratings",
            "rating_sum",
            "low_ratings",
        ):
            sums[name] += int(one[name]) if one["counted"] else 0
    return {key: dict(sums) for key, sums in days.items() if sums["counted"] or sums["hurries"]}
