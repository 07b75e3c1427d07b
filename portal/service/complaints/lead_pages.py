"""`/desk/load`: who carries how much, every running complaint, and moving them with a reason."""

from typing import Any

from litestar import Controller, Request, get, post
from litestar.params import FromPath

from portal.core.base.clock import now
from portal.core.base.database import reading
from portal.core.base.refusals import Refused
from portal.core.people.doorway import signed_in
from portal.core.people.policy import Capability
from portal.core.web import forms
from portal.core.web.forms import Form
from portal.core.web.pages import Answer, page
from portal.core.web.paging import cut_of, next_link
from portal.service.complaints import desk_queries, lead_queries, moving
from portal.service.complaints.desk_forms import MovesForm
from portal.service.complaints.desk_pages import rows_of
from portal.service.complaints.desk_rules import MOST_MOVED, Show
from portal.service.complaints.lead_queries import Wanted
from portal.service.complaints.rules import OPEN_STATES, Function, State
from portal.service.roster import queries as roster

AnyRequest = Request[Any, Any, Any]
HOME = "/desk/load"
JOB = "service/complaints/_lead_job.html"
PAGE = 50


class LeadPages(Controller):
    """The desk lead's view."""

    path = HOME
    opt = {"needs": Capability.LEAD_DESK}  # noqa: RUF012 - Litestar's own form

    @get()
    async def index(self, request: AnyRequest) -> Answer:
        viewer, at = signed_in(), now()
        async with reading():
            loads = await lead_queries.loads(at)
            queue = (await desk_queries.counts(viewer.person_id)).of[Show.QUEUE]
            overdue = await lead_queries.overdue()
        return await page(
            request,
            "service/complaints/lead_load.html",
            loads=loads,
            queue=queue,
            overdue=overdue,
            names={load.agent.person_id: load.agent.name for load in loads},
            now=at,
        )

    @get("/running")
    async def running(self, request: AnyRequest) -> Answer:
        return await _running(request)

    @post("/moves")
    async def move(self, request: AnyRequest) -> Answer:
        form, viewer = await forms.read(request), signed_in()
        data = form.into(MovesForm)
        if data is None:
            return await _running(request, form, 422)
        wanted = data

        async def act() -> str:
            chosen = await moving.all_of(wanted.all_of) if wanted.all_of is not None else wanted.complaints
            if not chosen:
                raise Refused("moves_none", field="complaints", status=422)
            return f"{HOME}/moves/{await moving.order_move(viewer, chosen, wanted.to, wanted.reason, now())}"

        try:
            return await forms.once(request, act)
        except Refused as refused:
            form.refuse(refused, "complaints")
            return await _running(request, form, refused.status)

    @get("/moves/{job_id:int}")
    async def moved(self, request: AnyRequest, job_id: FromPath[int]) -> Answer:
        async with reading():
            job = await moving.move_info(signed_in(), job_id)
        return await page(request, "service/complaints/lead_job.html", fragments=(JOB,), job=job)


def _wanted(request: AnyRequest) -> Wanted:
    query = request.query_params
    agent, function, state = (query.get(name, "") for name in ("agent", "function", "state"))
    return Wanted(
        int(agent) if agent.isascii() and agent.isdigit() and len(agent) < 18 else None,
        Function(function) if function in set(Function) else None,
        State(state) if state in OPEN_STATES else None,
        query.get("broken") == "yes",
    )


async def _running(request: AnyRequest, form: Form | None = None, status: int = 200) -> Answer:
    viewer, at, wanted = signed_in(), now(), _wanted(request)
    async with reading():
        found = await lead_queries.running(wanted, cut_of(request, PAGE), at)
        crew = await roster.candidates(at)
        rows = await rows_of(viewer, found, at)
    return await page(
        request,
        "service/complaints/lead_running.html",
        status=status,
        wanted=wanted,
        crew=crew,
        functions=list(Function),
        states=[state for state in State if state in OPEN_STATES],
        movable=[one for one in crew if one.certified and not one.away and one.person_id != wanted.agent_id],
        most=MOST_MOVED,
        first="after" not in request.query_params,
        more=next_link(request, found),
        form=form,
        **rows,
    )


ROUTES: list[Any] = [LeadPages]
