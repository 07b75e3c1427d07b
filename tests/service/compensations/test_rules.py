"""Authority, relations, the approval's clock and the sample, as tables of cases."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from portal.service.compensations.rules import (
    DEFAULTS,
    Allowance,
    Face,
    Granted,
    Kind,
    Parties,
    Verdict,
    approval_due,
    approvals_needed,
    drawn,
    may_grant,
    next_step_at,
    often_near,
    related,
    steps_due,
)
from portal.service.roster.rules import Level

AT = datetime(2026, 11, 22, 2, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)
JUNIOR, SENIOR, LEAD = Level.JUNIOR, Level.SENIOR, Level.LEAD
REFUND, VOUCHER, REPLACE, APOLOGY = Kind.REFUND, Kind.VOUCHER, Kind.REPLACE, Kind.APOLOGY
ROWS = [
    Allowance(JUNIOR, None, None, 3_000, 30_000),
    Allowance(JUNIOR, "food", None, 1_000, 10_000),
    Allowance(JUNIOR, None, VOUCHER, 4_000, 30_000),
    Allowance(JUNIOR, "food", VOUCHER, 1_500, 10_000),
    Allowance(SENIOR, "food", None, None, None),
]


@pytest.mark.parametrize(
    ("level", "kind", "category", "amount", "used", "rows", "allowed", "why"),
    [
        (JUNIOR, REFUND, "food", 2_000, 0, [], True, None),
        (JUNIOR, REFUND, "food", 2_001, 0, [], False, "above_limit"),
        (JUNIOR, REFUND, "food", 2_000, 18_000, [], True, None),
        (JUNIOR, REFUND, "food", 2_000, 18_001, [], False, "above_day"),
        (JUNIOR, REFUND, "food", 1, 99_999, [], False, "above_day"),
        (SENIOR, VOUCHER, "home", 5_000, 45_000, [], True, None),
        (SENIOR, VOUCHER, "home", 5_001, 0, [], False, "above_limit"),
        (LEAD, REPLACE, "home", 20_000, 180_000, [], True, None),
        (LEAD, REPLACE, "home", 20_000, 180_001, [], False, "above_day"),
        (JUNIOR, APOLOGY, "food", 0, 99_999, [], True, None),
        (JUNIOR, REFUND, "home", 3_000, 0, ROWS, True, None),
        (JUNIOR, REFUND, "food", 1_001, 0, ROWS, False, "above_limit"),
        (JUNIOR, VOUCHER, "home", 4_000, 0, ROWS, True, None),
        (JUNIOR, VOUCHER, "food", 1_500, 0, ROWS, True, None),
        (JUNIOR, VOUCHER, "food", 1_501, 0, ROWS, False, "above_limit"),
        (SENIOR, REFUND, "food", 5_000, 0, ROWS, True, None),  # taken back: the default again
    ],
)
def test_what_an_agent_may_give_alone(
    level: Level,
    kind: Kind,
    category: str,
    amount: int,
    used: int,
    rows: list[Allowance],
    allowed: bool,
    why: str | None,
) -> None:
    found = may_grant(level, kind, category, amount, used, rows)
    assert (found.allowed, found.why) == (allowed, why)


LIMITS = st.integers(0, 60_000)
ROW = st.builds(
    Allowance,
    st.sampled_from(list(Level)),
    st.sampled_from([None, "food", "home"]),
    st.sampled_from([None, REFUND, VOUCHER, REPLACE]),
    LIMITS,
    LIMITS,
)


@settings(max_examples=2000, deadline=None)
@given(
    st.sampled_from(list(Level)),
    st.lists(st.tuples(st.sampled_from([REFUND, VOUCHER, REPLACE]), st.integers(1, 30_000)), max_size=12),
    st.lists(ROW, max_size=5),
)
def test_no_day_gives_more_alone_than_the_limits(
    level: Level, wishes: list[tuple[Kind, int]], rows: list[Allowance]
) -> None:
    used = 0
    for kind, amount in wishes:
        verdict = may_grant(level, kind, "food", amount, used, rows)
        if verdict.allowed:
            assert amount <= verdict.limit_fen
            used += amount
            assert used <= verdict.day_limit_fen
        else:
            assert amount > verdict.limit_fen or used + amount > verdict.day_limit_fen


def test_without_rows_the_published_defaults_hold() -> None:
    assert dict(DEFAULTS) == {JUNIOR: (2_000, 20_000), SENIOR: (5_000, 50_000), LEAD: (20_000, 200_000)}


PARTIES = Parties(1, "13800000001", "13900000002", "Agent-7", frozenset({3}))


@pytest.mark.parametrize(
    ("face", "ties"),
    [
        (Face(1, None, None, None), ("same_person",)),
        (Face(2, None, "13800000001", None), ("same_phone",)),
        (Face(2, None, "13900000002", None), ("buyer_phone",)),
        (Face(2, None, "+86 139-0000-0002", None), ("buyer_phone",)),
        (Face(2, "agent-7", None, None), ("referred",)),
        (Face(2, None, None, "AGENT-7"), ("referred",)),
        (Face(3, None, None, None), ("managed",)),
        (Face(3, "agent-7", "13800000001", None), ("same_phone", "referred", "managed")),
        (Face(2, "agent-8", "13700000000", "a@example.test"), ()),
        (Face(2, None, None, None), ()),
    ],
)
def test_who_is_related(face: Face, ties: tuple[str, ...]) -> None:
    assert related(face, PARTIES) == ties


def test_nobody_is_related_to_what_is_not_known() -> None:
    assert related(Face(2, None, None, None), Parties(1, None, None, None, frozenset())) == ()


FINE, ABOVE = Verdict(True, 2_000, 20_000, 20_000), Verdict(False, 2_000, 20_000, 0, "above_day")


@pytest.mark.parametrize(
    ("verdict", "ties", "above_paid", "needs", "why"),
    [
        (FINE, (), False, 0, None),
        (FINE, (), True, 1, "above_paid"),
        (ABOVE, (), False, 1, "above_day"),
        (ABOVE, (), True, 1, "above_day"),
        (FINE, ("managed",), False, 2, "related"),
        (ABOVE, ("managed",), True, 2, "related"),
    ],
)
def test_how_many_must_approve(
    verdict: Verdict, ties: tuple[str, ...], above_paid: bool, needs: int, why: str | None
) -> None:
    assert approvals_needed(verdict, ties, above_paid=above_paid) == (needs, why)


@pytest.mark.parametrize(
    ("left", "due"),
    [(50, 4), (4, 4), (3, 3), (1, 1), (0.5, 0.5), (0.1, 0.5), (-5, 0.5)],
)
def test_the_approvals_clock_fits_inside_the_compensations(left: float, due: float) -> None:
    assert approval_due(AT, AT + left * HOUR) == AT + due * HOUR


@pytest.mark.parametrize(
    ("passed", "done", "fresh", "following"),
    [
        (1, (), (), 2),
        (2, (), (50,), 2),
        (2, (50,), (), 4),
        (4, (50,), (100,), 4),
        (9, (), (50, 100), 2),
        (9, (50, 100), (), None),
    ],
)
def test_the_ladder(passed: int, done: tuple[int, ...], fresh: tuple[int, ...], following: int | None) -> None:
    due = AT + 4 * HOUR
    assert steps_due(AT, due, done, AT + passed * HOUR) == fresh
    assert next_step_at(AT, due, done) == (AT + following * HOUR if following is not None else None)


def many(agent: int, n: int, value: int = 100, *, alone: bool = True) -> list[Granted]:
    return [Granted(f"g-{agent}-{i}-{value}", agent, value, 2_000, alone) for i in range(n)]


@pytest.mark.parametrize(
    ("grants", "least"),
    [
        ([], 0),
        (many(1, 3), 3),
        (many(1, 60), 5),
        (many(1, 120), 6),
        (many(1, 101), 6),
    ],
)
def test_a_twentieth_and_five_at_least_are_drawn(grants: list[Granted], least: int) -> None:
    chosen = drawn("2026-10", grants)
    assert len(chosen) == least
    assert chosen == drawn("2026-10", list(reversed(grants)))
    assert set(chosen) <= {each.ref for each in grants}


def test_another_month_draws_others() -> None:
    grants = many(1, 200)
    assert drawn("2026-09", grants) != drawn("2026-10", grants)


@pytest.mark.parametrize(
    ("grants", "often"),
    [
        (many(1, 3, 1_600), True),
        (many(1, 2, 1_900), False),
        (many(1, 3, 1_599), False),
        (many(1, 3, 1_900) + many(1, 3, 100), True),
        (many(1, 3, 1_900) + many(1, 4, 100), False),
        (many(1, 9, 1_900, alone=False), False),
    ],
)
def test_who_is_often_near_her_limit(grants: list[Granted], often: bool) -> None:
    assert often_near(grants) is often


def test_more_is_drawn_of_whoever_is_often_near_her_limit() -> None:
    calm, near = many(1, 190), many(2, 10, 1_900)
    chosen = drawn("2026-10", calm + near)
    assert len([ref for ref in chosen if ref.startswith("g-2-")]) >= 2
    assert len(chosen) >= 10
