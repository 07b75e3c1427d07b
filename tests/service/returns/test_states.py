"""The way of a return: where each answer leads, whose turn it is, and by when."""

from datetime import UTC, datetime, timedelta

import pytest

from portal.service.returns.rules import Kind
from portal.service.returns.states import (
    ENDED,
    OPEN,
    Answer,
    Course,
    State,
    Turn,
    due_after,
    path_of,
    reached,
    said_before,
    turn_of,
)

AT = datetime(2026, 11, 2, 10, 0, tzinfo=UTC)
A, S = Answer, State
RETURN, REFUND = Course(Kind.RETURN), Course(Kind.REFUND)
EXCHANGE, AHEAD = Course(Kind.EXCHANGE), Course(Kind.EXCHANGE, advance=True)
RESEND, CANCEL, UNPAID = Course(Kind.RESEND), Course(Kind.CANCEL), Course(Kind.CANCEL, paid=False)


@pytest.mark.parametrize(
    ("course", "state", "answer", "states"),
    [
        (RETURN, S.REQUESTED, A.APPROVED, (S.APPROVED,)),
        (RETURN, S.REQUESTED, A.REFUSED, (S.REFUSED,)),
        (RETURN, S.APPROVED, A.RECEIVED, (S.RECEIVED, S.REFUND_DUE)),  # nobody told us of the parcel back
        (RETURN, S.GOODS_BACK, A.RECEIVED, (S.RECEIVED, S.REFUND_DUE)),
        (RETURN, S.GOODS_BACK, A.REFUSED, (S.REFUSED,)),
        (RETURN, S.APPROVED, A.REFUSED, ()),
        (RETURN, S.REFUND_DUE, A.REFUNDED, (S.REFUNDED,)),
        (RETURN, S.REQUESTED, A.REFUNDED, (S.REFUNDED,)),  # a generous shop
        (RETURN, S.REQUESTED, A.RECEIVED, ()),
        (RETURN, S.AWAITING_MANDATE, A.APPROVED, ()),
        (RETURN, S.WITHDRAWN, A.APPROVED, ()),
        (RETURN, S.APPROVED, A.EXCHANGED, ()),
        (REFUND, S.REQUESTED, A.APPROVED, (S.APPROVED, S.REFUND_DUE)),
        (REFUND, S.REFUND_DUE, A.REFUNDED, (S.REFUNDED,)),
        (REFUND, S.REFUND_DUE, A.RESENT, ()),
        (EXCHANGE, S.APPROVED, A.EXCHANGED, ()),
        (EXCHANGE, S.GOODS_BACK, A.RECEIVED, (S.RECEIVED,)),
        (EXCHANGE, S.RECEIVED, A.EXCHANGED, (S.EXCHANGED,)),
        (EXCHANGE, S.RECEIVED, A.REFUNDED, ()),
        (AHEAD, S.APPROVED, A.EXCHANGED, (S.SENT_AHEAD,)),
        (AHEAD, S.APPROVED, A.RECEIVED, ()),
        (AHEAD, S.SENT_AHEAD, A.RECEIVED, (S.RECEIVED, S.EXCHANGED)),
        (AHEAD, S.GOODS_BACK, A.RECEIVED, (S.RECEIVED, S.EXCHANGED)),
        (RESEND, S.APPROVED, A.RESENT, (S.RESENT,)),
        (RESEND, S.APPROVED, A.RECEIVED, ()),
        (CANCEL, S.REQUESTED, A.APPROVED, (S.APPROVED, S.REFUND_DUE)),
        (UNPAID, S.REQUESTED, A.APPROVED, (S.APPROVED, S.CLOSED)),
    ],
)
def test_where_an_answer_leads(course: Course, state: State, answer: Answer, states: tuple[State, ...]) -> None:
    assert reached(course, state, answer) == states


@pytest.mark.parametrize("course", [RETURN, REFUND, EXCHANGE, AHEAD, RESEND, CANCEL, UNPAID])
def test_an_answer_that_was_taken_is_known_when_it_comes_again(course: Course) -> None:
    for state in OPEN:
        for answer in Answer:
            for_good = reached(course, state, answer)
            if for_good:
                assert said_before(course, for_good[-1], answer), (state, answer)
                assert not said_before(course, state, answer), (state, answer)


@pytest.mark.parametrize("course", [RETURN, REFUND, EXCHANGE, AHEAD, RESEND, CANCEL, UNPAID])
def test_nothing_leaves_an_end_and_every_path_ends(course: Course) -> None:
    for state in ENDED:
        assert not any(reached(course, state, answer) for answer in Answer)
        assert due_after(course, state, AT) is None
        assert turn_of(course, state) is Turn.NOBODY
    assert path_of(course)[-1] in ENDED


@pytest.mark.parametrize(
    ("course", "state", "turn", "time"),
    [
        (RETURN, S.DRAFT, Turn.OWNER, None),
        (RETURN, S.AWAITING_MANDATE, Turn.BUYER, timedelta(days=7)),
        (RETURN, S.REQUESTED, Turn.SHOP, timedelta(hours=48)),
        (RETURN, S.APPROVED, Turn.BUYER, timedelta(days=7)),
        (RETURN, S.GOODS_BACK, Turn.SHOP, timedelta(days=10)),
        (RETURN, S.REFUND_DUE, Turn.SHOP, timedelta(hours=72)),
        (EXCHANGE, S.APPROVED, Turn.BUYER, timedelta(days=7)),
        (EXCHANGE, S.RECEIVED, Turn.SHOP, timedelta(hours=48)),
        (AHEAD, S.APPROVED, Turn.SHOP, timedelta(hours=48)),
        (AHEAD, S.SENT_AHEAD, Turn.BUYER, timedelta(days=7)),
        (RESEND, S.APPROVED, Turn.SHOP, timedelta(hours=48)),
    ],
)
def test_whose_turn_and_by_when(course: Course, state: State, turn: Turn, time: timedelta | None) -> None:
    assert turn_of(course, state) is turn
    assert due_after(course, state, AT) == (AT + time if time else None)
