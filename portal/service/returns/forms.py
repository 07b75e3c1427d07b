"""What owners, admins and the shop may send about returns and registers."""

import re
import unicodedata
from collections.abc import Iterable, Iterator
from datetime import datetime
from decimal import Decimal, InvalidOperation
from typing import Annotated

from msgspec import Meta, Struct

from portal.core.base.money import LARGEST_FEN
from portal.core.web.fields import ExternalId, Fault, Fen, Instant, odd_instants
from portal.core.web.forms import Form
from portal.service.returns.offers import Asked, LineState, most_fen
from portal.service.returns.registers import Entry, What
from portal.service.returns.rules import MONEY, GoodsClass, Kind, Stage
from portal.service.returns.states import Answer, ShopAnswer

_YUAN = re.compile(r"\d{1,9}(\.\d{1,2})?")
MOST_TEXT = 1000


def fen_of(typed: str) -> int | None:
    """Typed yuan in fen; a currency sign and thousands' commas are forgiven. None for anything else."""
    plain = unicodedata.normalize("NFKC", typed).strip().lstrip("\u00a5").replace(",", "").strip()
    if not _YUAN.fullmatch(plain):
        return None
    try:
        fen = int(Decimal(plain) * 100)
    except InvalidOperation:
        return None
    return fen if fen <= LARGEST_FEN else None


class FilingForm(Struct):
    """What an owner says of the matter; its lines have fields of their own (`quantity-<id>`, `yuan-<id>`)."""

    text: Annotated[str, Meta(min_length=5, max_length=MOST_TEXT)]
    advance: bool = False


def asked_lines(form: Form, kind: Kind, stage: Stage, lines: Iterable[LineState]) -> tuple[Asked, ...] | None:
    """The pieces and the money asked of each line, or None with the faults noted. No money typed: all of it."""
    asked, faults = [], len(form.faults)
    for line in lines:
        typed = form.value(f"quantity-{line.id}").strip() or "0"
        if not (typed.isascii() and typed.isdigit() and len(typed) < 6):
            form.add(f"quantity-{line.id}", "not_number")
            continue
        if int(typed) == 0:
            continue
        money = _money(form, kind, stage, line, int(typed))
        if money is None:
            form.add(f"yuan-{line.id}", "returns.fault.yuan")
            continue
        asked.append(Asked(line.id, int(typed), money))
    return None if len(form.faults) > faults else tuple(asked)


def _money(form: Form, kind: Kind, stage: Stage, line: LineState, quantity: int) -> int | None:
    if kind not in MONEY or stage is Stage.UNPAID:
        return 0
    typed = form.value(f"yuan-{line.id}").strip()
    return fen_of(typed) if typed else most_fen(kind, line, quantity)


class SentBackForm(Struct):
    """The parcel in which the buyer has sent the goods back."""

    carrier: Annotated[str, Meta(min_length=1, max_length=80)]
    number: Annotated[str, Meta(min_length=4, max_length=80)]


class AnswerBody(Struct, forbid_unknown_fields=True, kw_only=True):
    """The shop's answer to a return: `text` for a refusal, `refunded_fen` for money, the parcel of goods sent."""

    answer: Answer
    at: Instant | None = None
    text: Annotated[str, Meta(max_length=500)] | None = None
    refunded_fen: Fen | None = None
    carrier: Annotated[str, Meta(min_length=1, max_length=80)] | None = None
    tracking_number: Annotated[str, Meta(min_length=1, max_length=80)] | None = None

    def faults(self) -> Iterator[Fault]:
        yield from odd_instants(at=self.at)
        if self.answer is Answer.REFUSED and not self.text:
            yield "text", "required", {}
        if self.answer in (Answer.EXCHANGED, Answer.RESENT):
            for name in ("carrier", "tracking_number"):
                if not getattr(self, name):
                    yield name, "required", {}

    def told(self) -> ShopAnswer:
        return ShopAnswer(self.answer, self.text or None, self.refunded_fen, self.carrier, self.tracking_number)

    def moment(self, now: datetime) -> datetime:
        """When it happened: as the shop says, but never later than it has told us."""
        return min(self.at, now) if self.at is not None else now


class ReturnChange(AnswerBody, kw_only=True):
    """The data of the webhook `return.changed`: the answer with the return's ref."""

    ref: ExternalId


class AnswerForm(Struct):
    """The shop's answer as an admin writes it down for a shop without a program."""

    answer: Answer
    text: Annotated[str, Meta(max_length=500)] = ""
    yuan: Annotated[str, Meta(max_length=20)] = ""
    carrier: Annotated[str, Meta(max_length=80)] = ""
    tracking_number: Annotated[str, Meta(max_length=80)] = ""

    def faults(self) -> Iterator[Fault]:
        if self.yuan and fen_of(self.yuan) is None:
            yield "yuan", "returns.fault.yuan", {}

    def told(self) -> ShopAnswer:
        refunded = fen_of(self.yuan) if self.yuan else None
        return ShopAnswer(self.answer, self.text or None, refunded, self.carrier or None, self.tracking_number or None)


class ClassForm(Struct):
    """Which rules of return a category has."""

    category: Annotated[str, Meta(min_length=1, max_length=80)]
    kind: GoodsClass


class EntryForm(Struct):
    """An entry into a register, by hand; money typed in yuan."""

    what: What
    yuan: Annotated[str, Meta(min_length=1, max_length=20)]
    text: Annotated[str, Meta(min_length=5, max_length=500)]
    parcel: int | None = None
    sent: Annotated[str, Meta(max_length=300)] = ""
    wanted: Annotated[str, Meta(max_length=300)] = ""

    def faults(self) -> Iterator[Fault]:
        if not fen_of(self.yuan):
            yield "yuan", "returns.fault.yuan", {}
        if self.what is What.WRONG:
            for name in ("sent", "wanted"):
                if not getattr(self, name):
                    yield name, "required", {}
        elif self.parcel is None:
            yield "parcel", "required", {}

    def entry(self) -> Entry:
        wrong = self.what is What.WRONG
        return Entry(
            self.what,
            fen_of(self.yuan) or 0,
            self.text,
            sent=self.sent or None if wrong else None,
            wanted=self.wanted or None if wrong else None,
            parcel_id=None if wrong else self.parcel,
        )


class SettleForm(Struct):
    """What came back of an entry, in yuan; nought where nothing did."""

    yuan: Annotated[str, Meta(min_length=1, max_length=20)]

    def faults(self) -> Iterator[Fault]:
        if fen_of(self.yuan) is None:
            yield "yuan", "returns.fault.yuan", {}

    def fen(self) -> int:
        return fen_of(self.yuan) or 0
