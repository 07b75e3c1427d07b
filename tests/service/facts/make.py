"""Makers: an order as the rules see it, and a platform that goes through a random year by the rooms' own actions."""

import json
import random
from collections.abc import Awaitable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any, Protocol

from portal.core.base.audit import SYSTEM
from portal.core.base.database import reading, writing
from portal.core.base.refusals import Refused
from portal.core.stores import actions as stores
from portal.core.stores.actions import StoreOpening
from portal.core.stores.queries import VipInfo
from portal.core.supply import actions as supply
from portal.core.supply.rules import ProductFacts
from portal.service.causes.rules import CAUSES, Party
from portal.service.causes.tables import Finding
from portal.service.complaints import actions as complaints
from portal.service.complaints import ending, filing, life
from portal.service.complaints.filing import Filing
from portal.service.complaints.rules import Channel, FiledBy, Function, Urgency, Wanted
from portal.service.facts import keeping, promises
from portal.service.facts.queries import ORDER_COLUMNS, PARTY_COLUMNS
from portal.service.facts.rules import Hours, Line, Order, OrderFacts, Parcel, PartyFacts
from portal.service.facts.tables import OrderFact
from portal.service.inquiries import actions as inquiries
from portal.service.inquiries import answers
from portal.service.inquiries.rules import ANSWERS, Kind, Said, Via
from portal.service.orders import actions as order_actions
from portal.service.orders import parcels as order_parcels
from portal.service.orders import queries as order_queries
from portal.service.orders.rules import (
    LineFacts,
    ParcelFacts,
    ParcelState,
    Status,
    TraceFacts,
)
from portal.service.orders.rules import OrderFacts as Told
from portal.service.privacy import erasing
from portal.service.privacy.rules import EraseReason
from portal.service.returns.tables import Return, ReturnLine
from portal.service.voices import actions as voices
from portal.service.voices.rules import Marks
from tests import make
from tests.service.orders.make import ADDRESS

AT = datetime(2026, 3, 2, 2, 0, tzinfo=UTC)
GOODS, CARRIER = 7, 9


def order(**changes: Any) -> Order:
    """An order of honey for 59 yuan, shipped within a day by one carrier and delivered on the third."""
    plain: dict[str, Any] = {
        "id": 1,
        "store": 2,
        "vip": 3,
        "status": Status.DELIVERED,
        "placed_at": AT,
        "updated_at": AT + timedelta(days=3),
        "day": "2026-03-02",
        "region": "north",
        "place": "east",
        "paid_fen": 5_900,
        "delivered_at": AT + timedelta(days=3),
        "ship_by": AT + timedelta(days=2),
        "nth": 1,
        "lines": (line(),),
        "parcels": (parcel(),),
    }
    return Order(**plain | changes)


def line(**changes: Any) -> Line:
    plain: dict[str, Any] = {
        "id": 11,
        "line": "1",
        "product": 5,
        "supplier": GOODS,
        "category": "food/honey",
        "paid_fen": 5_900,
    }
    return Line(**plain | changes)


def parcel(hours: float | None = 48, **changes: Any) -> Parcel:
    """A parcel that arrived so many hours after its first trace; None: it has not."""
    shipped = AT + timedelta(days=1)
    arrived = shipped + timedelta(hours=hours) if hours is not None else None
    plain: dict[str, Any] = {
        "id": 21,
        "carrier": CARRIER,
        "shipped_at": shipped,
        "first_trace_at": shipped,
        "delivered_at": arrived,
    }
    return Parcel(**plain | changes)


# ---- a random year ----

FIRST = datetime(2025, 10, 1, 1, 0, tzinfo=UTC)
REGIONS = ("north", "south", None)
CATEGORIES = ("food/honey", "fresh/fruit", "home", "fresh")
NEXT = {
    Status.PLACED: (Status.PAID, Status.CANCELLED),
    Status.PAID: (Status.SHIPPED, Status.SHIPPED, Status.CANCELLED, Status.REFUNDED),
    Status.SHIPPED: (Status.DELIVERED, Status.DELIVERED, Status.REFUNDED),
    Status.DELIVERED: (Status.COMPLETED, Status.REFUNDED),
    Status.COMPLETED: (Status.REFUNDED,),
    Status.CANCELLED: (),
    Status.REFUNDED: (Status.COMPLETED,),
}


class Act(Protocol):
    """Something that may happen; says whether it did."""

    __name__: str

    def __call__(self) -> Awaitable[bool | None]: ...


