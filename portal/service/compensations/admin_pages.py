"""`/admin/authority`: who may give how much alone, from when on; `/admin/vouchers`: the stock of codes."""

from datetime import datetime, timedelta
from typing import Any

from litestar import Controller, Request, get, post

from portal.core.base.clock import day_end, day_start, now
from portal.core.base.database import reading
from portal.core.base.refusals import Refused
from portal.core.people.doorway import signed_in
from portal.core.people.policy import Capability
from portal.core.web import forms
from portal.core.web.forms import Form
from portal.core.web.pages import Answer, page
from portal.service.compensations import authority, queries, vouchers
from portal.service.compensations.desk_pages import seen_in
from portal.service.compensations.forms import AuthorityForm, VouchersForm
from portal.service.compensations.rules import DEFAULTS, Kind
from portal.service.compensations.vouchers import MOST_FAULTS, BadLine
from portal.service.roster.rules import Level

AnyRequest = Request[Any, Any, Any]
AUTHORITY, VOUCHERS = "/admin/authority", "/admin/vouchers"


class AuthorityPages(Controller):
    """Each change is a row of its own, with its day, its author and her reason."""

    path = AUTHORITY
    opt = {"needs": Capability.SET_DESK}  # noqa: RUF012 - Litestar's own form

    @get()
    async def show(self, request: AnyRequest) -> Answer:
        return await _authority(request, None)

    @post()
    async def change(self, request: AnyRequest) -> Answer:
        form, viewer, at = await forms.read(request), signed_in(), now()
        data = form.into(AuthorityForm)
        if data is None:
            return await _authority(request, form, 422)
        wanted, reason = data.allowance(), data.reason
        since = max(day_start(data.since), at) if data.since else at
        known = seen_in(form) or 0

        async def act() -> str:
            await authority.set_authority(viewer.actor, viewer.person_id, wanted, since, reason, known, at)
            return AUTHORITY

        try:
            return await forms.once(request, act, "compensations.toast.set")
        except Refused as refused:
            form.refuse(Refused(refused.code, refused.params, field=refused.field), "limit")
            return await _authority(request, form, refused.status)


async def _authority(request: AnyRequest, form: Form | None, status: int = 200) -> Answer:
    at = now()
    async with reading():
        rows = await authority.rows()
        categories = await queries.categories()
    holding = authority.standing(rows, at)
    order = list(Level)
    holding.sort(key=lambda row: (order.index(row.allowance.level), row.allowance.category or "", str(row.id)))
    return await page(
        request,
        "service/compensations/authority.html",
        status=status,
        rows=rows,
        holding=[row for row in holding if row.allowance.limit_fen is not None],
        defaults=DEFAULTS,
        levels=order,
        kinds=[Kind.REFUND, Kind.VOUCHER, Kind.REPLACE],
        categories=categories,
        known=rows[0].id if rows else 0,
        form=form,
        now=at,
    )


class VoucherPages(Controller):
    """The codes stay hidden: they are as good as money; only sums and counts are shown."""

    path = VOUCHERS
    opt = {"needs": Capability.SET_DESK}  # noqa: RUF012 - Litestar's own form

    @get()
    async def show(self, request: AnyRequest) -> Answer:
        return await _vouchers(request, None, ())

    @post()
    async def add(self, request: AnyRequest) -> Answer:
        form, viewer, at = await _with_file(request), signed_in(), now()
        data = form.into(VouchersForm)
        if data is None:
            return await _vouchers(request, form, (), 422)
        expires_at = day_end(data.expires_on) if data.expires_on else None
        if expires_at is not None and expires_at < at + timedelta(days=1):
            form.add("expires_on", "compensations.fault.expires")
            return await _vouchers(request, form, (), 422)
        try:
            codes, bad = vouchers.read_codes(data.codes)
        except Refused as refused:
            form.refuse(refused, "codes")
            return await _vouchers(request, form, (), refused.status)
        if bad or not codes:
            form.add("codes", "compensations.fault.codes")
            return await _vouchers(request, form, bad, 422)

        async def act() -> str:
            await vouchers.take_in(viewer.actor, viewer.person_id, codes, expires_at, at)
            return VOUCHERS

        return await forms.once(request, act, "compensations.toast.codes")


async def _with_file(request: AnyRequest) -> Form:
    """The form with an uploaded list in the place of the typed one."""
    form = await forms.read(request)
    upload = form.files.get("file")
    if upload is not None:
        body = await upload.read()
        form.typed["codes"] = [body[:500_000].decode("utf-8-sig", errors="replace")]
    return form


async def _vouchers(
    request: AnyRequest, form: Form | None, bad: list[BadLine] | tuple[()], status: int = 200
) -> Answer:
    at: datetime = now()
    async with reading():
        stock = await vouchers.stock(at)
    return await page(
        request,
        "service/compensations/vouchers.html",
        status=status,
        stock=stock,
        form=form,
        bad=list(bad)[:MOST_FAULTS],
        bad_count=len(bad),
    )


ROUTES: list[Any] = [AuthorityPages, VoucherPages]
