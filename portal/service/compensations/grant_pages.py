"""`/desk/grants`: every fen by day, agent, kind and goods; one grant with what may still be done about it."""

import re
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any
from urllib.parse import urlencode

from litestar import Controller, Request, get, post
from litestar.params import FromPath
from litestar.response import Response, Stream

from portal.core.base import audit
from portal.core.base.clock import day_start, local, now
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
from portal.service.compensations import ledger, queries, reviews, unpaid
from portal.service.compensations.actions import required
from portal.service.compensations.forms import HandForm, OffForm
from portal.service.compensations.ledger import BY, Wanted
from portal.service.compensations.queries import GrantInfo
from portal.service.compensations.rules import LONGEST_REASON, Kind, Paid
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
        return await _grant(request, name)

    @post("/{ref:str}/calling-off")
    async def call_off(self, request: AnyRequest, ref: FromPath[str]) -> Answer:
        form, viewer = await forms.read(request), signed_in()
        data = form.into(OffForm)
        if data is None:
            return await _grant(request, ref, form, "off", 422)
        reason = data.reason

        async def act() -> str:
            await unpaid.call_off(viewer, ref, reason, now())
            return f"/desk/grants/{ref}"

        return await _sent(request, ref, form, ("off", "reason", "compensations.toast.called_off"), act)

    @post("/{ref:str}/payment", opt={"needs": Capability.APPROVE_COMPENSATION})
    async def confirm(self, request: AnyRequest, ref: FromPath[str]) -> Answer:
        form, viewer = await forms.read(request), signed_in()
        data = form.into(HandForm)
        if data is None:
            return await _grant(request, ref, form, "hand", 422)
        wanted, at = data, now()
        paid_at = at if wanted.paid_on == local(at).date() else day_start(wanted.paid_on)

        async def act() -> str:
            await unpaid.confirm_by_hand(viewer, ref, wanted.payment_ref, paid_at, at)
            return f"/desk/grants/{ref}"

        return await _sent(request, ref, form, ("hand", "payment_ref", "compensations.toast.paid"), act)


async def _sent(
    request: AnyRequest, ref: str, form: Form, words: tuple[str, str, str], act: Callable[[], Awaitable[str]]
) -> Answer:
    which, field, toast = words
    try:
        return await forms.once(request, act, toast)
    except NotFound:
        raise
    except Refused as refused:
        named = "paid_on" if refused.field == "paid_at" else refused.field
        form.refuse(Refused(refused.code, refused.params, field=named), field)
        return await _grant(request, ref, form, which, refused.status)


async def _grant(request: AnyRequest, ref: str, form: Form | None = None, which: str = "", status: int = 200) -> Answer:
    viewer = signed_in()
    async with reading():
        grant = await queries.grant(ref[:40])
        if grant is None or not (sees_all(viewer) or grant.agent_id == viewer.person_id):
            raise NotFound
        info = await complaints.by_id(grant.complaint_id)
        assert info is not None
        made = await required(grant.proposal_ref)
        said = await queries.approvals_of([made.id])
        judged = await reviews.of_grant(grant.id)
        due = grant.state is Paid.DUE
        may_off = due and await unpaid.off_no(viewer, grant, info) is None
        may_confirm = due and await unpaid.hand_no(viewer, grant, info) is None
    return await page(
        request,
        "service/compensations/grant.html",
        status=status,
        grant=grant,
        made=made,
        said=said,
        judged=judged,
        may_off=may_off,
        may_confirm=may_confirm,
        off_form=form if which == "off" else None,
        hand_form=form if which == "hand" else None,
        most_reason=LONGEST_REASON,
        today=local(now()).date(),
        now=now(),
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


ROUTES: list[Any] = [GrantPages]
