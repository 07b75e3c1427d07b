"""The admin's pages about people: find them, invite staff, give and end roles, close and open accounts."""

from collections.abc import Awaitable, Callable, Iterable
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from litestar import Controller, get, post
from litestar.params import FromPath

from portal.core.base.clock import now
from portal.core.base.database import reading
from portal.core.base.refusals import NotFound, Refused
from portal.core.base.settings import settings
from portal.core.people import actions
from portal.core.people.doorway import AnyRequest, ask_again, is_fresh, signed_in
from portal.core.people.forms import NewStaff, RoleGiven, StaffRole
from portal.core.people.policy import Capability
from portal.core.people.queries import Account, account, search_people
from portal.core.people.rules import Role
from portal.core.web.forms import Form, blank, once, read
from portal.core.web.i18n import language, t
from portal.core.web.pages import Answer, page
from portal.core.web.paging import cut_of, next_link
from portal.core.web.shapes import clean

HOME = "/admin/people"


def _own(person_id: int) -> str:
    return f"{HOME}/{person_id}"


async def _found(person_id: int) -> Account:
    async with reading():
        found = await account(person_id)
    if found is None:
        raise NotFound
    return found


def _filters(text: str, role: str) -> list[dict[str, object]]:
    """Everybody, then role by role; what was searched for stays."""
    chosen = ["", *(one.value for one in Role)]
    return [
        {
            "href": f"{HOME}?{urlencode({'q': text, 'role': one})}",
            "text": t(f"people.role.{one}" if one else "people.list.everybody"),
            "current": one == role,
        }
        for one in chosen
    ]


def _options(roles: Iterable[str]) -> list[tuple[str, str]]:
    return [(role, t(f"people.role.{role}")) for role in roles]


def _link_is_shown(person: Account) -> bool:
    """Where no mail will carry it, the admin passes the invitation on by herself."""
    return person.info.email is None or settings().smtp_url is None


class PeoplePages(Controller):
    """The list, and staff made by invitation."""

    path = HOME
    opt = {"needs": Capability.MANAGE_PEOPLE}  # noqa: RUF012 - Litestar's own form

    @get()
    async def index(self, request: AnyRequest) -> Answer:
        query = request.query_params
        text, role = clean(query.get("q", ""))[:80], query.get("role", "")
        role = role if role in set(Role) else ""
        async with reading(long=True):
            found = await search_people(cut_of(request), text, role)
        return await page(
            request,
            "core/people/index.html",
            found=found,
            more=next_link(request, found),
            q=text,
            role=role,
            filters=_filters(text, role),
            first=cut_of(request).after == 0,
        )

    @get("/new")
    async def new(self, request: AnyRequest) -> Answer:
        if not is_fresh(now()):
            return ask_again(request, f"{HOME}/new")
        return await self._new_page(request, blank({"language": language()}))

    @post("/new")
    async def make(self, request: AnyRequest) -> Answer:
        form, at = await read(request), now()
        if not is_fresh(at):
            return ask_again(request, f"{HOME}/new")
        body = form.into(NewStaff)
        if body is None:
            return await self._new_page(request, form, 422)
        try:
            return await once(request, lambda: self._make(body, at), "people.toast.invited")
        except Refused as refused:
            form.refuse(refused, "name")
            return await self._new_page(request, form, refused.status)

    async def _make(self, body: NewStaff, at: datetime) -> str:
        actor = signed_in().actor
        person_id = await actions.create_person(
            actor, name=body.name, role=body.role, at=at, email=body.email, phone=body.phone, language=body.language
        )
        await actions.invite(actor, person_id, at)
        return _own(person_id)

    async def _new_page(self, request: AnyRequest, form: Form, status: int = 200) -> Answer:
        return await page(request, "core/people/new.html", status=status, form=form, role_options=_options(StaffRole))


class PersonPages(Controller):
    """One person's account. Whatever changes it wants the admin's password anew, and is in the audit trail."""

    path = f"{HOME}/{{person_id:int}}"
    opt = {"needs": Capability.MANAGE_PEOPLE}  # noqa: RUF012 - Litestar's own form

    @get()
    async def show(self, request: AnyRequest, person_id: FromPath[int]) -> Answer:
        return await self._page(request, await _found(person_id))

    async def _page(
        self, request: AnyRequest, found: Account, form: Form | None = None, status: int = 200, link: str | None = None
    ) -> Answer:
        held = {one.role for one in found.roles}
        context: dict[str, Any] = {
            "account": found,
            "fresh": is_fresh(now()),
            "herself": signed_in().person_id == found.info.id,
            "give_options": _options(role for role in StaffRole if role not in held),
            "staff_roles": [role.value for role in StaffRole],
            "form": form,
            "link": link,
        }
        return await page(request, "core/people/show.html", status=status, **context)

    async def _change(
        self, request: AnyRequest, person_id: int, step: Callable[[datetime], Awaitable[object]], toast: str
    ) -> Answer:
        at = now()
        await _found(person_id)
        if not is_fresh(at):
            return ask_again(request, _own(person_id))

        async def act() -> str:
            await step(at)
            return _own(person_id)

        return await once(request, act, toast)

    @post("/roles")
    async def give_role(self, request: AnyRequest, person_id: FromPath[int]) -> Answer:
        form = await read(request)
        body = form.into(RoleGiven)
        if body is None:
            return await self._page(request, await _found(person_id), form, 422)

        async def step(at: datetime) -> bool:
            return await actions.grant_role(signed_in().actor, person_id, body.role, at)

        return await self._change(request, person_id, step, "people.toast.role_given")

    @post("/roles/{role:str}/removal")
    async def end_role(self, request: AnyRequest, person_id: FromPath[int], role: FromPath[str]) -> Answer:
        if role not in set(StaffRole):
            raise NotFound

        async def step(at: datetime) -> bool:
            return await actions.end_role(signed_in().actor, person_id, role, at)

        return await self._change(request, person_id, step, "people.toast.role_ended")

    @post("/closure")
    async def disable(self, request: AnyRequest, person_id: FromPath[int]) -> Answer:
        async def step(at: datetime) -> None:
            await actions.disable_person(signed_in().actor, person_id, at)

        return await self._change(request, person_id, step, "people.toast.disabled")

    @post("/reopening")
    async def restore(self, request: AnyRequest, person_id: FromPath[int]) -> Answer:
        async def step(at: datetime) -> None:
            await actions.restore_person(signed_in().actor, person_id, at)

        return await self._change(request, person_id, step, "people.toast.restored")

    @post("/second-factor/removal")
    async def end_factor(self, request: AnyRequest, person_id: FromPath[int]) -> Answer:
        async def step(at: datetime) -> bool:
            return await actions.remove_factor(signed_in().actor, person_id, at)

        return await self._change(request, person_id, step, "people.toast.factor_removed")

    @post("/invitation")
    async def invite(self, request: AnyRequest, person_id: FromPath[int]) -> Answer:
        links: list[str] = []

        async def step(at: datetime) -> None:
            links.append(await actions.invite(signed_in().actor, person_id, at))

        answer = await self._change(request, person_id, step, "people.toast.invited")
        found = await _found(person_id)
        if links and _link_is_shown(found):
            return await self._page(request, found, link=links[0])
        return answer
