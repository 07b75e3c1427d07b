"""`/desk/grants`: every fen by day, agent, kind and goods; `/desk/grant-reviews`: the sample looked at again."""

import re
from collections.abc import AsyncIterator
from typing import Any
from urllib.parse import urlencode

from litestar import Controller, Request, get, post
from litestar.params import FromPath
from litestar.response import Response, Stream

from portal.core.base import audit
from portal.core.base.clock import local, now
from portal.core.base.database import reading, writing
from portal.core.base.refusals import NotFound, Refused
from portal.core.people.doorway import signed_in
from portal.core.people.policy import Capability
from portal.core.web import forms
from portal.core.web.format import masked_name
from portal.core.web.forms import Form
from portal.core.web.i18n import t
from portal.core.web.pages import Answer, page
from portal.core.web.paging import cut_of, next_link
from portal.core.web.sheets import Rows, download_parts, money
from portal.core.web.viewer import Viewer
from portal.service.compensations import ledger, queries, reviews
from portal.service.compensations.actions import required
from portal.service.compensations.forms import ReviewForm
from portal.service.compensations.ledger import BY, Wanted
from portal.service.compensations.queries import GrantInfo
from portal.service.compensations.rules import Finding, Kind, Paid
from portal.service.complaints import faces
from portal.service.complaints import queries as complaints

AnyRequest = Request[Any, Any, Any]
MONTH = re.compile(r"20\d\d-(0[1-9]|1[0-2])")
COLUMNS = (
    "day",
    "ref",
    "complaint",
    "order",
    "buyer",
    "agent",
    "kind",
    "category",
    "amount",
    "value",
    "alone",
    "state",
    "granted_at",
    "paid_at",
    "payment_ref",
)


def sees_all(viewer: Viewer) -> bool:
    """Leads and admins see everybody's grants, agents their own."""
    return viewer.may(Capability.APPROVE_COMPENSATION)


def wanted_of(request: AnyRequest, viewer: Viewer) -> Wanted:
    """Which grants the address asks for; nonsense is this month, everything."""
    asked = request.query_params
    month = asked.get("month", "")
    kind, agent = asked.get("kind", ""), asked.get("agent", "")
    named = int(agent) if agent.isascii() and agent.isdigit() and len(agent) < 18 else None
    return Wanted(
        month if MONTH.fullmatch(month) else ledger.month_of(now()),
        named if sees_all(viewer) else viewer.person_id,
        Kind(kind) if kind in set(Kind) else None,
    )


def query_of(wanted: Wanted, viewer: Viewer) -> str:
    asked = {"month": wanted.month}
    if wanted.kind:
        asked["kind"] = str(wanted.kind)
    if wanted.agent_id is not None and sees_all(viewer):
        asked["agent"] = str(wanted.agent_id)
    return urlencode(asked)


class GrantPages(Controller):
    """The books of what the desk gives."""

    path = "/desk/grants"
    opt = {"needs": Capability.SEE_COMPLAINTS}  # noqa: RUF012 - Litestar's own form

    @get()
    async def index(self, request: AnyRequest) -> Answer:
        viewer = signed_in()
        wanted = wanted_of(request, viewer)
        by = request.query_params.get("by", "day")
        by = by if by in BY else "day"
        async with reading(long=True):
            found = await ledger.listed(wanted, cut_of(request))
            totals = await ledger.totals(by, wanted)
            total = await ledger.total(wanted)
        return await page(
            request,
            "service/compensations/grants.html",
            found=found.items,
            totals=totals,
            most=max([each.value_fen for each in totals], default=0) or 1,
            total=total,
            wanted=wanted,
            by=by,
            ways=list(BY),
            kinds=[Kind.REFUND, Kind.VOUCHER, Kind.REPLACE],
            all=sees_all(viewer),
            months=ledger.months_shown(now(), wanted.month),
            reviews=viewer.may(Capability.REVIEW_QUALITY),
            query=query_of(wanted, viewer),
            first="after" not in request.query_params,
            more=next_link(request, found),
        )

    @get("/{name:str}")
    async def show(self, request: AnyRequest, name: FromPath[str]) -> Answer | Stream | Response[bytes]:
        viewer = signed_in()
        if name in ("grants.csv", "grants.xlsx"):
            return await _file(wanted_of(request, viewer), name.rpartition(".")[2], viewer)
        async with reading():
            grant = await queries.grant(name[:40])
            if grant is None or not (sees_all(viewer) or grant.agent_id == viewer.person_id):
                raise NotFound
            made = await required(grant.proposal_ref)
            said = await queries.approvals_of([made.id])
            judged = await reviews.of_grant(grant.id)
        return await page(
            request, "service/compensations/grant.html", grant=grant, made=made, said=said, judged=judged, now=now()
        )


