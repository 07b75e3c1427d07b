"""The shop's door to compensations: what it has to pay, and its word that it has paid."""

from datetime import datetime
from typing import Annotated, Any, Literal

import msgspec
from litestar import Controller, Request, get, post
from litestar.params import JSONBody, PathParameter, QueryParameter
from litestar.response import Response

from portal.core.base.clock import now
from portal.core.base.database import reading
from portal.core.base.ids import EXTERNAL_ID
from portal.core.base.refusals import NotFound
from portal.core.people.rules import Scope
from portal.core.web.openapi import PROBLEM_RESPONSES, ProgramOperation
from portal.core.web.paging import MOST, PAGE, Cut
from portal.core.web.programs import HANDLERS, IdempotencyKey, Reply, caller, once, tidied
from portal.service.compensations import paying, queries
from portal.service.compensations.forms import PaymentBody
from portal.service.compensations.queries import GrantInfo
from portal.service.compensations.rules import CURRENCY, Paid, Via

PathRef = Annotated[
    str,
    PathParameter(max_length=80, pattern=EXTERNAL_ID, description="The ref that `compensation.approved` told."),
]


After = Annotated[int, QueryParameter(ge=0, le=2**53 - 1, description="`next` of the page before; 0: from the start.")]
Limit = Annotated[int, QueryParameter(ge=1, le=MOST, description="How many compensations at most.")]
Wanted = Annotated[
    Literal["due", "paid", "off"] | None,
    QueryParameter(name="state", description="`due` waits for a payment, `off` was called off. Left out: all."),
]


class CompensationRecord(msgspec.Struct):
    """A compensation as it stands now: `due` until its payment is confirmed, then `paid`; `off` where it was called
    off before. Money in fen."""

    ref: str
    complaint: str
    order: str | None
    vip: str
    kind: str
    amount_fen: int
    currency: str
    state: str
    granted_at: datetime
    paid_at: datetime | None
    payment_ref: str | None


class CompensationList(msgspec.Struct):
    """Compensations, the oldest first; `next` is null on the last page."""

    compensations: list[CompensationRecord]
    next: int | None


class CompensationApi(Controller):
    """`/api/v1/compensations`."""

    path = "/api/v1/compensations"
    tags = ["compensations"]  # noqa: RUF012 - Litestar's own form
    exception_handlers = HANDLERS

    @get(
        opt={"scope": Scope.COMPENSATIONS_WRITE},
        include_in_schema=True,
        operation_class=ProgramOperation,
        responses=PROBLEM_RESPONSES,
    )
    async def get_compensations(self, wanted: Wanted = None, after: After = 0, limit: Limit = PAGE) -> CompensationList:
        """Compensations, the oldest first. Scope `compensations:write`."""
        async with reading():
            found = await queries.of_state(Paid(wanted) if wanted else None, Cut(after, limit))
        return CompensationList([record(grant) for grant in found.items], found.next_after)

    @get(
        "/{ref:str}",
        opt={"scope": Scope.COMPENSATIONS_WRITE},
        include_in_schema=True,
        operation_class=ProgramOperation,
        responses=PROBLEM_RESPONSES,
    )
    async def get_compensation(self, ref: PathRef) -> CompensationRecord:
        """How a compensation stands. Scope `compensations:write`."""
        async with reading():
            found = await queries.grant(ref)
        if found is None:
            raise NotFound
        return record(found)

    @post(
        "/{ref:str}/payment",
        status_code=200,
        opt={"scope": Scope.COMPENSATIONS_WRITE},
        include_in_schema=True,
        operation_class=ProgramOperation,
        responses=PROBLEM_RESPONSES,
    )
    async def confirm_payment(
        self,
        request: Request[Any, Any, Any],
        ref: PathRef,
        data: JSONBody[PaymentBody],
        idempotency_key: IdempotencyKey = None,
    ) -> Response[CompensationRecord]:
        """Confirm a payment; the same again changes nothing. Scope `compensations:write`.

        409 where the sum is not the one that was granted, another payment was confirmed before, or it was called off.
        A replacement is confirmed with an `amount_fen` of 0.
        """
        body, at = tidied(data), now()

        async def act() -> Reply:
            return Reply(record(await paying.confirm(caller(), ref, body.told(), Via.API, at)))

        return await once(request, idempotency_key, act)


def record(grant: GrantInfo) -> CompensationRecord:
    """The compensation as programs see it."""
    return CompensationRecord(
        ref=grant.ref,
        complaint=grant.complaint_ref,
        order=grant.order_number,
        vip=grant.vip,
        kind=str(grant.kind),
        amount_fen=grant.amount_fen,
        currency=CURRENCY,
        state=str(grant.state),
        granted_at=grant.granted_at,
        paid_at=grant.paid_at,
        payment_ref=grant.payment_ref,
    )


ROUTES: list[Any] = [CompensationApi]
