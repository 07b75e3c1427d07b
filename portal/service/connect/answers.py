"""What the doors for the shop's programs share: who calls, the body read field by field, and noes that say more."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, TypeVar

import msgspec
from litestar import Request
from litestar.response import Response

from certification.rights.actions import explained
from certification.rights.api import ReasonAnswer, answer
from portal.core.base.audit import Actor
from portal.core.base.database import reading
from portal.core.base.refusals import Refused
from portal.core.stores import queries as stores
from portal.core.web.errors import problem, sentence
from portal.core.web.forms import fault_text
from portal.core.web.shapes import Fault, read_shape
from portal.core.web.state import state
from portal.service.sharing import queries as links
from portal.service.sharing.actions import Binding

Shape = TypeVar("Shape", bound=msgspec.Struct)
AnyRequest = Request[Any, Any, Any]


class IllShaped(Refused):
    """A body that does not have its shape; every fault is told."""

    def __init__(self, faults: list[Fault]) -> None:
        super().__init__("shape", status=422)
        self.faults = faults


class MayNotBind(Refused):
    """The owner may not bind VIPs now; the reasons are those of her share right."""

    def __init__(self, reasons: tuple[ReasonAnswer, ...]) -> None:
        super().__init__("share_right", status=409)
        self.reasons = reasons


def caller() -> Actor:
    """The program that the guard has let in."""
    program = state().program
    assert program is not None
    return program.actor


def shaped(data: Mapping[str, Any], struct: type[Shape], path: str = "") -> Shape:
    """The data as a Struct, its texts cleaned. Raises IllShaped."""
    shape, faults = read_shape(data, struct, path=path)
    if shape is None:
        raise IllShaped(faults)
    return shape


def tidied(body: Shape) -> Shape:
    """A decoded body with its texts cleaned and its own check made. Raises IllShaped."""
    return shaped(msgspec.to_builtins(body, builtin_types=(datetime,)), type(body))


async def binding_refusal(actor: Actor, wanted: Binding, refused: Refused, at: datetime, path: str = "") -> Refused:
    """What to answer where `sharing.bind` said no: which field leads nowhere, or why the owner may not."""
    field = f"{path}{'share_code' if wanted.share_code else 'owner'}"
    if refused.code == "not_found":
        return Refused("vip_leads_nowhere", field=field, status=422)
    if refused.code != "share_right":
        return refused
    async with reading():
        link = await links.link_by_code(wanted.share_code) if wanted.share_code else None
        owner = wanted.owner_external_id
        store = await stores.store(link.store_id) if link else await stores.store_of_owner_external_id(owner or "")
    assert store is not None  # it was asked about a moment ago, and stores do not go
    return MayNotBind(answer(await explained(actor, store.id, at), None).reasons)


def _ill_shaped(request: AnyRequest, error: IllShaped) -> Response[Any]:
    details = [{"field": fault.path, "code": fault.code, "detail": fault_text(fault)} for fault in error.faults]
    return problem(422, "shape", sentence("shape", {}), errors=details)


def _may_not_bind(request: AnyRequest, error: MayNotBind) -> Response[Any]:
    reasons = [{"code": reason.code, "text": reason.text, "url": reason.url} for reason in error.reasons]
    return problem(409, "share_right", sentence("share_right", {}), reasons=reasons)


HANDLERS: dict[int | type[Exception], Any] = {IllShaped: _ill_shaped, MayNotBind: _may_not_bind}
