"""What agents, approvers, reviewers, admins, buyers and the shop may send about compensations."""

from collections.abc import Iterator
from datetime import date
from typing import Annotated

from msgspec import Meta, Struct

from portal.core.stores.rules import fen_of
from portal.core.web.fields import ExternalId, Fault, Fen, Instant, odd_instants
from portal.service.compensations.actions import Offer
from portal.service.compensations.paying import Payment
from portal.service.compensations.rules import (
    LONGEST_REASON,
    LONGEST_SAID,
    MONEY,
    SHORTEST_SAID,
    Allowance,
    Finding,
    Kind,
)
from portal.service.complaints.rules import LONGEST_TEXT
from portal.service.roster.rules import Level

Typed = Annotated[str, Meta(max_length=20)]
Reason = Annotated[str, Meta(min_length=2, max_length=LONGEST_REASON)]


class OfferForm(Struct):
    """What an agent proposes; money typed in yuan."""

    kind: Kind
    said: Annotated[str, Meta(min_length=SHORTEST_SAID, max_length=LONGEST_SAID)]
    yuan: Typed = ""

    def faults(self) -> Iterator[Fault]:
        if self.kind in MONEY and not self.yuan:
            yield "yuan", "required", {}
        elif self.kind in MONEY and not fen_of(self.yuan):
            yield "yuan", "compensations.fault.yuan", {}

    def offer(self) -> Offer:
        return Offer(self.kind, fen_of(self.yuan) or 0 if self.kind in MONEY else 0, self.said)


class ReasonForm(Struct):
    """Why something is taken back or refused."""

    reason: Reason


class ApprovalForm(Struct):
    """All of it (nothing typed), or a smaller sum in yuan."""

    yuan: Typed = ""

    def faults(self) -> Iterator[Fault]:
        if self.yuan and not fen_of(self.yuan):
            yield "yuan", "compensations.fault.yuan", {}

    @property
    def amount_fen(self) -> int | None:
        return fen_of(self.yuan) if self.yuan else None


class InsteadForm(Struct):
    """What would be right instead."""

    instead: Annotated[str, Meta(max_length=LONGEST_TEXT)] = ""


class ReviewForm(Struct):
    """What a reviewer has found."""

    found: Finding
    note: Annotated[str, Meta(max_length=LONGEST_REASON)] = ""


class AuthorityForm(Struct):
    """A level's authority; blank category and kind: all of them. Blank limits: an earlier row is taken back."""

    level: Level
    reason: Reason
    category: Annotated[str, Meta(max_length=80)] = ""
    kind: str = ""
    limit: Typed = ""
    day_limit: Typed = ""
    since: date | None = None

    def faults(self) -> Iterator[Fault]:
        if self.kind and self.kind not in set(Kind):
            yield "kind", "not_choice", {}
        if self.limit and fen_of(self.limit) is None:
            yield "limit", "compensations.fault.yuan", {}
        if self.day_limit and fen_of(self.day_limit) is None:
            yield "day_limit", "compensations.fault.yuan", {}
        if bool(self.limit) is not bool(self.day_limit):
            yield "limit" if not self.limit else "day_limit", "required", {}
        if (fen_of(self.day_limit) or 0) < (fen_of(self.limit) or 0):
            yield "day_limit", "compensations.fault.day_below", {}

    def allowance(self) -> Allowance:
        return Allowance(
            self.level,
            self.category or None,
            Kind(self.kind) if self.kind else None,
            fen_of(self.limit) if self.limit else None,
            fen_of(self.day_limit) if self.day_limit else None,
        )


class VouchersForm(Struct):
    """A list of codes pasted in, and until when they are good."""

    codes: Annotated[str, Meta(min_length=1, max_length=500_000)]
    expires_on: date | None = None


class OffForm(Struct):
    """Why what was agreed is not paid; the buyer reads it."""

    reason: Reason


class HandForm(Struct):
    """A payment that somebody has seen: under which reference, on which day."""

    payment_ref: Annotated[str, Meta(min_length=3, max_length=80)]
    paid_on: date


class PaymentBody(Struct, forbid_unknown_fields=True, kw_only=True):
    """A payment as the shop confirms it: the sum that was granted, nought for a replacement."""

    amount_fen: Fen
    paid_at: Instant | None = None
    payment_ref: Annotated[str, Meta(min_length=1, max_length=80)] | None = None

    def faults(self) -> Iterator[Fault]:
        yield from odd_instants(paid_at=self.paid_at)

    def told(self) -> Payment:
        return Payment(self.amount_fen, self.paid_at, self.payment_ref)


class PaymentChange(PaymentBody, kw_only=True, forbid_unknown_fields=True):
    """The same with the grant's ref, as a webhook brings it."""

    ref: ExternalId
