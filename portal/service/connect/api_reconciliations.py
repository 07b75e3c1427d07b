"""`POST /api/v1/reconciliations`: the shop's list of orders, held against ours."""

from datetime import datetime
from typing import Any

import msgspec
from litestar import Request, post
from litestar.params import JSONBody
from litestar.response import Response

from portal.core.base.clock import now, site_zone
from portal.core.people.rules import Scope
from portal.core.web.openapi import PROBLEM_RESPONSES, ProgramOperation
from portal.core.web.programs import IdempotencyKey, Reply, caller, once_by_parts, shaped
from portal.service.connect.answers import HANDLERS
from portal.service.connect.forms_reconciling import ReconciliationBody
from portal.service.connect.reconciling import ReconciliationInfo, reconcile


class DifferenceAnswer(msgspec.Struct):
    """`kind`: missing_here, missing_there, status, paid, refunded. `here` and `there` are the two words on it."""

    kind: str
    number: str
    day: str
    here: str
    there: str


class ReconciliationAnswer(msgspec.Struct):
    """How many orders were compared, and the differences: counted by kind and by day, and the first 2,000 of them."""

    id: int
    since: datetime
    until: datetime
    told: int
    held: int
    counts: dict[str, int]
    by_day: dict[str, dict[str, int]]
    differences: list[DifferenceAnswer]


@post(
    "/api/v1/reconciliations",
    status_code=200,
    opt={"scope": Scope.ORDERS_READ},
    include_in_schema=True,
    operation_class=ProgramOperation,
    responses=PROBLEM_RESPONSES,
    exception_handlers=HANDLERS,
    tags=["orders"],
)
async def post_reconciliation(
    request: Request[Any, Any, Any], data: JSONBody[ReconciliationBody], idempotency_key: IdempotencyKey = None
) -> Response[ReconciliationAnswer]:
    """Hold the shop's orders of some days against ours; no order is changed by it. Scope `orders:read`."""
    body, at = shaped(await request.json(), ReconciliationBody), now()

    async def act() -> Reply:
        said = [row.said for row in body.orders]
        return Reply(_answer(await reconcile(caller(), said, body.since, body.until, at, site_zone())))

    return await once_by_parts(request, idempotency_key, act)


def _answer(info: ReconciliationInfo) -> ReconciliationAnswer:
    return ReconciliationAnswer(
        info.id,
        info.since,
        info.until,
        info.told,
        info.held,
        info.counts,
        info.by_day,
        [DifferenceAnswer(one.kind, one.number, one.day, one.here, one.there) for one in info.differences],
    )


ROUTES: list[Any] = [post_reconciliation]
