"""What may be asked when, the clocks, the ladder, what an answer must hold, and what settles an inquiry by itself."""

from datetime import UTC, datetime, timedelta

import pytest

from portal.service.inquiries.rules import (
    ANSWERS,
    LADDER,
    Answered,
    End,
    Kind,
    OrderState,
    ParcelSeen,
    Past,
    Said,
    Step,
    Via,
    address_no,
    due_at,
    fitting,
    follow_at,
    hurry_no,
    may_correct,
    rank,
    rank_before,
    recall_no,
    said_faults,
    step_at,
    steps_due,
    trace_no,
)
from portal.service.inquiries.settling import Asked, ParcelNow, Wish, needs_question, settled_by, wish_until
from portal.service.orders.rules import Address, ParcelState, Status

NOW = datetime(2026, 11, 20, 4, 0, tzinfo=UTC)
HOME, AWAY = Address("A", "13900000000", "R", "S"), Address("B", "13900000001", "R", "T")


def ago(**span: float) -> datetime:
    return NOW - timedelta(**span)


def ahead(**span: float) -> datetime:
    return NOW + timedelta(**span)


def order(status: Status = Status.PAID, placed: datetime | None = None, ship_by: datetime | None = None) -> OrderState:
    return OrderState(status, placed or ago(days=3), ship_by, to_ship=status in (Status.PLACED, Status.PAID))


def past(hours: float, answer: Answered | None = None, ships_by: datetime | None = None, *, ended: bool = True) -> Past:
    return Past(ago(hours=hours), ago(hours=hours) + timedelta(hours=24), ended, answer, ships_by)


HURRIES = [
    ("late", order(ship_by=ago(minutes=1)), None, None),
    ("unshipped for a day, not late yet", order(placed=ago(hours=25), ship_by=ahead(hours=20)), None, None),
    ("unshipped for a day, nothing promised", order(placed=ago(hours=24)), None, None),
    ("fresh", order(placed=ago(hours=2), ship_by=ahead(hours=40)), None, "inquiry_too_soon"),
    ("fresh, and its promised time is over", order(placed=ago(hours=2), ship_by=ago(hours=1)), None, None),
    ("unpaid", order(Status.PLACED), None, "inquiry_unpaid"),
    ("shipped", order(Status.SHIPPED), None, "inquiry_shipped"),
    ("delivered", order(Status.DELIVERED), None, "inquiry_shipped"),
    ("cancelled", order(Status.CANCELLED), None, "inquiry_over"),
    ("refunded", order(Status.REFUNDED), None, "inquiry_over"),
    ("in a parcel", OrderState(Status.PAID, ago(days=3), None, to_ship=False), None, "inquiry_shipped"),
    ("hurried 11 h ago", order(), past(11.9), "inquiry_cooldown"),
    ("hurried 12 h ago, still open", order(), past(12, ended=False), None),
    ("out of stock", order(), past(40, Answered.OUT_OF_STOCK), "inquiry_no_stock"),
    ("promised tomorrow", order(), past(40, Answered.SHIPS_BY, ahead(days=1)), "inquiry_promised"),
    ("promised yesterday", order(), past(40, Answered.SHIPS_BY, ago(days=1)), None),
    ("could not, a day ago", order(), past(24, Answered.CANNOT), None),
    ("said it was shipped, and it was not", order(), past(30, Answered.SHIPPED), None),
]


@pytest.mark.parametrize(("case", "state", "before", "why"), HURRIES, ids=[case[0] for case in HURRIES])
def test_who_may_hurry_what(case: str, state: OrderState, before: Past | None, why: str | None) -> None:
    no = hurry_no(state, before, NOW)
    assert (no.why if no else None) == why


def test_a_no_says_from_when_it_is_a_yes() -> None:
    too_soon = hurry_no(order(placed=ago(hours=2), ship_by=ahead(hours=40)), None, NOW)
    assert too_soon is not None
    assert too_soon.params == {"from_at": ahead(hours=22)}
    cooldown = hurry_no(order(), past(2), NOW)
    assert cooldown is not None
    assert cooldown.params == {"again_at": ahead(hours=10)}
    assert hurry_no(order(), past(2), ahead(hours=10)) is None