@dataclass
class Year:
    """A platform, and the dice that say what happens next on it."""

    dice: random.Random
    at: datetime = FIRST
    openings: list[StoreOpening] = field(default_factory=list)
    owners: list[int] = field(default_factory=list)
    stores: list[int] = field(default_factory=list)
    managers: list[int] = field(default_factory=list)
    buyers: list[VipInfo] = field(default_factory=list)
    products: list[ProductFacts] = field(default_factory=list)
    orders: list[tuple[int, Told]] = field(default_factory=list)
    complaints: list[int] = field(default_factory=list)
    done: dict[str, int] = field(default_factory=dict)

    async def open(self) -> None:
        self.managers = [await make.person("manager", name, self.at) for name in ("高敏", "苏岚")]
        for number in range(3):
            await self._store(number)
        for number in range(4):
            facts = ProductFacts(
                f"goods-{number}",
                "蜂蜜",
                5_900,
                1_000,
                f"supplier-{number % 3}",
                CATEGORIES[number],
                "https://shop.example/p",
            )
            await supply.put_product(SYSTEM, facts, self.at)
            self.products.append(facts)

    async def _store(self, number: int) -> None:
        opening = StoreOpening(
            f"year-store-{number}",
            "小店",
            self.at,
            "kit",
            29_800,
            f"year-owner-{number}",
            "何晓梅",
            f"1380000000{number}",
            f"year-{number}@example.test",
            region=REGIONS[number],
        )
        put = await stores.put_store(SYSTEM, opening, self.at)
        self.openings.append(opening)
        self.stores.append(put.store_id)
        self.owners.append(put.owner_id)
        for buyer in range(3):
            vip, _ = await stores.bind_vip(
                SYSTEM,
                external_id=f"year-vip-{number}-{buyer}",
                name="王芳",
                phone=f"+86 138 0000 000{number}" if buyer == 0 else f"1391111{number}{buyer}00",
                store_id=put.store_id,
                registered_at=self.at,
                via="owner",
                at=self.at,
            )
            self.buyers.append(vip)

    async def go(self, steps: int, *, keep: float = 0.2) -> None:
        """So many things happen; in between, facts are kept now and then."""
        acts = self.acts()
        for _ in range(steps):
            self.at += timedelta(minutes=self.dice.randrange(20, 2_000))
            if await self.happen(self.dice.choice(acts)) and self.dice.random() < keep:
                await keeping.keep_batch(self.at)

    def acts(self) -> tuple[Act, ...]:
        """What may happen, as often as it is likely."""
        return (
            *(self.place,) * 6,
            *(self.change,) * 8,
            *(self.send,) * 5,
            *(self.rate,) * 3,
            *(self.complain,) * 3,
            *(self.find,) * 3,
            *(self.ask,) * 2,
            self.settle,
            self.give_back,
            self.appoint,
            self.move_product,
            self.move_store,
            self.set_hours,
        )

    async def happen(self, act: Act) -> bool:
        """Do it; False where it was refused."""
        try:
            happened = await act()
        except Refused:
            return False
        self.done[act.__name__] = self.done.get(act.__name__, 0) + bool(happened)
        return True

    def _any_order(self) -> int | None:
        return self.dice.randrange(max(0, len(self.orders) - 25), len(self.orders)) if self.orders else None

    async def _tell(self, index: int | None, told: Told) -> bool:
        put = await order_actions.put_order(SYSTEM, told, self.at)
        if index is None:
            self.orders.append((put.order.id, told))
        else:
            self.orders[index] = (put.order.id, told)
        return put.changed

    async def place(self) -> bool:
        chosen = self.dice.sample(self.products, self.dice.choice((1, 1, 2)))
        lines = tuple(LineFacts(str(n), one.external_id, "蜂蜜", 1, 5_900) for n, one in enumerate(chosen))
        placed = self.at - timedelta(hours=self.dice.choice((0, 0, 0, 90, 900)))
        status = self.dice.choice((Status.PLACED, *(Status.PAID,) * 3, Status.SHIPPED, *(Status.DELIVERED,) * 3))
        told = Told(
            f"Y{len(self.orders):05d}",
            self.at,
            placed,
            status,
            self.dice.choice(self.buyers).external_id,
            ADDRESS,
            lines,
            5_900 * len(lines),
            delivered_at=placed + timedelta(minutes=5) if status is Status.DELIVERED else None,
            ship_by=self.dice.choice((None, placed + timedelta(hours=48))),
        )
        return await self._tell(None, told)

    async def change(self) -> bool:
        index = self._any_order()
        if index is None:
            return False
        told = self.orders[index][1]
        kind = self.dice.randrange(8)
        if kind == 0:
            changed = replace(told, ship_by=self.at + timedelta(days=1))
        elif kind == 1:
            changed = replace(told, lines=(replace(told.lines[0], refunded_fen=1_000), *told.lines[1:]))
        elif kind == 2 and len(told.lines) > 1:
            changed = replace(told, lines=told.lines[:1], paid_fen=5_900)
        elif kind == 3:
            changed = replace(told, placed_at=told.placed_at - timedelta(days=2))
        elif NEXT[told.status]:
            status = self.dice.choice(NEXT[told.status])
            arrived = self.at if status is Status.DELIVERED and self.dice.random() < 0.7 else told.delivered_at
            changed = replace(told, status=status, delivered_at=arrived)
        else:
            return False
        return await self._tell(index, replace(changed, updated_at=self.at))

    async def send(self) -> bool:
        index = self._any_order()
        if index is None:
            return False
        told = self.orders[index][1]
        shipped = self.at - timedelta(hours=self.dice.choice((5, 60, 120)))
        states = self.dice.choice(
            ([], [ParcelState.ACCEPTED], [ParcelState.ACCEPTED, ParcelState.DELIVERED], [ParcelState.PROBLEM])
        )
        traces = tuple(TraceFacts(shipped + timedelta(hours=40 * n), state, "x") for n, state in enumerate(states))
        lines = tuple(one.line for one in self.dice.choice((told.lines, told.lines[:1], ())))
        carrier = self.dice.choice(("sf", "yto"))
        facts = ParcelFacts(carrier, f"{told.number}-{self.dice.randrange(2)}", shipped, lines, traces)
        return (await order_parcels.put_parcel(SYSTEM, told.number, facts, self.at)).changed

    async def rate(self) -> bool:
        index = self._any_order()
        if index is None:
            return False
        async with reading():
            info = await order_queries.order(self.orders[index][0])
        assert info is not None
        marks = Marks(self.dice.randint(1, 5), self.dice.randint(1, 5), self.dice.randint(1, 5))
        await voices.rate(SYSTEM, info, self.dice.choice(info.lines).line, marks, None, self.at)
        return True

    async def complain(self) -> bool:
        index = self._any_order()
        if index is None:
            return False
        order_id = self.orders[index][0]
        async with reading():
            info = await order_queries.order(order_id)
        assert info is not None
        made = await filing.file(
            SYSTEM,
            Filing(
                info.vip_id,
                order_id,
                (),
                self.dice.choice((Function.QUALITY, Function.DAMAGED)),
                Wanted.REFUND,
                self.dice.choice((Urgency.NORMAL, Urgency.URGENT)),
                "坏了",
                Channel.PORTAL,
                FiledBy.BUYER,
                None,
            ),
            self.at,
        )
        self.complaints.append(made.id)
        return True

    async def find(self) -> bool:
        """A finding, another in its place, one withdrawn with its complaint, or the complaint a repetition."""
        if not self.complaints:
            return False
        chosen = self.dice.choice(self.complaints)
        kind = self.dice.randrange(8)
        if kind == 0 and len(self.complaints) > 1:
            other = self.dice.choice(self.complaints)
            await complaints.link(SYSTEM, chosen, other if other != chosen else None, self.at)
            return True
        if kind == 1:
            await ending.withdraw(SYSTEM, chosen, "buyer", self.at)
            return True
        async with writing():
            info = await life.held(chosen)
            code = self.dice.choice(list(CAUSES))
            party = CAUSES[code].party
            side = {Party.SUPPLIER: info.supplier_id, Party.CARRIER: info.carrier_id}.get(party)
            if party in (Party.SUPPLIER, Party.CARRIER) and side is None:
                return False
            await Finding.update({Finding.superseded_at: self.at}).where(
                Finding.complaint == chosen, Finding.superseded_at.is_null()
            )
            await Finding.insert(
                Finding(
                    complaint=chosen,
                    party=str(party),
                    code=code,
                    supplier=side,
                    evidence="x",
                    made_by=self.managers[0],
                    made_at=self.at,
                    month="2026-01",
                )
            )
            await life.note(info, "finding_made", self.at)
        return True

    async def ask(self) -> bool:
        index = self._any_order()
        if index is None:
            return False
        order_id = self.orders[index][0]
        if self.dice.random() < 0.5:
            await inquiries.hurry(SYSTEM, self.owners[0], order_id, self.at)
            return True
        async with reading():
            parcels = await order_queries.parcels(order_id)
        if not parcels:
            return False
        await inquiries.ask_carrier(SYSTEM, self.owners[0], order_id, parcels[0].id, Kind.TRACE, None, self.at)
        return True

    async def settle(self) -> bool:
        """An answer to what was asked, in time or late."""
        async with reading():
            rows = await OrderFact.raw("SELECT id, kind FROM inquiries WHERE ended_at IS NULL ORDER BY id")
        if not rows:
            return False
        row = self.dice.choice(rows)
        said = self.dice.choice(ANSWERS[Kind(row["kind"])])
        given = Said(said, self.at + timedelta(days=1), "T1", "x")
        await answers.answer(SYSTEM, row["id"], given, Via.API, self.at)
        return True

    async def give_back(self) -> bool:
        """A return that the shop has agreed to, or not."""
        index = self._any_order()
        if index is None:
            return False
        order_id = self.orders[index][0]
        async with writing():
            info = await order_queries.order(order_id)
            assert info is not None
            state = self.dice.choice(("approved", "refused", "refunded"))
            rows = await Return.insert(
                Return(
                    ref=make.serial("return"),
                    order_of=order_id,
                    store=info.store_id,
                    kind="refund",
                    reason=self.dice.choice(("lost", "damaged", "quality")),
                    at_fault="carrier",
                    postage_by="nobody",
                    state=state,
                    text="x",
                    filed_by=self.owners[0],
                    filed_at=self.at,
                    changed_at=self.at,
                )
            )
            row = ReturnLine(return_of=rows[0]["id"], order_line=info.lines[0].id, quantity=1, amount_fen=1)
            await ReturnLine.insert(row)
            await order_actions.note(order_id, f"return_{state}", self.at)
        return True

    async def appoint(self) -> bool:
        number = self.dice.randrange(3)
        manager = self.dice.choice((*self.managers, None))
        await stores.appoint_manager(SYSTEM, self.stores[number], manager, self.at)
        return True

    async def move_product(self) -> bool:
        number = self.dice.randrange(4)
        facts = replace(
            self.products[number],
            supplier=f"supplier-{self.dice.randrange(3)}",
            category=self.dice.choice(CATEGORIES),
        )
        await supply.put_product(SYSTEM, facts, self.at)
        return True

    async def move_store(self) -> bool:
        number = self.dice.randrange(3)
        self.openings[number] = replace(self.openings[number], region=self.dice.choice(REGIONS))
        await stores.put_store(SYSTEM, self.openings[number], self.at)
        return True

    async def set_hours(self) -> bool:
        hours = Hours(self.at, self.dice.choice((48, 72, 96)), self.dice.choice((24, 36, 48)))
        return await promises.set_hours(SYSTEM, hours, "x")

    async def erase(self) -> None:
        """The last two buyers wish to be forgotten, and so does the owner as a buyer."""
        for vip in (self.buyers[0], self.buyers[-1]):
            await erasing.erase(SYSTEM, vip.external_id, EraseReason.HER_WISH, self.at, anyway=True)


