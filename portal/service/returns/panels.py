"""What pages of lower rooms show of returns: the order's panel and acts, and the progress on a buyer's mandate."""

from datetime import datetime

from portal.core.base.clock import site_zone
from portal.core.base.database import reading
from portal.core.base.money import yuan
from portal.core.web.format import moment
from portal.core.web.i18n import t
from portal.core.web.templates import render
from portal.core.web.viewer import Viewer
from portal.service.mandates.queries import MandateInfo
from portal.service.mandates.slots import Step
from portal.service.orders import queries as orders
from portal.service.orders.queries import OrderInfo
from portal.service.orders.rules import OrderAct
from portal.service.returns import filing, queries
from portal.service.returns.actions import SUBJECT
from portal.service.returns.offers import Verdict, may_open
from portal.service.returns.pages import ICONS, base, progress
from portal.service.returns.rules import Kind
from portal.service.returns.standing import order_state
from portal.service.returns.states import State

MATTERS = frozenset(filing.MATTERS.values())  # of the mandates that returns ask for


async def order_panel(viewer: Viewer, order: OrderInfo, at: datetime) -> str:
    """The order's returns, the newest first. Call it outside a door."""
    async with reading():
        found = await queries.listed_of_order(order.id)
    if not found:
        return ""
    hers = found[0].owner_id == viewer.person_id
    return render("service/returns/_panel.html", {"returns": found, "now": at, "hers": hers})


async def order_acts(viewer: Viewer, order: OrderInfo, at: datetime) -> list[OrderAct]:
    """What may be filed now, and why not the rest. Call it outside a door."""
    async with reading():
        parcels = await orders.parcels(order.id)
        state = await order_state(order, parcels)
    acts = [_act(order, kind, may_open(state, kind, at, site_zone())) for kind in Kind]
    claim = OrderAct("claim", f"{base(order)}/claims/new", "return", bool(parcels), None if parcels else "no_parcel")
    return [*acts, claim]


def _act(order: OrderInfo, kind: Kind, verdict: Verdict) -> OrderAct:
    way = f"{base(order)}/returns/new?kind={kind}"
    params = {"until": moment(verdict.until)} if verdict.until is not None else {}
    why = None if verdict.allowed else f"return_{verdict.why}"
    return OrderAct(f"return_{kind}", way, ICONS[kind], verdict.allowed, why, params)


async def mandate_progress(mandate: MandateInfo, at: datetime) -> list[Step]:
    """How the matter of a mandate stands, as its buyer reads it. Call it outside a door."""
    if not mandate.subject.startswith(SUBJECT):
        return []
    async with reading():
        info = await queries.by_ref(mandate.subject.removeprefix(SUBJECT))
        if info is None:
            return []
        reached = {step.state: step.at for step in await queries.steps(info.id)}
    steps = []
    for state, look, when in progress(info, reached):
        text = t(f"returns.for_buyer.{state}")
        if state is State.REFUNDED and look == "done":
            text = t("returns.for_buyer.refunded_amount", amount=yuan(info.refunded_fen))
        steps.append(Step(text, when if look in ("done", "bad") or when else None))
    return steps
