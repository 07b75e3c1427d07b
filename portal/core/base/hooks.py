"""Typed hooks: how a lower room lets an upper one act in the same transaction. Joined in `portal/wiring.py` only."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Generic, TypeVar

from portal.core.base.audit import Actor

Fact = TypeVar("Fact")


class Hook(Generic[Fact]):
    """A point where upper rooms join; joined functions run in joining order, inside the open transaction."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.joined: list[Callable[[Fact], Awaitable[None]]] = []

    def join(self, function: Callable[[Fact], Awaitable[None]]) -> None:
        """Add `function`; joining it again changes nothing."""
        if function not in self.joined:
            self.joined.append(function)

    async def call(self, fact: Fact) -> None:
        for function in self.joined:
            await function(fact)


@dataclass(frozen=True, slots=True)
class StoreFact:
    """A store opened, closed, reopened, or its kit went back."""

    store_id: int
    owner_id: int
    at: datetime
    actor: Actor


@dataclass(frozen=True, slots=True)
class LearningFact:
    """A person finished a course or an exam of an assignment (both are parts of its curriculum)."""

    person_id: int
    assignment_id: int
    at: datetime
    actor: Actor


@dataclass(frozen=True, slots=True)
class OrderFact:
    """An order came, or it, its parcels or its clock changed."""

    order_id: int
    at: datetime
    actor: Actor


store_opened: Hook[StoreFact] = Hook("store_opened")
store_changed: Hook[StoreFact] = Hook("store_changed")
course_completed: Hook[LearningFact] = Hook("course_completed")
exam_graded: Hook[LearningFact] = Hook("exam_graded")
order_changed: Hook[OrderFact] = Hook("order_changed")

HOOKS: tuple[Hook[StoreFact] | Hook[LearningFact] | Hook[OrderFact], ...] = (
    store_opened,
    store_changed,
    course_completed,
    exam_graded,
    order_changed,
)
