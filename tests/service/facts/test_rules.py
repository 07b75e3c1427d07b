"""From an order as it stands to its facts, and from facts to days: tables of cases."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from portal.service.facts.parties import party_facts
from portal.service.facts.rules import (
    Fault,
    Hours,
    Hurry,
    Marks,
    Order,
    PartyFacts,
    Sent,
    answered_in_time,
    arrived_at,
    hours_at,
    is_severe,
    order_facts,
)
from portal.service.facts.sums import (
    By,
    OrderSums,
    PartySums,
    folded,
    order_sums,
    party_sums,
    period_of,
    shifts_of_orders,
    shifts_of_parties,
)
from portal.service.orders.rules import Status
from tests.service.facts.make import AT, CARRIER, GOODS, line, order, parcel

HOURS = (Hours(AT - timedelta(days=900)),)
DAY = timedelta(days=1)
PEACH = (line(category="fresh/fruit"),)


def of(party: int, told: Order) -> PartyFacts:
    found = [one for one in party_facts(told, HOURS) if one.party == party]
    assert len(found) == 1
    return found[0]


def fault(code: str, party: int | None = GOODS, **more: str) -> Fault:
    return Fault(code, party, **more)


# ---- to its store ----


@pytest.mark.parametrize(
    ("changes", "wanted"),
    [
        ({}, {"paid": True, "cancelled": False, "products": 1, "owner_faults": 0}),
        ({"status": Status.PLACED, "delivered_at": None, "parcels": ()}, {"paid": False, "delivered_at": None}),
        ({"status": Status.CANCELLED}, {"paid": False, "cancelled": True, "delivered_at": None}),
        ({"status": Status.REFUNDED}, {"paid": True, "delivered_at": AT + 3 * DAY}),
        ({"lines": (line(), line(id=12, line="2"))}, {"products": 1}),
        ({"lines": (line(), line(id=12, line="2", product=6))}, {"products": 2}),
        ({"lines": (line(refunded_fen=100), line(id=12, refunded_fen=50))}, {"refunded_fen": 150}),
        ({"faults": (fault("owner_slow_reply", None), fault("supplier_defect"))}, {"owner_faults": 1}),
        ({"own": True}, {"own": True}),
    ],
)
def test_an_order_to_its_store(changes: dict[str, Any], wanted: dict[str, Any]) -> None:
    facts = order_facts(order(**changes))
    assert {name: getattr(facts, name) for name in wanted} == wanted


@pytest.mark.parametrize(
    ("changes", "at"),
    [
        ({"delivered_at": AT + DAY}, AT + DAY),  # the shop's word
        ({"delivered_at": None}, AT + 3 * DAY),  # its parcel's
        (
            {"delivered_at": None, "parcels": (parcel(48), parcel(None, id=22))},
            AT + 3 * DAY,
        ),  # the shop says it is there
        ({"delivered_at": None, "status": Status.SHIPPED, "parcels": (parcel(), parcel(None, id=22))}, None),
        ({"delivered_at": None, "status": Status.SHIPPED}, AT + 3 * DAY),
        ({"delivered_at": None, "parcels": (), "updated_at": AT + 5 * DAY}, AT + 5 * DAY),
        ({"delivered_at": None, "parcels": (), "status": Status.SHIPPED}, None),
    ],
)
def test_when_an_order_arrived(changes: dict[str, Any], at: object) -> None:
    assert arrived_at(order(**changes)) == at


# ---- to its supplier ----


@pytest.mark.parametrize(
    ("changes", "wanted"),
    [
        ({}, {"late": False, "counted": True, "done_at": AT + DAY, "due_at": AT + 2 * DAY}),
        ({"ship_by": AT + DAY}, {"late": False}),  # to the minute
        ({"ship_by": AT + timedelta(hours=23)}, {"late": True}),
        ({"ship_by": None}, {"late": False, "due_at": None}),  # nothing was promised
        ({"parcels": ()}, {"late": False, "done_at": None}),  # nobody knows when
        ({"lines": (line(), line(id=12, line="2")), "parcels": (parcel(lines=frozenset("1")),)}, {"done_at": None}),
        ({"status": Status.CANCELLED, "delivered_at": None}, {"counted": False}),
        ({"status": Status.PAID, "delivered_at": None, "parcels": ()}, {"counted": False}),
        (
            {"status": Status.PAID, "delivered_at": None, "parcels": (), "faults": (fault("supplier_out_of_stock"),)},
            {"counted": True, "faults": 1},
        ),
        ({"faults": (fault("carrier_late", CARRIER), fault("owner_slow_reply", None))}, {"faults": 0}),
        ({"faults": (fault("supplier_poor_packing"),)}, {"faults": 1, "damaged": True, "severe": 0}),
        ({"ratings": (Marks(11, 2, 5), Marks(12, 1, 1))}, {"ratings": 1, "rating_sum": 2}),
        ({"lines": PEACH}, {"fresh": True, "cold_broken": False, "category": "fresh/fruit"}),
    ],
)
def test_an_order_to_its_supplier(changes: dict[str, Any], wanted: dict[str, Any]) -> None:
    facts = of(GOODS, order(**changes))
    assert {name: getattr(facts, name) for name in wanted} == wanted


def test_the_last_line_to_be_sent_decides_and_a_second_parcel_does_not() -> None:
    lines = (line(), line(id=12, line="2", paid_fen=9_000, product=6))
    first = parcel(lines=frozenset("1"))
    second = parcel(id=22, shipped_at=AT + 3 * DAY, lines=frozenset("2"))
    again = parcel(id=23, shipped_at=AT + 9 * DAY, lines=frozenset("1"))
    facts = of(GOODS, order(lines=lines, parcels=(first, second, again)))
    assert (facts.done_at, facts.late, facts.product, facts.paid_fen) == (AT + 3 * DAY, True, 6, 14_900)


def test_each_supplier_is_judged_by_its_own_lines() -> None:
    lines = (line(), line(id=12, line="2", supplier=8))
    told = order(lines=lines, ratings=(Marks(11, 5, 5), Marks(12, 1, 5)), faults=(fault("supplier_defect", 8),))
    assert (of(GOODS, told).faults, of(GOODS, told).rating_sum) == (0, 5)
    assert (of(8, told).faults, of(8, told).rating_sum) == (1, 1)
    assert of(CARRIER, told).rating_sum == 10


def test_a_finding_stays_with_whom_it_names_though_the_shop_moves_the_product() -> None:
    told = order(faults=(fault("supplier_defect", 8),))
    assert (of(8, told).faults, of(8, told).product, of(GOODS, told).faults) == (1, None, 0)


# ---- to its carrier ----


@pytest.mark.parametrize(
    ("changes", "wanted"),
    [
        ({"parcels": (parcel(72),)}, {"late": False, "fresh": False}),
        ({"parcels": (parcel(73),)}, {"late": True, "cold_broken": False}),
        ({"parcels": (parcel(48),), "lines": PEACH}, {"late": False, "fresh": True, "cold_broken": False}),
        ({"parcels": (parcel(49),), "lines": PEACH}, {"late": True, "fresh": True, "cold_broken": True}),
        ({"parcels": (parcel(73, first_trace_at=None),)}, {"late": False, "due_at": None}),
        ({"parcels": (parcel(None),), "delivered_at": None}, {"done_at": None, "late": False}),
        # the latest parcel speaks for it
        ({"parcels": (parcel(99), parcel(1, id=22, shipped_at=AT + 4 * DAY))}, {"late": False}),
        ({"faults": (fault("carrier_lost", CARRIER),)}, {"lost": True, "faults": 1}),
        ({"faults": (fault("carrier_damaged", CARRIER),)}, {"damaged": True}),
        ({"sent": (Sent("damaged", frozenset({11})),)}, {"damaged": True, "lost": False}),
        ({"sent": (Sent("damaged", frozenset({99})),)}, {"damaged": False}),
        ({"sent": (Sent("quality", frozenset({11})),)}, {"damaged": False}),
        ({"sent": (Sent("lost", frozenset({11})),)}, {"lost": False}),  # it came after all
        (
            {
                "sent": (Sent("lost", frozenset({11})),),
                "parcels": (parcel(None),),
                "status": Status.SHIPPED,
                "delivered_at": None,
            },
            {"lost": True, "counted": True},
        ),
    ],
)
def test_an_order_to_its_carrier(changes: dict[str, Any], wanted: dict[str, Any]) -> None:
    facts = of(CARRIER, order(**changes))
    assert {name: getattr(facts, name) for name in wanted} == wanted


def test_what_a_carrier_answers_is_held_against_its_parcel_alone() -> None:
    asked = Hurry("trace", CARRIER, AT + 2 * DAY, parcel=21, answer="lost")
    plain = order(status=Status.SHIPPED, delivered_at=None, parcels=(parcel(None), parcel(None, id=22, carrier=10)))
    told = replace(plain, hurries=(asked,))
    assert (of(CARRIER, told).lost, of(10, told).lost, of(CARRIER, plain).lost) == (True, False, False)


def test_hours_hold_from_the_moment_when_they_were_set() -> None:
    changed = (*HOURS, Hours(AT + DAY, usual=24, cold=12))
    assert hours_at(changed, AT).usual == 72
    assert hours_at(changed, AT + DAY).usual == 24
    assert hours_at(changed, AT - timedelta(days=9_000)).usual == 72
    told = order(parcels=(parcel(30),))
    assert next(one for one in party_facts(told, changed) if one.party == CARRIER).late
    before = replace(told, parcels=(parcel(30, first_trace_at=AT + DAY - timedelta(seconds=1)),))
    assert not next(one for one in party_facts(before, changed) if one.party == CARRIER).late


# ---- answers, and what outweighs a rate ----

DUE = AT + DAY


@pytest.mark.parametrize(
    ("hurry", "wanted"),
    [
        (Hurry("hurry", GOODS, DUE), None),  # there is time yet
        (Hurry("hurry", GOODS, DUE, breached=True), False),
        (Hurry("hurry", GOODS, DUE, answer="ships_by"), True),
        (Hurry("hurry", GOODS, DUE, answer="ships_by", late=True), False),
        (Hurry("hurry", GOODS, DUE, ended_at=AT, ended_why="shipped"), True),  # by deed
        (Hurry("hurry", GOODS, DUE, ended_at=DUE + DAY, ended_why="shipped"), False),
        (Hurry("hurry", GOODS, DUE, ended_at=AT, ended_why="cancelled"), None),  # moot
        (Hurry("hurry", GOODS, DUE, ended_at=AT, ended_why="cancelled", breached=True), False),
    ],
)
def test_answers_in_time(hurry: Hurry, wanted: bool | None) -> None:
    assert answered_in_time(hurry) is wanted
    facts = of(GOODS, order(hurries=(hurry,)))
    assert (facts.hurries, facts.hurries_answered) == (int(wanted is not None), int(wanted is True))


@pytest.mark.parametrize(
    ("given", "severe"),
    [
        (fault("supplier_defect", function="quality", category="food/honey", urgency="urgent"), True),
        (fault("supplier_defect", function="quality", category="fresh", urgency="urgent"), True),
        (fault("supplier_defect", function="quality", category="food/honey", urgency="high"), False),
        (fault("supplier_defect", function="quality", category="home", urgency="urgent"), False),
        (fault("supplier_defect", function="damaged", category="food", urgency="urgent"), False),
        (fault("supplier_wrong_item", function="quality", category="food", urgency="urgent"), False),
    ],
)
def test_food_that_is_bad_outweighs_every_rate(given: Fault, severe: bool) -> None:
    assert is_severe(given) is severe
    assert of(GOODS, order(faults=(given,))).severe == int(severe)


# ---- days ----


def test_what_an_order_adds_to_its_days() -> None:
    facts = order_facts(order(complaints=2, nth=3, shared=True))
    assert order_sums(facts) == OrderSums(
        orders=1, paid=1, delivered=1, repeats=1, shared=1, complained=1, paid_fen=5_900
    )
    unpaid = order_sums(order_facts(order(status=Status.CANCELLED)))
    assert unpaid == OrderSums(orders=1, cancelled=1)


def test_what_does_not_count_adds_its_hurries_alone() -> None:
    asked = Hurry("hurry", GOODS, DUE, breached=True)
    waiting = order(status=Status.PAID, delivered_at=None, parcels=(), hurries=(asked,))
    assert party_sums(of(GOODS, waiting)) == PartySums(hurries=1)


def test_days_move_by_the_difference() -> None:
    before = order_facts(order())
    after = replace(before, region="south", paid_fen=5_000)
    moves = shifts_of_orders([before], [after])
    assert moves["platform", "", "2026-03-02"] == OrderSums(paid_fen=-900)
    assert moves["region", "north", "2026-03-02"].orders == -1
    assert moves["region", "south", "2026-03-02"].paid_fen == 5_000
    assert shifts_of_orders([before], [before]) == {}
    told = of(GOODS, order())
    assert shifts_of_parties([told], []) == {(GOODS, "2026-03-02"): PartySums(counted=-1, timed=-1)}


def test_a_series_has_every_period() -> None:
    days = {"2026-03-01": OrderSums(orders=2), "2026-03-03": OrderSums(orders=1)}
    by_day = folded(days, "2026-03-01", "2026-03-04", By.DAY)
    assert [(day, one.orders) for day, one in by_day] == [
        ("2026-03-01", 2),
        ("2026-03-02", 0),
        ("2026-03-03", 1),
        ("2026-03-04", 0),
    ]
    weeks = [(week, one.orders) for week, one in folded(days, "2026-03-01", "2026-03-04", By.WEEK)]
    assert weeks == [("2026-02-23", 2), ("2026-03-02", 1)]
    months = [(month, one.orders) for month, one in folded(days, "2026-02-27", "2026-03-04", By.MONTH)]
    assert months == [("2026-02", 0), ("2026-03", 3)]
    assert period_of("2026-12-31", By.WEEK) == "2026-12-28"
