"""Many orders in one call: each is taken or refused for itself, and the answer has a result for each."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import msgspec
from litestar import Request, post
from litestar.params import JSONBody
from litestar.response import Response

from portal.core.base.audit import Actor
from portal.core.base.clock import now
from portal.core.base.refusals import Refused
from portal.core.people.rules import Scope
from portal.core.web.errors import sentence
from portal.core.web.forms import fault_text
from portal.core.web.openapi import PROBLEM_RESPONSES, FieldProblem, ProgramOperation
from portal.core.web.programs import IdempotencyKey, IllShaped, Reply, caller, once_by_parts, shaped
from portal.service.connect.answers import HANDLERS
from portal.service.connect.forms_orders import BatchBody, NumberedOrder
from portal.service.connect.rates import count_rows
from portal.service.orders.actions import put_order

AnyRequest = Request[Any, Any, Any]


class RowProblem(msgspec.Struct):
    """Why a row was refused: as in problem details, its status what PUT would have answered."""

    title: str
    status: int
    detail: str
    errors: list[FieldProblem]


class RowResult(msgspec.Struct):
    """What became of a row: `created`, `changed`, `unchanged`, or `refused` with its problem."""

    number: str | None
    status: str
    problem: RowProblem | msgspec.UnsetType = msgspec.UNSET


class BatchAnswer(msgspec.Struct):
    """A result for each order, in the order in which they were sent."""

    results: list[RowResult]


@post(
    "/api/v1/orders:batch",
    status_code=200,
    opt={"scope": Scope.ORDERS_WRITE},
    include_in_schema=True,
    operation_class=ProgramOperation,
    responses=PROBLEM_RESPONSES,
    exception_handlers=HANDLERS,
    tags=["orders"],
)
async def post_orders(
    request: AnyRequest, data: JSONBody[BatchBody], idempotency_key: IdempotencyKey = None
) -> Response[BatchAnswer]:
    """Take up to 500 orders; each row is one write, and one that is refused harms no other. Scope `orders:write`."""
    rows, at, actor = shaped(await request.json(), BatchBody).orders, now(), caller()
    await count_rows(len(rows) - 1, at)  # the call itself was counted at the door

    async def act() -> Reply:
        return Reply(BatchAnswer([await _taken(actor, row, at) for row in rows]))

    return await once_by_parts(request, idempotency_key, act)


async def _taken(actor: Actor, row: Mapping[str, Any], at: datetime) -> RowResult:
    given = row.get("number")
    number = given if isinstance(given, str) else None
    try:
        put = await put_order(actor, shaped(row, NumberedOrder).numbered, at)
    except IllShaped as fault:
        errors = [FieldProblem(one.path, one.code, fault_text(one)) for one in fault.faults]
        return RowResult(number, "refused", RowProblem("shape", 422, sentence("shape", {}), errors))
    except Refused as refused:
        return RowResult(number, "refused", _problem(refused))
    return RowResult(number, "created" if put.created else "changed" if put.changed else "unchanged")


def _problem(refused: Refused) -> RowProblem:
    text = sentence(refused.code, refused.params)
    named = [FieldProblem(refused.field, refused.code, text)] if refused.field else []
    return RowProblem(refused.code, refused.status, text, named)


ROUTES: list[Any] = [post_orders]
