"""The shop asks whether an owner may share, and fetches the keys by which it checks permits itself."""

from datetime import datetime
from typing import Any

import msgspec
from litestar import Controller, get
from litestar.params import FromPath
from litestar.response import Response

from certification.rights import queries
from certification.rights.actions import explained
from certification.rights.permits import permit
from certification.rights.queries import Standing
from certification.rights.rules import Status
from certification.rights.ways import way_of
from portal.core.base import keys
from portal.core.base.clock import now
from portal.core.base.database import reading
from portal.core.base.refusals import NotFound
from portal.core.base.settings import settings
from portal.core.stores import queries as stores
from portal.core.web.i18n import t
from portal.core.web.openapi import PROBLEM_RESPONSES, ProgramOperation
from portal.core.web.state import state


class ReasonAnswer(msgspec.Struct, frozen=True):
    """One unmet condition: a stable code, a sentence in the caller's language, and the page that mends it."""

    code: str
    text: str
    url: str


class ShareRightAnswer(msgspec.Struct, frozen=True):
    """Whether an owner may share, buy for herself, why not, until when, and a permit to check offline."""

    owner: str
    store: str
    status: Status
    may_share: bool
    may_self_purchase: bool
    reasons: tuple[ReasonAnswer, ...]
    valid_until: datetime | None
    permit: str | None
    decision: str | None


def answer(standing: Standing, signed: str | None) -> ShareRightAnswer:
    """The standing in the words of the API."""
    base = settings().base_url
    decision = standing.decision
    return ShareRightAnswer(
        owner=standing.store.owner_external_id,
        store=standing.store.external_id,
        status=decision.status,
        may_share=decision.may_share,
        may_self_purchase=standing.store.open,
        reasons=tuple(
            ReasonAnswer(reason.code, t(f"rights.reason.{reason.code}"), f"{base}{way_of(reason)}")
            for reason in (() if decision.may_share else decision.unmet)
        ),
        valid_until=decision.valid_until,
        permit=signed,
        decision=f"G-{standing.kept.id}" if standing.kept else None,
    )


class ShareRightApi(Controller):
    """`GET /api/v1/owners/{external_id}/share-right`."""

    path = "/api/v1/owners"
    opt = {"scope": "rights:read"}  # noqa: RUF012 - Litestar's own form

    @get(
        "/{external_id:str}/share-right",
        include_in_schema=True,
        operation_class=ProgramOperation,
        responses=PROBLEM_RESPONSES,
    )
    async def share_right(self, external_id: FromPath[str]) -> ShareRightAnswer:
        """Whether this owner may share right now, with a permit to check offline if so. Scope `rights:read`."""
        at = now()
        async with reading():
            store = await stores.store_of_owner_external_id(external_id)
            standing = await queries.standing_of(store, at) if store else None
        if store is None or standing is None:
            raise NotFound
        if standing.is_news:
            program = state().program
            assert program is not None
            standing = await explained(program.actor, store.id, at)
        return answer(standing, await permit(standing, at))


class KeySet(Controller):
    """The public keys of permits."""

    path = "/.well-known/jwks.json"
    opt = {"open": True, "program": True}  # noqa: RUF012 - Litestar's own form

    @get()
    async def keys(self) -> Response[dict[str, Any]]:
        await keys.current_key(keys.PERMIT, now())
        async with reading():
            published = await keys.published_keys()
        return Response({"keys": published}, headers={"Cache-Control": "public, max-age=300"})


ROUTES = [ShareRightApi, KeySet]
