"""Giving to many: what, to whom, by when; first a look at who would get it and who not, then the job."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from litestar import Controller, Request, get, post

from courses.assignment import audience as audiences
from courses.assignment import bulk, rules
from courses.assignment.audience import Audience, Reach, SubjectInfo, reach_of
from courses.assignment.forms import AssignForm
from portal.core.base.clock import now, site_zone
from portal.core.base.database import reading
from portal.core.base.refusals import NotFound, Refused
from portal.core.people import queries as people
from portal.core.people.doorway import signed_in
from portal.core.people.rules import Role
from portal.core.stores import groups
from portal.core.web import forms
from portal.core.web.forms import Form
from portal.core.web.i18n import t
from portal.core.web.pages import Answer, page

AnyRequest = Request[Any, Any, Any]
FOLDER = "courses/assignment"


@dataclass(frozen=True, slots=True)
class Plan:
    """A form that holds, with everything it names found; `strangers` are lines that name nobody within reach."""

    subject: SubjectInfo
    audience: Audience
    due_at: datetime | None
    required: bool
    again: bool
    strangers: tuple[str, ...]


class AssignPages(Controller):
    """Assigning a curriculum or a course."""

    path = "/manage/assign"

    @get()
    async def new(self, request: AnyRequest) -> Answer:
        wanted = request.query_params.get("person", "")[:80]
        whom = {"people": wanted, "to": "people"} if wanted else {"to": "team"}
        return await _form_page(request, forms.blank({"kind": "required", **whom}), 200)

    @post("/preview")
    async def preview(self, request: AnyRequest) -> Answer:
        form, at = await forms.read(request), now()
        plan = await _plan(form, at)
        if plan is None:
            return await _form_page(request, form, 422)
        try:
            async with reading():
                reach = reach_of(signed_in())
                outcome = await audiences.preview(reach, plan.subject, plan.audience, plan.again, at)
                return await page(
                    request,
                    f"{FOLDER}/preview.html",
                    plan=plan,
                    outcome=outcome,
                    form=form,
                    due_at=plan.due_at or rules.due_after(at, plan.subject.due_days, site_zone()),
                )
        except Refused as refused:
            form.refuse(refused, "to")
            return await _form_page(request, form, 422)

    @post()
    async def assign(self, request: AnyRequest) -> Answer:
        form, at = await forms.read(request), now()
        plan = await _plan(form, at)
        if plan is None:
            return await _form_page(request, form, 422)

        async def act() -> str:
            job_id = await bulk.order_assignment(
                signed_in(),
                plan.subject.subject,
                plan.audience,
                at,
                due_at=plan.due_at,
                required=plan.required,
                again=plan.again,
            )
            return f"/manage/jobs/{job_id}"

        return await forms.once(request, act)


async def _plan(form: Form, at: datetime) -> Plan | None:
    """What the form asks for, or None with its faults noted."""
    wanted = form.into(AssignForm)
    if wanted is None:
        return None
    reach = reach_of(signed_in())
    due_at = rules.end_of_day(wanted.due_on, site_zone()) if wanted.due_on else None
    if due_at is not None and due_at <= at:
        form.add("due_on", "past")
    elif due_at is not None and due_at > at + rules.FURTHEST:
        form.add("due_on", "assignment.fault.too_far")
    try:
        async with reading():
            subject = await _subject(wanted.what)
            audience, strangers = await _audience(reach, wanted)
    except Refused as refused:
        form.refuse(refused, "to")
        return None
    if form.faults:
        return None
    return Plan(subject, audience, due_at, wanted.kind == "required", wanted.again, tuple(strangers))


def _unknown(name: str) -> Refused:
    """What was chosen is not, or no longer, among what may be chosen."""
    return Refused("assign_unknown", field=name)


async def _subject(key: str) -> SubjectInfo:
    named = audiences.read_subject(key)
    if named is None:
        raise _unknown("what")
    try:
        return await audiences.subject_info(named, signed_in().language)
    except NotFound as none:
        raise _unknown("what") from none


async def _audience(reach: Reach, wanted: AssignForm) -> tuple[Audience, list[str]]:
    """Whom the form means, as far as the viewer may name them, and the lines that name nobody. Raises Refused."""
    if wanted.to == "people":
        found, strangers = await audiences.found_people(reach, wanted.lines)
        if not found:
            raise Refused("assign_nobody", field="people")
        return Audience("people", people=tuple(sorted(set(found)))), strangers
    if wanted.to == "group":
        return Audience("group", await _group(reach, int(wanted.group or 0))), []
    if wanted.to == "team":
        manager = reach.manager_id or int(wanted.manager or 0)
        if not manager:
            raise _unknown("manager")
        return Audience("team", manager), []
    if reach.manager_id is not None or wanted.role is None:
        raise _unknown("to")
    return Audience("role", role=str(wanted.role)), []


async def _group(reach: Reach, group_id: int) -> int:
    group = await groups.group(group_id)
    if group is None or reach.manager_id not in (None, group.manager_id):
        raise _unknown("group")
    return group.id


def _named(one: SubjectInfo) -> str:
    """A curriculum and its course may have the same title."""
    whole = one.subject.version_id is not None
    return t("assignment.subject.curriculum" if whole else "assignment.subject.course", title=one.title)


async def _form_page(request: AnyRequest, form: Form, status: int) -> Answer:
    viewer = signed_in()
    reach = reach_of(viewer)
    async with reading():
        managers = await people.people_with_role(Role.MANAGER) if reach.manager_id is None else []
        return await page(
            request,
            f"{FOLDER}/new.html",
            status=status,
            form=form,
            subjects=[(one.subject.key, _named(one)) for one in await audiences.subjects(viewer.language)],
            groups=await audiences.own_groups(reach),
            managers=[(one.id, one.name) for one in managers],
            roles=[str(role) for role in Role] if reach.manager_id is None else [],
            everybody=reach.manager_id is None,
        )
