"""What buyers, owners, agents, admins and programs may send about complaints."""

from collections.abc import Iterator
from datetime import date
from typing import Annotated

import msgspec
from msgspec import Meta, Struct

from portal.core.web.fields import ExternalId, Fault
from portal.service.complaints.clocks import LEGAL_DAYS
from portal.service.complaints.rules import LONGEST_TEXT, Audience, Channel, FiledBy, Function, Urgency, Wanted

SHORTEST_STORY = 5
MOST_LINES = 100
LONGEST_WORDS = 500
AGENT_CHANNELS = (Channel.PHONE, Channel.CHAT, Channel.EMAIL, Channel.SOCIAL)
Story = Annotated[str, Meta(min_length=SHORTEST_STORY, max_length=LONGEST_TEXT)]
Words = Annotated[str, Meta(min_length=1, max_length=LONGEST_TEXT)]
Mark = Annotated[int, Meta(ge=1, le=5)]


class GoodsForm(Struct):
    """Step 1: which of the order's goods; by which way it came where an agent writes it down."""

    lines: list[int] = []
    channel: Channel = Channel.PORTAL


class StoryForm(Struct):
    """Step 2: what happened. `drop`: places of kept photos that are not to go along."""

    function: Function = msgspec.field(name="function_category")
    text: Story
    drop: list[int] = []


class WishForm(Struct):
    """Step 3: what would make it right, and how much it presses."""

    wanted: Wanted
    urgency: Urgency = Urgency.NORMAL


class WordsForm(Struct):
    """A turn of the conversation."""

    text: Words


class OwnerWordsForm(Struct):
    """An owner's turn: for the desk alone, or for her buyer too."""

    text: Words
    audience: Audience = Audience.OWNER

    def faults(self) -> Iterator[Fault]:
        if self.audience is Audience.INNER:
            yield "audience", "not_choice", {}


class SurveyForm(Struct):
    """How it was: two marks and, if she likes, words."""

    satisfaction: Mark
    effort: Mark
    text: Annotated[str, Meta(max_length=LONGEST_WORDS)] = ""


class ReopeningForm(Struct):
    """What is still wrong."""

    text: Story


class PromiseForm(Struct):
    """A promise: hours for proposal and compensation, days for settling it; why it changes."""

    proposal_hours: Annotated[int, Meta(ge=1, le=24 * LEGAL_DAYS)]
    compensation_hours: Annotated[int, Meta(ge=1, le=24 * LEGAL_DAYS)]
    legal_days: Annotated[int, Meta(ge=1, le=LEGAL_DAYS)]
    reason: Annotated[str, Meta(min_length=5, max_length=500)]

    def faults(self) -> Iterator[Fault]:
        if self.compensation_hours < self.proposal_hours:
            yield "compensation_hours", "complaints.fault.before_proposal", {}
        if self.legal_days * 24 < self.compensation_hours:
            yield "legal_days", "complaints.fault.before_compensation", {}


class WindowForm(Struct):
    """How many days the same story meets the same agent."""

    days: Annotated[int, Meta(ge=1, le=365)]


class CallForm(Struct):
    """What came of a call."""

    outcome: str
    note: Annotated[str, Meta(max_length=LONGEST_WORDS)] = ""
    next_on: date | None = None
    reopen: bool = False

    def faults(self) -> Iterator[Fault]:
        if self.outcome not in ("content", "not_content", "not_reached"):
            yield "outcome", "not_choice", {}
        if self.reopen and self.outcome != "not_content":
            yield "reopen", "complaints.fault.reopen_content", {}
        if self.reopen and len(self.note) < SHORTEST_STORY:
            yield "note", "too_short", {"limit": SHORTEST_STORY}


class ComplaintBody(Struct, forbid_unknown_fields=True, kw_only=True):
    """A complaint as the shop files it; `lines` name lines of the order (none: all of them). Without
    `product_category` it is the goods'."""

    order: ExternalId | None = None
    lines: Annotated[list[Annotated[str, Meta(min_length=1, max_length=80)]], Meta(max_length=MOST_LINES)] = []
    vip: ExternalId
    filed_by: FiledBy
    channel: Channel
    product_category: Annotated[str, Meta(min_length=1, max_length=80)] | None = None
    function_category: Function
    wanted: Wanted
    urgency: Urgency
    text: Words

    def faults(self) -> Iterator[Fault]:
        if self.order is None and self.lines:
            yield "order", "required", {}
