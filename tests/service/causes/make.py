"""Makers: a complaint with its agent and a lead, and how far its cause is worked out."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from portal.core.base.clock import now
from portal.core.base.database import reading
from portal.core.web.viewer import Viewer
from portal.service.causes import actions, mending, queries
from portal.service.causes.actions import Found
from portal.service.causes.mending import Plan
from portal.service.causes.queries import FindingInfo
from portal.service.complaints.queries import ComplaintInfo
from portal.service.orders.rules import ParcelState
from tests import make
from tests.make import Owner
from tests.service.complaints import make as complaints
from tests.service.orders import make as orders

SHOWS = "十一月三日的帖子写了漏了赔双倍，授权文案里没有这一句。"
DONE = "旋盖机重新定了力矩，换型单加了一步。"


@dataclass(frozen=True)
class Desk:
    """A complaint in the hands of an agent, her lead, and another lead who had no hand in it."""

    info: ComplaintInfo
    agent: Viewer
    lead: Viewer
    other: Viewer
    owner: Owner
    at: datetime

    @property
    def in_week(self) -> datetime:
        return self.at + timedelta(days=7)


async def desk(owner: Owner | None = None, *, parcel: bool = False, **changes: object) -> Desk:
    at = now().replace(microsecond=0)
    agent_id = await complaints.agent_ready("林晓月", at)
    there = await complaints.scene(owner, at)
    if parcel:
        await orders.parcel(there.bought, at - timedelta(hours=5), ParcelState.PROBLEM)
    info = await complaints.complaint(there, at, **changes)
    assert info.agent_id == agent_id
    lead, other = await make.person("desk_lead", "周敏"), await make.person("desk_lead", "韩冰")
    viewers = [await make.viewer(person) for person in (agent_id, lead, other)]
    return Desk(info, *viewers, there.owner, at)


async def found(there: Desk, code: str = "supplier_poor_packing", by: Viewer | None = None) -> FindingInfo:
    agent = there.agent.person_id if code.startswith("desk_") else None
    return await actions.find(by or there.agent, there.info.id, Found(code, SHOWS, agent), there.at)


async def planned(there: Desk, responsible: int | None = None) -> str:
    """A corrective action of a week; without a name the agent's."""
    plan = Plan("瓶盖加一道检查", responsible or there.agent.person_id, there.in_week)
    return await mending.plan(there.agent, there.info.id, plan, there.at)


async def verified(there: Desk, ref: str) -> None:
    action = await action_of(ref)
    await mending.done(await make.viewer(action.responsible), ref, DONE, there.at + timedelta(days=1))
    await mending.verify(there.other, ref, True, "看过换型单", there.at + timedelta(days=2))


async def action_of(ref: str) -> queries.ActionInfo:
    async with reading():
        found = await queries.action_by_ref(ref)
    assert found is not None
    return found
