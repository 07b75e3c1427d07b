"""How a supplier or carrier is judged, on its page in the register."""

from datetime import datetime

from portal.core.base.database import reading
from portal.core.people.policy import Capability
from portal.core.web.templates import render
from portal.core.web.viewer import Viewer
from portal.service.assessments import queries, telling


async def supplier_panel(viewer: Viewer, supplier_id: int, at: datetime) -> str:
    """Slot: its latest verdicts, each a link to its grounds; one query. Call it outside a door."""
    async with reading():
        verdicts = await queries.verdicts_of(supplier_id, 5)
    context: dict[str, object] = {
        "verdicts": verdicts,
        "way": telling.party_way(verdicts[0].external_id) if verdicts else queries.HERE,
        "may": viewer.may(Capability.SEE_SUPPLIERS),
    }
    return render("service/assessments/supplier_panel.html", context)
