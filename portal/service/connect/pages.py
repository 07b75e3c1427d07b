"""The admin's pages of webhooks: where events go, how each try went, what was given up."""

from typing import Any

from litestar import Controller, Request, get, post
from litestar.params import FromPath

from portal.core.base.clock import now
from portal.core.base.database import reading
from portal.core.base.refusals import NotFound, Refused
from portal.core.people.doorway import ask_again, is_fresh, signed_in
from portal.core.people.policy import Capability
from portal.core.web.forms import Form, once, read
from portal.core.web.pages import Answer, page
from portal.core.web.paging import cut_of, next_link
from portal.service.connect import actions, queries
from portal.service.connect.forms import EndpointForm
from portal.service.connect.posting import Barred, judged_addresses
from portal.service.connect.queries import EndpointState
from portal.service.connect.rules import Error, url_fault

AnyRequest = Request[Any, Any, Any]
HOME = "/admin/webhooks"
LETTERS = 20


def _path(endpoint_id: int) -> str:
    return f"{HOME}/{endpoint_id}"


class WebhookPages(Controller):
    """Endpoints and deliveries. Adding and enabling an address wants the admin's password anew."""

    path = HOME
    opt = {"needs": Capability.CONNECT}  # noqa: RUF012 - Litestar's own form

    @get()
    async def index(self, request: AnyRequest) -> Answer:
        return await self._index(request, None)

    @post()
    async def add(self, request: AnyRequest) -> Answer:
        form, at, actor = await read(request), now(), signed_in().actor
        if not is_fresh(at):
            return ask_again(request, HOME)
        body = form.into(EndpointForm)
        if body is None or not await _leads_outside(form, body.url):
            return await self._index(request, form, 422)
        made: list[tuple[int, str]] = []

        async def act() -> str:
            made.append(await actions.add_endpoint(actor, body.url, at))
            return HOME

        try:
            answer = await once(request, act)
        except Refused as refused:
            form.refuse(refused, "url")
            return await self._index(request, form, refused.status)
        return await self._index(request, None, secret=made[0][1]) if made else answer

    @get("/{endpoint_id:int}")
    async def show(self, request: AnyRequest, endpoint_id: FromPath[int]) -> Answer:
        return await self._show(request, endpoint_id)

    @post("/{endpoint_id:int}/secret")
    async def replace_secret(self, request: AnyRequest, endpoint_id: FromPath[int]) -> Answer:
        """The new secret is shown once; the one before signs too for a day."""
        at, actor = now(), signed_in().actor
        if not is_fresh(at):
            return ask_again(request, _path(endpoint_id))
        made: list[str] = []

        async def act() -> str:
            made.append(await actions.replace_secret(actor, endpoint_id, at))
            return _path(endpoint_id)

        answer = await once(request, act)
        return await self._show(request, endpoint_id, made[0]) if made else answer

    async def _show(self, request: AnyRequest, endpoint_id: int, secret: str | None = None) -> Answer:
        at = now()
        async with reading():
            state = await _endpoint(endpoint_id)
            tries = await queries.deliveries(endpoint_id, cut_of(request))
            letters = await queries.dead_letters(endpoint_id, LETTERS)
            dead = await queries.dead_count(endpoint_id)
        return await page(
            request,
            "service/connect/show.html",
            state=state,
            path=_path(endpoint_id),
            tries=tries,
            letters=letters,
            dead=dead,
            secret=secret,
            more=next_link(request, tries),
            first="after" not in request.query_params,
            fresh=is_fresh(at),
            now=at,
        )

    @post("/{endpoint_id:int}/disablement")
    async def disable(self, request: AnyRequest, endpoint_id: FromPath[int]) -> Answer:
        at, actor = now(), signed_in().actor

        async def act() -> str:
            await _endpoint(endpoint_id)
            await actions.disable_endpoint(actor, endpoint_id, "admin", at)
            return _path(endpoint_id)

        return await once(request, act, "connect.toast.disabled")

    @post("/{endpoint_id:int}/enablement")
    async def enable(self, request: AnyRequest, endpoint_id: FromPath[int]) -> Answer:
        at, actor = now(), signed_in().actor
        if not is_fresh(at):
            return ask_again(request, _path(endpoint_id))

        async def act() -> str:
            await actions.enable_endpoint(actor, endpoint_id, at)
            return _path(endpoint_id)

        return await once(request, act, "connect.toast.enabled")

    @post("/{endpoint_id:int}/ping")
    async def ping(self, request: AnyRequest, endpoint_id: FromPath[int]) -> Answer:
        at, actor = now(), signed_in().actor

        async def act() -> str:
            await actions.send_ping(actor, endpoint_id, at)
            return _path(endpoint_id)

        return await once(request, act, "connect.toast.pinged")

    @post("/{endpoint_id:int}/redelivery")
    async def send_again(self, request: AnyRequest, endpoint_id: FromPath[int]) -> Answer:
        """One dead letter by its `ref`, or without one all of them."""
        form, at, actor = await read(request), now(), signed_in().actor

        async def act() -> str:
            await actions.send_again(actor, endpoint_id, at, ref=form.value("ref") or None)
            return _path(endpoint_id)

        return await once(request, act, "connect.toast.sent_again")

    async def _index(
        self, request: AnyRequest, form: Form | None, status: int = 200, secret: str | None = None
    ) -> Answer:
        async with reading():
            endpoints = await queries.endpoints()
            tries = await queries.deliveries(0, cut_of(request))
        return await page(
            request,
            "service/connect/index.html",
            status=status,
            endpoints=endpoints,
            tries=tries,
            more=next_link(request, tries),
            first="after" not in request.query_params,
            form=form,
            secret=secret,
            fresh=is_fresh(now()),
        )


async def _endpoint(endpoint_id: int) -> EndpointState:
    state = await queries.endpoint(endpoint_id)
    if state is None:
        raise NotFound
    return state


async def _leads_outside(form: Form, url: str) -> bool:
    """Look the name up now, so that a slip of the pen is told at once; each try judges it anew."""
    if fault := url_fault(url):
        form.add("url", f"refusal.webhook_url_{fault}")
        return False
    try:
        await judged_addresses(url)
    except Barred as barred:
        inside = barred.error is Error.ADDRESS
        form.add("url", "connect.fault.inside" if inside else "connect.fault.unresolved")
        return False
    return True


ROUTES: list[Any] = [WebhookPages]
