"""Makers of compensations: a complaint in an agent's hands, a proposal of it, its way to the buyer."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from portal.core.base.audit import SYSTEM, Actor
from portal.core.base.clock import now
from portal.core.base.database import reading, writing
from portal.core.base.public_links import Door, address_of
from portal.core.stores.queries import VipInfo
from portal.service.compensations import actions, answering, queries
from portal.service.compensations.actions import Offer
from portal.service.compensations.queries import GrantInfo, ProposalInfo
from portal.service.compensations.rules import Kind
from portal.service.complaints import charge
from portal.service.complaints import queries as complaints
from portal.service.complaints.filing import Filing, file
from portal.service.complaints.queries import ComplaintInfo
from portal.service.complaints.rules import Channel, FiledBy, Function, Urgency, Wanted
from tests import make
from tests.make import Owner
from tests.service.orders import make as orders

BUYER = Actor("link")
SAID = "让您受委屈了，坏的这盒我们退您，今天就办。"


@dataclass(frozen=True)
class Case:
    """A buyer's complaint, and the agent who is in charge of it."""

    owner: Owner
    buyer: VipInfo
    agent: int
    info: ComplaintInfo
    at: datetime

    async def now(self) -> ComplaintInfo:
        async with reading():
            found = await complaints.by_id(self.info.id)
        assert found is not None
        return found

    async def propose(
        self, fen: int = 1_500, kind: Kind = Kind.REFUND, at: datetime | None = None, **more: int
    ) -> ProposalInfo:
        offer = Offer(kind, fen if kind in (Kind.REFUND, Kind.VOUCHER) else 0, SAID)
        actor = Actor("person", self.agent)
        return await actions.propose(actor, self.agent, self.info.id, offer, at or self.at, **more)

    async def accept(self, made: ProposalInfo, at: datetime | None = None) -> ProposalInfo:
        return await answering.accept(BUYER, self.info.id, made.ref, at or self.at)

    async def grants(self) -> list[GrantInfo]:
        async with reading():
            return await queries.grants_of(self.info.id)

    async def link(self) -> str:
        """The path of the buyer's page."""
        async with reading():
            way = await address_of(Door.COMPLAINT, self.info.id)
        assert way is not None
        return way.removeprefix("http://127.0.0.1:8000")


async def case(
    agent: int | None = None, at: datetime | None = None, owner: Owner | None = None, **changes: object
) -> Case:
    """A complaint about two boxes for 118.00 yuan, in an agent's hands (a junior's unless one is named)."""
    at = at or now().replace(microsecond=0)
    owner = owner or await make.owner("Lin", at - timedelta(days=9))
    agent = agent or await make.person("agent", "Ann")
    values: dict[str, object] = {
        "function": Function.DAMAGED,
        "wanted": Wanted.REFUND,
        "urgency": Urgency.NORMAL,
        "text": "收到的两盒里有一盒压碎了",
        "channel": Channel.PORTAL,
        "filed_by": FiledBy.BUYER,
        "person_id": None,
        "lines": (),
    } | changes
    async with writing():
        buyer = await orders.vip(owner, at - timedelta(days=5))
        bought = await orders.order(buyer, at - timedelta(days=2))
        info = await file(SYSTEM, Filing(vip_id=buyer.id, order_id=bought.id, **values), at)  # type: ignore[arg-type]
        if info.agent_id != agent:
            info = await charge.take(Actor("person", agent), agent, info.id, at)
    return Case(owner, buyer, agent, info, at)


async def proposal(made: ProposalInfo) -> ProposalInfo:
    """The proposal as it is now."""
    async with reading():
        found = await queries.proposal(made.ref)
    assert found is not None
    return found


async def agreed(kind: Kind = Kind.REFUND, fen: int = 1_500, case_: Case | None = None) -> tuple[Case, GrantInfo]:
    """A grant that waits to be paid."""
    one = case_ or await case()
    await one.accept(await one.propose(fen, kind))
    return one, (await one.grants())[-1]


async def notices(person_id: int) -> list[str]:
    """The kinds of notices in a person's inbox, the oldest first."""
    async with reading():
        rows = await complaints.Complaint.raw("SELECT kind FROM notices WHERE person = {} ORDER BY id", person_id)
    return [row["kind"] for row in rows]
