"""What an order is, where it stands in the list, and what happened between two tellings, as tables of cases."""

from datetime import UTC, datetime, timedelta

import pytest

from portal.service.orders.rules import (
    Address,
    Attention,
    LineFacts,
    OrderFacts,
    Status,
    attention,
    order_faults,
    phone_tail,
    rank,
    ranks_of,
    search_text,
    steps_between,
    turns_at,
)

NOW = datetime(2026, 11, 22, 2, 0, tzinfo=UTC)
H = timedelta(hours=1)


@pytest.mark.parametrize(
    ("status", "ship_by", "needed", "level"),
    [
        (Status.PLACED, None, False, Attention.UNPAID),
        (Status.PLACED, NOW - H, False, Attention.UNPAID),
        (Status.PAID, NOW + H, False, Attention.NONE),
        (Status.PAID, NOW, False, Attention.NONE),
        (Status.PAID, NOW - H, False, Attention.LATE),
        (Status.PAID, None, False, Attention.NONE),
        (Status.SHIPPED, NOW - H, False, Attention.NONE),
        (Status.COMPLETED, NOW - H, False, Attention.NONE),
        (Status.COMPLETED, None, True, Attention.NEEDS_ME),
        (Status.PLACED, None, True, Attention.NEEDS_ME),
    ],
)
def test_how_much_an_order_needs_its_owner(
    status: Status, ship_by: datetime | None, needed: bool, level: Attention
) -> None:
    assert attention(status, ship_by, needed=needed, now=NOW) is level


def test_its_attention_turns_once_at_the_promised_moment() -> None:
    assert turns_at(Status.PAID, NOW + H, NOW) == NOW + H
    assert turns_at(Status.PAID, NOW, NOW) == NOW
    assert turns_at(Status.PAID, NOW - H, NOW) is None
    assert turns_at(Status.SHIPPED, NOW + H, NOW) is None


def test_ranks_order_by_attention_then_the_newest_and_are_all_different() -> None:
    orders = [
        rank(level, NOW + timedelta(seconds=second), order_id)
        for level in Attention
        for second in (0, 1)
        for order_id in (7, 8, 2**22 - 1)
    ]
    assert orders == sorted(orders)
    assert len(set(orders)) == len(orders)
    for level in Attention:
        first, beyond = ranks_of(level)
        assert first <= rank(level, NOW, 1) < beyond
    assert max(orders) < 2**56  # digits enough for `after`


@pytest.mark.parametrize(
    ("before", "after", "steps"),
    [
        (None, Status.PLACED, [Status.PLACED]),
        (None, Status.PAID, [Status.PLACED, Status.PAID]),
        (None, Status.CANCELLED, [Status.CANCELLED]),
        (Status.PLACED, Status.SHIPPED, [Status.PAID, Status.SHIPPED]),
        (Status.PAID, Status.PAID, []),
        (Status.PAID, Status.REFUNDED, [Status.REFUNDED]),
        (Status.CANCELLED, Status.PAID, [Status.PAID]),
        (Status.DELIVERED, Status.SHIPPED, [Status.SHIPPED]),
    ],
)
def test_what_has_happened_between_two_tellings(before: Status | None, after: Status, steps: list[Status]) -> None:
    assert list(steps_between(before, after)) == steps


def facts(**changes: object) -> OrderFacts:
    plain: dict[str, object] = {
        "number": "A-1",
        "updated_at": NOW,
        "placed_at": NOW,
        "status": Status.PAID,
        "vip": "vip-1",
        "address": Address("王芳", "13912345678", "浙江", "文三路 1 号"),
        "lines": (LineFacts("1", "p", "草莓", 1, 100),),
        "paid_fen": 100,
    }
    return OrderFacts(**plain | changes)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("changes", "faults"),
    [
        ({}, []),
        ({"delivered_at": NOW - H}, [("delivered_at", "order_before_placing")]),
        ({"ship_by": NOW - H}, [("ship_by", "order_before_placing")]),
        (
            {"lines": (LineFacts("1", "p", "a", 1, 100), LineFacts("1", "p", "b", 1, 100, 101))},
            [("items[1].line", "order_line_twice"), ("items[1].refunded_fen", "order_refunded_more")],
        ),
    ],
)
def test_fields_that_contradict_each_other_are_named(changes: dict[str, object], faults: list[tuple[str, str]]) -> None:
    assert list(order_faults(facts(**changes))) == faults


@pytest.mark.parametrize(("phone", "tail"), [("138 0013-8000", "8000"), ("+86 13912345678", "5678"), ("12", "12")])
def test_a_phones_end(phone: str, tail: str) -> None:
    assert phone_tail(phone) == tail


def test_what_a_search_looks_into_is_lowercase_and_bounded() -> None:
    assert search_text("SO-1", "Wang", ["Honey"]) == "so-1 wang honey"
    assert len(search_text("1", "w", ["x" * 900] * 3)) == 1000