def parcel(state: ParcelState | None, **span: float) -> ParcelSeen:
    at = ago(**span)
    return ParcelSeen(at if state is None else ago(days=9), state, None if state is None else at)


P = ParcelState
TRACES = [
    ("no parcel", None, None, "inquiry_no_parcel"),
    ("never scanned, 23 h", parcel(None, hours=23), None, "inquiry_moving"),
    ("never scanned, 24 h", parcel(None, hours=24), None, None),
    ("moved two days ago", parcel(P.IN_TRANSIT, hours=48), None, "inquiry_moving"),
    ("moved three days ago", parcel(P.IN_TRANSIT, hours=72), None, None),
    ("out for delivery", parcel(P.OUT_FOR_DELIVERY, hours=5), None, "inquiry_moving"),
    ("a problem", parcel(P.PROBLEM, hours=1), None, None),
    ("delivered, and the buyer has it not", parcel(P.DELIVERED, hours=1), None, None),
    ("asked already", parcel(P.PROBLEM, hours=1), past(20, ended=False), "inquiry_open"),
    ("answered an hour ago", parcel(P.PROBLEM, hours=1), past(1, Answered.FOUND), "inquiry_cooldown"),
    ("answered yesterday", parcel(P.PROBLEM, hours=1), past(24, Answered.FOUND), None),
]


@pytest.mark.parametrize(("case", "seen", "before", "why"), TRACES, ids=[case[0] for case in TRACES])
def test_when_the_carrier_may_be_asked(
    case: str, seen: ParcelSeen | None, before: Past | None, why: str | None
) -> None:
    no = trace_no(order(Status.SHIPPED), seen, before, NOW)
    assert (no.why if no else None) == why


ADDRESSES = [
    ("paid", Status.PAID, None, None, None),
    ("unpaid", Status.PLACED, None, None, None),
    ("on its way", Status.SHIPPED, P.IN_TRANSIT, None, None),
    ("shipped, no parcel known", Status.SHIPPED, None, None, "inquiry_no_parcel"),
    ("there", Status.SHIPPED, P.DELIVERED, None, "inquiry_arrived"),
    ("coming back", Status.SHIPPED, P.RETURNING, None, "inquiry_arrived"),
    ("cancelled", Status.CANCELLED, None, None, "inquiry_over"),
    ("asked already", Status.PAID, None, past(1, ended=False), "inquiry_open"),
]


@pytest.mark.parametrize(("case", "status", "state", "before", "why"), ADDRESSES, ids=[case[0] for case in ADDRESSES])
def test_when_an_address_may_be_corrected(
    case: str, status: Status, state: ParcelState | None, before: Past | None, why: str | None
) -> None:
    seen = parcel(state, hours=2) if state else None
    no = address_no(order(status), seen, before, NOW)
    assert (no.why if no else None) == why


def test_a_parcel_may_be_stopped_while_it_moves() -> None:
    shipped = order(Status.SHIPPED)
    assert recall_no(shipped, parcel(P.IN_TRANSIT, hours=1), None, NOW) is None
    for state in (P.DELIVERED, P.RETURNING, P.RETURNED):
        no = recall_no(shipped, parcel(state, hours=1), None, NOW)
        assert no is not None
        assert no.why == "inquiry_arrived"
    no = recall_no(shipped, None, None, NOW)
    assert no is not None
    assert no.why == "inquiry_no_parcel"


@pytest.mark.parametrize(("kind", "hours"), [(Kind.HURRY, 24), (Kind.TRACE, 48), (Kind.ADDRESS, 12), (Kind.RECALL, 6)])
def test_each_kind_has_its_time(kind: Kind, hours: int) -> None:
    assert due_at(kind, NOW) == ahead(hours=hours)


