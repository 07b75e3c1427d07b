"""The promise's clocks: tables of what stops which, and properties against clocks counted a second way."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from portal.service.complaints.clocks import (
    LADDER,
    Clock,
    Moment,
    Name,
    Policy,
    Rung,
    clocks,
    next_due,
    next_rung_at,
    rounds,
    rungs_due,
    waits,
)
from portal.service.complaints.rules import Event, Urgency, rank

START = datetime(2026, 3, 2, 9, tzinfo=UTC)
HOUR = timedelta(hours=1)
POLICY = Policy(1, 24 * HOUR, 72 * HOUR, timedelta(days=15))
EXAMPLES = 2000


def life(*events: tuple[str, int]) -> list[Moment]:
    """Received at START, then each kind so many hours later."""
    return [Moment(Event.RECEIVED, START), *(Moment(kind, START + hours * HOUR) for kind, hours in events)]


def stops(*events: tuple[str, int]) -> tuple[int | None, ...]:
    """After how many hours each clock of the last round stopped."""
    return tuple(
        int((clock.stopped_at - START) / HOUR) if clock.stopped_at else None for clock in clocks(POLICY, life(*events))
    )


@pytest.mark.parametrize(
    ("events", "expected"),
    [
        ([], (None, None, None)),
        ([("first_reply", 1), ("waiting", 2), ("answered", 30)], (None, None, None)),
        ([("proposal_sent", 5)], (5, None, None)),
        ([("proposal_sent", 5), ("proposal_sent", 9)], (5, None, None)),
        ([("proposal_sent", 5), ("proposal_declined", 6)], (5, None, None)),
        ([("proposal_sent", 5), ("payment_confirmed", 40)], (5, 40, None)),
        ([("proposal_sent", 5), ("no_compensation_sent", 5)], (5, 5, None)),
        ([("no_compensation_sent", 5), ("proposal_declined", 6)], (None, None, None)),
        ([("no_compensation_sent", 5), ("proposal_declined", 6), ("no_compensation_sent", 9)], (None, 9, None)),
        ([("no_compensation_sent", 5), ("proposal_declined", 6), ("payment_confirmed", 50)], (None, 50, None)),
        ([("no_compensation_sent", 5), ("proposal_withdrawn", 6)], (None, None, None)),
        ([("no_compensation_sent", 5), ("payment_confirmed", 50)], (None, 5, None)),
        ([("proposal_sent", 5), ("payment_confirmed", 40), ("resolved", 41)], (5, 40, 41)),
        ([("resolved", 7)], (7, 7, 7)),
        ([("withdrawn", 7)], (7, 7, 7)),
        ([("handed_over", 3), ("reclassed", 4), ("linked", 4), ("step", 12)], (None, None, None)),
        ([("proposal_sent", 5), ("resolved", 9), ("closed", 90)], (5, 9, 9)),
        ([("proposal_sent", 5), ("resolved", 9), ("reopened", 50)], (None, None, None)),
        ([("proposal_sent", 5), ("resolved", 9), ("reopened", 50), ("proposal_sent", 60)], (60, None, None)),
    ],
)
def test_what_stops_which_clock(events: list[tuple[str, int]], expected: tuple[int | None, ...]) -> None:
    assert stops(*events) == expected


def test_a_reopening_begins_anew_and_keeps_what_was() -> None:
    first, second = rounds(POLICY, life(("proposal_sent", 30), ("resolved", 31), ("reopened", 100)))
    assert [clock.kept(START + 99 * HOUR) for clock in first] == [False, True, True]
    assert [clock.due_at - START for clock in second] == [124 * HOUR, 172 * HOUR, 100 * HOUR + timedelta(days=15)]


@pytest.mark.parametrize(
    ("stopped", "now", "kept"),
    [(None, 23, None), (None, 24, None), (None, 25, False), (24, 99, True), (25, 99, False), (1, 0, True)],
)
def test_when_a_promise_is_kept(stopped: int | None, now: int, kept: bool | None) -> None:
    clock = Clock(Name.PROPOSAL, START, START + 24 * HOUR, START + stopped * HOUR if stopped else None)
    assert clock.kept(START + now * HOUR) is kept


@pytest.mark.parametrize(
    ("events", "expected"),
    [
        ([], []),
        ([("waiting", 1)], [(1, None)]),
        ([("waiting", 1), ("waiting", 2), ("answered", 5)], [(1, 5)]),
        ([("waiting", 1), ("answered", 5), ("waiting", 8), ("resolved", 9)], [(1, 5), (8, 9)]),
        ([("answered", 5)], []),
        ([("waiting", 1), ("proposal_accepted", 3)], [(1, 3)]),
    ],
)
def test_when_it_was_the_buyers_turn(events: list[tuple[str, int]], expected: list[tuple[int, int | None]]) -> None:
    found = [
        (int((span.since - START) / HOUR), int((span.until - START) / HOUR) if span.until else None)
        for span in waits(life(*events))
    ]
    assert found == expected


KINDS = st.sampled_from([str(kind) for kind in Event if kind is not Event.RECEIVED] + ["cause_found", "approved"])
STEPS = st.lists(st.tuples(KINDS, st.integers(1, 60 * 40)), max_size=14)


def moments_of(steps: list[tuple[str, int]]) -> list[Moment]:
    at, found = START, [Moment(Event.RECEIVED, START)]
    for kind, minutes in steps:
        at += timedelta(minutes=minutes)
        found.append(Moment(kind, at))
    return found


def counted(moments: list[Moment]) -> list[datetime | None]:
    """The same promises, counted once more: event by event, as one would on paper."""
    proposal: datetime | None = None
    compensation: datetime | None = None
    paid = False
    ended: datetime | None = None
    for kind, at in ((moment.kind, moment.at) for moment in moments):
        if kind in ("received", "reopened"):
            proposal = compensation = ended = None
            paid = False
            continue
        over = kind in ("resolved", "withdrawn")
        if proposal is None and (kind == "proposal_sent" or over):
            proposal = at
        if not paid:
            if kind in ("proposal_declined", "proposal_withdrawn"):
                compensation = None
            elif compensation is None and (kind in ("payment_confirmed", "no_compensation_sent") or over):
                compensation = at
            paid = over or kind == "payment_confirmed"
        if ended is None and over:
            ended = at
    return [proposal, compensation, ended]


@settings(max_examples=EXAMPLES)
@given(STEPS)
def test_no_order_of_events_loses_a_clock(steps: list[tuple[str, int]]) -> None:
    moments = moments_of(steps)
    present = clocks(POLICY, moments)
    assert [clock.name for clock in present] == list(Name)
    assert [clock.stopped_at for clock in present] == counted(moments)
    begun = [moment.at for moment in moments if moment.kind in ("received", "reopened")]
    assert [faces[0].started_at for faces in rounds(POLICY, moments)] == begun
    for clock in present:
        assert clock.due_at - clock.started_at == POLICY.term(clock.name)
        assert clock.stopped_at is None or clock.stopped_at >= clock.started_at


@settings(max_examples=EXAMPLES)
@given(STEPS, st.lists(st.integers(1, 60 * 80), min_size=1, max_size=12))
def test_every_rung_is_climbed_once_however_time_jumps(steps: list[tuple[str, int]], jumps: list[int]) -> None:
    """A worker looks at any times, also after long silence: each rung that was due comes once, none too early."""
    faces = clocks(POLICY, moments_of(steps))
    done: list[Rung] = []
    now = faces[0].started_at
    for minutes in jumps:
        now += timedelta(minutes=minutes)
        fresh = rungs_due(faces, done, now)
        assert not set(fresh) & set(done)
        done += fresh
    assert len(done) == len(set(done))
    expected = {
        Rung(face.name, percent)
        for face in faces
        if face.running
        for percent in LADDER
        if face.started_at + POLICY.term(face.name) * percent / 100 <= now
    }
    assert set(done) == expected
    ahead = next_rung_at(faces, done)
    assert ahead is None or ahead > now
    assert (ahead is None) == (len(done) == len(LADDER) * sum(face.running for face in faces))
    assert next_due(faces) == min((face.due_at for face in faces if face.running), default=None)


@settings(max_examples=300)
@given(
    st.tuples(st.integers(0, 10**6), st.sampled_from(list(Urgency)), st.booleans(), st.integers(1, 10**6)),
    st.tuples(st.integers(0, 10**6), st.sampled_from(list(Urgency)), st.booleans(), st.integers(1, 10**6)),
)
def test_a_day_has_one_order(a: tuple[int, Urgency, bool, int], b: tuple[int, Urgency, bool, int]) -> None:
    """Two complaints never stand on one place; the earlier deadline comes first, what presses more comes earlier."""
    first, second = (rank(START + timedelta(seconds=at), urgency, key, n) for at, urgency, key, n in (a, b))
    assert (first == second) <= (a[3] == b[3])
    if a[1:3] == b[1:3] and a[0] < b[0]:
        assert first < second
    weight = list(Urgency).index
    if a[0] == b[0] and weight(a[1]) > weight(b[1]) and a[2] >= b[2]:
        assert first < second
    assert 0 < first < 10**17
