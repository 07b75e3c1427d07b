"""A violation's own page: the owner appeals there; somebody without a part in it decides on the other side."""

from typing import Any

from litestar import Controller, Request, get, post
from litestar.params import FromPath
from litestar.response import Response

from certification.rights import appeals, slots
from certification.rights.appeal_rules import LEAST_APPEAL_DAYS, MOST_APPEAL_DAYS
from certification.rights.appeals import Objection
from certification.rights.forms import AppealDaysForm, AppealForm, AppealVerdictForm
from courses.catalogue import photos
from courses.catalogue.media import sent_file
from portal.core.base import site_settings
from portal.core.base.clock import now
from portal.core.base.database import reading
from portal.core.base.refusals import NotFound, Refused
from portal.core.people.doorway import signed_in
from portal.core.people.policy import Capability
from portal.core.web import forms
from portal.core.web.forms import Form
from portal.core.web.pages import Answer, page

AnyRequest = Request[Any, Any, Any]
CACHING = "private, no-cache"


async def _own(violation_id: int) -> Objection:
    """A confirmed violation of hers. Raises NotFound; what nobody confirmed is not told to her."""
    async with reading():
        found = await appeals.objection(violation_id)
    if found.store.owner_id != signed_in().person_id or found.violation.state != "confirmed":
        raise NotFound
    return found


async def _judged(violation_id: int) -> Objection:
    """A violation with an appeal, never of her own store. Raises NotFound."""
    async with reading():
        found = await appeals.objection(violation_id)
    if found.appeal is None or found.store.owner_id == signed_in().person_id:
        raise NotFound
    return found


class OwnViolationPages(Controller):
    """`/right/violations/{id}`: what it says, and her appeal."""

    path = "/right/violations/{violation_id:int}"
    opt = {"needs": Capability.SHARE}  # noqa: RUF012 - Litestar's own form

    @get()
    async def show(self, request: AnyRequest, violation_id: FromPath[int]) -> Answer:
        return await _page(request, await _own(violation_id))

    @post("/appeal")
    async def appeal(self, request: AnyRequest, violation_id: FromPath[int]) -> Answer:
        found, form = await _own(violation_id), await forms.read(request)
        data = form.into(AppealForm)
        if data is None:
            return await _page(request, found, form)
        text = data.text
        try:
            kept = await photos.keep(await photos.uploads(request))

            async def act() -> str:
                await appeals.appeal(signed_in(), violation_id, text, kept, now())
                return f"/right/violations/{violation_id}"

            return await forms.once(request, act, "rights.toast.appealed")
        except Refused as refused:
            form.refuse(refused, "text")
            return await _page(request, await _own(violation_id), form, refused.status)

    @get("/photos/{number:int}")
    async def photo(self, request: AnyRequest, violation_id: FromPath[int], number: FromPath[int]) -> Response[Any]:
        return await _photo(request, await _own(violation_id), number)


class AppealPages(Controller):
    """`/admin/violations/{id}/appeal`: the decision, by somebody else."""

    path = "/admin/violations/{violation_id:int}/appeal"
    opt = {"needs": Capability.DECIDE_VIOLATION}  # noqa: RUF012 - Litestar's own form

    @get()
    async def show(self, request: AnyRequest, violation_id: FromPath[int]) -> Answer:
        return await _page(request, await _judged(violation_id), judging=True)

    @post("/decision")
    async def decide(self, request: AnyRequest, violation_id: FromPath[int]) -> Answer:
        found, form = await _judged(violation_id), await forms.read(request)
        data = form.into(AppealVerdictForm)
        if data is None:
            return await _page(request, found, form, judging=True)
        upheld, reason = data.verdict == "upheld", data.reason

        async def act() -> str:
            await appeals.decide(signed_in(), violation_id, upheld=upheld, reason=reason, at=now())
            return f"/admin/violations/{violation_id}/appeal"

        try:
            return await forms.once(request, act, "rights.toast.decided")
        except Refused as refused:
            form.refuse(refused, "reason")
            return await _page(request, await _judged(violation_id), form, refused.status, judging=True)

    @get("/photos/{number:int}")
    async def photo(self, request: AnyRequest, violation_id: FromPath[int], number: FromPath[int]) -> Response[Any]:
        return await _photo(request, await _judged(violation_id), number)


class AppealDaysPages(Controller):
    """`/admin/appeals/days`: for how many days owners may appeal."""

    path = "/admin/appeals/days"
    opt = {"needs": Capability.OVERRIDE_GATE}  # noqa: RUF012 - Litestar's own form

    @get()
    async def show(self, request: AnyRequest) -> Answer:
        async with reading():
            given = await appeals.days()
        return await _days_page(request, forms.blank({"days": given}), 200)

    @post()
    async def change(self, request: AnyRequest) -> Answer:
        form = await forms.read(request)
        data = form.into(AppealDaysForm)
        if data is None:
            return await _days_page(request, form, 422)
        wanted = data.days

        async def act() -> str:
            await site_settings.change(signed_in().actor, appeals.DAYS, str(wanted), now())
            return "/admin/proposals"

        return await forms.once(request, act, "rights.toast.days")


async def _days_page(request: AnyRequest, form: Form, status: int) -> Answer:
    least, most = LEAST_APPEAL_DAYS, MOST_APPEAL_DAYS
    return await page(
        request, "certification/rights/appeal_days.html", status=status, form=form, least=least, most=most
    )


async def _page(
    request: AnyRequest, found: Objection, form: Form | None = None, status: int = 422, *, judging: bool = False
) -> Answer:
    at, viewer = now(), signed_in()
    async with reading():
        pictures = await appeals.photos_of(found.appeal.id) if found.appeal else []
        because = await slots.ways_of([found.violation.id])
    return await page(
        request,
        "certification/rights/judged.html" if judging else "certification/rights/appeal.html",
        status=status if form is not None else 200,
        found=found,
        no=found.no(at),
        pictures=pictures,
        because=because.get(found.violation.id),
        may_judge=judging and found.may_judge(viewer.person_id),
        most=photos.MOST_PHOTOS,
        form=form,
        now=at,
    )


async def _photo(request: AnyRequest, found: Objection, number: int) -> Response[Any]:
    async with reading():
        pictures = await appeals.photos_of(found.appeal.id) if found.appeal else []
    if not 1 <= number <= len(pictures):
        raise NotFound
    return await sent_file(request, pictures[number - 1], CACHING)


ROUTES: list[Any] = [OwnViolationPages, AppealPages, AppealDaysPages]