async def _file(wanted: Wanted, ending: str, viewer: Viewer) -> Stream | Response[bytes]:
    at = now()
    async with writing():
        facts = {"month": wanted.month, "agent": wanted.agent_id, "kind": wanted.kind}
        await audit.record(viewer.actor, "compensation.exported", ("person", viewer.person_id), at, facts)
    head: Rows = [[t(f"compensations.column.{name}") for name in COLUMNS]]
    words = {str(kind): t(f"compensations.kind.{kind}") for kind in Kind}
    words |= {state: t(f"compensations.paid.{state}") for state in Paid}
    words |= {"True": t("compensations.grants.alone"), "False": t("compensations.grants.others")}
    name = f"grants-{wanted.month}.{ending}"
    return await download_parts(name, t("compensations.grants.title"), _parts(head, words, wanted))


async def _parts(head: Rows, words: dict[str, str], wanted: Wanted) -> AsyncIterator[Rows]:
    yield head
    async for part in ledger.parts(wanted):
        yield [
            [
                *_cells(each),
                words[each.kind],
                each.category,
                money(each.amount_fen),
                money(each.value_fen),
                words[str(each.alone)],
                words[each.state],
                *_times(each),
            ]
            for each in part
        ]


def _cells(each: GrantInfo) -> list[Any]:
    buyer = masked_name(each.vip_name)
    return [each.day, each.ref, each.complaint_ref, each.order_number, buyer, each.agent_name]


def _times(each: GrantInfo) -> list[Any]:
    paid = local(each.paid_at).strftime("%Y-%m-%d %H:%M") if each.paid_at else None
    return [local(each.granted_at).strftime("%Y-%m-%d %H:%M"), paid, each.payment_ref]


class ReviewPages(Controller):
    """The monthly sample: judged by somebody who neither made nor approved it."""

    path = "/desk/grant-reviews"
    opt = {"needs": Capability.REVIEW_QUALITY}  # noqa: RUF012 - Litestar's own form

    @get()
    async def index(self, request: AnyRequest) -> Answer:
        only_open = request.query_params.get("show") != "all"
        async with reading():
            found = await reviews.reviews(cut_of(request), only_open=only_open)
            months = await reviews.months()
        return await page(
            request,
            "service/compensations/reviews.html",
            found=found.items,
            months=months,
            findings=list(Finding),
            only_open=only_open,
            first="after" not in request.query_params,
            more=next_link(request, found),
        )

    @get("/{review_id:int}")
    async def show(self, request: AnyRequest, review_id: FromPath[int]) -> Answer:
        return await _review(request, review_id, None)

    @post("/{review_id:int}")
    async def judge(self, request: AnyRequest, review_id: FromPath[int]) -> Answer:
        form, viewer, at = await forms.read(request), signed_in(), now()
        data = form.into(ReviewForm)
        if data is None:
            return await _review(request, review_id, form, 422)
        found, note = data.found, data.note

        async def act() -> str:
            await reviews.judge(viewer.actor, viewer.person_id, review_id, found, note, at)
            return "/desk/grant-reviews"

        try:
            return await forms.once(request, act, "compensations.toast.reviewed")
        except NotFound:
            raise
        except Refused as refused:
            form.refuse(Refused(refused.code, refused.params, field=refused.field), "found")
            return await _review(request, review_id, form, refused.status)


async def _review(request: AnyRequest, review_id: int, form: Form | None, status: int = 200) -> Answer:
    async with reading():
        drawn = await reviews.review(review_id)
        made = await queries.proposal_by_id(drawn.proposal_id)
        info = await complaints.by_id(drawn.complaint_id)
        assert info is not None
        assert made is not None
        said = await queries.approvals_of([made.id])
        no = await reviews.no_of(signed_in().person_id, drawn)
        goods = await faces.goods(info.id)
        paid = await queries.paid_for(info.id)
    return await page(
        request,
        "service/compensations/review.html",
        status=status,
        drawn=drawn,
        made=made,
        info=info,
        said=said,
        no=no,
        goods=goods,
        paid=paid,
        findings=list(Finding),
        form=form,
        now=now(),
    )


ROUTES: list[Any] = [GrantPages, ReviewPages]
