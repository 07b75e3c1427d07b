"""Pages that one-time links open: the invitation, and the way back in. They carry a secret in their address."""

from datetime import datetime

from litestar import Controller, get, post
from litestar.params import FromPath

from portal.core.base.audit import Actor
from portal.core.base.clock import now
from portal.core.base.database import reading
from portal.core.base.refusals import Refused
from portal.core.people import actions
from portal.core.people.doorway import AnyRequest, cookie, let_in, refusal_headers, visit_of
from portal.core.people.forms import check_new_password, require, typed_name
from portal.core.people.links import OpenedLink, open_link
from portal.core.people.passwords import hash_password
from portal.core.people.queries import roles_of
from portal.core.people.rules import Purpose, Role, masked_email, normal_identifier, try_buckets
from portal.core.people.throttling import network_of, take, who_key
from portal.core.web.forms import Form, once, read
from portal.core.web.i18n import LANGUAGES
from portal.core.web.pages import Answer, page
from portal.core.web.state import state

_TEMPLATES = {Purpose.INVITATION: "core/people/invitation.html", Purpose.RECOVERY: "core/people/new_password.html"}


async def _show(request: AnyRequest, token: str, purpose: Purpose, form: Form | None, status: int = 200) -> Answer:
    """The link's page, or what is to be said where it opens nothing (any more)."""
    opened = await open_link(token, purpose, now())
    if opened is None or not opened.usable:
        return await _gone(request, token, opened, purpose)
    _speak_hers(request, opened)
    async with reading():
        roles = await roles_of(opened.person.id)
    return await page(
        request,
        _TEMPLATES[purpose],
        status=status,
        person=opened.person,
        email=masked_email(opened.person.email) if opened.person.email else None,
        owner=Role.OWNER in roles,
        token=token,
        form=form,
    )


async def _gone(request: AnyRequest, token: str, opened: OpenedLink | None, purpose: Purpose) -> Answer:
    """An invitation that ran out may be sent anew; everything else is gone for good."""
    renew = token if opened is not None and opened.renewable else None
    invited = purpose is Purpose.INVITATION
    return await page(request, "core/people/link_gone.html", status=410, renew=renew, invited=invited)


def _speak_hers(request: AnyRequest, opened: OpenedLink) -> None:
    """Somebody who has not chosen a language here yet is met in the one that she was invited in."""
    if cookie(request, "language") is None and state().viewer is None:
        state().language = opened.person.language


async def _accept(request: AnyRequest, token: str, purpose: Purpose) -> Answer:
    form, at = await read(request), now()
    opened = await open_link(token, purpose, at)
    if opened is None or not opened.usable:
        return await _gone(request, token, opened, purpose)
    _speak_hers(request, opened)
    password = check_new_password(form, "password", opened.person)
    if password is None:
        return await _show(request, token, purpose, form, 422)
    return await _come_in(request, token, password, _language(form), at)


async def _come_in(request: AnyRequest, token: str, password: str, language: str | None, at: datetime) -> Answer:
    hashed = await hash_password(password)
    outcome = await actions.come_in_by_link(token, hashed, visit_of(request), at, language=language)
    return let_in(request, outcome, "/")


def _language(form: Form) -> str | None:
    return form.value("language") if form.value("language") in LANGUAGES else None


class InvitationPages(Controller):
    """An invitation opens once, within the hour; one that ran out fetches a fresh one to where the first went."""

    path = "/invitations"
    opt = {"open": True}  # noqa: RUF012 - Litestar's own form

    @get("/{token:str}")
    async def show(self, request: AnyRequest, token: FromPath[str]) -> Answer:
        return await _show(request, token, Purpose.INVITATION, None)

    @post("/{token:str}")
    async def accept(self, request: AnyRequest, token: FromPath[str]) -> Answer:
        return await _accept(request, token, Purpose.INVITATION)

    @post("/{token:str}/renewal")
    async def renew(self, request: AnyRequest, token: FromPath[str]) -> Answer:
        at = now()
        await take(try_buckets("renewal", who_key(token), network_of(state().address), None), at)

        async def act() -> str:
            actor = Actor("link", None, state().address, state().request_ref)
            await actions.renew_invitation(token, actor, at)
            return "/sign-in"

        return await once(request, act, "people.toast.invitation_sent")


class RecoveryPages(Controller):
    """The way back in. Whoever asks is answered the same, known or not; the worker does what there is to do."""

    path = "/recovery"
    opt = {"open": True}  # noqa: RUF012 - Litestar's own form

    @get()
    async def ask(self, request: AnyRequest) -> Answer:
        return await self._page(request, None, asked="asked" in request.query_params)

    @post()
    async def send(self, request: AnyRequest) -> Answer:
        form, at = await read(request), now()
        if not require(form, "identifier"):
            return await self._page(request, form, 422)
        identifier = typed_name(form)
        try:
            who = who_key(normal_identifier(identifier))
            await take(try_buckets("recovery", who, network_of(state().address), None), at)
        except Refused as refused:
            form.refuse(refused, "identifier")
            return await self._page(request, form, refused.status, refusal_headers(refused))

        async def act() -> str:
            await actions.ask_recovery(identifier, at)
            return "/recovery?asked=yes"

        return await once(request, act)

    async def _page(
        self,
        request: AnyRequest,
        form: Form | None,
        status: int = 200,
        headers: dict[str, str] | None = None,
        *,
        asked: bool = False,
    ) -> Answer:
        return await page(request, "core/people/recovery.html", status=status, headers=headers, form=form, asked=asked)

    @get("/{token:str}")
    async def show(self, request: AnyRequest, token: FromPath[str]) -> Answer:
        return await _show(request, token, Purpose.RECOVERY, None)

    @post("/{token:str}")
    async def accept(self, request: AnyRequest, token: FromPath[str]) -> Answer:
        return await _accept(request, token, Purpose.RECOVERY)
