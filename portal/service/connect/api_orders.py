"""The shop's door to orders: the whole order by PUT, many at once, and their parcels."""

from typing import Annotated, Any

from litestar import Controller, Request, get, post, put
from litestar.openapi.datastructures import ResponseSpec
from litestar.params import JSONBody, PathParameter
from litestar.response import Response

from portal.core.base.clock import now
from portal.core.base.database import reading, writing
from portal.core.base.ids import EXTERNAL_ID
from portal.core.base.refusals import NotFound
from portal.core.people.rules import Scope
from portal.core.web.openapi import PROBLEM_RESPONSES, ProgramOperation
from portal.core.web.programs import IdempotencyKey, Reply, caller, once, shaped
from portal.service.connect.answers import HANDLERS
from portal.service.connect.answers_orders import OrderAnswer, ParcelTaken, order_answer, parcel_answer
from portal.service.connect.forms_orders import OrderBody, ParcelBody
from portal.service.orders import queries as orders
from portal.service.orders.actions import put_order
from portal.service.orders.parcels import put_parcel

AnyRequest = Request[Any, Any, Any]
PathNumber = Annotated[
    str, PathParameter(max_length=80, pattern=EXTERNAL_ID, description="The shop's number of the order.")
]
MADE = ResponseSpec(OrderAnswer, description="The order is new here.", generate_examples=False)
PARCEL_MADE = ResponseSpec(ParcelTaken, description="The parcel is new here.", generate_examples=False)


class OrderApi(Controller):
    """`/api/v1/orders/{number}`."""

    path = "/api/v1/orders/{number:str}"
    tags = ["orders"]  # noqa: RUF012 - Litestar's own form
    exception_handlers = HANDLERS

    @put(
        opt={"scope": Scope.ORDERS_WRITE},
        include_in_schema=True,
        operation_class=ProgramOperation,
        responses={201: MADE, **PROBLEM_RESPONSES},
    )
    async def put_order(
        self, request: AnyRequest, number: PathNumber, data: JSONBody[OrderBody]
    ) -> Response[OrderAnswer]:
        """Take the whole order; the same body, or an older `updated_at`, changes nothing. Scope `orders:write`.

        Buyer and products are known by their external ids before their orders come: 422 names the field otherwise.
        """
        facts = shaped(await request.json(), OrderBody).facts(number)
        async with writing():
            put = await put_order(caller(), facts, now())
            body = await order_answer(put.order, put.created, put.changed)
        return Response(body, status_code=201 if put.created else 200)

    @get(
        opt={"scope": Scope.ORDERS_READ},
        include_in_schema=True,
        operation_class=ProgramOperation,
        responses=PROBLEM_RESPONSES,
    )
    async def get_order(self, number: PathNumber) -> OrderAnswer:
        """The whole order with its parcels, as it is held now. Scope `orders:read`."""
        async with reading():
            order = await orders.order_by_number(number)
            if order is None:
                raise NotFound
            return await order_answer(order)

    @post(
        "/parcels",
        status_code=200,
        opt={"scope": Scope.ORDERS_WRITE},
        include_in_schema=True,
        operation_class=ProgramOperation,
        responses={201: PARCEL_MADE, **PROBLEM_RESPONSES},
    )
    async def post_parcel(
        self,
        request: AnyRequest,
        number: PathNumber,
        data: JSONBody[ParcelBody],
        idempotency_key: IdempotencyKey = None,
    ) -> Response[ParcelTaken]:
        """Take a parcel and its traces; those held stay, new ones are added, in any order. Scope `orders:write`.

        Carrier and tracking number tell which parcel of the order it is, so sending it again is safe.
        """
        facts, at = shaped(await request.json(), ParcelBody).facts, now()

        async def act() -> Reply:
            taken = await put_parcel(caller(), number, facts, at)
            held = next(one for one in await orders.parcels(taken.parcel.order_id) if one.id == taken.parcel.id)
            body = ParcelTaken(number, parcel_answer(held), taken.created, taken.changed)
            return Reply(body, 201 if taken.created else 200)

        return await once(request, idempotency_key, act)


ROUTES: list[Any] = [OrderApi]
