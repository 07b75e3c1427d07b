"""Who takes a complaint: a table of cases, and properties of whatever desk there is."""

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from portal.service.complaints.routing import LEVELS, Candidate, Choice, Matter, Why, choose

EXAMPLES = 2000
LIN = Candidate(1, "junior", frozenset(), frozenset(), 10, 2, present=True, certified=True)
ZHOU = Candidate(2, "senior", frozenset({"food"}), frozenset(), 10, 5, present=True, certified=True)
WANG = Candidate(3, "lead", frozenset(), frozenset({"quality"}), 10, 9, present=True, certified=True)
DESK = [LIN, ZHOU, WANG]
PLAIN = Matter("clothes", "delivery", pressing=False)


def desk(*changed: Candidate) -> list[Candidate]:
    by_id = {each.person_id: each for each in [*DESK, *changed]}
    return list(by_id.values())


@pytest.mark.parametrize(
    ("candidates", "matter", "expected"),
    [
        ([], PLAIN, Choice(None, Why.QUEUE)),
        (DESK, PLAIN, Choice(1, Why.LOAD)),
        (DESK, replace(PLAIN, product="food"), Choice(2, Why.SPECIALITY)),
        (DESK, replace(PLAIN, product="food", function="quality"), Choice(3, Why.SPECIALITY)),
        (desk(replace(WANG, load=10)), replace(PLAIN, function="quality"), Choice(1, Why.LOAD)),
        (DESK, replace(PLAIN, pressing=True), Choice(3, Why.LOAD)),
        (DESK, replace(PLAIN, pressing=True, product="food"), Choice(2, Why.SPECIALITY)),
        (DESK, replace(PLAIN, familiar=3), Choice(3, Why.FIRST_CONTACT)),
        (desk(replace(WANG, load=30)), replace(PLAIN, familiar=3), Choice(3, Why.FIRST_CONTACT)),
        (desk(replace(WANG, present=False)), replace(PLAIN, familiar=3), Choice(3, Why.FIRST_CONTACT)),
        (desk(replace(WANG, present=False)), replace(PLAIN, familiar=3, pressing=True), Choice(2, Why.LOAD, 3)),
        (desk(replace(WANG, away=True, deputy_id=1)), replace(PLAIN, familiar=3), Choice(1, Why.DEPUTY, 3)),
        (desk(replace(WANG, certified=False, deputy_id=2)), replace(PLAIN, familiar=3), Choice(2, Why.DEPUTY, 3)),
        (desk(replace(WANG, away=True)), replace(PLAIN, familiar=3), Choice(1, Why.LOAD, 3)),
        (DESK, replace(PLAIN, familiar=99), Choice(1, Why.LOAD, 99)),
        (DESK, replace(PLAIN, familiar=3, barred=frozenset({3})), Choice(1, Why.LOAD, 3)),
        (DESK, replace(PLAIN, barred=frozenset({1})), Choice(2, Why.LOAD)),
        ([replace(each, present=False) for each in DESK], PLAIN, Choice(None, Why.QUEUE)),
        ([replace(each, load=10) for each in DESK], PLAIN, Choice(None, Why.QUEUE)),
        ([replace(each, certified=False) for each in DESK], PLAIN, Choice(None, Why.QUEUE)),
        ([replace(each, away=True) for each in DESK], PLAIN, Choice(None, Why.QUEUE)),
        ([LIN, replace(LIN, person_id=7)], PLAIN, Choice(1, Why.LOAD)),
    ],
)
def test_who_takes_it(candidates: list[Candidate], matter: Matter, expected: Choice) -> None:
    assert choose(candidates, matter) == expected


WORDS = st.frozensets(st.sampled_from(["food", "clothes", "toys"]), max_size=2)
KINDS = st.frozensets(st.sampled_from(["quality", "delivery", "refund"]), max_size=2)
IDS = st.integers(1, 6)
CANDIDATES = st.lists(
    st.builds(
        Candidate,
        IDS,
        st.sampled_from(LEVELS),
        WORDS,
        KINDS,
        st.integers(1, 5),
        st.integers(0, 6),
        present=st.booleans(),
        certified=st.booleans(),
        away=st.booleans(),
        deputy_id=st.none() | IDS,
    ),
    max_size=6,
    unique_by=lambda each: each.person_id,
)
MATTERS = st.builds(
    Matter,
    st.sampled_from(["food", "clothes", "toys"]),
    st.sampled_from(["quality", "delivery", "refund"]),
    pressing=st.booleans(),
    familiar=st.none() | IDS,
    barred=st.frozensets(IDS, max_size=2),
)


@settings(max_examples=EXAMPLES)
@given(CANDIDATES, MATTERS)
def test_whoever_gets_it_may_have_it(candidates: list[Candidate], matter: Matter) -> None:
    choice = choose(candidates, matter)
    by_id = {each.person_id: each for each in candidates}
    free = [
        each
        for each in candidates
        if each.certified and each.present and not each.away and each.load < each.capacity
        if each.person_id not in matter.barred
    ]
    if choice.agent_id is None:
        assert not free
        assert choice.why is Why.QUEUE
        return
    chosen = by_id[choice.agent_id]
    assert chosen.certified
    assert not chosen.away
    assert chosen.person_id not in matter.barred
    assert chosen.present or choice.why is Why.FIRST_CONTACT
    assert chosen in free or choice.why in (Why.FIRST_CONTACT, Why.DEPUTY)


@settings(max_examples=300)
@given(CANDIDATES, MATTERS)
def test_who_knows_the_story_keeps_it_or_hands_it_over(candidates: list[Candidate], matter: Matter) -> None:
    choice = choose(candidates, matter)
    known = next((each for each in candidates if each.person_id == matter.familiar), None)
    able = known is not None and known.certified and known.person_id not in matter.barred and not known.away
    if able and known is not None and (known.present or not matter.pressing):
        assert (choice.agent_id, choice.why, choice.story_from) == (known.person_id, Why.FIRST_CONTACT, None)
    elif choice.agent_id is not None and choice.agent_id != matter.familiar:
        assert choice.story_from == matter.familiar


@settings(max_examples=300)
@given(CANDIDATES, MATTERS, st.randoms(use_true_random=False))
def test_the_order_of_the_desk_decides_nothing(candidates: list[Candidate], matter: Matter, dice: object) -> None:
    shuffled = list(candidates)
    dice.shuffle(shuffled)  # type: ignore[attr-defined]
    assert choose(shuffled, matter) == choose(candidates, matter)
