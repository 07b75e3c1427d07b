"""What a learner's page sends: how far she has read, and an answer to a question."""

from typing import Annotated

import msgspec

from courses.progress.rules import WHOLE_BP
from courses.questions.rules import LONGEST_ANSWER, Kind
from portal.core.web.forms import Form

LONGEST_READING = 60 * 60 * 24 * 60


class ReadingForm(msgspec.Struct):
    """How far a lesson is read, as the phone has counted: seconds, and basis points of the page."""

    seconds: Annotated[int, msgspec.Meta(ge=0, le=LONGEST_READING)]
    place_bp: Annotated[int, msgspec.Meta(ge=0, le=WHOLE_BP)]


def shown_answer_of(kind: Kind, form: Form) -> object:
    """The answer in a form, in shown numbering; None where nothing was answered. Whether it fits is for the rules."""
    match kind:
        case Kind.SINGLE | Kind.MULTIPLE:
            return [_index(value) for value in form.values("answer")] or None
        case Kind.TRUEFALSE:
            return {"true": True, "false": False}.get(form.value("answer"))
        case Kind.NUMERIC | Kind.SHORT:
            return form.value("answer").strip()[: LONGEST_ANSWER + 1] or None
        case Kind.MATCHING:
            named = {name.removeprefix("left-"): form.value(name) for name in form.typed if name.startswith("left-")}
            return {left: _index(right) for left, right in named.items() if right} or None


def _index(value: str) -> int:
    """A place in a list; what is none is −1, which no list has."""
    return int(value) if value.isascii() and value.isdigit() and len(value) < 6 else -1
