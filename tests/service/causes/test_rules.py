"""Causes and what follows, reminders, who verifies, when complaints are one problem: as tables of cases."""

from datetime import UTC, datetime, timedelta

import pytest

from certification.rights.rules import POINTS
from portal.core.web.i18n import has_text, speaking
from portal.service.causes.crowding import Problem, Told, crowd, inspectors_no, shares
from portal.service.causes.loops import Gate, How, Ways, gate_steps
from portal.service.causes.rules import (
    CAUSES,
    ActionState,
    Follows,
    Hands,
    Known,
    Party,
    Step,
    follows,
    hints,
    may_verify,
    missing,
    next_step_at,
    step_due,
)
from portal.service.complaints.rules import FAMILY, Function

AT = datetime(2026, 11, 20, 2, 0, tzinfo=UTC)
DAY = timedelta(days=1)
S = ActionState


@pytest.mark.parametrize(
    ("code", "party", "what", "points"),
    [
        ("owner_overpromised", Party.OWNER, Follows.VIOLATION, 3),
        ("owner_false_claim", Party.OWNER, Follows.VIOLATION, 6),
        ("owner_medical_claim", Party.OWNER, Follows.VIOLATION, 12),
        ("owner_privacy", Party.OWNER, Follows.VIOLATION, 12),
        ("owner_slow_reply", Party.OWNER, Follows.TRAINING, 0),
        ("desk_cold", Party.PLATFORM, Follows.TRAINING, 0),
        ("supplier_defect", Party.SUPPLIER, Follows.RECORD, 0),
        ("carrier_lost", Party.CARRIER, Follows.RECORD, 0),
        ("platform_wrong_page", Party.PLATFORM, Follows.NOTHING, 0),
        ("buyer_misuse", Party.BUYER, Follows.NOTHING, 0),
        ("nobody_not_found", Party.NOBODY, Follows.NOTHING, 0),
    ],
)
def test_what_a_cause_brings_about(code: str, party: Party, what: Follows, points: int) -> None:
    cause = CAUSES[code]
    assert (cause.party, follows(cause)) == (party, what)
    assert (POINTS[cause.category] if cause.category else 0) == points


def test_every_cause_has_its_words_in_both_languages() -> None:
    for language in ("zh-Hans", "en"):
        with speaking(language):
            assert all(has_text(f"causes.code.{code}") for code in CAUSES)


@pytest.mark.parametrize(
    ("known", "codes"),
    [
        (Known(Function.QUALITY), []),
        (Known(Function.DELIVERY, out_of_stock=True), ["supplier_out_of_stock"]),
        (Known(Function.DELIVERY, shipped_late=True, parcel_slow=True), ["supplier_late_shipping", "carrier_late"]),
        (Known(Function.QUALITY, shipped_late=True, parcel_slow=True), []),
        (Known(Function.DAMAGED, parcel_problem=True), ["carrier_damaged"]),
        (Known(Function.DELIVERY, parcel_problem=True), ["carrier_lost"]),
        (Known(Function.DELIVERY, parcel_problem=True, delivered=True), []),
        (Known(Function.WRONG_ITEM), ["supplier_wrong_item"]),
    ],
)
def test_what_the_records_point_to(known: Known, codes: list[str]) -> None:
    assert [hint.code for hint in hints(known)] == codes


@pytest.mark.parametrize(
    ("found", "paid", "states", "codes"),
    [
        (False, False, [], ["finding_missing"]),
        (True, False, [], []),
        (False, True, [], ["finding_missing", "action_missing"]),
        (True, True, [], ["action_missing"]),
        (True, True, [S.OPEN], ["action_unverified"]),
        (True, True, [S.DONE], ["action_unverified"]),
        (True, True, [S.REFUSED], ["action_missing"]),
        (True, True, [S.WAIVER_ASKED], ["action_unverified"]),
        (True, True, [S.VERIFIED], []),
        (True, True, [S.WAIVED], []),
        (True, True, [S.VERIFIED, S.OPEN], ["action_unverified"]),
        (True, False, [S.OPEN], ["action_unverified"]),
    ],
)
def test_what_stands_between_a_complaint_and_its_end(
    found: bool, paid: bool, states: list[ActionState], codes: list[str]
) -> None:
    assert missing(found=found, compensated=paid, states=states) == codes


def test_nobody_verifies_what_she_had_a_hand_in() -> None:
    hands = Hands(responsible=1, made_by=2, done_by=3, handled=frozenset({4, 5}))
    assert [person for person in range(1, 8) if may_verify(person, hands)] == [6, 7]


