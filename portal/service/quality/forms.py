"""What judges, agents and admins send."""

from typing import Annotated, Literal

import msgspec

from portal.core.web.forms import Form
from portal.service.quality.checklists import Item
from portal.service.quality.rules import LONGEST_NOTE, LONGEST_WORDS, MOST_WEIGHT, SHORTEST_NOTE, Marks, Step

Note = Annotated[str, msgspec.Meta(min_length=SHORTEST_NOTE, max_length=LONGEST_NOTE)]
NOT_HERE = "na"
_MARKS: dict[str, int | None] = {"0": 0, "1": 1, "2": 2, NOT_HERE: None}


class ReviewForm(msgspec.Struct):
    """A judge's words, and the version of the checklist that she had before her."""

    text: Note
    checklist: Annotated[int, msgspec.Meta(ge=0, le=100_000)]


class AppealForm(msgspec.Struct):
    """Why a score, or a training, is not right."""

    text: Note


class DecisionForm(msgspec.Struct):
    """What becomes of an appeal, and why."""

    decision: Literal["upheld", "rejected"]
    reason: Note


class ChecklistForm(msgspec.Struct):
    """Why the checklist changes, and which version was before the admin."""

    reason: Annotated[str, msgspec.Meta(min_length=SHORTEST_NOTE, max_length=500)]
    seen: Annotated[int, msgspec.Meta(ge=0, le=100_000)]


def marks_of(form: Form) -> Marks:
    """The marks in a form; what is missing or strange becomes a fault beside its step."""
    found: dict[Step, int | None] = {}
    for step in Step:
        typed = form.value(step)
        if typed not in _MARKS or (step is Step.CARE and typed == NOT_HERE):
            form.add(step, "required")
        else:
            found[step] = _MARKS[typed]
    return found


def items_of(form: Form) -> dict[Step, Item]:
    """The steps of a checklist in a form; faults stand beside their fields."""
    found: dict[Step, Item] = {}
    for step in Step:
        weight, zh, en = (form.value(f"{name}_{step}").strip() for name in ("weight", "zh", "en"))
        if not weight.isascii() or not weight.isdigit() or len(weight) > 2 or int(weight) > MOST_WEIGHT:
            form.add(f"weight_{step}", "quality.fault.weight", most=MOST_WEIGHT)
            continue
        for name, words in (("zh", zh), ("en", en)):
            if len(words) > LONGEST_WORDS:
                form.add(f"{name}_{step}", "too_long", limit=LONGEST_WORDS)
        if bool(zh) != bool(en):
            form.add(f"{'en' if zh else 'zh'}_{step}", "quality.fault.both")
        found[step] = Item(int(weight), zh, en)
    return found
