"""Complaints for programs: filing one, and asking how it stands."""

from datetime import datetime
from typing import Annotated, Any

import msgspec
from litestar import Controller, Request, get, post
from litestar.params import JSONBody, PathParameter
from litestar.response import Response

from portal.core.base.clock import now
from portal.core.base.database import reading
from portal.core.base.ids import EXTERNAL_ID
from portal.core.base.refusals import NotFound, Refused
from portal.core.people.rules import Scope
from portal.core.stores import queries as stores
from portal.core.web.openapi import PROBLEM_RESPONSES, ProgramOperation
from portal.core.web.programs import HANDLERS, IdempotencyKey, Reply, caller, once, tidied
from portal.service.complaints import filing, queries, told
from portal.service.complaints.filing import Filing
from portal.service.complaints.forms import ComplaintBody
from portal.service.complaints.queries import ComplaintInfo
from portal.service.complaints.rules import FiledBy
from portal.service.orders import queries as orders
from portal.service.orders.queries import OrderInfo

PathRef = Annotated[str, PathParameter(max_length=80, pattern=EXTERNAL_ID, description="The complaint's ref.")]


class ClockRecord(msgspec.Struct, omit_defaults=True):
    """A promise: `proposal`, `compensation` or `legal`. `kept` is there once it is known."""

    name: str
    due_at: datetime
    stopped_at: datetime | msgspec.UnsetType = msgspec.UNSET
    kept: bool | msgspec.UnsetType = msgspec.UNSET


class ComplaintRecord(msgspec.Struct):
    """A complaint as it stands: `agent` is who has it (null: it waits for one), `clocks` are the present round's."""

    ref: str
    state: str
    agent: str | None
    order: str | None
    vip: str
    round: int
    received_at: datetime
    outcome: str | None
    clocks: list[ClockRecord]
    buyer_url: str | None


class ComplaintApi(Controller):
    """`POST /api/v1/complaints` and `GET /api/v1/complaints/{ref}`."""

    path = "/api/v1/complaints"
    tags = ["complaints"]  # noqa: RUF012 - Litestar's own form
    exception_handlers = HANDLERS

    @post(
        status_code=201,
        opt={"scope": Scope.COMPLAINTS_WRITE},
        include_in_schema=True,
        operation_class=ProgramOperation,
        responses=PROBLEM_RESPONSES,
    )
    async def file_complaint(
        self,
        request: Request[Any, Any, Any],
        data: JSONBody[ComplaintBody],
        idempotency_key: IdempotencyKey = None,
    ) -> Response[ComplaintRecord]:
        """File a complaint; its clocks start, and the buyer hears of it. Scope `complaints:write`.

        One that repeats an open one is linked to it. Filed by the owner (it needs an order), the buyer is asked for her
        consent.
        """
        body, at = tidied(data), now()

        async def act() -> Reply:
            info = await filing.file(caller(), await _filing(body), at)
            return Reply(await _record(info, at), 201)

        return await once(request, idempotency_key, act)

    @get(
        "/{ref:str}",
        opt={"scope": Scope.COMPLAINTS_READ},
        include_in_schema=True,
        operation_class=ProgramOperation,
        responses=PROBLEM_RESPONSES,
    )
    async def get_complaint(self, ref: PathRef) -> ComplaintRecord:
        """How a complaint stands. Scope `complaints:read`."""
        async with reading():
            info = await queries.by_ref(ref)
            if info is None:
                raise NotFound
            return await _record(info, now())


async def _record(info: ComplaintInfo, at: datetime) -> ComplaintRecord:
    return msgspec.convert(await told.shape(info, at), ComplaintRecord)


async def _filing(body: ComplaintBody) -> Filing:
    """What the shop's words mean here. Raises Refused (422), the field named."""
    vip = await stores.vip_by_external_id(body.vip)
    if vip is None:
        raise Refused("complaint_vip_unknown", {"vip": body.vip}, field="vip", status=422)
    order = await orders.order_by_number(body.order) if body.order is not None else None
    if body.order is not None and (order is None or order.vip_id != vip.id):
        raise Refused("complaint_order_unknown", {"order": body.order}, field="order", status=422)
    store = await stores.store(vip.store_id)
    assert store is not None
    return Filing(
        vip_id=vip.id,
        order_id=order.id if order else None,
        lines=_lines(order, body.lines),
        function=body.function_category,
        wanted=body.wanted,
        urgency=body.urgency,
        text=body.text,
        channel=body.channel,
        filed_by=body.filed_by,
        person_id=store.owner_id if body.filed_by is FiledBy.OWNER else None,
        product_category=body.product_category,
    )


def _lines(order: OrderInfo | None, named: list[str]) -> tuple[int, ...]:
    if order is None:
        return ()
    known = {line.line: line.id for line in order.present}
    if any(name not in known for name in named):
        raise Refused("complaint_line_unknown", field="lines", status=422)
    return tuple(dict.fromkeys(known[name] for name in named))


ROUTES: list[Any] = [ComplaintApi]
