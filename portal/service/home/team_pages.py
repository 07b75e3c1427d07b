"""A manager's team: who is where, who is stuck, and one member with what can be done for her."""

from typing import Any

from litestar import Controller, Request, get, post
from litestar.params import FromPath

from certification.exams import actions as exams
from certification.exams import queries as exam_queries
from certification.rights import queries as rights
from courses.assignment import actions as assignments
from courses.assignment import queries as assigned
from courses.assignment.queries import AssignmentInfo
from courses.progress import queries as progress
from portal.core.base.clock import day_end, now
from portal.core.base.database import reading
from portal.core.base.refusals import NotFound, Refused
from portal.core.people.doorway import signed_in
from portal.core.people.policy import Capability
from portal.core.stores import queries as stores
from portal.core.stores.queries import StoreInfo
from portal.core.web import forms
from portal.core.web.forms import Form
from portal.core.web.i18n import language
from portal.core.web.pages import Answer, page
from portal.core.web.paging import Cut, cut_of, next_link, paged
from portal.service.home import queries
from portal.service.home.forms import ExtensionForm, GrantForm
from portal.service.home.rules import funnel, is_overdue, is_stuck, worst_loss

AnyRequest = Request[Any, Any, Any]
WHOLE_TEAM = Cut(limit=1000)
MOST_LISTS = 5


class TeamPages(Controller):
    """The team of the service manager who looks."""

    path = "/manage"
    opt = {"needs": Capability.SEE_TEAM}  # noqa: RUF012 - Litestar's own form

    @get()
    async def index(self, request: AnyRequest) -> Answer:
        viewer, at = signed_in(), now()
        async with reading(long=True):
            team = await queries.team_members(viewer.person_id, WHOLE_TEAM)
        stages: dict[str, int] = {}
        for one in team:
            stages[one.stage] = stages.get(one.stage, 0) + 1
        steps = funnel(stages)
        wanted = request.query_params.get("show")
        stuck = [one for one in team if is_stuck(one.journey, at)]
        overdue = [one for one in team if is_overdue(one.journey, at)]
        chosen = {"stuck": stuck, "overdue": overdue}.get(wanted or "", team)
        cut = cut_of(request)
        shown = paged([one for one in chosen if one.store_id > cut.after][: cut.fetch], cut, lambda one: one.store_id)
        return await page(
            request,
            "service/home/team.html",
            members=shown,
            total=len(team),
            stuck=stuck,
            overdue=overdue,
            wanted=wanted if wanted in ("stuck", "overdue") else None,
            steps=steps,
            worst=worst_loss(steps),
            more=next_link(request, shown),
            now=at,
        )


class MemberPages(Controller):
    """One owner, for her manager or an admin."""

    path = "/manage/stores/{external_id:str}"
    opt = {"needs": Capability.PROPOSE_VIOLATION}  # noqa: RUF012 - Litestar's own form

    @get()
    async def show(self, request: AnyRequest, external_id: FromPath[str]) -> Answer:
        return await _show(request, external_id)

    @post("/reminders")
    async def remind(self, request: AnyRequest, external_id: FromPath[str]) -> Answer:
        _, given = await _given(request, external_id)

        async def act() -> str:
            await assignments.remind(signed_in(), given.id, now())
            return f"/manage/stores/{external_id}"

        try:
            return await forms.once(request, act, "home.toast.reminded")
        except Refused as refused:
            return await _show(request, external_id, refused=refused)

    @post("/extensions")
    async def extend(self, request: AnyRequest, external_id: FromPath[str]) -> Answer:
        form, given = await _given(request, external_id)
        data = form.into(ExtensionForm)
        if data is None:
            return await _show(request, external_id, form=form, which="extension")
        wanted = data

        async def act() -> str:
            await assignments.extend(signed_in().actor, given.id, day_end(wanted.due_on), wanted.reason, now())
            return f"/manage/stores/{external_id}"

        try:
            return await forms.once(request, act, "home.toast.extended")
        except Refused as refused:
            form.refuse(refused, "due_on")
            return await _show(request, external_id, form=form, which="extension")

    @post("/attempts")
    async def grant(self, request: AnyRequest, external_id: FromPath[str]) -> Answer:
        form, given = await _given(request, external_id)
        data = form.into(GrantForm)
        if data is None:
            return await _show(request, external_id, form=form, which="grant")
        wanted = data

        async def act() -> str:
            await exams.grant_attempt(signed_in().actor, given.id, wanted.reason, now())
            return f"/manage/stores/{external_id}"

        try:
            return await forms.once(request, act, "home.toast.granted")
        except Refused as refused:
            form.refuse(refused, "reason")
            return await _show(request, external_id, form=form, which="grant")


async def _reachable(external_id: str) -> StoreInfo:
    """A store in her team, or any for those who see all. Raises NotFound. Call inside a door."""
    viewer = signed_in()
    store = await stores.store_by_external_id(external_id)
    if store is None:
        raise NotFound
    if viewer.may(Capability.SEE_ALL) or store.manager_id == viewer.person_id:
        return store
    raise NotFound


async def _given(request: AnyRequest, external_id: str) -> tuple[Form, AssignmentInfo]:
    """The form sent and the member's assignment that it names. Raises NotFound for anybody else's."""
    form = await forms.read(request)
    named = form.value("assignment")
    async with reading():
        store = await _reachable(external_id)
        given = await assigned.own_assignment(store.owner_id, int(named)) if named.isdigit() else None
    if given is None:
        raise NotFound
    return form, given


async def _show(
    request: AnyRequest,
    external_id: str,
    *,
    form: Form | None = None,
    which: str | None = None,
    refused: Refused | None = None,
) -> Answer:
    at = now()
    async with reading():
        store = await _reachable(external_id)
        standing = await rights.standing_of(store, at)
        checklists = await progress.open_checklists(store.owner_id, language(), MOST_LISTS)
        attempts = await exam_queries.attempts_of_all(one.assignment.id for one in checklists)
    return await page(
        request,
        "service/home/member.html",
        status=422 if form is not None else 409 if refused is not None else 200,
        store=store,
        standing=standing,
        decision=standing.decision,
        checklists=checklists,
        attempts=attempts,
        refused=refused,
        extension_form=form if which == "extension" else None,
        grant_form=form if which == "grant" else None,
        now=at,
    )


ROUTES = [TeamPages, MemberPages]
