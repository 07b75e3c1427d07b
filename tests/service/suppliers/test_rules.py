"""Rules of the register as tables of cases."""

from datetime import UTC, datetime, timedelta

import pytest

from portal.core.supply.rules import VISIT_FIRST, Hold, Standing, SupplierKind, hold, must_be_visited, visit_first
from portal.service.suppliers.rules import (
    SHIPPED,
    WEIGHTS,
    YEAR,
    Criterion,
    Mark,
    Matter,
    Part,
    Result,
    Seen,
    Stage,
    VisitKind,
    cleared_until,
    first_look,
    missing,
    next_rung,
    next_stages,
    result_no,
    results,
    rungs_due,
    score,
    two_go,
    visit_kind,
    weights_fit,
)

AT = datetime(2026, 11, 23, 2, tzinfo=UTC)
DAY = timedelta(days=1)
FOOD = SHIPPED[VisitKind.FOOD]


@pytest.mark.parametrize(
    ("categories", "first", "must"),
    [
        (["food"], VISIT_FIRST, True),
        (["food/nuts"], VISIT_FIRST, True),
        (["foodware"], VISIT_FIRST, False),
        (["\u98df\u54c1"], VISIT_FIRST, True),
        (["appliances", "poverty-relief"], VISIT_FIRST, True),
        ([], VISIT_FIRST, False),
        (["fruit"], ("fruit",), True),
        (["food"], ("fruit",), False),
    ],
)
def test_who_is_visited_first(categories: list[str], first: tuple[str, ...], must: bool) -> None:
    assert must_be_visited(categories, first) is must


def test_an_empty_setting_means_the_shipped_categories() -> None:
    assert visit_first("") == visit_first(None) == VISIT_FIRST
    assert visit_first(" fruit \n\nfish") == ("fruit", "fish")


@pytest.mark.parametrize(
    ("standing", "category", "cleared", "why"),
    [
        (Standing.GOOD, "food", True, None),
        (Standing.GOOD, "food", False, Hold.NOT_VISITED),
        (Standing.WHITE, "food", False, Hold.NOT_VISITED),
        (Standing.RECTIFYING, "toys", False, None),
        (Standing.BLACKLISTED, "toys", True, Hold.BLACKLISTED),
        (Standing.BLACKLISTED, "food", False, Hold.BLACKLISTED),
    ],
)
def test_what_holds_a_product_back(standing: Standing, category: str, cleared: bool, why: Hold | None) -> None:
    assert hold(standing, category, cleared) is why


@pytest.mark.parametrize(
    ("stage", "after"),
    [
        (None, {Stage.APPLIED}),
        (Stage.APPLIED, {Stage.EXAMINED, Stage.REFUSED}),
        (Stage.EXAMINED, {Stage.SAMPLES, Stage.APPROVED, Stage.REFUSED}),
        (Stage.SAMPLES, {Stage.APPROVED, Stage.REFUSED}),
        (Stage.APPROVED, set()),
        (Stage.REFUSED, {Stage.APPLIED}),
    ],
)
def test_how_a_selection_goes_on(stage: Stage | None, after: set[Stage]) -> None:
    assert set(next_stages(stage)) == after


@pytest.mark.parametrize(
    ("kind", "categories", "visit", "two"),
    [
        (SupplierKind.GOODS, ["food"], VisitKind.FOOD, True),
        (SupplierKind.GOODS, ["toys"], VisitKind.GOODS, False),
        (SupplierKind.CARRIER, ["food"], VisitKind.CARRIER, False),
    ],
)
def test_which_visit_a_supplier_gets(kind: SupplierKind, categories: list[str], visit: VisitKind, two: bool) -> None:
    assert visit_kind(kind, categories, VISIT_FIRST) is visit
    assert two_go(visit) is two


def test_a_score_is_the_mean_of_what_both_gave() -> None:
    ones, fives = dict.fromkeys(Criterion, 1), dict.fromkeys(Criterion, 5)
    assert (score(WEIGHTS, [ones, ones]), score(WEIGHTS, [fives, fives]), score(WEIGHTS, [ones, fives])) == (
        20,
        100,
        60,
    )
    assert score(WEIGHTS, [fives | {Criterion.QUALITY: 1}, fives]) == 86
    assert weights_fit(WEIGHTS)
    assert not weights_fit({**WEIGHTS, Criterion.PRICE: 16})
    assert not weights_fit({Criterion.QUALITY: 100})


def seen(marks: dict[str, Mark] | None = None, photos: int = 3, actions: int = 0, **more: bool) -> Seen:
    given = {point.key: Mark.GOOD for point in FOOD} if marks is None else marks
    return Seen(VisitKind.FOOD, FOOD, given, photos, more.get("placed", True), more.get("signed", True), actions)


def marked(**changes: Mark) -> dict[str, Mark]:
    return {point.key: Mark.GOOD for point in FOOD} | changes


def test_what_is_still_to_be_recorded() -> None:
    assert missing(seen()) == ()
    assert missing(seen({}, 2, placed=False, signed=False)) == tuple(Part)
    assert missing(seen(photos=2)) == (Part.PHOTOS,)


@pytest.mark.parametrize(
    ("marks", "allowed"),
    [
        (marked(), tuple(Result)),
        (marked(cold=Mark.NONE), tuple(Result)),
        (marked(sources=Mark.MINOR), (Result.ACTIONS, Result.FAILED)),
        (marked(sources=Mark.BAD), (Result.ACTIONS, Result.FAILED)),
        (marked(permit=Mark.BAD), (Result.FAILED,)),
    ],
)
def test_what_the_marks_allow(marks: dict[str, Mark], allowed: tuple[Result, ...]) -> None:
    assert results(seen(marks)) == allowed


@pytest.mark.parametrize(
    ("result", "there", "code"),
    [
        (Result.PASSED, seen(), None),
        (Result.PASSED, seen(signed=False), "visit_incomplete"),
        (Result.PASSED, seen(marked(cold=Mark.MINOR)), "visit_result_marks"),
        (Result.ACTIONS, seen(marked(cold=Mark.MINOR)), "visit_result_actions"),
        (Result.ACTIONS, seen(marked(cold=Mark.MINOR), actions=1), None),
        (Result.FAILED, seen(marked(permit=Mark.BAD)), None),
    ],
)
def test_which_result_may_be_written(result: Result, there: Seen, code: str | None) -> None:
    assert result_no(result, there) == code


def test_until_when_a_visit_clears() -> None:
    assert cleared_until(Result.PASSED, AT, []) == AT + YEAR
    assert cleared_until(Result.ACTIONS, AT, [AT + 5 * DAY, AT + 9 * DAY]) == AT + 9 * DAY
    assert cleared_until(Result.ACTIONS, AT, [AT + 900 * DAY]) == AT + YEAR
    assert cleared_until(Result.FAILED, AT, []) is None


@pytest.mark.parametrize(
    ("days", "due", "later"),
    [
        (61, (), 60),
        (60, (60,), 30),
        (29, (60, 30), 7),
        (0, (60, 30, 7), None),
    ],
)
def test_the_rungs_of_a_contract(days: int, due: tuple[int, ...], later: int | None) -> None:
    end = AT + days * DAY
    assert rungs_due(Matter.CONTRACT, end, AT) == due
    assert next_rung(Matter.CONTRACT, end, AT) == (end - later * DAY if later is not None else None)
    assert first_look(Matter.CONTRACT, end, AT) == (AT if due else end - 60 * DAY)
