"""What is drawn and why, what a conversation scores, who may judge it, and whether two judges agree."""

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from hashlib import sha256

# ---- the weekly draw ----

BASE, MOST_DRAWN, MORE = 3, 8, 2  # of each agent and week; what each reason adds
NEW_FOR = timedelta(days=30)
WEEK = timedelta(days=7)
DRAWN_AT_HOUR = 6  # Monday, by the site's clock
TWICE_IN = 10  # one sample in ten is judged by two


class Why(StrEnum):
    """Why so many were drawn of an agent."""

    BASE = "base"  # of everybody
    SATISFACTION = "satisfaction"  # her buyers' marks are below the bound
    KEPT = "kept"  # fewer promises kept than the bound
    REOPENED = "reopened"  # more came back than the bound
    NEW = "new"  # her first thirty days: she learns from being read


@dataclass(frozen=True, slots=True)
class Ended:
    """A complaint that ended in the week, as the draw sees it."""

    ref: str
    family: str


@dataclass(frozen=True, slots=True)
class Drawn:
    """One that was drawn: its family, how many of that family she had, and whether two judge it."""

    ref: str
    family: str
    of_family: int
    twice: bool


def size_of(reasons: Collection[Why]) -> int:
    """How many are drawn: three of everybody, two more for each reason, eight at most."""
    return min(BASE + MORE * len(set(reasons) - {Why.BASE}), MOST_DRAWN)


def lot(seed: str, ref: str) -> str:
    """A complaint's lot: nobody can choose it, everybody can reckon it from the seed that is published."""
    return sha256(f"{seed}:{ref}".encode()).hexdigest()


def drawn(seed: str, ended: Sequence[Ended], reasons: Collection[Why]) -> tuple[Drawn, ...]:
    """What is read of an agent's week: from each family in turn the one with the smallest lot, so that no kind of
    complaint is left out while another is read twice; never more than there are."""
    strata: dict[str, list[Ended]] = {}
    for one in sorted(ended, key=lambda each: lot(seed, each.ref)):
        strata.setdefault(one.family, []).append(one)
    sizes = {family: len(those) for family, those in strata.items()}
    turns = [(turn, lot(seed, one.ref), one) for those in strata.values() for turn, one in enumerate(those)]
    chosen = [one for _, _, one in sorted(turns, key=lambda each: each[:2])][: size_of(reasons)]
    return tuple(Drawn(one.ref, one.family, sizes[one.family], judged_twice(seed, one.ref)) for one in chosen)


def judged_twice(seed: str, ref: str) -> bool:
    """Whether a second judge reads it: by another lot, known to the first judge as little as to the agent."""
    return int(lot(f"{seed}:twice", ref)[:12], 16) % TWICE_IN == 0


def monday(day: date) -> date:
    return day - timedelta(days=day.weekday())


# ---- the checklist ----


class Step(StrEnum):
    """The eight steps of a conversation, and what stands above them."""

    GREET = "greet"
    ASK = "ask"
    ANALYSE = "analyse"
    RECOMMEND = "recommend"
    AGREE = "agree"
    HELP = "help"
    CONFIRM = "confirm"
    PART = "part"
    CARE = "care"  # the critical one: privacy, and feelings before money


FULL = 2  # of a step: 0 missing, 1 in part, 2 done
CAP = 5_000  # of a score in which the critical step is missing, in hundredths: it does not pass
MOST_WEIGHT = 10
LONGEST_WORDS, LONGEST_NOTE, SHORTEST_NOTE = 300, 1_000, 5
WEIGHTS: Mapping[Step, int] = {step: 2 if step in (Step.ASK, Step.RECOMMEND, Step.CARE) else 1 for step in Step}
Marks = Mapping[Step, int | None]  # None: the step had no place in this conversation


@dataclass(frozen=True, slots=True)
class Scored:
    """A score in hundredths of a point (0 to 10,000); `capped`: the critical step was missing."""

    score: int
    capped: bool


def scored(marks: Marks, weights: Mapping[Step, int]) -> Scored:
    """The weighed share of what had a place in the conversation. Raises ValueError where nothing had."""
    counted = {step: mark for step, mark in marks.items() if mark is not None and weights[step]}
    most = FULL * sum(weights[step] for step in counted)
    if not most:
        raise ValueError("nothing to score")
    share = 10_000 * sum(weights[step] * mark for step, mark in counted.items()) // most
    broken = marks.get(Step.CARE) == 0
    return Scored(min(share, CAP) if broken else share, broken and share > CAP)


def marks_fault(marks: Marks) -> str | None:
    """What is wrong with a sheet by itself (a refusal's code)."""
    if set(marks) != set(Step) or any(mark not in (None, 0, 1, FULL) for mark in marks.values()):
        return "quality_marks"
    if marks[Step.CARE] is None:
        return "quality_care_needed"
    return "quality_nothing" if all(mark is None for step, mark in marks.items() if step is not Step.CARE) else None


# ---- who may judge ----


@dataclass(frozen=True, slots=True)
class Part:
    """Who had a part in a sampled conversation: its agent, whoever was in charge of it, whoever judged it before."""

    agent_id: int
    in_charge: frozenset[int]
    judges: tuple[int, ...] = ()


def may_judge(person_id: int, part: Part) -> bool:
    """Never her own conversation, never one that she was in charge of, never twice."""
    return person_id != part.agent_id and person_id not in part.in_charge and person_id not in part.judges


class Appeal(StrEnum):
    """Where an appeal is."""

    OPEN = "open"
    UPHELD = "upheld"
    REJECTED = "rejected"


APPEAL_FOR = timedelta(days=7)


def appeal_no(scored_at: datetime | None, had: bool, at: datetime) -> str | None:
    """Why no appeal is possible now (a refusal's code), or None."""
    if had:
        return "quality_appealed"
    if scored_at is None:
        return "quality_unscored"
    return "quality_appeal_over" if at > scored_at + APPEAL_FOR else None


# ---- whether two judges agree ----


@dataclass(frozen=True, slots=True)
class Agreement:
    """Pairs of marks, the share of equal ones, and Cohen's kappa (None: where one mark is all there is)."""

    n: int
    equal: int
    kappa: float | None


def agreement(pairs: Iterable[tuple[str, str]]) -> Agreement:
    """How far two judges say the same of the same steps, beyond what chance alone would give."""
    both = list(pairs)
    n, equal = len(both), sum(one == other for one, other in both)
    if not n:
        return Agreement(0, 0, None)
    firsts, seconds = Counter(one for one, _ in both), Counter(other for _, other in both)
    chance = sum(firsts[mark] * seconds[mark] for mark in firsts) / (n * n)
    return Agreement(n, equal, None if chance == 1 else (equal / n - chance) / (1 - chance))
