"""Who takes a complaint: the agent who knows the story, her deputy, or the fittest of those who are there."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

LEVELS = ("junior", "senior", "lead")


class Why(StrEnum):
    """Why she was chosen; a catalog key."""

    FIRST_CONTACT = "first_contact"
    DEPUTY = "deputy"
    SPECIALITY = "speciality"
    LOAD = "load"
    MOVED = "moved"  # by the desk lead, with a reason
    TAKEN = "taken"  # she took it herself from the queue
    LADDER = "ladder"  # the clock ran low in absent hands
    QUEUE = "queue"  # nobody is there


@dataclass(frozen=True, slots=True)
class Candidate:
    """An agent as far as routing goes. `load`: open complaints in her hands; `away`: on leave."""

    person_id: int
    level: str
    products: frozenset[str]
    functions: frozenset[str]
    capacity: int
    load: int
    present: bool
    certified: bool
    away: bool = False
    deputy_id: int | None = None

    @property
    def free(self) -> bool:
        """She is there, may take complaints, and has room for one more."""
        return self.certified and self.present and not self.away and self.load < self.capacity


@dataclass(frozen=True, slots=True)
class Matter:
    """What is to be handed to somebody. `barred`: people who may not (the buyer's own owner)."""

    product: str
    function: str
    pressing: bool  # urgent, or a key VIP's
    familiar: int | None = None  # who knows the story
    barred: frozenset[int] = frozenset()


@dataclass(frozen=True, slots=True)
class Choice:
    """Who takes it (None: the queue), why, and from whom the story must be handed over."""

    agent_id: int | None
    why: Why
    story_from: int | None = None


def choose(candidates: Sequence[Candidate], matter: Matter) -> Choice:
    """The agent for a matter.

    1. Who knows the story keeps it, full desk or not, unless she is on leave, or is not there while it presses.
    2. Then her named deputy, who gets the story in writing.
    3. Else, among those who are there, certified and not full: the best fit by speciality (function before product);
       for what presses the higher level first; then the lighter load, by share of capacity; then the lower id.
    4. Nobody: the queue.
    """
    able = {each.person_id: each for each in candidates if each.certified and each.person_id not in matter.barred}
    familiar = able.get(matter.familiar) if matter.familiar is not None else None
    if familiar is not None and _keeps(familiar, matter):
        return Choice(familiar.person_id, Why.FIRST_CONTACT)
    deputy = _deputy(matter, candidates, able)
    if deputy is not None:
        return Choice(deputy, Why.DEPUTY, matter.familiar)
    free = [each for each in able.values() if each.free]
    if not free:
        return Choice(None, Why.QUEUE)
    best = min(
        free, key=lambda each: (-_fit(each, matter), _level(each, matter), each.load / each.capacity, each.person_id)
    )
    return Choice(best.person_id, Why.SPECIALITY if _fit(best, matter) else Why.LOAD, matter.familiar)


def _keeps(familiar: Candidate, matter: Matter) -> bool:
    return not familiar.away and (familiar.present or not matter.pressing)


def _deputy(matter: Matter, candidates: Sequence[Candidate], able: dict[int, Candidate]) -> int | None:
    """The deputy of whoever knows the story, if she is there; also of one who may take nothing herself any more."""
    known = next((each for each in candidates if each.person_id == matter.familiar), None)
    deputy = able.get(known.deputy_id) if known is not None and known.deputy_id is not None else None
    return deputy.person_id if deputy is not None and deputy.present and not deputy.away else None


def _fit(candidate: Candidate, matter: Matter) -> int:
    return 2 * (matter.function in candidate.functions) + (matter.product in candidate.products)


def _level(candidate: Candidate, matter: Matter) -> int:
    """For what presses the highest level comes first, else levels count nothing."""
    return -LEVELS.index(candidate.level) if matter.pressing else 0
