"""The shop's door to returns: it answers what a buyer has agreed to."""

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
from portal.service.returns.actions import take_change
from portal.service.returns.forms import AnswerBody
from portal.service.returns.queries import ReturnInfo

PathRef = Annotated[str, PathParameter(max_length=80, pattern=EXTERNAL_ID, description="The return's ref.")]


class ReturnRecord(msgspec.Struct):
    """A return as it stands now: `turn` says who has to move by `due_at`. Money in fen."""

    ref: str
    order: str
    kind: str
    reason: str
    state: str
    turn: str
    amount_fen: int
    refunded_fen: int
    due_at: datetime | None


class ReturnApi(Controller):
    """`POST /api/v1/returns/{ref}/answer`."""

    path = "/api/v1/returns"
    tags = ["returns"]  # noqa: RUF012 - Litestar's own form
    exception_handlers = HANDLERS

    @post(
        "/{ref:str}/answer",
        status_code=200,
        opt={"scope": Scope.RETURNS_WRITE},
        include_in_schema=True,
        operation_class=ProgramOperation,
        responses=PROBLEM_RESPONSES,
    )
    async def answer_return(
        self,
        request: Request[Any, Any, Any],
        ref: PathRef,
        data: JSONBody[AnswerBody],
        idempotency_key: IdempotencyKey = None,
    ) -> Response[ReturnRecord]:
        """Answer a return; the same answer again changes nothing. Scope `returns:write`.

        409 where the answer does not fit the state that the return is in.
        """
        body, at = tidied(data), now()

        async def act() -> Reply:
            return Reply(record(await take_change(caller(), ref, body.told(), body.moment(at))))

        return await once(request, idempotency_key, act)


def record(info: ReturnInfo) -> ReturnRecord:
    """The return as programs see it."""
    return ReturnRecord(
        ref=info.ref,
        order=info.order_number,
        kind=str(info.kind),
        reason=str(info.reason),
        state=str(info.state),
        turn=str(info.turn),
        amount_fen=info.amount_fen,
        refunded_fen=info.refunded_fen,
        due_at=info.due_at,
    )


ROUTES: list[Any] = [ReturnApi]
