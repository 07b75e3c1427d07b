"""`/admin/stars/appeals`: objections of owners and their decision; `/admin/star-criteria`: versions of the criteria."""

from typing import Any

from litestar import Controller, Request, get, post
from litestar.params import FromPath

from portal.core.base.clock import now
from portal.core.base.database import reading
from portal.core.base.refusals import Forbidden, NotFound, Refused
from portal.core.people.doorway import signed_in
from portal.core.people.policy import Capability
from portal.core.web import forms
from portal.core.web.forms import Form
from portal.core.web.pages import Answer, page
from portal.core.web.paging import cut_of, next_link
from portal.core.web.viewer import Viewer
from portal.service.stars import appeals, queries, setting, shows
from portal.service.stars.appeals import HOME
from portal.service.stars.criteria import STARS, Metric
from portal.service.stars.forms import CAPS, DecisionForm, VersionForm, criteria_of, values_of
from portal.service.stars.spans import month_after, month_of

AnyRequest = Request[Any, Any, Any]


class JudgePages(Controller):
    """For who reviews; never one's own, nor a month that one has published."""

    path = HOME
    opt = {"needs": Capability.REVIEW_AWARDS}  # noqa: RUF012 - Litestar's own form

    @get()
    async def index(self, request: AnyRequest) -> Answer:
        decided = request.query_params.get("show") == "decided"
        async with reading():
            found = await appeals.listed(cut_of(request), still_open=not decided)
        return await page(
            request,
            "service/stars/appeals.html",
            found=found,
            decided=decided,
            more=next_link(request, found),
            first="after" not in request.query_params,
        )

    @get("/{appeal_id:int}")
    async def show(self, request: AnyRequest, appeal_id: FromPath[int]) -> Answer:
        return await _appeal(request, signed_in(), appeal_id, None)

    @post("/{appeal_id:int}/review")
    async def take(self, request: AnyRequest, appeal_id: FromPath[int]) -> Answer:
        viewer, at = signed_in(), now()

        async def act() -> str:
            await appeals.take(viewer.actor, viewer.person_id, _id(appeal_id), at)
            return f"{HOME}/{appeal_id}"

        return await forms.once(request, act, "stars.toast.looking")

    @post("/{appeal_id:int}/decision")
    async def decide(self, request: AnyRequest, appeal_id: FromPath[int]) -> Answer:
        viewer, at, form = signed_in(), now(), await forms.read(request)
        data = form.into(DecisionForm)
        if data is None:
            return await _appeal(request, viewer, appeal_id, form, 422)
        decision = data.made()

        async def act() -> str:
            await appeals.decide(viewer.actor, viewer.person_id, _id(appeal_id), decision, at)
            return f"{HOME}/{appeal_id}"

        try:
            return await forms.once(request, act, "stars.toast.decided")
        except (Forbidden, NotFound):
            raise
        except Refused as refused:
            form.refuse(refused, "reason")
            return await _appeal(request, viewer, appeal_id, form, refused.status)


def _id(given: int) -> int:
    if not 0 < given < queries.BEYOND:
        raise NotFound
    return given


async def _appeal(request: AnyRequest, viewer: Viewer, appeal_id: int, form: Form | None, status: int = 200) -> Answer:
    async with reading():
        info = await appeals.appeal(_id(appeal_id))
        if info is None:
            raise NotFound
        no = await appeals.no_of(viewer.person_id, info)
        found = await queries.explained_by_id(info.result_id)
        current = await queries.explained(info.month, info.store_id)
    return await page(
        request,
        "service/stars/judge.html",
        status=status,
        info=info,
        no=no,
        found=found,
        current=current,
        base=f"/admin/stars/{info.month}/{info.store_id}",
        metrics=list(Metric),
        form=form,
        amount=shows.amount,
        points=shows.points,
    )


class CriteriaPages(Controller):
    """What owners are starred by, version by version; a new one begins with a month that has not begun."""

    path = setting.WAY
    opt = {"needs": Capability.SET_CRITERIA}  # noqa: RUF012 - Litestar's own form

    @get()
    async def show(self, request: AnyRequest) -> Answer:
        return await _criteria(request, None)

    @post()
    async def change(self, request: AnyRequest) -> Answer:
        viewer, at, form = signed_in(), now(), await forms.read(request)
        data = form.into(VersionForm)
        wanted = criteria_of(form)
        if data is None or form.faults:
            return await _criteria(request, form, 422)
        given = data

        async def act() -> str:
            await setting.set_criteria(
                viewer.actor, viewer.person_id, wanted, given.since, given.reason, given.seen, at
            )
            return setting.WAY

        try:
            return await forms.once(request, act, "stars.toast.criteria")
        except Refused as refused:
            form.refuse(Refused(refused.code, refused.params, field=refused.field), "reason")
            return await _criteria(request, form, refused.status)


async def _criteria(request: AnyRequest, form: Form | None, status: int = 200) -> Answer:
    at = now()
    async with reading():
        versions = await setting.versions()
    if form is None:
        newest = versions[0]
        values = values_of(newest.criteria)
        form = forms.blank({**values, "since": month_after(month_of(at)), "seen": newest.number})
    return await page(
        request,
        "service/stars/set_criteria.html",
        status=status,
        versions=versions,
        metrics=list(Metric),
        stars=STARS,
        caps=range(CAPS),
        form=form,
    )


ROUTES: list[Any] = [JudgePages, CriteriaPages]