@pytest.mark.parametrize(
    ("state", "at", "step", "following"),
    [
        (S.OPEN, AT - 3 * DAY, None, AT - 2 * DAY),
        (S.OPEN, AT - 2 * DAY, Step.SOON, AT),
        (S.OPEN, AT, Step.OVERDUE, None),
        (S.OPEN, AT + 40 * DAY, Step.OVERDUE, None),
        (S.DONE, AT + DAY, None, None),
        (S.VERIFIED, AT + 29 * DAY, None, AT + 30 * DAY),
        (S.VERIFIED, AT + 30 * DAY, Step.RECHECK, None),
        (S.WAIVED, AT + 30 * DAY, None, None),
    ],
)
def test_what_time_brings(state: ActionState, at: datetime, step: Step | None, following: datetime | None) -> None:
    recheck = AT + 30 * DAY
    assert step_due(state, AT, recheck, at) is step
    assert next_step_at(state, AT, recheck, at) == following


def problem(function: Function, carrier: int | None = 7, region: str | None = "浙江") -> Problem:
    return Problem(3, 5, carrier, region, function, FAMILY[function])


@pytest.mark.parametrize(
    ("one", "keys"),
    [
        (
            problem(Function.DAMAGED),
            ["product:3:goods", "supplier:5:goods", "carrier:7:goods", "region:浙江:carrier-7"],
        ),
        (problem(Function.QUALITY), ["product:3:goods", "supplier:5:goods", "region:浙江:quality"]),
        (problem(Function.DELIVERY, None), ["product:3:delivery", "supplier:5:delivery", "region:浙江:delivery"]),
        (Problem(None, None, None, None, Function.SERVICE, FAMILY[Function.SERVICE]), []),
    ],
)
def test_what_complaints_may_share(one: Problem, keys: list[str]) -> None:
    assert [share.key for share in shares(one)] == keys


@pytest.mark.parametrize(
    ("days", "held"),
    [
        ([], []),
        ([0, 1], []),
        ([0, 1, 2], [0, 1, 2]),
        ([0, 15, 30], [0, 15, 30]),
        ([0, 15, 31], []),
        ([0, 20, 40, 45], [20, 40, 45]),
        ([0, 1, 2, 50], [0, 1, 2]),
        ([3, 3, 3, 3], [3, 3, 3, 3]),
        ([0, 1, 2, 60, 61, 62], [60, 61, 62]),
    ],
)
def test_three_in_thirty_days_are_one_problem(days: list[int], held: list[int]) -> None:
    told = [Told(number, AT + day * DAY) for number, day in enumerate(days)]
    assert [days[number] for number in crowd(told)] == held


@pytest.mark.parametrize(
    ("first", "second", "no"),
    [(1, 2, None), (1, 1, "inspectors_same"), (1, 9, "inspector_unable"), (1, 3, "inspector_related")],
)
def test_two_who_may_inspect(first: int, second: int, no: str | None) -> None:
    assert inspectors_no(first, second, frozenset({1, 2, 3}), frozenset({3})) == no


def gate(state: str = "confirmed", **changes: object) -> Gate:
    values: dict[str, object] = {"category": "overpromise", "taken": 3, "points": 3, "proposed_at": AT}
    return Gate(state=state, decided_at=AT if state != "proposed" else None, **(values | changes))  # type: ignore[arg-type]


SUSPENDED: dict[str, object] = {"suspended_at": AT, "remedial": 4, "remedial_at": AT}


@pytest.mark.parametrize(
    ("one", "names", "last"),
    [
        (gate("proposed"), ["violation_proposed"], How.NOW),
        (gate("dismissed"), ["violation_dismissed"], How.WARN),
        (gate(), ["violation_confirmed", "right_goes_on"], How.DONE),
        (gate(**SUSPENDED), ["violation_confirmed", "suspended", "remedial", "exam_open", "restored"], How.TODO),
        (
            gate(**SUSPENDED, passed_at=AT, lifted_at=AT),
            ["violation_confirmed", "suspended", "remedial", "exam_passed", "restored"],
            How.DONE,
        ),
        (gate(suspended_at=AT, lifted_at=AT), ["violation_confirmed", "suspended", "restored"], How.DONE),
    ],
)
def test_the_loop_at_the_gate(one: Gate, names: list[str], last: How) -> None:
    steps = gate_steps(one, Ways())
    assert [step.name for step in steps] == names
    assert steps[-1].how is last
