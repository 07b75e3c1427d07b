"""The desk's people one by one: level, specialities, certificate, shifts and leave to come."""

from typing import Any

from litestar import Controller, Request, get, post
from litestar.params import FromPath

from portal.core.base.clock import now
from portal.core.base.database import reading
from portal.core.base.refusals import NotFound
from portal.core.people.doorway import signed_in
from portal.core.people.policy import Capability
from portal.core.web import forms
from portal.core.web.forms import Form
from portal.core.web.pages import Answer, page
from portal.core.web.paging import Page, cut_of, next_link
from portal.service.roster import actions, planned, queries, rules
from portal.service.roster.forms import ProfileForm
from portal.service.roster.rules import Span
from portal.service.roster.shift_pages import HOME, may_set

AnyRequest = Request[Any, Any, Any]


async def _show(request: AnyRequest, person_id: int, form: Form | None = None, status: int = 200) -> Answer:
    at = now()
    async with reading():
        desk = await queries.candidates(at)
        one = next((state for state in desk if state.person_id == person_id), None)
        if one is None:
            raise NotFound
        ahead = Span(at, at + rules.FURTHEST)
        shifts, leave = await planned.shifts_of(person_id, ahead), await planned.absences_of(person_id, ahead)
        rule = await queries.rule()
    return await page(
        request,
        "service/roster/agent.html",
        status=status,
        one=one,
        names={state.person_id: state.name for state in desk},
        shifts=shifts[:30],
        leave=leave,
        rule=rule,
        functions=rules.FUNCTIONS,
        languages=rules.LANGUAGES,
        most=rules.MOST_CAPACITY,
        sets=may_set(signed_in()),
        form=form,
        now=at,
    )


class AgentPages(Controller):
    """Everybody of the desk; leads set what each is good at."""

    path = f"{HOME}/agents"
    opt = {"needs": Capability.SEE_COMPLAINTS}  # noqa: RUF012 - Litestar's own form

    @get()
    async def index(self, request: AnyRequest) -> Answer:
        at, cut = now(), cut_of(request, 50)
        async with reading():
            desk = await queries.candidates(at)
        rest = [one for one in desk if one.person_id > cut.after]
        shown = rest[: cut.limit]
        found = Page(shown, shown[-1].person_id if len(rest) > cut.limit else None)
        return await page(
            request,
            "service/roster/agents.html",
            found=found,
            names={one.person_id: one.name for one in desk},
            more=next_link(request, found),
            first=not cut.after,
            now=at,
        )

    @get("/{person_id:int}")
    async def show(self, request: AnyRequest, person_id: FromPath[int]) -> Answer:
        return await _show(request, person_id)

    @post("/{person_id:int}", opt={"needs": Capability.SET_ROSTER})
    async def change(self, request: AnyRequest, person_id: FromPath[int]) -> Answer:
        viewer = signed_in()
        form = await forms.read(request)
        data = form.into(ProfileForm)
        if data is None:
            return await _show(request, person_id, form, 422)
        profile = data.profile()

        async def act() -> str:
            if not 0 < person_id < 2**62:
                raise NotFound
            await actions.set_profile(viewer.actor, person_id, profile, now())
            return f"{HOME}/agents/{person_id}"

        return await forms.once(request, act, "roster.toast.profile")


ROUTES: list[Any] = [AgentPages]
