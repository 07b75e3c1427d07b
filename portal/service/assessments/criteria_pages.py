"""`/admin/criteria`: the numbers that parties are judged by, version after version; `/standards`: the same for all."""

from itertools import pairwise
from typing import Any

from litestar import Controller, Request, get, post

from portal.core.base.clock import day_start, now
from portal.core.base.database import reading
from portal.core.base.refusals import Refused
from portal.core.people.doorway import signed_in
from portal.core.people.policy import Capability
from portal.core.web import forms
from portal.core.web.forms import Form
from portal.core.web.pages import Answer, page
from portal.service.assessments import versions
from portal.service.assessments.criteria import NAMES, differing
from portal.service.assessments.forms import CriteriaForm, criteria_of, typed
from portal.service.assessments.versions import WAY, VersionInfo

AnyRequest = Request[Any, Any, Any]


class CriteriaPages(Controller):
    """Each change is a version of its own, with its day, its author and the reason."""

    path = WAY
    opt = {"needs": Capability.SET_CRITERIA}  # noqa: RUF012 - Litestar's own form

    @get()
    async def show(self, request: AnyRequest) -> Answer:
        return await _show(request, None)

    @post()
    async def change(self, request: AnyRequest) -> Answer:
        form, viewer, at = await forms.read(request), signed_in(), now()
        data, wanted = form.into(CriteriaForm), criteria_of(form)
        if data is None or wanted is None:
            return await _show(request, form, 422)
        since = max(day_start(data.since), at) if data.since else at
        reason, known, numbers = data.words, data.seen, wanted

        async def act() -> str:
            await versions.set_criteria(viewer.actor, viewer.person_id, numbers, since, reason, known, at)
            return WAY

        try:
            return await forms.once(request, act, "assessments.toast.criteria")
        except Refused as refused:
            form.refuse(Refused(refused.code, refused.params, field=refused.field), "words")
            return await _show(request, form, refused.status)


def history(found: list[VersionInfo]) -> list[tuple[VersionInfo, list[tuple[str, int, int]]]]:
    """Each version with the numbers that it changed."""
    return [(after, differing(before.criteria, after.criteria)) for after, before in pairwise(found)]


async def _show(request: AnyRequest, form: Form | None, status: int = 200) -> Answer:
    at = now()
    async with reading():
        found = await versions.versions()
        current = await versions.in_force(at)
    return await page(
        request,
        "service/assessments/criteria.html",
        status=status,
        newest=found[0],
        current=current,
        history=history(found),
        names=NAMES,
        typed=typed(found[0].criteria),
        form=form,
        now=at,
    )


class StandardPages(Controller):
    """What suppliers and carriers are held to, for everybody."""

    path = "/standards"
    opt = {"open": True}  # noqa: RUF012 - Litestar's own form

    @get()
    async def show(self, request: AnyRequest) -> Answer:
        async with reading():
            found = await versions.versions()
            current = await versions.in_force(now())
        return await page(
            request,
            "service/assessments/standards.html",
            current=current,
            c=current.criteria,
            names=NAMES,
            history=history(found),
            now=now(),
        )


ROUTES: list[Any] = [CriteriaPages, StandardPages]
