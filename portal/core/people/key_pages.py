"""The admin's page of API keys: made by scope, shown once, revoked."""

from litestar import Controller, get, post
from litestar.params import FromPath

from portal.core.base.clock import now
from portal.core.base.database import reading
from portal.core.people import actions
from portal.core.people.api_keys import api_keys
from portal.core.people.doorway import AnyRequest, ask_again, is_fresh, signed_in
from portal.core.people.forms import NewKey
from portal.core.people.policy import Capability
from portal.core.people.rules import Scope
from portal.core.web.forms import Form, once, read
from portal.core.web.i18n import t
from portal.core.web.pages import Answer, page
from portal.core.web.paging import cut_of, next_link

HOME = "/admin/keys"


def _text_of(scope: Scope) -> str:
    return f"people.scope.{scope.value.replace(':', '_')}"


class KeyPages(Controller):
    """Keys for programs. Making and revoking want the admin's password anew."""

    path = HOME
    opt = {"needs": Capability.CONNECT}  # noqa: RUF012 - Litestar's own form

    @get()
    async def index(self, request: AnyRequest) -> Answer:
        return await self._page(request, None)

    @post()
    async def make(self, request: AnyRequest) -> Answer:
        form, at, actor = await read(request), now(), signed_in().actor
        if not is_fresh(at):
            return ask_again(request, HOME)
        body = form.into(NewKey)
        if body is None:
            return await self._page(request, form, 422)
        made: list[str] = []

        async def act() -> str:
            made.append((await actions.make_api_key(actor, body.name, body.scopes, at))[1])
            return HOME

        answer = await once(request, act)
        return await self._page(request, None, made=made[0]) if made else answer

    @post("/{key_id:int}/replacement")
    async def replace(self, request: AnyRequest, key_id: FromPath[int]) -> Answer:
        """The new key is shown once; the one before opens for a day more, so that no program falls silent."""
        at, actor = now(), signed_in().actor
        if not is_fresh(at):
            return ask_again(request, HOME)
        made: list[str] = []

        async def act() -> str:
            made.append(await actions.replace_api_key(actor, key_id, at))
            return HOME

        answer = await once(request, act)
        return await self._page(request, None, made=made[0]) if made else answer

    @post("/{key_id:int}/revocation")
    async def revoke(self, request: AnyRequest, key_id: FromPath[int]) -> Answer:
        at, actor = now(), signed_in().actor
        if not is_fresh(at):
            return ask_again(request, HOME)

        async def act() -> str:
            await actions.revoke_api_key(actor, key_id, at)
            return HOME

        return await once(request, act, "people.toast.key_revoked")

    async def _page(self, request: AnyRequest, form: Form | None, status: int = 200, made: str | None = None) -> Answer:
        at = now()
        async with reading():
            keys = await api_keys(cut_of(request))
        return await page(
            request,
            "core/people/keys.html",
            status=status,
            keys=keys,
            more=next_link(request, keys),
            form=form,
            made=made,
            fresh=is_fresh(at),
            now=at,
            scope_options=[(scope.value, scope.value, t(_text_of(scope))) for scope in Scope],
        )
