"""What may be sent about causes, corrective actions and inspections."""

from datetime import date
from typing import Annotated, Literal

from msgspec import Meta, Struct

from portal.service.causes.crowding import MARKS, POINTS

Words = Annotated[str, Meta(min_length=4, max_length=1000)]
Short = Annotated[str, Meta(max_length=1000)]


class FindingForm(Struct, forbid_unknown_fields=True):
    """Who was at fault and what shows it."""

    code: Annotated[str, Meta(min_length=1, max_length=40)]
    evidence: Words
    agent: int | None = None
    seen: int | None = None


class PlanForm(Struct, forbid_unknown_fields=True):
    """What is mended, by whom, until when."""

    what: Words
    responsible: int
    due_on: date
    by_party: bool = False


class ReasonForm(Struct, forbid_unknown_fields=True):
    """Why nothing needs mending."""

    reason: Words


class DoneForm(Struct, forbid_unknown_fields=True):
    """What was done."""

    words: Words


class VerdictForm(Struct, forbid_unknown_fields=True):
    """Yes or no, and what was seen."""

    verdict: Literal["yes", "no"]
    words: Words


class VisitForm(Struct, forbid_unknown_fields=True):
    """Two people, a day, and whether the party knows."""

    first: int
    second: int
    planned_on: date
    announced: bool = False


class ResultForm(Struct, forbid_unknown_fields=True):
    """What was found, point by point and in words."""

    result: Annotated[str, Meta(min_length=4, max_length=3000)]
    goods: str = "not_looked"
    storage: str = "not_looked"
    packing: str = "not_looked"
    papers: str = "not_looked"
    handling: str = "not_looked"
    advice: str = "not_looked"

    def marks(self) -> dict[str, str]:
        return {point: getattr(self, point) for point in POINTS if getattr(self, point) in MARKS}


class PartyAnswerForm(Struct, forbid_unknown_fields=True):
    """What a supplier or carrier says."""

    text: Words


class SignForm(Struct, forbid_unknown_fields=True):
    """Which writing she has read."""

    seen: str | None = None
