"""What the tests of attempts share."""

from collections.abc import Iterator

import pytest

from portal.core.base import hooks
from portal.core.base.hooks import LearningFact


@pytest.fixture
def graded() -> Iterator[list[LearningFact]]:
    """What the upper rooms would be told; they themselves are not asked."""
    told: list[LearningFact] = []

    async def listen(fact: LearningFact) -> None:
        told.append(fact)

    before = [*hooks.exam_graded.joined]
    hooks.exam_graded.joined[:] = [listen]
    yield told
    hooks.exam_graded.joined[:] = before
