"""Where the rooms above put in what only they know; joined in `portal/wiring.py`, nothing else joins."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import datetime

from courses.progress.rules import ExamState
from portal.core.web.viewer import Viewer

# Given the ids of assignments, of each its exam parts' ids, and a language: the states by assignment and part; inside
# the page's open door.
ExamStates = Callable[[Mapping[int, Sequence[int]], str], Awaitable[Mapping[tuple[int, int], ExamState]]]
EXAM_STATES: list[ExamStates] = []
# Given who learns and the page's instant, what a room above has to say to her there as markup; inside the open door.
LEARN_NOTES: list[Callable[[Viewer, datetime], Awaitable[str]]] = []


def join_exam_states(load: ExamStates) -> None:
    """Let the room of exams tell; joining it again changes nothing."""
    if load not in EXAM_STATES:
        EXAM_STATES.append(load)


async def exam_states(parts: Mapping[int, Sequence[int]], language: str) -> dict[tuple[int, int], ExamState]:
    """The exam parts' states as the joined rooms tell them; none where nobody joined."""
    states: dict[tuple[int, int], ExamState] = {}
    for load in EXAM_STATES:
        states.update(await load(parts, language))
    return states
