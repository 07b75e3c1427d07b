"""What visitors and staff may send about misleading shares."""

from datetime import date
from typing import Annotated, Literal

from msgspec import Meta, Struct

from certification.rights.rules import Category
from portal.service.sharing.rules import Found, What

Text = Annotated[str, Meta(min_length=5, max_length=1000)]
Answer = Annotated[str, Meta(min_length=5, max_length=500)]


class ReportForm(Struct):
    """A misleading share, as a visitor tells it."""

    what: What
    text: Text
    seen_where: Annotated[str, Meta(max_length=120)] | None = None
    contact: Annotated[str, Meta(max_length=120)] | None = None


class DismissalForm(Struct):
    """Nothing misled; the answer is read by the reporter."""

    answer: Answer


class ProposalForm(Struct):
    """A breach to be confirmed by a second person; the answer is read by the owner and the reporter."""

    category: Category
    occurred_on: date
    evidence: Annotated[str, Meta(min_length=10, max_length=3000)]
    answer: Answer


class VerdictForm(Struct):
    """A second person's word."""

    verdict: Literal["confirm", "decline"]
    note: Annotated[str, Meta(max_length=1000)] = ""


class CheckForm(Struct):
    """What looking at a sampled share found; words are needed where it misled."""

    found: Found
    what: What | None = None
    note: Annotated[str, Meta(max_length=1000)] = ""
