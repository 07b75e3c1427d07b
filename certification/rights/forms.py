"""What people may send to the gate's pages."""

from datetime import date
from typing import Annotated, Literal

import msgspec

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
