"""Makers of returns: an owner with a delivered order, a draft, one that the buyer has agreed to."""

import io
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from PIL import Image

from portal.core.base.audit import Actor
from portal.core.base.clock import now
from portal.core.base.database import reading
from portal.core.stores.queries import VipInfo
from portal.service.mandates import answers as consent
from portal.service.mandates import queries as mandates
from portal.service.orders import queries as order_queries
from portal.service.orders.queries import OrderInfo
from portal.service.orders.rules import Status
from portal.service.returns import evidence, filing, queries
from portal.service.returns.actions import take_change
from portal.service.returns.offers import Asked
from portal.service.returns.queries import ReturnInfo
from portal.service.returns.rules import Kind, Reason, photos_needed
from portal.service.returns.states import Answer, ShopAnswer, State
from tests import make
from tests.make import Owner
from tests.service.mandates.make import code
from tests.service.orders import make as orders
from tests.service.orders.make import Bought

BUYER = Actor("link")
SHOP = Actor("api_key", 1)


@dataclass
class Scene:
    """An owner, her buyer and the buyer's order (two boxes for 118.00 yuan), delivered an hour ago."""

    owner: Owner
    buyer: VipInfo
    bought: Bought
    actor: Actor
    at: datetime

    async def order(self) -> OrderInfo:
        async with reading():
            found = await order_queries.order(self.bought.id)
        assert found is not None
        return found

    async def line(self) -> int:
        return (await self.order()).lines[0].id

    async def draft(self, kind: Kind = Kind.RETURN, reason: Reason = Reason.NO_REASON, **more: Any) -> str:
        """A draft for both boxes and all their money, unless `quantity` and `fen` say otherwise; its ref."""
        line, money = await self.line(), kind not in (Kind.EXCHANGE, Kind.RESEND)
        quantity = more.pop("quantity", 2)
        asked = Asked(line, quantity, more.pop("fen", 5_900 * quantity if money else 0))
        photos = await evidence.keep([picture()]) if photos_needed(reason) else ()
        wanted = filing.Draft(kind, reason, (asked,), "买家说盒子压扁了。", photos=photos, **more)
        return await filing.file_draft(self.actor, self.owner.person_id, self.bought.number, wanted, self.at)

    async def asked(self, *args: Any, **more: Any) -> str:
        """One that the buyer was asked about."""
        ref = await self.draft(*args, **more)
        await filing.ask(self.actor, self.owner.person_id, ref, "两盒都退。", self.at)
        return ref

    async def requested(self, *args: Any, **more: Any) -> str:
        """One that the buyer has agreed to."""
        ref = await self.asked(*args, **more)
        await agree(ref, self.at)
        return ref


async def scene(at: datetime | None = None, status: Status = Status.DELIVERED, **changes: Any) -> Scene:
    at = at or now()
    owner = await make.owner("李芳", at - timedelta(days=30))
    buyer = await orders.vip(owner, at - timedelta(days=20))
    there = {"delivered_at": at - timedelta(hours=1)} if status is Status.DELIVERED else {}
    bought = await orders.order(buyer, at - timedelta(days=3), **{"status": status, **there, **changes})
    return Scene(owner, buyer, bought, (await make.viewer(owner.person_id)).actor, at)


async def agree(ref: str, at: datetime) -> None:
    """The buyer asks for a code on her page and types it in."""
    async with reading():
        mandate = await mandates.mandate_for(f"return:{ref}")
    assert mandate is not None
    await consent.send_code(BUYER, mandate, at)
    assert await consent.try_code(BUYER, mandate.id, await code(mandate.id), at) is consent.Guess.RIGHT


async def found(ref: str) -> ReturnInfo:
    async with reading():
        info = await queries.by_ref(ref)
    assert info is not None
    return info


async def state(ref: str) -> State:
    return (await found(ref)).state


async def answer(ref: str, said: Answer, at: datetime, **more: Any) -> ReturnInfo:
    """The shop answers."""
    if said in (Answer.EXCHANGED, Answer.RESENT):
        more = {"carrier": "sf-express", "tracking_number": "SF99", **more}
    if said is Answer.REFUSED:
        more = {"text": "已经用过", **more}
    return await take_change(SHOP, ref, ShopAnswer(said, **more), at)


def picture(colour: str = "red") -> bytes:
    """A photo with the place where it was taken in it."""
    exif = Image.Exif()
    exif[0x8825] = {1: "N", 2: (34.0, 15.0, 0.0)}
    out = io.BytesIO()
    Image.new("RGB", (320, 240), colour).save(out, "JPEG", exif=exif)
    return out.getvalue()
