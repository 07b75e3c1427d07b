"""The shop's door to VIPs: a buyer is bound to whoever brought her, once and for good."""

from datetime import datetime
from typing import Annotated, Any

import msgspec
from litestar import Controller, put
from litestar.params import JSONBody, PathParameter

from portal.core.base.clock import now
from portal.core.base.database import reading
from portal.core.base.ids import EXTERNAL_ID
from portal.core.base.refusals import Refused
from portal.core.people.rules import Scope
from portal.core.stores import queries as stores
from portal.core.stores.queries import VipInfo
from portal.core.web.openapi import PROBLEM_RESPONSES, ProgramOperation
from portal.core.web.programs import caller, tidied
from portal.service.connect.answers import HANDLERS, binding_refusal
from portal.service.connect.forms import VipBody
from portal.service.sharing.actions import bind

PathId = Annotated[str, PathParameter(max_length=80, pattern=EXTERNAL_ID, description="The shop's name for the buyer.")]


class VipAnswer(msgspec.Struct):
    """Whose VIP she is: the owner's external id, since when, through what, and whether this call bound her."""

    external_id: str
    owner: str
    bound_at: datetime
    bound_via: str
    created: bool


class VipApi(Controller):
    """`PUT /api/v1/vips/{external_id}`."""

    path = "/api/v1/vips"
    tags = ["vips"]  # noqa: RUF012 - Litestar's own form
    exception_handlers = HANDLERS

    @put(
        "/{external_id:str}",
        opt={"scope": Scope.VIPS_WRITE},
        include_in_schema=True,
        operation_class=ProgramOperation,
        responses=PROBLEM_RESPONSES,
    )
    async def put_vip(self, external_id: PathId, data: JSONBody[VipBody]) -> VipAnswer:
        """Bind a buyer to an owner; the first binding wins and is answered ever after. Scope `vips:write`.

        409 with `reasons` where the owner may not bind VIPs now.
        """
        wanted, at = tidied(data).binding(external_id), now()
        try:
            vip, created = await bind(caller(), wanted, at)
        except Refused as refused:
            raise await binding_refusal(caller(), wanted, refused, at) from refused
        return await _answer(vip, created=created)


async def _answer(vip: VipInfo, *, created: bool) -> VipAnswer:
    async with reading():
        store = await stores.store(vip.store_id)
    assert store is not None
    return VipAnswer(vip.external_id, store.owner_external_id, vip.bound_at, vip.bound_via, created)


ROUTES: list[Any] = [VipApi]
