"""The shop's door to compensations: it confirms what it has paid."""

from datetime import datetime
from typing import Annotated, Any

import msgspec
from litestar import Controller, Request, post
from litestar.params import JSONBody, PathParameter
from litestar.response import Response

from portal.core.base.clock import now
from portal.core.base.ids import EXTERNAL_ID
from portal.core.people.rules import Scope
from portal.core.web.openapi import PROBLEM_RESPONSES, ProgramOperation
from portal.core.web.programs import HANDLERS, IdempotencyKey, Reply, caller, once, tidied
from portal.service.compensations import paying
from portal.service.compensations.forms import PaymentBody
from portal.service.compensations.queries import GrantInfo
from portal.service.compensations.rules import CURRENCY, Via

PathRef = Annotated[
    str,
    PathParameter(max_length=80, pattern=EXTERNAL_ID, description="The ref that `compensation.approved` told."),
]


class CompensationRecord(msgspec.Struct):
    """A compensation as it stands now: `due` until its payment is confirmed, then `paid`. Money in fen."""

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


class CompensationApi(Controller):
    """`POST /api/v1/compensations/{ref}/payment`."""

    path = "/api/v1/compensations"
    tags = ["compensations"]  # noqa: RUF012 - Litestar's own form
    exception_handlers = HANDLERS

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

        409 where the sum is not the one that was granted, or another payment was confirmed before. A replacement is
        confirmed with an `amount_fen` of 0.
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
