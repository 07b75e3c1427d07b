"""Groups: a manager makes hers within her team, admins see to all of them."""

from typing import Any

from litestar import Controller, Request, get, post
from litestar.params import FromPath

from portal.core.base.clock import now
from portal.core.base.database import reading
from portal.core.base.refusals import NotFound
from portal.core.people.doorway import signed_in
from portal.core.people.policy import Capability
from portal.core.stores import groups
from portal.core.stores.forms import GroupForm, MembersForm
from portal.core.stores.groups import GroupInfo
from portal.core.stores.pages import searched
from portal.core.web import forms
from portal.core.web.forms import Form
from portal.core.web.pages import Answer, page
from portal.core.web.paging import cut_of, next_link

AnyRequest = Request[Any, Any, Any]
MANAGER_ROOT = "/manage/groups"
ADMIN_ROOT = "/admin/groups"


class _GroupPages(Controller):
    """What managers and admins have in common; `path` says whose groups are reached."""

    @get()
    async def index(self, request: AnyRequest) -> Answer:
        return await _index_page(request, self.path, None)

    @post()
    async def make(self, request: AnyRequest) -> Answer:
        form = await forms.read(request)
        data = form.into(GroupForm)
        if data is None:
            return await _index_page(request, self.path, form)

        async def act() -> str:
            made = await groups.make_group(signed_in().actor, data.name, _whose(self.path), now())
            return f"{self.path}/{made}"

        return await forms.once(request, act, "stores.toast.group_made")

    @get("/{group_id:int}")
    async def show(self, request: AnyRequest, group_id: FromPath[int]) -> Answer:
        return await _show_page(request, self.path, group_id, None)

    @post("/{group_id:int}/members")
    async def add(self, request: AnyRequest, group_id: FromPath[int]) -> Answer:
        form = await forms.read(request)
        data = form.into(MembersForm)
        if data is None:
            return await _show_page(request, self.path, group_id, form)

        async def act() -> str:
            group = await _group(self.path, group_id)
            await groups.add_members(signed_in().actor, group, data.person, now())
            return f"{self.path}/{group_id}"

        return await forms.once(request, act, "stores.toast.members_added")

    @post("/{group_id:int}/members/{person_id:int}/removal")
    async def remove(self, request: AnyRequest, group_id: FromPath[int], person_id: FromPath[int]) -> Answer:
        async def act() -> str:
            group = await _group(self.path, group_id)
            await groups.remove_member(signed_in().actor, group, person_id, now())
            return f"{self.path}/{group_id}"

        return await forms.once(request, act, "stores.toast.member_removed")

    @post("/{group_id:int}/ending")
    async def end(self, request: AnyRequest, group_id: FromPath[int]) -> Answer:
        async def act() -> str:
            group = await _group(self.path, group_id)
            await groups.end_group(signed_in().actor, group.id, now())
            return str(self.path)

        return await forms.once(request, act, "stores.toast.group_ended")


class ManagerGroupPages(_GroupPages):
    """A manager's own groups."""

    path = MANAGER_ROOT
    opt = {"needs": Capability.SEE_TEAM}  # noqa: RUF012 - Litestar's own form


class AdminGroupPages(_GroupPages):
    """Everybody's groups; those that an admin makes are the admins'."""

    path = ADMIN_ROOT
    opt = {"needs": Capability.MANAGE_STORES}  # noqa: RUF012 - Litestar's own form


def _whose(root: str) -> int | None:
    """Whose groups are reached from here: the manager's own, or everybody's (None)."""
    return signed_in().person_id if root == MANAGER_ROOT else None


async def _group(root: str, group_id: int) -> GroupInfo:
    """A group that the viewer may see to. Raises NotFound."""
    group, whose = await groups.group(group_id), _whose(root)
    if group is None or (whose is not None and group.manager_id != whose):
        raise NotFound
    return group


async def _index_page(request: AnyRequest, root: str, form: Form | None) -> Answer:
    async with reading():
        listed = await groups.groups(cut_of(request), _whose(root))
        return await page(
            request,
            "core/stores/groups.html",
            root=root,
            groups=listed.items,
            form=form,
            more=next_link(request, listed),
            first="after" not in request.query_params,
            status=200 if form is None else 422,
        )


async def _show_page(request: AnyRequest, root: str, group_id: int, form: Form | None) -> Answer:
    search = searched(request)
    async with reading():
        group = await _group(root, group_id)
        members = await groups.members(group_id, cut_of(request))
        candidates = await groups.candidates(group, search or None)
        return await page(
            request,
            "core/stores/group.html",
            root=root,
            group=group,
            members=members.items,
            candidates=[(one.person_id, one.name, one.store) for one in candidates],
            search=search,
            form=form,
            more=next_link(request, members),
            first="after" not in request.query_params,
            status=200 if form is None else 422,
        )


ROUTES: list[Any] = [AdminGroupPages, ManagerGroupPages]
