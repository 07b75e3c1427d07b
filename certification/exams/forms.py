"""What comes from a question's page: one answer, by the page's script as JSON or by a plain form."""

from typing import Any

import msgspec

from certification.exams import rules
from courses.questions.rules import LONGEST_ANSWER, Kind, PublicQuestion
from portal.core.base.refusals import Refused
from portal.core.web.forms import Form
from portal.core.web.shapes import clean

GIVEN = "given"
MOST_BYTES = 8_000


class Answer(msgspec.Struct, forbid_unknown_fields=True):
    """An answer as the script sends it; `seq` is its number on the client."""

    given: Any
    seq: int


def read_answer(body: bytes) -> Answer:
    """The script's answer. Raises Refused where it is none."""
    if len(body) > MOST_BYTES:
        raise Refused("too_much", status=413)
    try:
        answer = msgspec.json.decode(body, type=Answer)
    except msgspec.MsgspecError as error:
        raise Refused("exam_answer_shape", status=422) from error
    if not rules.is_seq(answer.seq):
        raise Refused("exam_answer_shape", status=422)
    if isinstance(answer.given, str):
        answer.given = clean(answer.given)
    return answer


def given_of(question: PublicQuestion, form: Form) -> object:
    """What a plain form gives, in the shape that the question's kind asks for; None where nothing was chosen."""
    match question.kind:
        case Kind.SINGLE | Kind.MULTIPLE:
            return [_place(value) for value in form.values(GIVEN)]
        case Kind.TRUEFALSE:
            return {"true": True, "false": False}.get(form.value(GIVEN))
        case Kind.MATCHING:
            picked = {str(left.index): form.value(f"{GIVEN}-{left.index}") for left in question.lefts}
            return {left: _place(right) for left, right in picked.items() if right}
        case _:
            return clean(form.value(GIVEN))[: LONGEST_ANSWER + 1]


def _place(value: str) -> int:
    """A place on the screen; -1, which is none, for anything else."""
    return int(value) if value.isascii() and value.isdigit() and len(value) < 4 else -1
