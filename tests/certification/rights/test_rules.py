"""The gate as a table of cases, and what must hold for any facts at all."""

from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from certification.rights.rules import (
    RULES_VERSION,
    CertificateFact,
    Facts,
    MeasureFact,
    Status,
    ViolationFact,
    decide,
    may_decide,
    points_in_force,
    replay,
)

NOW = datetime(2026, 11, 22, 6, 0, tzinfo=UTC)
DAY = timedelta(days=1)
SECOND = timedelta(seconds=1)


def certificate(**changes: Any) -> CertificateFact:
    plain: dict[str, Any] = {
        "id": 1,
        "assignment_id": 1,
        "issued_at": NOW - 100 * DAY,
        "valid_until": NOW + 200 * DAY,
        "revoked": False,
        "evidence_holds": True,
    }
    return CertificateFact(**plain | changes)


def suspension(**changes: Any) -> MeasureFact:
    return MeasureFact(**{"id": 1, "kind": "suspension", "cause": "points", "started_at": NOW - DAY} | changes)


def facts(**changes: Any) -> Facts:
    """A licensed owner in order, but for `changes`."""
    plain: dict[str, Any] = {
        "store_open": True,
        "kit_returned": False,
        "courses_done": 7,
        "courses_required": 7,
        "exams_passed": 1,
        "exams_required": 1,
        "certificate": certificate(),
    }
    return Facts(**plain | changes)


LEARNER = {"courses_done": 3, "exams_passed": 0, "certificate": None}

CASES: list[tuple[str, Facts, Status, bool, set[str]]] = [
    ("licensed", facts(), Status.LICENSED, True, set()),
    (
        "just bought the kit",
        facts(courses_done=0, exams_passed=0, certificate=None),
        Status.LEARNING,
        False,
        {"courses_incomplete", "exam_not_passed", "certificate_missing"},
    ),
    (
        "all learned, not examined",
        facts(exams_passed=0, certificate=None),
        Status.LEARNING,
        False,
        {"exam_not_passed", "certificate_missing"},
    ),
    (
        "nothing assigned is not everything done",
        facts(courses_done=0, courses_required=0, exams_passed=0, exams_required=0, certificate=None),
        Status.LEARNING,
        False,
        {"courses_incomplete", "exam_not_passed", "certificate_missing"},
    ),
    ("learned, but no certificate", facts(certificate=None), Status.LEARNING, False, {"certificate_missing"}),
    ("store closed", facts(store_open=False), Status.CLOSED, False, {"store_closed"}),
    ("kit returned", facts(kit_returned=True), Status.CLOSED, False, {"kit_returned"}),
    ("suspended by points", facts(measures=(suspension(),)), Status.SUSPENDED, False, {"suspended"}),
    (
        "suspended until tomorrow",
        facts(measures=(suspension(ends_at=NOW + DAY),)),
        Status.SUSPENDED,
        False,
        {"suspended"},
    ),
    ("suspension ends this instant", facts(measures=(suspension(ends_at=NOW),)), Status.LICENSED, True, set()),
    ("suspension starts later", facts(measures=(suspension(started_at=NOW + DAY),)), Status.LICENSED, True, set()),
    (
        "revoked and suspended",
        facts(measures=(suspension(), suspension(id=2, kind="revocation"))),
        Status.REVOKED,
        False,
        {"revoked"},
    ),
    ("last second", facts(certificate=certificate(valid_until=NOW + SECOND)), Status.DUE, True, set()),
    (
        "expired this instant",
        facts(certificate=certificate(valid_until=NOW)),
        Status.EXPIRED,
        False,
        {"certificate_expired"},
    ),
    ("renewal window", facts(certificate=certificate(valid_until=NOW + 30 * DAY)), Status.DUE, True, set()),
    (
        "before the window",
        facts(certificate=certificate(valid_until=NOW + 30 * DAY + SECOND)),
        Status.LICENSED,
        True,
        set(),
    ),
    (
        "certificate revoked",
        facts(certificate=certificate(revoked=True)),
        Status.REVOKED,
        False,
        {"certificate_revoked"},
    ),
    (
        "bridged",
        facts(certificate=certificate(valid_until=NOW - DAY), bridge_until=NOW + DAY),
        Status.DUE,
        True,
        set(),
    ),
    (
        "bridge over",
        facts(certificate=certificate(valid_until=NOW - DAY), bridge_until=NOW),
        Status.EXPIRED,
        False,
        {"certificate_expired"},
    ),
    (
        "no bridge without an earlier certificate",
        facts(certificate=None, bridge_until=NOW + DAY),
        Status.LEARNING,
        False,
        {"certificate_missing"},
    ),
    (
        "a bridge does not carry a revoked certificate",
        facts(certificate=certificate(valid_until=NOW - DAY, revoked=True), bridge_until=NOW + DAY),
        Status.REVOKED,
        False,
        {"certificate_revoked"},
    ),
    (
        "newer version, grace runs",
        facts(certificate=certificate(version_grace_until=NOW + DAY)),
        Status.DUE,
        True,
        set(),
    ),
    (
        "newer version, grace over",
        facts(certificate=certificate(version_grace_until=NOW)),
        Status.EXPIRED,
        False,
        {"version_superseded"},
    ),
    (
        "evidence withdrawn",
        facts(certificate=certificate(evidence_holds=False)),
        Status.EXPIRED,
        False,
        {"evidence_withdrawn"},
    ),
    ("go-live grace", facts(**LEARNER, go_live_grace_until=NOW + DAY), Status.DUE, True, set()),
    (
        "go-live grace over",
        facts(**LEARNER, go_live_grace_until=NOW),
        Status.LEARNING,
        False,
        {"courses_incomplete", "exam_not_passed", "certificate_missing"},
    ),
    (
        "grace does not carry a suspended owner",
        facts(**LEARNER, go_live_grace_until=NOW + DAY, measures=(suspension(),)),
        Status.SUSPENDED,
        False,
        {"suspended"},
    ),
]


