"""What may be sent about suppliers, their contracts and visits."""

from datetime import date
from typing import Annotated, Literal

from msgspec import Meta, Struct

from portal.core.web.shapes import clean
from portal.service.suppliers.rules import Criterion, Mark, Point, Result, Stage, VisitKind

Words = Annotated[str, Meta(min_length=4, max_length=2000)]
Short = Annotated[str, Meta(min_length=1, max_length=120)]
Weight = Annotated[int, Meta(ge=0, le=100)]


class SelectionForm(Struct, forbid_unknown_fields=True):
    """The next step of a selection, and why."""

    stage: Stage
    reason: Words


class PaperForm(Struct, forbid_unknown_fields=True):
    """What a document is."""

    title: Short


class ContractForm(Struct, forbid_unknown_fields=True):
    """A contract's name and days."""

    title: Short
    since: date
    until: date


class ContactForm(Struct, forbid_unknown_fields=True):
    """Somebody to reach."""

    duty: Annotated[str, Meta(min_length=1, max_length=80)]
    name: Annotated[str, Meta(min_length=1, max_length=80)]
    phone: Annotated[str, Meta(min_length=3, max_length=32)] | None = None
    email: Annotated[str, Meta(min_length=3, max_length=254, pattern=r"^[^@\s]+@[^@\s]+$")] | None = None


class ScoreForm(Struct, forbid_unknown_fields=True):
    """One person's marks of the year."""

    quality: Literal[1, 2, 3, 4, 5]
    price: Literal[1, 2, 3, 4, 5]
    delivery: Literal[1, 2, 3, 4, 5]
    service: Literal[1, 2, 3, 4, 5]
    papers: Literal[1, 2, 3, 4, 5]
    words: Words

    def marks(self) -> dict[Criterion, int]:
        return {criterion: int(getattr(self, criterion)) for criterion in Criterion}


class WeightsForm(Struct, forbid_unknown_fields=True):
    """The weights of the next version."""

    quality: Weight
    price: Weight
    delivery: Weight
    service: Weight
    papers: Weight
    reason: Words
    seen: int

    def weights(self) -> dict[Criterion, int]:
        return {criterion: int(getattr(self, criterion)) for criterion in Criterion}


class VisitForm(Struct, forbid_unknown_fields=True):
    """When, and who goes."""

    planned_on: date
    first: int
    second: int | None = None
    hour: Annotated[int, Meta(ge=0, le=23)] = 9


class ReasonForm(Struct, forbid_unknown_fields=True):
    """Why."""

    reason: Words


class PlaceForm(Struct, forbid_unknown_fields=True):
    """Where the visitors are: from the phone, or in words."""

    latitude: Annotated[float, Meta(ge=-90, le=90)] | None = None
    longitude: Annotated[float, Meta(ge=-180, le=180)] | None = None
    accuracy: Annotated[float, Meta(ge=0, le=1_000_000)] | None = None
    place: Annotated[str, Meta(max_length=200)] | None = None


class SignForm(Struct, forbid_unknown_fields=True):
    """Who signs for the supplier, and what was drawn."""

    signed_name: Annotated[str, Meta(min_length=1, max_length=80)]
    signature: Annotated[str, Meta(max_length=400_000)] = ""


class ActionForm(Struct, forbid_unknown_fields=True):
    """What is mended, until when."""

    what: Words
    due_on: date


class ResultForm(Struct, forbid_unknown_fields=True):
    """What the visit found as a whole."""

    result: Result
    words: Words


class DoneForm(Struct, forbid_unknown_fields=True):
    """What was seen to be done."""

    action: int
    words: Words


class ChecklistForm(Struct, forbid_unknown_fields=True):
    """The next version of a kind's checklist."""

    kind: VisitKind
    points: Annotated[str, Meta(min_length=1, max_length=8000)]
    reason: Words
    seen: int


class FirstForm(Struct, forbid_unknown_fields=True):
    """Categories whose suppliers are visited before any sale, one a line."""

    categories: Annotated[str, Meta(max_length=2000)] = ""


class GraceForm(Struct, forbid_unknown_fields=True):
    """Until when those who sold before go on."""

    until: date


def marks_of(points: tuple[Point, ...], typed: dict[str, list[str]]) -> dict[str, tuple[Mark, str | None]]:
    """The marks of a form by point: those that are given, with their remarks."""
    found: dict[str, tuple[Mark, str | None]] = {}
    for point in points:
        mark = (typed.get(f"mark_{point.key}") or [""])[0]
        if mark in set(Mark):
            remark = clean((typed.get(f"remark_{point.key}") or [""])[0])[:500]
            found[point.key] = (Mark(mark), remark or None)
    return found
