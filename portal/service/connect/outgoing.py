"""What this room itself tells: the share right as decided, and the message that tries a receiver out."""

from datetime import datetime

from certification.rights import queries as rights
from portal.core.base.database import reading
from portal.core.base.events import Payload, Renderer, Told
from portal.core.stores import queries as stores


async def _share_right_changed(payload: Payload, subject: str) -> Told | None:
    """The right as decided then; `reasons` are codes, as in the answer of `GET …/share-right`."""
    async with reading():
        kept = await rights.decision(int(payload["decision"]))
        store = await stores.store_by_external_id(subject.removeprefix("store:"))
    if kept is None or store is None:
        return None
    decision = kept.decision
    data: dict[str, object] = {
        "owner": store.owner_external_id,
        "store": store.external_id,
        "status": str(decision.status),
        "may_share": decision.may_share,
        "may_self_purchase": kept.facts.store_open,
        "reasons": [] if decision.may_share else [reason.code for reason in decision.unmet],
        "valid_until": decision.valid_until.isoformat() if decision.valid_until else None,
        "decided_at": kept.decided_at.isoformat(),
        "decision": f"G-{kept.id}",
    }
    return Told(kept.decided_at, data)


async def _ping(payload: Payload, subject: str) -> Told | None:
    return Told(datetime.fromisoformat(payload["at"]), {})


RENDERERS: dict[str, Renderer] = {
    "ping": _ping,
    "share_right.changed": _share_right_changed,
}
