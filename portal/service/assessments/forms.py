"""What staff, parties and owners may send about standings."""

from collections.abc import Iterator
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Annotated

from litestar import Request
from litestar.datastructures import UploadFile
from msgspec import Meta, Struct

from portal.core.web.fields import Fault
from portal.core.web.forms import Form
from portal.service.assessments.criteria import NAMES, Criteria, odd, range_of
from portal.service.assessments.states import LONGEST_WORDS, MOST_FILES, SHORTEST_WORDS, Appealed, Wish

Words = Annotated[str, Meta(min_length=SHORTEST_WORDS, max_length=LONGEST_WORDS)]
Mark = Annotated[int, Meta(ge=1, le=5)]


class WordsForm(Struct):
    """A reason, an answer, what a party says."""

    words: Words


class WishForm(Struct):
    """How a party should stand, and why."""

    wish: Wish
    words: Words


class AppealForm(Struct):
    """Against which verdict, and why."""

    verdict: Annotated[str, Meta(max_length=40)]
    words: Words


class OutcomeForm(Struct):
    """What becomes of an appeal."""

    outcome: Appealed
    words: Words

    def faults(self) -> Iterator[Fault]:
        if self.outcome not in (Appealed.UPHELD, Appealed.REVERSED):
            yield "outcome", "not_choice", {}


class ClaimForm(Struct):
    """Which place, and with what."""

    slot: Annotated[str, Meta(max_length=40)]
    words: Words


class AnswerForm(Struct):
    """Which low rating, and what is said to it."""

    rating: Annotated[str, Meta(max_length=40, pattern="^(owner|buyer):[0-9]{1,17}$")]
    words: Words


class RewardForm(Struct):
    """What a party was given."""

    what: Annotated[str, Meta(min_length=2, max_length=200)]


class SlotForm(Struct):
    """A place for a new product, and until when who may ask for it."""

    title: Annotated[str, Meta(min_length=2, max_length=120)]
    white_until: date
    until: date
    text: Annotated[str, Meta(max_length=LONGEST_WORDS)] = ""

    def faults(self) -> Iterator[Fault]:
        if self.until <= self.white_until:
            yield "until", "refusal.slot_times", {}


class GiveForm(Struct):
    """Who gets a place."""

    party: Annotated[int, Meta(ge=1)]


class CriteriaForm(Struct):
    """Why the numbers change, from which day, and the newest version that the page showed."""

    words: Words
    since: date | None = None
    seen: Annotated[int, Meta(ge=0)] = 0


def typed(criteria: Criteria) -> dict[str, str]:
    """The numbers as a person types them: shares in per cent."""
    return {name: _shown(name, number) for name, number in criteria.plain().items()}


def _shown(name: str, number: int) -> str:
    return f"{Decimal(number) / 100:f}" if name.endswith("_bp") else str(number)


def criteria_of(form: Form) -> Criteria | None:
    """The typed numbers; None with a fault beside each that is none, is out of range, or contradicts another."""
    numbers: dict[str, int] = {}
    for name in NAMES:
        least, most = range_of(name)
        number = _number(name, form.value(name))
        if number is None or not least <= number <= most:
            form.add(name, "assessments.fault.number", least=_shown(name, least), most=_shown(name, most))
        else:
            numbers[name] = number
    if len(numbers) < len(NAMES):
        return None
    wanted = Criteria(**numbers)
    for name, code in odd(wanted):
        form.add(name, f"assessments.fault.{code}")
    return None if form.faults else wanted


def _number(name: str, text: str) -> int | None:
    try:
        given = Decimal(text.strip()) * (100 if name.endswith("_bp") else 1)
        return int(given) if given == given.to_integral_value() else None
    except (InvalidOperation, ValueError, OverflowError):
        return None


async def uploads(request: Request) -> list[bytes]:  # type: ignore[type-arg]
    """The files that were sent; one more than is allowed is enough to say so."""
    sent = await request.form()
    chosen = [value for name, value in sent.multi_items() if name == "files" and isinstance(value, UploadFile)]
    named = [value for value in chosen if value.filename]
    return [content for upload in named[: MOST_FILES + 1] if (content := await upload.read())]


class MarksForm(Struct):
    """An owner's marks for a line."""

    line: Annotated[str, Meta(max_length=80)]
    goods: Mark
    delivery: Mark
    text: Annotated[str, Meta(max_length=500)] = ""
