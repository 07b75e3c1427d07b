"""What the doors that bind VIPs answer where the owner may not: the reasons of her share right."""

from datetime import datetime
from typing import Any

from litestar import Request
from litestar.response import Response

from certification.rights.actions import explained
from certification.rights.api import ReasonAnswer, answer
from portal.core.base.audit import Actor
from portal.core.base.database import reading
from portal.core.base.refusals import Refused
from portal.core.stores import queries as stores
from portal.core.web import programs
from portal.core.web.errors import problem, sentence
from portal.service.sharing import queries as links
from portal.service.sharing.actions import Binding
from portal.service.sharing.doors import REFUSALS
from portal.service.sharing.rules import Obstacle

AnyRequest = Request[Any, Any, Any]


class MayNotBind(Refused):
    """The owner may not bind VIPs now; the reasons are those of her share right."""

    def __init__(self, reasons: tuple[ReasonAnswer, ...]) -> None:
        super().__init__("share_right", status=409)
        self.reasons = reasons


async def binding_refusal(actor: Actor, wanted: Binding, refused: Refused, at: datetime, path: str = "") -> Refused:
    """What to answer where `sharing.bind` said no: which field leads nowhere, or why the owner may not."""
    field = f"{path}{'share_code' if wanted.share_code else 'owner'}"
    if refused.code == "not_found":
        return Refused("vip_leads_nowhere", field=field, status=422)
    if refused.code == REFUSALS[Obstacle.SUPPLIER_BLACKLISTED]:
        return Refused(refused.code, field=field, status=409)
    if refused.code != "share_right":
        return refused
    async with reading():
        link = await links.link_by_code(wanted.share_code) if wanted.share_code else None
        owner = wanted.owner_external_id
        store = await stores.store(link.store_id) if link else await stores.store_of_owner_external_id(owner or "")
    assert store is not None  # it was asked about a moment ago, and stores do not go
    return MayNotBind(answer(await explained(actor, store.id, at), None).reasons)


def _may_not_bind(request: AnyRequest, error: MayNotBind) -> Response[Any]:
    reasons = [{"code": reason.code, "text": reason.text, "url": reason.url} for reason in error.reasons]
    return problem(409, "share_right", sentence("share_right", {}), reasons=reasons)


HANDLERS: dict[int | type[Exception], Any] = {**programs.HANDLERS, MayNotBind: _may_not_bind}
