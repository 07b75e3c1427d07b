"""Makers of mandates: an owner asks, and her buyer's phone gets a link and a code."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from portal.core.base.audit import SYSTEM, Actor
from portal.core.base.database import reading
from portal.core.base.public_links import Door, address_of
from portal.core.stores.queries import VipInfo
from portal.service.mandates import actions, answers, queries
from portal.service.mandates.actions import ask
from portal.service.mandates.codes import code_of
from portal.service.mandates.queries import MandateInfo
from portal.service.mandates.rules import Act, Matter, Scope, ScopeLine, State
from portal.service.mandates.tables import Mandate
from tests import make
from tests.make import Owner
from tests.service.messages.make import noon
from tests.service.orders import make as orders
from tests.service.orders.make import Bought

BUYER = Actor("link")
SCOPE = Scope("草莓碎了，两盒都退。", (ScopeLine("冻干草莓", 2),))


@dataclass(frozen=True)
class Asked:
    """A mandate that was asked for at noon, and everybody whom it is about."""

    owner: Owner
    buyer: VipInfo
    order: Bought
    info: MandateInfo
    at: datetime

    async def now(self) -> MandateInfo:
        return await info(self.info.id)

    async def path(self) -> str:
        """The page that the buyer's link opens."""
        async with reading():
            way = await address_of(Door.MANDATE, self.info.id)
        assert way is not None
        return way.removeprefix("http://127.0.0.1:8000")

    async def code(self) -> str:
        """What stands on the buyer's phone."""
        return await code(self.info.id)


async def asked(owner: Owner | None = None, at: datetime | None = None, **more: Any) -> Asked:
    """An owner asks to return what her buyer bought, for 118.00 yuan at most."""
    at = at or noon()
    owner = owner or await make.owner("李芳")
    buyer = await orders.vip(owner)
    order = await orders.order(buyer, at)
    matter, limit = more.get("matter", Matter.RETURN), more.get("limit_fen", 11_800)
    subject = more.get("subject", make.serial("return:r"))
    made = await ask(SYSTEM, owner.person_id, order.id, matter, more.get("scope", SCOPE), limit, subject, at)
    return Asked(owner, buyer, order, made, at)


async def confirmed(owner: Owner | None = None, at: datetime | None = None, **more: Any) -> Asked:
    """One that the buyer has confirmed in the same moment."""
    one = await asked(owner, at, **more)
    await answers.send_code(BUYER, one.info, one.at)
    assert await answers.try_code(BUYER, one.info.id, await one.code(), one.at) is answers.Guess.RIGHT
    return one


async def reached(state: State) -> Asked:
    """A mandate that has come to a state."""
    signed = state in (State.CONFIRMED, State.REVOKED, State.USED)
    at = noon() - timedelta(days=8) if state is State.EXPIRED else noon()
    one = await (confirmed(at=at) if signed else asked(at=at))
    now = await one.now()
    match state:
        case State.DECLINED:
            await answers.decline(BUYER, now, None, at)
        case State.REVOKED:
            await answers.revoke(BUYER, now, at)
        case State.WITHDRAWN:
            await actions.withdraw((await make.viewer(one.owner.person_id)).actor, now, at)
        case State.USED:
            await actions.spend(SYSTEM, now.id, Act(one.order.id, Matter.RETURN, 1), at)
    return one


async def info(mandate_id: int) -> MandateInfo:
    async with reading():
        found = await queries.mandate(mandate_id)
    assert found is not None
    return found


async def code(mandate_id: int) -> str:
    async with reading():
        rows = await Mandate.select(Mandate.code_nonce).where(Mandate.id == mandate_id)
    return code_of(rows[0]["code_nonce"])


def wrong(code: str) -> str:
    """Six digits that are not the code."""
    return f"{(int(code) + 1) % 1_000_000:06d}"
