"""Where managers and admins follow, extend, withdraw and remind. A manager reaches her team, an admin everybody."""

from typing import Any

from litestar import Controller, Request, get, post
from litestar.params import FromPath

from courses.assignment import actions, bulk, overview, queries, rules
from courses.assignment.assign_pages import FOLDER, AssignPages
from courses.assignment.audience import reach_of, reachable
from courses.assignment.forms import ExtensionForm
from portal.core.base.clock import now, site_zone
from portal.core.base.database import reading
from portal.core.base.refusals import NotFound, Refused
from portal.core.people import queries as people
from portal.core.people.doorway import signed_in
from portal.core.people.queries import LARGEST_ID
from portal.core.web import forms
from portal.core.web.forms import Form
from portal.core.web.pages import Answer, page
from portal.core.web.paging import cut_of, next_link

AnyRequest = Request[Any, Any, Any]
LIST = "/manage/assignments"


class AssignmentPages(Controller):
    """What was given, to whom, and how it stands."""

    path = LIST

    @get()
    async def index(self, request: AnyRequest) -> Answer:
        viewer, at = signed_in(), now()
        reach = reach_of(viewer)
        wanted = request.query_params.get("show", "")
        show = wanted if wanted in overview.SHOWS else overview.SHOWS[0]
        async with reading():
            lines = await overview.given_within(reach, show, cut_of(request), at)
            return await page(
                request,
                f"{FOLDER}/index.html",
                lines=lines.items,
                titles=await queries.titles([line.info for line in lines.items], viewer.language),
                overdue=await overview.overdue_within(reach, at),
                show=show,
                shows=overview.SHOWS,
                more=next_link(request, lines),
                at=at,
            )

    @get("/{assignment_id:int}")
    async def show(self, request: AnyRequest, assignment_id: FromPath[int]) -> Answer:
        return await _show(request, assignment_id)

    @post("/{assignment_id:int}/reminders")
    async def remind(self, request: AnyRequest, assignment_id: FromPath[int]) -> Answer:
        async def act() -> str:
            await actions.remind(signed_in(), assignment_id, now())
            return f"{LIST}/{assignment_id}"

        return await _try(request, assignment_id, act, "assignment.toast.reminded")

    @post("/{assignment_id:int}/cancellation")
    async def cancel(self, request: AnyRequest, assignment_id: FromPath[int]) -> Answer:
        async def act() -> str:
            given = await reachable(reach_of(signed_in()), assignment_id)
            await actions.cancel(signed_in().actor, given.id, now())
            return f"{LIST}/{assignment_id}"

        return await _try(request, assignment_id, act, "assignment.toast.cancelled")

    @post("/{assignment_id:int}/extensions")
    async def extend(self, request: AnyRequest, assignment_id: FromPath[int]) -> Answer:
        form, at = await forms.read(request), now()
        wanted = form.into(ExtensionForm)
        if wanted is None:
            return await _show(request, assignment_id, form)
        due_at, reason = rules.end_of_day(wanted.due_on, site_zone()), wanted.reason
        if due_at > at + rules.FURTHEST:
            form.add("due_on", "assignment.fault.too_far")
            return await _show(request, assignment_id, form)

        async def act() -> str:
            given = await reachable(reach_of(signed_in()), assignment_id)
            await actions.extend(signed_in().actor, given.id, due_at, reason, at)
            return f"{LIST}/{assignment_id}"

        return await _try(request, assignment_id, act, "assignment.toast.extended", form)


class ReminderPages(Controller):
    """Reminding everybody who is late, at once."""

    path = "/manage/reminders"

    @post()
    async def remind_all(self, request: AnyRequest) -> Answer:
        async def act() -> str:
            return f"/manage/jobs/{await bulk.order_reminders(signed_in(), now())}"

        return await forms.once(request, act)


class JobPages(Controller):
    """How far a bulk is, and what came of it: the page of whoever ordered it, nobody else's."""

    path = "/manage/jobs/{job_id:int}"

    @get()
    async def show(self, request: AnyRequest, job_id: FromPath[int]) -> Answer:
        if not 0 < job_id <= LARGEST_ID:
            raise NotFound
        viewer = signed_in()
        reach_of(viewer)
        async with reading():
            job = await bulk.job_info(viewer, job_id)
            names = await people.people([person for person, _ in job.report.who])
            return await page(
                request,
                f"{FOLDER}/job.html",
                fragments=(f"{FOLDER}/_job.html",),
                job=job,
                names={one.id: one.name for one in names.values()},
                reasons=list(rules.Skip),
            )


async def _try(request: AnyRequest, assignment_id: int, act: Any, toast: str, form: Form | None = None) -> Answer:
    """Act once; a rule's no stands on the assignment's own page."""
    try:
        return await forms.once(request, act, toast)
    except Refused as refused:
        if refused.status != 409:
            raise
        form = form or Form()
        form.refuse(refused, "")
        return await _show(request, assignment_id, form, 409)


async def _show(request: AnyRequest, assignment_id: int, form: Form | None = None, status: int = 422) -> Answer:
    viewer, at = signed_in(), now()
    reach = reach_of(viewer)
    async with reading():
        given = await reachable(reach, assignment_id)
        person = await people.person(given.person_id)
        titles = await queries.titles([given], viewer.language)
        return await page(
            request,
            f"{FOLDER}/show.html",
            status=status if form is not None else 200,
            given=given,
            name=person.name if person is not None else "",
            title=titles.get(given.id, ""),
            extensions=await queries.extensions_of(given.id),
            form=form,
            at=at,
        )


ROUTES: list[Any] = [AssignPages, AssignmentPages, JobPages, ReminderPages]
