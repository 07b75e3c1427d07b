"""Drawing a paper: the blueprint's quotas filled at random, questions not met before first.

Pools may overlap (a question has several tags), so picking greedily could leave a quota unfilled that another choice
would have filled. Each place is therefore matched to a question along augmenting paths: a question once matched stays
in the paper, so filling with unseen questions first keeps as many of them as any draw could.
"""

import random
from collections.abc import Collection, Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

from certification.exams.rules import MOST_QUESTIONS, Blueprint, Draw

Key = TypeVar("Key", bound=Hashable)

LIMITS: dict[str, tuple[int, int]] = {
    "minutes": (1, 600),
    "pass_percent": (1, 100),
    "attempts": (1, 50),
    "cooldown_hours": (0, 24 * 60),
}
MOST_POINTS = 100


class CannotDrawError(ValueError):
    """The banks no longer hold enough questions for the blueprint."""


@dataclass(frozen=True, slots=True)
class Fault:
    """What keeps a blueprint from being drawn: a catalog key with its values; `draw` counts from 1, 0 is the whole."""

    draw: int
    code: str
    params: Mapping[str, object]


@dataclass(frozen=True, slots=True)
class Drawn(Generic[Key]):
    """A question in the paper, and the draw (its index in the blueprint) that it fills a place of."""

    draw: int
    question: Key


def feasible(blueprint: Blueprint, pools: Sequence[Collection[Hashable]]) -> list[Fault]:
    """Everything that keeps `blueprint` from being drawn; `pools[i]` are the questions that fit its i-th draw."""
    return [*_value_faults(blueprint), *_pool_faults(blueprint.draws, pools)]


def draw(
    draws: Sequence[Draw],
    pools: Sequence[Collection[Key]],
    seen_before: Collection[Key],
    rng: random.Random,
) -> list[Drawn[Key]]:
    """A paper in random order, with as few of `seen_before` as possible. Raises CannotDrawError.

    The same `rng` state and the same pools give the same paper, whatever the pools' order.
    """
    ordered = [_shuffled(pool, rng) for pool in pools]
    fresh = [[question for question in pool if question not in seen_before] for pool in ordered]
    places = [index for index, quota in enumerate(draws) for _ in range(quota.count)]
    paper = _Paper[Key](places)
    paper.fill(fresh)
    paper.fill(ordered)
    if len(paper.place_of) < len(places):
        raise CannotDrawError(f"{len(paper.place_of)} of {len(places)} places filled")
    drawn = [Drawn(places[place], question) for question, place in paper.place_of.items()]
    drawn.sort(key=lambda item: (item.draw, repr(item.question)))
    rng.shuffle(drawn)
    return drawn


def _shuffled(pool: Collection[Key], rng: random.Random) -> list[Key]:
    ordered = sorted(set(pool), key=repr)
    rng.shuffle(ordered)
    return ordered


class _Paper(Generic[Key]):
    """Places of a paper (each naming its draw) and the questions matched to them so far."""

    def __init__(self, places: Sequence[int]) -> None:
        self.places = places
        self.place_of: dict[Key, int] = {}

    def fill(self, pools: Sequence[Sequence[Key]]) -> None:
        """Match as many further places as `pools` allow; what is matched stays matched."""
        taken = set(self.place_of.values())
        for place in range(len(self.places)):
            if place not in taken:
                self._match(place, pools, set())

    def _match(self, place: int, pools: Sequence[Sequence[Key]], tried: set[Key]) -> bool:
        pool = pools[self.places[place]]
        free = next((question for question in pool if question not in self.place_of), None)
        if free is not None:
            self.place_of[free] = place
            return True
        for question in pool:
            if question in tried:
                continue
            tried.add(question)
            if self._match(self.place_of[question], pools, tried):
                self.place_of[question] = place
                return True
        return False


def _value_faults(blueprint: Blueprint) -> Iterator[Fault]:
    values = {
        "minutes": blueprint.minutes,
        "pass_percent": blueprint.pass_bp // 100,
        "attempts": blueprint.attempts,
        "cooldown_hours": blueprint.cooldown_hours,
    }
    for name, (least, most) in LIMITS.items():
        if not least <= values[name] <= most:
            yield Fault(0, "exams.fault.value", {"name": name, "least": least, "most": most})
    if not blueprint.draws:
        yield Fault(0, "exams.fault.no_draws", {})
    if blueprint.questions > MOST_QUESTIONS:
        yield Fault(0, "exams.fault.too_long", {"count": blueprint.questions, "most": MOST_QUESTIONS})
    for number, quota in enumerate(blueprint.draws, 1):
        if quota.count < 1:
            yield Fault(number, "exams.fault.value", {"name": "count", "least": 1, "most": MOST_QUESTIONS})
        if not 1 <= quota.points <= MOST_POINTS:
            yield Fault(number, "exams.fault.value", {"name": "points", "least": 1, "most": MOST_POINTS})


def _pool_faults(draws: Sequence[Draw], pools: Sequence[Collection[Hashable]]) -> Iterator[Fault]:
    """Each draw alone first; where every one has enough, whether they have enough together."""
    short = [index for index, quota in enumerate(draws) if len(set(pools[index])) < quota.count]
    found = {index: len(set(pools[index])) for index in short} if short else _filled_together(draws, pools)
    for index, count in found.items():
        quota = draws[index]
        params = {"tag": quota.tag, "difficulty": quota.difficulty or "*", "count": quota.count, "found": count}
        yield Fault(index + 1, "exams.fault.too_few", {"bank": quota.bank, **params})


def _filled_together(draws: Sequence[Draw], pools: Sequence[Collection[Hashable]]) -> dict[int, int]:
    """How many places of each draw can be filled at once, for the draws that come short."""
    if sum(quota.count for quota in draws) > MOST_QUESTIONS:
        return {}  # told as too long already; matching is bounded by it
    places = [index for index, quota in enumerate(draws) for _ in range(quota.count)]
    paper = _Paper[Hashable](places)
    paper.fill([sorted(set(pool), key=repr) for pool in pools])
    filled = [places[place] for place in paper.place_of.values()]
    return {index: filled.count(index) for index, quota in enumerate(draws) if filled.count(index) < quota.count}
