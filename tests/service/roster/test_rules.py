"""The roster's decisions as tables of cases."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest

from portal.service.complaints.rules import Function
from portal.service.roster import rules
from portal.service.roster.rules import Ending, Held, Level, Rule, Said, Span, State, Why

AT = datetime(2026, 11, 23, 2, 0, tzinfo=UTC)
HOUR, DAY, MINUTE = timedelta(hours=1), timedelta(days=1), timedelta(minutes=1)
OLD = AT - 400 * DAY
ZONE = ZoneInfo("Asia/Shanghai")
LIVE = Rule(AT - 10 * DAY)

LICENCES = [
    ("nobody of the desk", Held(None, None), LIVE, Why.NO_ROLE, None),
    ("a closed account", Held(OLD, AT + DAY, disabled=True), LIVE, Why.DISABLED, None),
    ("a certificate in force", Held(OLD, AT + DAY), LIVE, Why.CERTIFIED, AT + DAY),
    ("its very last moment is over", Held(OLD, AT), Rule(OLD), Why.EXPIRED, AT),
    ("no curriculum, no rule", Held(OLD, None), Rule(None), Why.NO_RULE, None),
    ("no rule, whatever is published", Held(OLD, None), Rule(None, AT - DAY), Why.NO_RULE, None),
    ("an old agent, from the rule's first day", Held(OLD, None), LIVE, Why.GRACE, AT + 20 * DAY),
    ("a new agent, from her own", Held(AT - DAY, None), Rule(OLD), Why.GRACE, AT + 29 * DAY),
    ("the last moment of grace is over", Held(AT - 30 * DAY, None), Rule(OLD), Why.UNCERTIFIED, AT),
    ("published longer", Held(OLD, None), Rule(OLD, AT + DAY), Why.GRACE, AT + DAY),
    ("published and over", Held(AT - DAY, None), Rule(OLD, AT - DAY), Why.UNCERTIFIED, AT - DAY),
    ("expired within a published grace", Held(OLD, AT - DAY), Rule(OLD, AT + DAY), Why.GRACE, AT + DAY),
]


@pytest.mark.parametrize(("name", "held", "rule", "why", "until"), LICENCES, ids=[row[0] for row in LICENCES])
def test_who_may_take_complaints(name, held, rule, why, until) -> None:  # type: ignore[no-untyped-def]
    found = rules.licence(held, rule, AT)
    assert (found.why, found.until) == (why, until)
    assert bool(found) == (why in {Why.CERTIFIED, Why.GRACE, Why.NO_RULE})


SPANS = [
    ("a day", time(9), time(17, 30), "2026-11-23T01:00", "2026-11-23T09:30"),
    ("a night", time(22), time(6), "2026-11-23T14:00", "2026-11-23T22:00"),
    ("the clock round", time(9), time(9), "2026-11-23T01:00", "2026-11-24T01:00"),
    ("until midnight", time(16), time(0), "2026-11-23T08:00", "2026-11-23T16:00"),
]


@pytest.mark.parametrize(("name", "starts", "ends", "first", "last"), SPANS, ids=[row[0] for row in SPANS])
def test_a_shift_by_the_sites_clock(name, starts, ends, first, last) -> None:  # type: ignore[no-untyped-def]
    span = rules.shift_span(date(2026, 11, 23), starts, ends, ZONE)
    assert (span.starts_at.isoformat()[:16], span.ends_at.isoformat()[:16]) == (first, last)


def test_a_week_on_keeps_the_hours_over_summer_time() -> None:
    berlin = ZoneInfo("Europe/Berlin")
    before = rules.shift_span(date(2026, 3, 23), time(9), time(17), berlin)
    assert rules.a_week_on(before, berlin) == rules.shift_span(date(2026, 3, 30), time(9), time(17), berlin)


MEETINGS = [
    ("before", -4, -2, False),
    ("up to its beginning", -4, 0, False),
    ("into it", -4, 1, True),
    ("inside", 1, 2, True),
    ("the same", 0, 8, True),
    ("around", -1, 9, True),
    ("from its end", 8, 10, False),
]


@pytest.mark.parametrize(("name", "first", "last", "meets"), MEETINGS, ids=[row[0] for row in MEETINGS])
def test_shifts_that_meet(name: str, first: int, last: int, meets: bool) -> None:
    shift = Span(AT, AT + 8 * HOUR)
    wanted = Span(AT + first * HOUR, AT + last * HOUR)
    assert (rules.in_the_way(wanted, [shift]) == shift) == meets


FAULTS = [
    (Span(AT, AT + 15 * MINUTE), None),
    (Span(AT, AT + 14 * MINUTE), "shift_too_short"),
    (Span(AT, AT + 16 * HOUR), None),
    (Span(AT, AT + 16 * HOUR + MINUTE), "shift_too_long"),
    (Span(AT + 181 * DAY, AT + 181 * DAY + HOUR), "shift_too_far"),
    (Span(AT - 32 * DAY, AT - 32 * DAY + HOUR), "shift_too_far"),
]


@pytest.mark.parametrize(("span", "fault"), FAULTS)
def test_what_is_wrong_with_a_shift(span: Span, fault: str | None) -> None:
    assert rules.shift_fault(span, AT) == fault


ABSENCES = [
    (Span(AT, AT + DAY), None),
    (Span(AT, AT), "absence_backwards"),
    (Span(AT, AT + 181 * DAY), "absence_too_long"),
    (Span(AT + 181 * DAY, AT + 182 * DAY), "absence_too_far"),
]


@pytest.mark.parametrize(("span", "fault"), ABSENCES)
def test_what_is_wrong_with_leave(span: Span, fault: str | None) -> None:
    assert rules.absence_fault(span, AT) == fault


def said(state: State = State.PRESENT, since: int = -60, shift: int | None = 120, seen: int | None = 0) -> Said:
    """Minutes from now."""
    at = [None if value is None else AT + value * MINUTE for value in (shift, seen)]
    return Said(state, AT + since * MINUTE, *at)


PRESENCES = [
    ("there", said(), None, None),
    ("seen half an hour ago but a minute", said(seen=-29), None, None),
    ("not seen for half an hour", said(seen=-30), None, (Ending.UNSEEN, 0)),
    ("never seen, but just said it", said(since=-5, seen=None), None, None),
    ("seen before she said it", said(since=-5, seen=-90), None, None),
    ("the shift is over", said(shift=0), None, (Ending.SHIFT_OVER, 0)),
    ("over long ago, seen since", said(shift=-40), None, (Ending.SHIFT_OVER, -40)),
    ("unseen before the shift was over", said(since=-200, shift=-40, seen=-100), None, (Ending.UNSEEN, -70)),
    ("the shift was cancelled", said(shift=None), None, (Ending.SHIFT_OVER, -60)),
    ("leave began", said(), -10, (Ending.AWAY, -10)),
    ("leave began before she said it", said(), -600, (Ending.AWAY, -60)),
    ("a pause may be long", said(State.PAUSED, seen=-90), None, None),
    ("but ends with the shift", said(State.PAUSED, shift=-1), None, (Ending.SHIFT_OVER, -1)),
]


@pytest.mark.parametrize(("name", "what", "away", "end"), PRESENCES, ids=[row[0] for row in PRESENCES])
def test_when_presence_ends_by_itself(name, what, away, end) -> None:  # type: ignore[no-untyped-def]
    found = rules.ended(what, None if away is None else AT + away * MINUTE, AT)
    assert found == (None if end is None else (end[0], AT + end[1] * MINUTE))


CHAINS = [
    ("named and there", {1: 2}, {2}, 2),
    ("nobody named", {}, {2}, None),
    ("away, and names another", {1: 2, 2: 3}, {3}, 3),
    ("three on", {1: 2, 2: 3, 3: 4}, {4}, 4),
    ("the chain ends", {1: 2, 2: None}, {3}, None),
    ("a ring", {1: 2, 2: 1}, {1}, None),
    ("a ring further on", {1: 2, 2: 3, 3: 2}, set(), None),
    ("herself", {1: 1}, {1}, None),
]


@pytest.mark.parametrize(("name", "named", "able", "found"), CHAINS, ids=[row[0] for row in CHAINS])
def test_who_stands_in(name: str, named: dict[int, int | None], able: set[int], found: int | None) -> None:
    assert rules.stand_in(1, named, able) == found


def test_levels_come_with_the_role() -> None:
    assert rules.level_of(True, "junior") is Level.LEAD
    assert [rules.level_of(False, stored) for stored in (None, "junior", "senior", "lead")] == [
        Level.JUNIOR,
        Level.JUNIOR,
        Level.SENIOR,
        Level.JUNIOR,
    ]


def test_categories_are_read_as_people_type_them() -> None:
    assert rules.read_words(" fresh,\u751f\u9c9c\uff0c appliances\n\nfresh \u3001 ") == (
        "fresh",
        "\u751f\u9c9c",
        "appliances",
    )


def test_the_desk_and_complaints_sort_by_the_same_words() -> None:
    assert list(rules.FUNCTIONS) == [str(one) for one in Function]
