"""Setting the promise: each change is a row of its own that holds for what comes in afterwards."""

from dataclasses import dataclass
from datetime import datetime

from portal.core.base import audit, site_settings
from portal.core.base.audit import Actor
from portal.core.base.database import writing
from portal.core.base.refusals import Refused
from portal.service.complaints.filing import promised
from portal.service.complaints.rules import FAMILIAR_SETTING
from portal.service.complaints.tables import PromisePolicy


@dataclass(frozen=True, slots=True)
class Terms:
    """What is promised, and why it is changed."""

    proposal_hours: int
    compensation_hours: int
    legal_days: int
    reason: str


async def set_promise(actor: Actor, person_id: int, terms: Terms, known: int, at: datetime) -> None:
    """Promise this from now on. `known`: the promise that the page showed.

    Raises Refused (409) `promise_meanwhile` where another admin was faster, (422) `promise_same`.
    """
    async with writing():
        before = await promised(at)
        if known not in (0, before.id):
            raise Refused("promise_meanwhile", way="/admin/promise")
        hours = (before.proposal.total_seconds() // 3600, before.compensation.total_seconds() // 3600)
        if (*hours, before.legal.days) == (terms.proposal_hours, terms.compensation_hours, terms.legal_days):
            raise Refused("promise_same", field="proposal_hours", status=422)
        row = PromisePolicy(
            proposal_hours=terms.proposal_hours,
            compensation_hours=terms.compensation_hours,
            legal_days=terms.legal_days,
            reason=terms.reason,
            made_by=person_id,
            made_at=at,
        )
        made = await PromisePolicy.insert(row).returning(PromisePolicy.id)
        facts = {"proposal_hours": terms.proposal_hours, "compensation_hours": terms.compensation_hours}
        facts |= {"legal_days": terms.legal_days}
        await audit.record(actor, "complaint.promise_set", ("promise", int(made[0]["id"])), at, facts)


async def set_window(actor: Actor, days: int, at: datetime) -> None:
    """So many days the same story meets the same agent."""
    await site_settings.change(actor, FAMILIAR_SETTING, str(days), at)