@pytest.mark.parametrize(("name", "given_facts", "status", "may_share", "missing"), CASES, ids=[c[0] for c in CASES])
def test_the_gate(name: str, given_facts: Facts, status: Status, may_share: bool, missing: set[str]) -> None:
    decision = decide(given_facts, NOW)
    assert (decision.status, decision.may_share) == (status, may_share)
    if not may_share:
        assert {reason.code for reason in decision.unmet} >= missing
    assert {reason.condition for reason in decision.reasons} == {"courses", "exams", "certificate", "store", "standing"}


VALIDITY = [
    (facts(), NOW + 200 * DAY),
    (facts(bridge_until=NOW + 300 * DAY), NOW + 300 * DAY),
    (facts(certificate=certificate(version_grace_until=NOW + 10 * DAY)), NOW + 10 * DAY),
    (facts(certificate=certificate(version_grace_until=NOW + DAY), go_live_grace_until=NOW + 5 * DAY), NOW + 5 * DAY),
    (facts(store_open=False), None),
]


@pytest.mark.parametrize(("given_facts", "until"), VALIDITY)
def test_a_yes_says_until_when(given_facts: Facts, until: datetime | None) -> None:
    assert decide(given_facts, NOW).valid_until == until


moments = st.integers(-500, 500).map(lambda days: NOW + days * DAY)
maybe_moments = st.none() | moments
certificates = st.builds(
    CertificateFact,
    id=st.just(1),
    assignment_id=st.just(1),
    issued_at=moments,
    valid_until=moments,
    revoked=st.booleans(),
    evidence_holds=st.booleans(),
    version_grace_until=maybe_moments,
)
any_measures = st.builds(
    MeasureFact,
    id=st.integers(1, 9),
    kind=st.sampled_from(["suspension", "revocation"]),
    cause=st.sampled_from(["points", "admin"]),
    started_at=moments,
    ends_at=maybe_moments,
)
any_facts = st.builds(
    Facts,
    store_open=st.booleans(),
    kit_returned=st.booleans(),
    courses_done=st.integers(0, 7),
    courses_required=st.integers(0, 7),
    exams_passed=st.integers(0, 1),
    exams_required=st.integers(0, 1),
    certificate=st.none() | certificates,
    measures=st.lists(any_measures, max_size=3).map(tuple),
    bridge_until=maybe_moments,
    go_live_grace_until=maybe_moments,
)


@given(any_facts, moments)
@settings(max_examples=1000)
def test_no_refusal_without_a_reason_and_no_yes_against_one(given_facts: Facts, now: datetime) -> None:
    decision = decide(given_facts, now)
    blocking = {reason.condition for reason in decision.unmet} & {"certificate", "store", "standing"}
    assert decision.may_share == (not blocking)
    assert (decision.status in (Status.LICENSED, Status.DUE)) == decision.may_share


@given(any_facts, moments)
@settings(max_examples=1000)
def test_a_yes_holds_exactly_until_it_says(given_facts: Facts, now: datetime) -> None:
    decision = decide(given_facts, now)
    if decision.may_share and decision.valid_until is not None:
        later = [measure.started_at for measure in given_facts.measures if measure.started_at > now]
        if not later:
            assert decide(given_facts, decision.valid_until - SECOND).may_share
        assert not decide(given_facts, decision.valid_until).may_share


@given(any_facts, moments)
@settings(max_examples=1000)
def test_nothing_changes_before_the_recheck(given_facts: Facts, now: datetime) -> None:
    decision = decide(given_facts, now)
    last = (decision.recheck_at or now + 2000 * DAY) - SECOND
    assert decide(given_facts, last).says_the_same(decision)


@given(any_facts, moments)
@settings(max_examples=500)
def test_stored_facts_replay_to_the_same_answer(given_facts: Facts, now: datetime) -> None:
    stored = msgspec.json.encode(given_facts)
    again = msgspec.json.decode(stored, type=Facts)
    assert replay(RULES_VERSION, again, now) == decide(given_facts, now)


POINTS = [
    ([], None, 0),
    ([ViolationFact(6, NOW - DAY), ViolationFact(6, NOW - 2 * DAY)], None, 12),
    ([ViolationFact(6, NOW - 365 * DAY), ViolationFact(3, NOW - 364 * DAY)], None, 3),
    ([ViolationFact(12, NOW - 10 * DAY), ViolationFact(3, NOW - DAY)], NOW - 5 * DAY, 3),
]


@pytest.mark.parametrize(("violations", "cleared_at", "points"), POINTS)
def test_points_count_for_a_year_and_since_the_slate_was_cleared(
    violations: list[ViolationFact], cleared_at: datetime | None, points: int
) -> None:
    assert points_in_force(violations, cleared_at, NOW) == points


def test_nobody_decides_her_own_proposal() -> None:
    assert not may_decide(7, 7)
    assert may_decide(7, 8)
