"""What the shop says of its orders, to hold them against ours: by API, and by table."""

from collections.abc import Iterator
from datetime import date
from typing import Annotated

from msgspec import Meta, Struct

from portal.core.web.fields import ExternalId, Fault, Fen, Instant, odd_instants
from portal.service.connect.reconciling import Said
from portal.service.orders.rules import Status

MOST_SENT = 5_000  # in one call


class SaidRow(Struct, forbid_unknown_fields=True):
    """An order as the shop has it; money in fen."""

    number: ExternalId
    status: Status
    paid_fen: Fen
    refunded_fen: Fen = 0
    placed_at: Instant | None = None

    def faults(self) -> Iterator[Fault]:
        yield from odd_instants(placed_at=self.placed_at)

    @property
    def said(self) -> Said:
        return Said(self.number, str(self.status), self.paid_fen, self.refunded_fen, self.placed_at)


class ReconciliationBody(Struct, forbid_unknown_fields=True):
    """All orders placed from `since` up to, not including, `until`: at most 31 days."""

    since: Instant
    until: Instant
    orders: Annotated[list[SaidRow], Meta(max_length=MOST_SENT)]

    def faults(self) -> Iterator[Fault]:
        yield from odd_instants(since=self.since, until=self.until)


class ReconciliationForm(Struct):
    """The first and the last day that the table is of."""

    first: date
    last: date