# ---- what is kept ----

_ORDER_FACTS = ", ".join(OrderFacts.__dataclass_fields__)
_PARTY_FACTS = ", ".join(PartyFacts.__dataclass_fields__)
KEPT = {
    "order_facts": f"SELECT {_ORDER_FACTS} FROM order_facts ORDER BY order_of",
    "party_facts": f"SELECT {_PARTY_FACTS} FROM party_facts ORDER BY order_of, party",
    "order_days": f"SELECT scope, key, day, {', '.join(ORDER_COLUMNS)} FROM order_days ORDER BY scope, key, day",
    "party_days": f"SELECT party, day, {', '.join(PARTY_COLUMNS)} FROM party_days ORDER BY party, day",
}


async def kept() -> dict[str, list[str]]:
    """Every row of facts and days, without its id and the moment of reckoning."""
    async with reading():
        return {name: [json.dumps(row, default=str) for row in await OrderFact.raw(sql)] for name, sql in KEPT.items()}


async def forget() -> None:
    """Everything that was reckoned is gone."""
    async with writing():
        for name in (*KEPT, "fact_dues"):
            await OrderFact.raw(f"DELETE FROM {name}")


async def keep_all() -> None:
    """Every change is reckoned, and what that brings after it."""
    await keeping.notice()
    while await keeping.keep():
        pass
