"""Where is my parcel, as a table: every finding, its first way, and how long waiting is right."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from portal.service.orders.guide import (
    CALM,
    SHIP_WITHIN,
    STALE_AFTER,
    TRACE_WITHIN,
    Bought,
    Carried,
    Code,
    OpenInquiry,
    most_urgent,
    next_step,
)
from portal.service.orders.rules import ParcelState, Status

NOW = datetime(2026, 11, 22, 2, 0, tzinfo=UTC)
H = timedelta(hours=1)
SECOND = timedelta(seconds=1)


def order(status: Status = Status.SHIPPED, **changes: object) -> Bought:
    plain = Bought("A-1", status, NOW - 10 * H, NOW - 10 * H, NOW + 14 * H)
    return replace(plain, **changes)  # type: ignore[arg-type]


def parcel(state: ParcelState | None = None, ago: timedelta = H, shipped: timedelta = 100 * H) -> Carried:
    return Carried(NOW - shipped, state, NOW - ago if state else None)


ASKED = OpenInquiry("trace", NOW - 2 * H, NOW + 46 * H, "/inquiries/I-1")
GONE = OpenInquiry("trace", NOW - 50 * H, NOW - 2 * H, "/inquiries/I-2", NOW - 3 * H)
HURRIED = OpenInquiry("hurry", NOW - 2 * H, NOW + 22 * H, "/inquiries/H-1")
TRACE = "/orders/A-1/inquiry?kind=trace"
RESEND = "/orders/A-1/returns/new?kind=resend"
LATER = "/orders/A-1/guide#follow-up"
PS = ParcelState
CASES = {
    "the carrier has lost it": (order(), parcel(PS.IN_TRANSIT, 90 * H), GONE, Code.LOST, RESEND, None),
    "lost, and sent again": (order(), parcel(PS.IN_TRANSIT, H, 2 * H), GONE, Code.MOVING, LATER, NOW + 71 * H),
    "lost, and yet delivered": (order(Status.DELIVERED), parcel(PS.DELIVERED), GONE, Code.DELIVERED, TRACE, None),
    "unpaid": (order(Status.PLACED), None, None, Code.UNPAID, "/orders/A-1/reminder", None),
    "cancelled": (order(Status.CANCELLED), parcel(PS.PROBLEM), None, Code.OVER, None, None),
    "refunded": (order(Status.REFUNDED), None, None, Code.OVER, None, None),
    "in time": (order(Status.PAID), None, None, Code.WAIT_SHIPPING, LATER, NOW + 14 * H),
    "at the very moment": (order(Status.PAID, ship_by=NOW), None, None, Code.WAIT_SHIPPING, LATER, NOW),
    "a second late": (order(Status.PAID, ship_by=NOW - SECOND), None, None, Code.HURRY, "/orders/A-1/hurry", None),
    "nothing promised": (
        order(Status.PAID, ship_by=None),
        None,
        None,
        Code.WAIT_SHIPPING,
        LATER,
        NOW - 10 * H + SHIP_WITHIN,
    ),
    "nothing promised, late": (
        order(Status.PAID, ship_by=None, placed_at=NOW - SHIP_WITHIN - SECOND),
        None,
        None,
        Code.HURRY,
        "/orders/A-1/hurry",
        None,
    ),
    "hurried": (
        order(Status.PAID, ship_by=NOW - H),
        None,
        HURRIED,
        Code.HURRIED,
        "/inquiries/H-1",
        NOW + 22 * H,
    ),
    "paid, but a parcel is told": (
        order(Status.PAID, ship_by=NOW - H),
        parcel(PS.IN_TRANSIT),
        None,
        Code.MOVING,
        LATER,
        NOW - H + STALE_AFTER,
    ),
    "shipped without a number": (order(told_at=NOW - H), None, None, Code.WAIT_TRACE, LATER, NOW - H + TRACE_WITHIN),
    "never a number": (order(told_at=NOW - 25 * H), None, None, Code.NO_TRACE, TRACE, None),
    "no trace yet": (order(), parcel(shipped=23 * H), None, Code.WAIT_TRACE, LATER, NOW + H),
    "no trace for a day": (order(), parcel(shipped=24 * H), None, Code.NO_TRACE, TRACE, None),
    "moving": (order(), parcel(PS.IN_TRANSIT), None, Code.MOVING, LATER, NOW - H + STALE_AFTER),
    "at three days": (order(), parcel(PS.IN_TRANSIT, STALE_AFTER), None, Code.MOVING, LATER, NOW),
    "beyond three days": (order(), parcel(PS.IN_TRANSIT, STALE_AFTER + SECOND), None, Code.STALE, TRACE, None),
    "asked": (order(), parcel(PS.IN_TRANSIT, 90 * H), ASKED, Code.ASKED, "/inquiries/I-1", NOW + 46 * H),
    "asked, and it arrived": (order(), parcel(PS.DELIVERED), ASKED, Code.DELIVERED, TRACE, None),
    "problem": (order(), parcel(PS.PROBLEM), None, Code.PROBLEM, "/orders/A-1/address", None),
    "problem, asked": (order(), parcel(PS.PROBLEM), ASKED, Code.ASKED, "/inquiries/I-1", NOW + 46 * H),
    "out": (order(), parcel(PS.OUT_FOR_DELIVERY), None, Code.ON_ITS_WAY_TO_HER, LATER, NOW - H + STALE_AFTER),
    "out for four days": (order(), parcel(PS.OUT_FOR_DELIVERY, 96 * H), None, Code.STALE, TRACE, None),
    "returning": (order(), parcel(PS.RETURNING), None, Code.RETURNING, RESEND, None),
    "returned": (order(), parcel(PS.RETURNED), ASKED, Code.RETURNED, RESEND, None),
    "delivered": (
        order(Status.DELIVERED, delivered_at=NOW - H),
        parcel(PS.DELIVERED),
        None,
        Code.DELIVERED,
        TRACE,
        None,
    ),
    "completed": (order(Status.COMPLETED), None, None, Code.DELIVERED, None, None),
}


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_the_right_next_step(
    case: tuple[Bought, Carried | None, OpenInquiry | None, Code, str | None, datetime | None],
) -> None:
    bought, carried, inquiry, code, way, due_at = case
    step = next_step(bought, carried, inquiry, NOW)
    assert (step.code, step.way, step.due_at) == (code, way, due_at)
    assert step.calm == (code in CALM)
    assert step.since is None or step.since <= NOW


@pytest.mark.parametrize(
    ("bought", "carried", "answers"),
    [
        (order(Status.PLACED), None, ["paid warn"]),
        (order(Status.PAID), None, ["paid done", "shipped todo"]),
        (order(Status.PAID, ship_by=NOW - H), None, ["paid done", "shipped bad"]),
        (order(), parcel(shipped=H), ["paid done", "shipped done", "traced todo"]),
        (order(), parcel(), ["paid done", "shipped done", "traced bad"]),
        (order(), parcel(PS.IN_TRANSIT), ["paid done", "shipped done", "traced done", "moving done"]),
        (order(), parcel(PS.IN_TRANSIT, 80 * H), ["paid done", "shipped done", "traced done", "moving warn"]),
        (order(), parcel(PS.PROBLEM), ["paid done", "shipped done", "traced done", "safe bad"]),
        (order(), parcel(PS.DELIVERED), ["paid done", "shipped done", "delivered done"]),
        (order(Status.COMPLETED), None, ["paid done", "shipped done", "delivered done"]),
        (order(Status.CANCELLED), None, []),
    ],
)
def test_how_it_came_to_its_finding(bought: Bought, carried: Carried | None, answers: list[str]) -> None:
    step = next_step(bought, carried, None, NOW)
    assert [f"{answer.question} {answer.state}" for answer in step.answers] == answers


def test_the_parcel_that_needs_most_speaks_for_the_order() -> None:
    states = (parcel(PS.DELIVERED), parcel(PS.IN_TRANSIT), parcel(PS.PROBLEM), parcel(PS.IN_TRANSIT, 80 * H))
    steps = [next_step(order(), one, None, NOW) for one in states]
    assert most_urgent(steps) == 2
    assert most_urgent(steps[:2]) == 1
    assert most_urgent([steps[1], steps[1]]) == 0


def test_a_number_that_an_address_cannot_hold_is_written_as_one() -> None:
    step = next_step(order(Status.PLACED, number="单 1"), None, None, NOW)
    assert step.way == "/orders/%E5%8D%95%201/reminder"
