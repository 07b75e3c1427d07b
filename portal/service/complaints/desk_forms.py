"""What agents and desk leads may send from their pages. `seen` and `heard`: what the page showed last."""

from collections.abc import Iterator
from typing import Annotated, Literal

from msgspec import Meta, Struct

from portal.core.web.fields import Fault
from portal.service.complaints.desk_rules import MOST_MOVED, Step
from portal.service.complaints.rules import LONGEST_TEXT, Audience, Function, Urgency
from portal.service.roster.rules import Pause

Reason = Annotated[str, Meta(min_length=2, max_length=500)]


class SeenForm(Struct, kw_only=True):
    """An act on a complaint as the page showed it: its last event, its last turn."""

    seen: int | None = None
    heard: int | None = None


class ReplyForm(SeenForm, kw_only=True):
    """A turn: to the buyer, to her owner, or for the desk alone."""

    text: Annotated[str, Meta(min_length=1, max_length=LONGEST_TEXT)]
    audience: Audience = Audience.BUYER
    waiting: bool = False
    template: str = ""


class InsertForm(SeenForm, kw_only=True):
    """Which template is put behind what is typed."""

    template: Annotated[str, Meta(min_length=1, max_length=60)]


class StepsForm(Struct):
    """The steps that are done."""

    steps: list[Step] = []


class HandOverForm(SeenForm, kw_only=True):
    """To whom, what she has to know, and why."""

    to: int
    summary: str
    reason: Reason


class ReclassForm(SeenForm, kw_only=True):
    """What kind of problem it is, and how it presses."""

    function: Function
    urgency: Urgency
    product_category: Annotated[str, Meta(max_length=80)] = ""


class LinkForm(SeenForm, kw_only=True):
    """Which of the buyer's complaints this one repeats; nothing: it stands for itself."""

    to: int | None = None


class PresenceForm(Struct):
    """Taking work, pausing with a reason, done for today."""

    act: Literal["take", "pause", "done"]
    reason: Pause | None = None

    def faults(self) -> Iterator[Fault]:
        if self.act == "pause" and self.reason is None:
            yield "reason", "required", {}


class MovesForm(Struct):
    """Complaints to another agent, with the reason: those ticked, or all of one agent (`all_of`)."""

    to: int
    reason: Reason
    complaints: Annotated[list[int], Meta(max_length=MOST_MOVED)] = []
    all_of: int | None = None

    def faults(self) -> Iterator[Fault]:
        if not self.complaints and self.all_of is None:
            yield "complaints", "complaints.lead.none_chosen", {}
