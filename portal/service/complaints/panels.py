"""What pages of lower rooms show of complaints: the order's act and panel, the buyer's story, the mandate's way."""

from datetime import datetime
from urllib.parse import quote

from portal.core.base.database import reading
from portal.core.web.i18n import t
from portal.core.web.templates import render
from portal.core.web.viewer import Viewer
from portal.service.complaints import faces, history, queries
from portal.service.complaints.rules import Event
from portal.service.mandates.queries import MandateInfo
from portal.service.mandates.slots import Step
from portal.service.orders.queries import OrderInfo
from portal.service.orders.rules import OrderAct

SHOWN = 5
BUYER_WAY = ("/complaint", "complaints.panel.new", "complaints.panel.new_text", "appeal")  # from her page of an order
_WAY = (Event.RECEIVED, Event.FIRST_REPLY, Event.PROPOSAL_SENT, Event.PROPOSAL_ACCEPTED, Event.RESOLVED)


async def order_acts(viewer: Viewer, order: OrderInfo, at: datetime) -> list[OrderAct]:
    """Filing for her buyer is always possible."""
    return [OrderAct("complaint", f"/complaints/new?order={quote(order.number)}", "appeal")]


async def order_panel(viewer: Viewer, order: OrderInfo, at: datetime) -> str:
    """The order's complaints, the newest first. Call it outside a door."""
    async with reading():
        found = await queries.of_order(order.id, SHOWN)
    if not found:
        return ""
    return render(
        "service/complaints/_panel.html",
        {"complaints": found, "now": at},
    )


async def buyer_story(order_id: int, at: datetime) -> str:
    """Her complaints on the buyer's page of her order. Call it outside a door."""
    async with reading():
        found = await faces.told_of_order(order_id)
    return render("service/complaints/_story.html", {"rows": found, "now": at}) if found else ""


async def mandate_progress(mandate: MandateInfo, at: datetime) -> list[Step]:
    """How the complaint stands that the buyer has consented to. Call it outside a door."""
    async with reading():
        info = await queries.by_ref(mandate.subject.removeprefix("complaint:"))
        events = await history.events(info.id) if info is not None else []
    if info is None:
        return []
    reached: dict[str, datetime] = {event.kind: event.at for event in events if event.round == info.round}
    if info.round > 1:
        reached[Event.RECEIVED] = info.received_at
    steps = [Step(t(f"complaints.way.{kind}"), reached.get(kind)) for kind in _WAY]
    if withdrawn := reached.get(Event.WITHDRAWN):
        return [*(step for step in steps if step.at), Step(t("complaints.way.withdrawn"), withdrawn)]
    return steps