def test_the_ladder_is_climbed_rung_by_rung_and_catches_up() -> None:
    due = due_at(Kind.HURRY, NOW)
    rungs = [step_at(NOW, due, level) for level in range(len(LADDER) + 1)]
    assert rungs == [ahead(hours=12), ahead(hours=18), ahead(hours=21.6), ahead(hours=24), None]
    assert steps_due(NOW, due, 0, ahead(hours=11.9)) == ()
    assert steps_due(NOW, due, 0, ahead(hours=12)) == (Step.REMIND,)
    assert steps_due(NOW, due, 1, ahead(hours=12)) == ()
    assert steps_due(NOW, due, 1, ahead(days=3)) == (Step.CALL, Step.LAST, Step.BREACH)


FAULTS = [
    (Kind.HURRY, Said(Answered.SHIPS_BY), [("ships_by", "required")]),
    (Kind.HURRY, Said(Answered.SHIPS_BY, ago(hours=1)), [("ships_by", "past")]),
    (Kind.HURRY, Said(Answered.SHIPS_BY, ahead(days=61)), [("ships_by", "inquiries.fault.far")]),
    (Kind.HURRY, Said(Answered.SHIPS_BY, ahead(days=2)), []),
    (Kind.HURRY, Said(Answered.SHIPPED), [("tracking_number", "required")]),
    (Kind.HURRY, Said(Answered.SHIPPED, tracking="SF1"), []),
    (Kind.HURRY, Said(Answered.OUT_OF_STOCK), []),
    (Kind.HURRY, Said(Answered.CANNOT), [("text", "required")]),
    (Kind.HURRY, Said(Answered.LOST), [("answer", "not_choice")]),
    (Kind.TRACE, Said(Answered.FOUND), [("text", "required")]),
    (Kind.TRACE, Said(Answered.DELIVERED_PROOF, text="signed by a neighbour"), []),
    (Kind.TRACE, Said(Answered.LOST), []),
    (Kind.RECALL, Said(Answered.REFUSED), [("text", "required")]),
    (Kind.ADDRESS, Said(Answered.TOO_LATE), []),
]


@pytest.mark.parametrize(("kind", "said", "faults"), FAULTS, ids=str)
def test_what_an_answer_must_hold(kind: Kind, said: Said, faults: list[tuple[str, str]]) -> None:
    assert [(field, code) for field, code, _ in said_faults(kind, said, NOW)] == faults


def test_an_answer_keeps_only_what_belongs_to_it() -> None:
    given = Said(Answered.OUT_OF_STOCK, ahead(days=1), "SF1", "sorry")
    assert fitting(given) == Said(Answered.OUT_OF_STOCK, text="sorry")
    assert all(len(set(answers)) == len(answers) for answers in ANSWERS.values())


def test_an_answer_may_be_put_right_for_half_an_hour_through_its_own_door() -> None:
    assert may_correct(ago(minutes=30), Via.LINK, Via.LINK, NOW)
    assert not may_correct(ago(minutes=31), Via.LINK, Via.LINK, NOW)
    assert not may_correct(ago(minutes=1), Via.LINK, Via.API, NOW)


def test_promises_are_looked_at_again() -> None:
    assert follow_at(Answered.SHIPS_BY, ahead(days=2), NOW) == ahead(days=2)
    assert follow_at(Answered.SHIPPED, None, NOW) == ahead(hours=24)
    assert follow_at(Answered.CANNOT, None, NOW) is None


@pytest.mark.parametrize(
    ("wish", "ships_by", "until"),
    [
        (Wish.WAIT, ahead(days=2), ahead(days=2)),
        (Wish.WAIT, None, ahead(hours=72)),
        (Wish.WAIT, ago(days=1), ahead(hours=72)),
        (Wish.REFUND, ahead(days=2), ahead(hours=72)),
    ],
)
def test_until_when_a_wish_holds(wish: Wish, ships_by: datetime | None, until: datetime) -> None:
    assert wish_until(wish, ships_by, NOW) == until


