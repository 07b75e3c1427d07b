"""What owners, managers, reviewers and admins send."""

from collections.abc import Iterator
from typing import Annotated, Literal

import msgspec

from courses.cases.rules import LONGEST_PART, LONGEST_TITLE, Telling
from portal.core.web.fields import Fault
from portal.service.awards.nominations import Writeup
from portal.service.awards.periods import Period
from portal.service.awards.rules import MOST_MARK, Scope, Subject
from portal.service.awards.stories import Consent, Shown

Text = Annotated[str, msgspec.Meta(min_length=5, max_length=2_000)]
Title = Annotated[str, msgspec.Meta(min_length=4, max_length=120)]
Mark = Annotated[int, msgspec.Meta(ge=1, le=MOST_MARK)]
MOST_FEN = 100_000_00


class ObjectionForm(msgspec.Struct):
    """What is not right about one's standing."""

    text: Text


class ConsentForm(msgspec.Struct):
    """How one is named, and whether one's story may be told."""

    shown: Shown
    story: bool = False

    def made(self) -> Consent:
        return Consent(self.shown, self.story)


class RulingForm(msgspec.Struct):
    """A reviewer's word and why; `gaming` only where somebody is left out."""

    ruling: Literal["keep", "out", "gaming"]
    reason: Text


class DecisionForm(msgspec.Struct):
    """What becomes of an objection, and why."""

    decision: Literal["upheld", "rejected"]
    reason: Text


class NominationForm(msgspec.Struct):
    """A write-up for the best-service award."""

    cycle: Annotated[str, msgspec.Meta(max_length=80)]
    store: Annotated[str, msgspec.Meta(max_length=80)]
    title: Title
    happened: Text
    done: Text
    effect: Text

    def writeup(self) -> Writeup:
        return Writeup(self.title, self.happened, self.done, self.effect)


class JudgementForm(msgspec.Struct):
    """A judge's three marks."""

    effort: Mark
    effect: Mark
    example: Mark
    note: Annotated[str, msgspec.Meta(max_length=1_000)] | None = None


class PrizeForm(msgspec.Struct):
    """What goes with an award, and its worth in yuan."""

    what: Annotated[str, msgspec.Meta(min_length=2, max_length=120)]
    worth: Annotated[str, msgspec.Meta(max_length=12, pattern=r"^[0-9]{1,6}(\.[0-9]{1,2})?$")] = "0"

    @property
    def worth_fen(self) -> int:
        yuan, _, part = self.worth.partition(".")
        return int(yuan) * 100 + int(part.ljust(2, "0") if part else 0)

    def faults(self) -> Iterator[Fault]:
        if self.worth_fen > MOST_FEN:
            yield "worth", "awards.fault.worth", {}


class HandingForm(msgspec.Struct):
    """By what it can be shown that a prize was handed out."""

    proof: Annotated[str, msgspec.Meta(min_length=3, max_length=200)]


class CorrectionForm(msgspec.Struct):
    """Why an award is wrong, and what becomes of the places below."""

    reason: Text
    move_up: bool = False


class StoryForm(msgspec.Struct):
    """A winner's story in one language; both may be given."""

    title: Annotated[str, msgspec.Meta(min_length=4, max_length=LONGEST_TITLE)]
    happened: Annotated[str, msgspec.Meta(min_length=5, max_length=LONGEST_PART)]
    done: Annotated[str, msgspec.Meta(min_length=5, max_length=LONGEST_PART)]
    take_along: Annotated[str, msgspec.Meta(min_length=5, max_length=LONGEST_PART)]
    questions: Annotated[str, msgspec.Meta(min_length=5, max_length=LONGEST_PART)]
    language: Literal["zh-Hans", "en"] = "zh-Hans"

    def tellings(self) -> dict[str, Telling]:
        return {self.language: Telling(self.title, self.happened, self.done, self.take_along, self.questions)}


class PlanForm(msgspec.Struct):
    """Whose own cycles: a region by its name, a group by its number."""

    subject: Subject
    period: Period
    scope: Scope
    region: Annotated[str, msgspec.Meta(max_length=80)] | None = None
    group: Annotated[str, msgspec.Meta(max_length=18)] | None = None

    @property
    def key(self) -> str:
        return (self.region if self.scope is Scope.REGION else self.group) or ""
