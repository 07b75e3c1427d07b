"""What the page of an order shows of its earnings, through a slot."""

from datetime import datetime

from portal.core.base.database import reading
from portal.core.web.templates import render
from portal.core.web.viewer import Viewer
from portal.service.earnings import queries
from portal.service.orders.queries import OrderInfo


async def order_panel(viewer: Viewer, order: OrderInfo, at: datetime) -> str:
    """What each line brings its owner, why, and when; nothing where none was reckoned. Call it outside a door."""
    async with reading():
        lines = await queries.lines_of_order(order.id)
    if not lines:
        return ""
    total = sum(line.total_fen for line in lines)
    return render("service/earnings/_earnings.html", {"viewer": viewer, "lines": lines, "total": total})