def test_ranks_follow_the_deadline() -> None:
    assert rank(NOW, 9) < rank(ahead(seconds=1), 1)
    assert rank(NOW, 1) < rank(NOW, 2)
    assert rank(ago(seconds=1), 5) < rank_before(NOW) <= rank(NOW, 0)


def now_parcel(tracking: str = "SF1", lines: tuple[str, ...] = (), **more: object) -> ParcelNow:
    plain: dict[str, object] = {"state": None, "first_trace_at": None, "delivered_at": None}
    return ParcelNow(tracking, lines, **{**plain, **more})  # type: ignore[arg-type]


HURRY = Asked(Kind.HURRY, ago(hours=5), ("1", "2"))
TRACE = Asked(Kind.TRACE, ago(hours=5), ("1",), "SF1")
RECALL = Asked(Kind.RECALL, ago(hours=5), ("1",), "SF1")
TO_SHOP = Asked(Kind.ADDRESS, ago(hours=5), ("1",), None, AWAY)
TO_CARRIER = Asked(Kind.ADDRESS, ago(hours=5), ("1",), "SF1", AWAY)
ENDS = [
    ("cancelled, and its parcel to be stopped", RECALL, Status.CANCELLED, HOME, [now_parcel()], None),
    ("cancelled ends the rest", TRACE, Status.CANCELLED, HOME, [], End.CANCELLED),
    ("still waits", HURRY, Status.PAID, HOME, [], None),
    ("not paid after all", HURRY, Status.PLACED, HOME, [], None),
    ("the shop says shipped", HURRY, Status.SHIPPED, HOME, [], End.SHIPPED),
    ("a label without a scan", HURRY, Status.PAID, HOME, [now_parcel()], None),
    ("the first scan", HURRY, Status.PAID, HOME, [now_parcel(first_trace_at=ago(hours=1))], End.SCANNED),
    ("half of it scanned", HURRY, Status.PAID, HOME, [now_parcel(lines=("1",), first_trace_at=NOW)], None),
    ("delivered since", TRACE, Status.SHIPPED, HOME, [now_parcel(delivered_at=ago(hours=1))], End.DELIVERED),
    ("delivered before it was asked", TRACE, Status.SHIPPED, HOME, [now_parcel(delivered_at=ago(hours=9))], None),
    ("another parcel delivered", TRACE, Status.SHIPPED, HOME, [now_parcel("SF2", delivered_at=NOW)], None),
    ("coming back", TO_CARRIER, Status.SHIPPED, HOME, [now_parcel(state=P.RETURNING)], End.RETURNING),
    ("the shop has corrected it", TO_SHOP, Status.PAID, AWAY, [], End.CORRECTED),
    ("the shop has not yet", TO_SHOP, Status.PAID, HOME, [], None),
    ("shipped to the old address", TO_SHOP, Status.SHIPPED, HOME, [], End.SHIPPED),
]


@pytest.mark.parametrize(("case", "asked", "status", "address", "parcels", "end"), ENDS, ids=[case[0] for case in ENDS])
def test_what_settles_an_inquiry_by_itself(
    case: str, asked: Asked, status: Status, address: Address, parcels: list[ParcelNow], end: End | None
) -> None:
    assert settled_by(asked, status, None, address, parcels) is end


@pytest.mark.parametrize(
    ("status", "ship_by", "wished", "asks"),
    [
        (Status.PAID, ago(hours=1), None, True),
        (Status.PAID, ahead(hours=1), None, False),
        (Status.PAID, ago(hours=1), ahead(days=1), False),
        (Status.PAID, ago(hours=1), ago(minutes=1), True),
        (Status.SHIPPED, ago(hours=1), None, False),
        (Status.PAID, None, None, False),
    ],
)
def test_when_the_buyer_is_to_be_asked(
    status: Status, ship_by: datetime | None, wished: datetime | None, asks: bool
) -> None:
    assert needs_question(status, ship_by, wished, NOW) is asks
