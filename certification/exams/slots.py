"""Where the rooms above put in what only they know; joined in `portal/wiring.py`, nothing else joins."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from certification.exams.queries import AttemptInfo


@dataclass(frozen=True, slots=True)
class Way:
    """A way on from a passed exam; the first one is the page's button. Texts are in the reader's language."""

    href: str
    title: str
    text: str | None = None
    icon_name: str = "next"
    tone: str | None = None


# Given a passed attempt and a language; runs inside the page's open door.
Ways = Callable[[AttemptInfo, str], Awaitable[list[Way]]]
PASSED_WAYS: list[Ways] = []


def join_passed_ways(load: Ways) -> None:
    """Let an upper room (the certificate's) show the way on; joining it again changes nothing."""
    if load not in PASSED_WAYS:
        PASSED_WAYS.append(load)


async def passed_ways(attempt: AttemptInfo, language: str) -> list[Way]:
    return [way for load in PASSED_WAYS for way in await load(attempt, language)]
