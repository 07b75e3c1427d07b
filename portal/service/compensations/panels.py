"""What the pages of a complaint show of this room: the agent's proposal, the buyer's answer, the owner's view."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from portal.core.base.database import reading
from portal.core.base.money import yuan
from portal.core.people.policy import Capability
from portal.core.web.forms import Form
from portal.core.web.i18n import t
from portal.core.web.templates import render
from portal.core.web.viewer import Viewer
from portal.service.compensations import answering, authority, queries
from portal.service.compensations.authority import Reach
from portal.service.compensations.queries import ProposalInfo
from portal.service.compensations.rules import (
    GIVING,
    LONGEST_REASON,
    LONGEST_SAID,
    MONEY,
    UNANSWERED_FOR,
    Kind,
    Paid,
    State,
)
from portal.service.complaints.queries import ComplaintInfo
from portal.service.complaints.rules import LONGEST_TEXT
from portal.service.complaints.rules import State as Of


async def desk_context(viewer: Viewer, info: ComplaintInfo, at: datetime, form: Form | None) -> dict[str, Any]:
    """What the agent's panel shows. Inside a door."""
    found = await queries.proposals_of(info.id)
    hers = info.agent_id == viewer.person_id and viewer.may(Capability.WORK_DESK)
    may = hers and info.duplicate_of is None and info.state in (Of.OPEN, Of.PROPOSED)
    reaches: list[Reach] = []
    used = 0
    if may:
        level = await queries.level_now(viewer.person_id)
        reaches, used = await authority.reaches(viewer.person_id, level, info.product_category, at)
    return {
        "info": info,
        "lying": next((each for each in found if each.open), None),
        "proposals": found,
        "approvals": await queries.approvals_of([each.id for each in found if each.needs]),
        "may": may,
        "hers": hers,
        "reaches": reaches,
        "used": used,
        "paid": await queries.paid_for(info.id) if may else 0,
        "kinds": list(Kind),
        "money": MONEY,
        "giving": GIVING,
        "lapses_after": UNANSWERED_FOR,
        "most_said": LONGEST_SAID,
        "most_reason": LONGEST_REASON,
        "proposal_form": form,
        "now": at,
    }


async def desk_panel(viewer: Viewer, info: ComplaintInfo, at: datetime) -> str:
    """On the agent's page: what may be given here and today, what was proposed, the way to propose."""
    async with reading():
        context = await desk_context(viewer, info, at, None)
    if not context["may"] and not context["proposals"]:
        return ""
    return render("service/compensations/desk.html", context)


def for_buyer(found: Sequence[ProposalInfo]) -> list[ProposalInfo]:
    """What has reached the buyer, the newest first; what the desk took back unanswered is gone."""
    gone = (State.WITHDRAWN, State.SUPERSEDED)
    return [each for each in found if each.sent_at is not None and each.state not in gone]


async def buyer_context(info: ComplaintInfo, at: datetime, *, codes: bool = True) -> dict[str, Any]:
    """What buyer and owner are shown; voucher codes (`codes`) are for the buyer alone. Inside a door."""
    found = for_buyer(await queries.proposals_of(info.id))
    given = [each.grant_id for each in found if each.grant_id is not None and each.kind is Kind.VOUCHER]
    return {
        "info": info,
        "proposals": found,
        "lying": next((each for each in found if each.state is State.SENT), None),
        "codes": await queries.codes_of(given) if codes else {},
        "consented": await answering.consented(info, at),
        "due": Paid.DUE,
        "money": MONEY,
        "most_text": LONGEST_TEXT,
        "now": at,
    }


async def offered(info: ComplaintInfo) -> str | None:
    """Slot: what lies with the buyer, else what she agreed to last, in a few words. Inside a door."""
    found = for_buyer(await queries.proposals_of(info.id))
    told = [each for each in found if each.state is State.SENT] or [
        each for each in found if each.state is State.ACCEPTED and each.paid is not Paid.OFF
    ]
    return t(f"compensations.what.{told[0].kind}", amount=yuan(told[0].amount_fen), _="") if told else None


async def buyer_panel(info: ComplaintInfo, token: str, at: datetime) -> str:
    """On `/c/{token}`: the proposal in plain words, yes or no; what was agreed and whether it is paid."""
    async with reading():
        context = await buyer_context(info, at)
    if not context["proposals"]:
        return ""
    return render("service/compensations/buyer.html", {**context, "here": f"/c/{token}", "refusal_form": None})


async def owner_panel(viewer: Viewer, info: ComplaintInfo, at: datetime) -> str:
    """On the owner's page: the same to read. A voucher's code is the buyer's alone."""
    async with reading():
        context = await buyer_context(info, at, codes=False)
    if not context["proposals"]:
        return ""
    return render("service/compensations/owner.html", context)
