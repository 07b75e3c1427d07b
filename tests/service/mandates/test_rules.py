"""What a mandate is at a time, what it covers, and when a code is sent."""

from datetime import UTC, datetime, timedelta

import pytest

from portal.core.web.i18n import LANGUAGES, has_text, speaking
from portal.service.mandates.codes import code_of, fits
from portal.service.mandates.rules import (
    ASKING,
    GAPS,
    MOST_CODES,
    MOST_TRIES,
    TERM,
    Act,
    Matter,
    Moments,
    State,
    code_fault,
    code_waits,
    gap,
    locked,
    may_remind,
    state_of,
    typed_code,
)

AT = datetime(2026, 11, 1, 4, 0, tzinfo=UTC)
END = AT + TERM
HOUR = timedelta(hours=1)
SECOND = timedelta(seconds=1)


@pytest.mark.parametrize(
    ("moments", "now", "state"),
    [
        (Moments(END), AT, State.ASKED),
        (Moments(END), END - SECOND, State.ASKED),
        (Moments(END), END, State.EXPIRED),
        (Moments(END, confirmed_at=AT), END - SECOND, State.CONFIRMED),
        (Moments(END, confirmed_at=AT), END, State.EXPIRED),
        (Moments(END, declined_at=AT), AT, State.DECLINED),
        (Moments(END, declined_at=AT), END + HOUR, State.DECLINED),
        (Moments(END, confirmed_at=AT, revoked_at=AT + HOUR), AT + HOUR, State.REVOKED),
        (Moments(END, withdrawn_at=AT), AT, State.WITHDRAWN),
        (Moments(END, confirmed_at=AT, used_at=AT + HOUR), AT + HOUR, State.USED),
        (Moments(END, confirmed_at=AT, used_at=AT + HOUR), END + HOUR, State.USED),
    ],
)
def test_where_a_mandate_is(moments: Moments, now: datetime, state: State) -> None:
    assert state_of(moments, now) is state


GIVEN = Act(7, Matter.REFUND)


@pytest.mark.parametrize(
    ("state", "limit_fen", "act", "expected"),
    [
        (State.CONFIRMED, 3_540, Act(7, Matter.REFUND, 3_540), None),
        (State.CONFIRMED, 3_540, Act(7, Matter.REFUND, 1), None),
        (State.CONFIRMED, 3_540, Act(7, Matter.REFUND), None),
        (State.CONFIRMED, None, Act(7, Matter.REFUND), None),
        (State.CONFIRMED, None, Act(7, Matter.REFUND, 1), "mandate_over_limit"),
        (State.CONFIRMED, 3_540, Act(7, Matter.REFUND, 3_541), "mandate_over_limit"),
        (State.CONFIRMED, 3_540, Act(8, Matter.REFUND, 1), "mandate_other_order"),
        (State.CONFIRMED, 3_540, Act(7, Matter.RETURN, 1), "mandate_other_matter"),
        *((s, 3_540, Act(7, Matter.REFUND, 1), f"mandate_{s}") for s in State if s is not State.CONFIRMED),
    ],
)
def test_what_it_covers(state: State, limit_fen: int | None, act: Act, expected: str | None) -> None:
    assert gap(state, GIVEN, limit_fen, act) == expected


@pytest.mark.parametrize(
    ("codes_sent", "sent", "locked_until", "fault"),
    [
        (0, None, None, None),
        (1, AT, None, ("mandate_code_just_sent", AT + timedelta(minutes=1))),
        (1, AT - timedelta(seconds=60), None, None),
        (2, AT - HOUR, AT + SECOND, ("mandate_locked", AT + SECOND)),
        (2, AT - HOUR, AT, None),
        (MOST_CODES - 1, AT - HOUR, None, None),
        (MOST_CODES, AT - HOUR, None, ("mandate_codes_spent", None)),
    ],
)
def test_when_a_code_is_sent(
    codes_sent: int, sent: datetime | None, locked_until: datetime | None, fault: tuple[str, datetime | None] | None
) -> None:
    assert code_fault(codes_sent, sent, locked_until, AT) == fault


@pytest.mark.parametrize(
    ("sent", "tries", "waits"),
    [
        (None, 0, False),
        (AT, 0, True),
        (AT, MOST_TRIES - 1, True),
        (AT, MOST_TRIES, False),
        (AT - timedelta(minutes=15) + SECOND, 0, True),
        (AT - timedelta(minutes=15), 0, False),
    ],
)
def test_how_long_a_code_waits(sent: datetime | None, tries: int, waits: bool) -> None:
    assert code_waits(sent, tries, AT) is waits


def test_a_door_is_locked_for_a_while() -> None:
    assert locked(MOST_TRIES, AT + SECOND, AT)
    assert not locked(MOST_TRIES, AT, AT)
    assert not locked(MOST_TRIES - 1, None, AT)


@pytest.mark.parametrize(
    ("typed", "digits"),
    [
        ("123456", "123456"),
        (" 123 456 ", "123456"),
        ("１２３４５６", "123456"),
        ("12-34", "1234"),
        ("", ""),
        ("9" * 50, "9" * 7),
    ],
)
def test_what_is_typed_is_forgiven(typed: str, digits: str) -> None:
    assert typed_code(typed) == digits


def test_a_reminder_goes_once_a_day() -> None:
    assert not may_remind(AT, None, AT + timedelta(hours=23))
    assert may_remind(AT, None, AT + timedelta(hours=24))
    assert not may_remind(AT, AT + timedelta(hours=24), AT + timedelta(hours=47))
    assert may_remind(AT, AT + timedelta(hours=24), AT + timedelta(hours=48))


def test_a_code_belongs_to_its_nonce_and_has_six_digits() -> None:
    codes = {code_of(str(n)) for n in range(200)}
    assert {len(code) for code in codes} == {6}
    assert len(codes) > 190
    assert fits("a", code_of("a"))
    assert not fits("a", code_of("b"))


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_matter_and_state_is_spoken_of(language: str) -> None:
    asked = [
        f"mandates.{part}.{matter}" for part in ("matter", "what", "buyer.asks", "letter.text") for matter in Matter
    ]
    told = [f"buyer.{ASKING[matter]}" for matter in Matter]
    refused = [f"refusal.{GAPS[state]}" for state in State if state is not State.CONFIRMED]
    stands = [
        f"mandates.{part}.{state}" for part in ("state", "show.head", "show.text", "buyer.text") for state in State
    ]
    with speaking(language):
        assert [key for key in (*asked, *told, *refused, *stands) if not has_text(key)] == []
