"""What people may send to the gate's pages."""

from datetime import date
from typing import Annotated, Literal

import msgspec

from certification.rights.appeal_rules import LEAST_APPEAL_DAYS, MOST_APPEAL_DAYS
from certification.rights.rules import Category

Reason = Annotated[str, msgspec.Meta(min_length=5, max_length=1000)]
Note = Annotated[str, msgspec.Meta(max_length=1000)]


class ViolationForm(msgspec.Struct):
    """A reported violation."""

    category: Category
    occurred_on: date
    evidence: Annotated[str, msgspec.Meta(min_length=10, max_length=3000)]


class DecisionForm(msgspec.Struct):
    """A second person's word on a proposal."""

    verdict: Literal["confirm", "decline"]
    note: Note = ""


class MeasureForm(msgspec.Struct):
    """A suspension or revocation by an admin's word."""

    kind: Literal["suspension", "revocation"]
    reason: Reason
    until: date
    remedial: bool = False


class OverrideForm(msgspec.Struct):
    """A proposal for a second admin: bridge an expired certificate until a day, or lift a suspension."""

    kind: Literal["bridge", "lift"]
    reason: Reason
    until: date | None = None
    measure: int | None = None


class AppealForm(msgspec.Struct):
    """Why the owner does not accept a violation."""

    text: Annotated[str, msgspec.Meta(min_length=10, max_length=3000)]


class AppealVerdictForm(msgspec.Struct):
    """What somebody without a part in it decides, and why."""

    verdict: Literal["upheld", "rejected"]
    reason: Annotated[str, msgspec.Meta(min_length=10, max_length=1000)]


class AppealDaysForm(msgspec.Struct):
    """For how many days a violation may be appealed."""

    days: Annotated[int, msgspec.Meta(ge=LEAST_APPEAL_DAYS, le=MOST_APPEAL_DAYS)]
