"""What other programs hear when awards are published, or corrected."""

from portal.core.base.database import reading
from portal.core.base.events import Payload, Renderer, Told
from portal.service.awards import cycles, winners
from portal.service.awards.publishing import PUBLISHED

MOST = 500


async def told_published(payload: Payload, subject: str) -> Told | None:
    """Who stands in the list now, `complete` unless it is longer than is told; all by the shop's names."""
    async with reading():
        cycle = await cycles.by_id(int(payload["cycle"]))
        standing = "r.cycle = {} AND r.superseded_at IS NULL AND NOT r.taken_back"
        found = await winners.results(f"{standing} ORDER BY r.id LIMIT {{}}", cycle.id, MOST + 1)
        correction = await winners.result(int(payload["correction"])) if payload["correction"] else None
    at = correction.at if correction is not None else cycle.published_at
    if at is None:
        return None
    data: dict[str, object] = {
        "cycle": cycle.ref,
        "subject": str(cycle.subject),
        "period": str(cycle.period),
        "label": cycle.label,
        "scope": str(cycle.scope),
        "scope_name": cycle.name or None,
        "awards": [
            {"award": str(each.award), "owner": each.person_external, "store": each.store_external}
            for each in found[:MOST]
        ],
        "complete": len(found) <= MOST,
        "corrects": str(correction.award) if correction is not None else None,
    }
    return Told(at, data)


RENDERERS: dict[str, Renderer] = {PUBLISHED: told_published}
