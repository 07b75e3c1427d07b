"""The shop's door to stores: a PUT brings the whole record, and a new store gets its owner an invitation."""

from datetime import datetime
from typing import Annotated, Any

import msgspec
from litestar import Controller, put
from litestar.openapi.datastructures import ResponseSpec
from litestar.params import JSONBody, PathParameter
from litestar.response import Response

from certification.rights.actions import explained
from certification.rights.api import ShareRightAnswer, answer
from certification.rights.permits import permit
from portal.core.base.clock import now
from portal.core.base.ids import EXTERNAL_ID
from portal.core.base.refusals import Refused
from portal.core.people.rules import Scope
from portal.core.stores.actions import PutStore, StoreOpening, put_store
from portal.core.web.openapi import PROBLEM_RESPONSES, ProgramOperation
from portal.core.web.programs import caller, tidied
from portal.service.connect.answers import HANDLERS
from portal.service.connect.forms import StoreBody

PathId = Annotated[str, PathParameter(max_length=80, pattern=EXTERNAL_ID, description="The shop's name for the store.")]


class StoreAnswer(msgspec.Struct):
    """A store's share right now; the invitation only where this very call made one (it is e-mailed too)."""

    external_id: str
    share_right: ShareRightAnswer
    invitation_url: str | msgspec.UnsetType = msgspec.UNSET


OPENED = ResponseSpec(StoreAnswer, description="The store was opened.", generate_examples=False)


class StoreApi(Controller):
    """`PUT /api/v1/stores/{external_id}`."""

    path = "/api/v1/stores"
    tags = ["stores"]  # noqa: RUF012 - Litestar's own form
    exception_handlers = HANDLERS

    @put(
        "/{external_id:str}",
        opt={"scope": Scope.STORES_WRITE},
        include_in_schema=True,
        operation_class=ProgramOperation,
        responses={201: OPENED, **PROBLEM_RESPONSES},
    )
    async def put_store(self, external_id: PathId, data: JSONBody[StoreBody]) -> Response[StoreAnswer]:
        """Open a store, or bring it up to date; the same body again changes nothing. Scope `stores:write`."""
        at = now()
        made = await put_as_told(tidied(data).opening(external_id), at)
        standing = await explained(caller(), made.store_id, at)
        body = StoreAnswer(
            external_id=external_id,
            share_right=answer(standing, await permit(standing, at)),
            invitation_url=made.invitation_url or msgspec.UNSET,
        )
        return Response(body, status_code=201 if made.created else 200)


async def put_as_told(opening: StoreOpening, at: datetime) -> PutStore:
    """Put the store. Raises Refused, its field named as the contract's shape names it."""
    try:
        return await put_store(caller(), opening, at)
    except Refused as refused:
        if refused.field == "kit_returned_at":
            refused.field = "kit.returned_at"
        raise


ROUTES: list[Any] = [StoreApi]
