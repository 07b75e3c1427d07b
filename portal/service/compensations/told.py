"""What other programs hear of compensations: the instruction to pay, and what a proposal says."""

from portal.core.base.database import reading
from portal.core.base.events import Payload, Renderer, Told
from portal.service.compensations import queries
from portal.service.compensations.queries import GrantInfo
from portal.service.compensations.rules import CURRENCY, MONEY

APPROVED = "compensation.approved"
CALLED_OFF = "compensation.called_off"


async def shape(grant: GrantInfo) -> dict[str, object]:
    """A grant as programs get it. Inside a door."""
    return {
        "ref": grant.ref,
        "complaint": grant.complaint_ref,
        "order": grant.order_number,
        "vip": grant.vip,
        "kind": str(grant.kind),
        "amount_fen": grant.amount_fen,
        "currency": CURRENCY,
        "state": str(grant.state),
        "granted_at": grant.granted_at.isoformat(),
    }


async def told_approved(payload: Payload, subject: str) -> Told | None:
    """Pay this, and confirm it (`state` due). A voucher whose code the portal gave (`voucher`) is paid already."""
    async with reading():
        grant = await queries.grant_by_id(int(payload["grant"]))
        if grant is None:
            return None
        codes = await queries.codes_of([grant.id])
        data = await shape(grant)
    if grant.id in codes:
        data["voucher"] = codes[grant.id]
    return Told(grant.granted_at, data)


async def told_called_off(payload: Payload, subject: str) -> Told | None:
    """Do not pay this any more."""
    async with reading():
        grant = await queries.grant_by_id(int(payload["grant"]))
        if grant is None or grant.off_at is None:
            return None
        return Told(grant.off_at, await shape(grant))


async def proposal_data(proposal_id: int) -> dict[str, object]:
    """What a proposal says, beside its complaint. Inside a door."""
    made = await queries.proposal_by_id(proposal_id)
    if made is None:
        return {}
    said: dict[str, object] = {"ref": made.ref, "kind": str(made.kind), "text": made.said}
    if made.kind in MONEY:
        said |= {"amount_fen": made.amount_fen, "currency": CURRENCY}
    return {"proposal": said}


RENDERERS: dict[str, Renderer] = {APPROVED: told_approved, CALLED_OFF: told_called_off}
