"""Makers: a buyer with an order and a link, a complaint of hers, an agent who is there, pictures and films."""

import io
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from PIL import Image

from portal.core.base.audit import SYSTEM, Actor
from portal.core.base.clock import now
from portal.core.base.database import reading
from portal.core.base.public_links import Door, link_to
from portal.core.base.settings import settings
from portal.service.complaints import ending, filing, queries
from portal.service.complaints.filing import Filing
from portal.service.complaints.queries import ComplaintInfo
from portal.service.complaints.rules import Channel, FiledBy, Function, Urgency, Wanted
from portal.service.orders.rules import Status
from tests import make
from tests.make import Owner
from tests.service.orders import make as orders
from tests.service.orders.make import Bought
from tests.service.roster import make as roster

BUYER = Actor("link")


@dataclass(frozen=True)
class Scene:
    """An owner, her buyer's delivered order, and the path of the buyer's page of it."""

    owner: Owner
    vip_id: int
    vip: str  # her external id
    bought: Bought
    path: str
    at: datetime


async def scene(owner: Owner | None = None, at: datetime | None = None) -> Scene:
    at = at or now()
    owner = owner or await make.owner("李芳", at - timedelta(days=30))
    buyer = await orders.vip(owner, at - timedelta(days=20))
    bought = await orders.order(buyer, at - timedelta(days=3))
    bought = await orders.move(bought, at - timedelta(hours=2), status=Status.DELIVERED, delivered_at=at)
    link = await link_to(Door.ORDER, bought.id, at)
    return Scene(owner, buyer.id, buyer.external_id, bought, link.removeprefix(settings().base_url), at)


async def complaint(there: Scene, at: datetime | None = None, **changes: object) -> ComplaintInfo:
    """The buyer's complaint of her order; `changes` are fields of Filing."""
    values: dict[str, object] = {
        "vip_id": there.vip_id,
        "order_id": there.bought.id,
        "lines": (),
        "function": Function.DAMAGED,
        "wanted": Wanted.REFUND,
        "urgency": Urgency.NORMAL,
        "text": "箱子压坏了，草莓碎了一半。",
        "channel": Channel.PORTAL,
        "filed_by": FiledBy.BUYER,
        "person_id": None,
    } | changes
    return await filing.file(BUYER, Filing(**values), at or now())  # type: ignore[arg-type]


async def agent_ready(name: str = "林晓月", at: datetime | None = None, role: str = "agent") -> int:
    """Somebody of the desk who is there and takes work."""
    return await roster.at_work(name, at or now(), role)


async def page_of(info: ComplaintInfo) -> str:
    """The path of the buyer's page of a complaint."""
    return (await link_to(Door.COMPLAINT, info.id, now())).removeprefix(settings().base_url)


async def fresh(info: ComplaintInfo) -> ComplaintInfo:
    """The complaint as it is now."""
    async with reading():
        found = await queries.by_id(info.id)
    assert found is not None
    return found


async def resolved(info: ComplaintInfo, at: datetime | None = None) -> ComplaintInfo:
    """Settled with the buyer without compensation."""
    at = at or now()
    await ending.proposal_sent(SYSTEM, info.id, 1, at, compensated=False)
    await ending.proposal_answered(BUYER, info.id, 1, True, at)
    return await ending.resolve(SYSTEM, info.id, ending.SETTLED, at)


def picture(colour: str = "red", form: str = "JPEG") -> bytes:
    """A photo that says where it was taken."""
    exif = Image.Exif()
    exif[0x010E] = "taken at home"
    out = io.BytesIO()
    Image.new("RGB", (64, 48), colour).save(out, form, exif=exif)
    return out.getvalue()


def film(size: int = 4_000) -> bytes:
    """The beginning of an MP4, and then bytes."""
    return b"\x00\x00\x00\x18ftypisom" + b"\x00" * (size - 12)


def chosen(*files: tuple[str, bytes, str]) -> Any:
    """Files (name, content, type) as a browser sends them in the field `files`."""
    return [("files", file) for file in files]
