"""How the returns of an order stand, as its buyer reads it on her page."""

from datetime import datetime

from portal.core.base.database import reading
from portal.core.web.templates import render
from portal.service.returns import queries as returns
from portal.service.returns.pages import progress
from portal.service.returns.states import State


async def returns_story(order_id: int, at: datetime) -> str:
    """Each return that the buyer was asked about, with its way to the end. Call it outside a door."""
    async with reading():
        found = [info for info in await returns.listed_of_order(order_id) if info.state is not State.DRAFT]
    if not found:
        return ""
    context: dict[str, object] = {"matters": [(info, progress(info, {})) for info in found], "now": at}
    return render("service/voices/returns.html", context)
