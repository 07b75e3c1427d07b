"""What other programs hear when a supplier or carrier stands otherwise."""

from portal.core.base.database import reading
from portal.core.base.events import Payload, Renderer, Told
from portal.core.supply.rules import Standing
from portal.service.assessments import queries
from portal.service.assessments.telling import CHANGED


async def told_changed(payload: Payload, subject: str) -> Told | None:
    """`sharing`: whether its products may be shared and promoted as far as its standing goes."""
    async with reading():
        verdict = await queries.verdict_by_id(int(payload["verdict"]))
    data: dict[str, object] = {
        "supplier": verdict.external_id,
        "kind": str(verdict.kind),
        "standing": str(verdict.after),
        "before": str(verdict.before),
        "since": verdict.at.isoformat(),
        "verdict": verdict.ref,
        "basis": str(verdict.basis),
        "sharing": verdict.after is not Standing.BLACKLISTED,
    }
    return Told(verdict.at, data)


RENDERERS: dict[str, Renderer] = {CHANGED: told_changed}
