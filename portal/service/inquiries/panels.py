"""What other rooms' pages show of inquiries, by slots: an order's panel, its acts, the guide's open question."""

from datetime import datetime

from portal.core.base.database import reading
from portal.core.notices.texts import shown
from portal.core.web.templates import render
from portal.core.web.viewer import Viewer
from portal.service.inquiries import queries
from portal.service.inquiries.actions import hurry_noes, no_of, order_state, plain
from portal.service.inquiries.queries import InquiryInfo
from portal.service.inquiries.rules import GONE, Kind, No
from portal.service.inquiries.telling import inquiry_way, order_way
from portal.service.orders import queries as orders
from portal.service.orders.guide import OpenInquiry
from portal.service.orders.queries import OrderInfo, ParcelInfo
from portal.service.orders.rules import OrderAct


async def order_panel(viewer: Viewer, order: OrderInfo, at: datetime) -> str:
    """What was asked about an order, its clocks and answers, before its owner."""
    async with reading():
        asked = await queries.of_order(order.id)
    if not asked:
        return ""
    pairs = [(queries.told(info, at), inquiry_way(info)) for info in asked]
    return render("service/inquiries/_asked.html", {"pairs": pairs, "now": at})


async def buyer_panel(order_id: int, at: datetime) -> str:
    """The same story for the buyer's page: what was asked, its clocks and answers, no ways on. Outside a door."""
    async with reading():
        story = await queries.story_of(order_id, at)
    if not story:
        return ""
    return render("service/inquiries/_asked.html", {"pairs": [(told, None) for told in story], "now": at})


async def order_acts(viewer: Viewer, order: OrderInfo, at: datetime) -> list[OrderAct]:
    """Hurry, ask, correct, recall: each with the reason where it is not possible now."""
    async with reading():
        parcels, asked = await orders.parcels(order.id), await queries.of_order(order.id)
    ways = {
        Kind.HURRY: ("hurry", "hurry"),
        Kind.TRACE: ("inquiry?kind=trace", "search"),
        Kind.ADDRESS: ("address", "pin"),
        Kind.RECALL: ("inquiry?kind=recall", "return"),
    }
    return [
        _act(kind, order_way(order.number, f"/{way}"), icon, judge(kind, order, parcels, asked, at))
        for kind, (way, icon) in ways.items()
    ]


def judge(kind: Kind, order: OrderInfo, parcels: list[ParcelInfo], asked: list[InquiryInfo], at: datetime) -> No | None:
    """Why something may not be asked now, whichever parcel or supplier; None where one may be."""
    if kind is Kind.HURRY:
        noes = list(hurry_noes(order, parcels, asked, at).values())
    else:
        state = order_state(order, parcels)
        about: list[ParcelInfo | None] = [*parcels] or [None]
        noes = [no_of(kind, state, parcel, asked, at) for parcel in about]
        noes = noes[:1] if kind is Kind.ADDRESS else noes
    return None if None in noes else next(iter(noes), No("inquiry_over"))


def _act(kind: Kind, way: str, icon: str, no: No | None) -> OrderAct:
    if no is None:
        return OrderAct(str(kind), way, icon)
    return OrderAct(str(kind), way, icon, allowed=False, why=no.why, params=shown(plain(no)))


async def open_inquiry(order_id: int) -> OpenInquiry | None:
    """For the guide: the question that waits, due first; or else the one whose parcel is gone. Inside a door."""
    asked = await queries.of_order(order_id)
    waiting = [info for info in asked if info.open and info.party_id is not None]
    if waiting:
        info = min(waiting, key=lambda one: one.due_at)
        return OpenInquiry(str(info.kind), info.pressed_at, info.due_at, inquiry_way(info))
    gone = [(info, info.answer.at) for info in asked if info.answer and info.answer.said.answer in GONE]
    if not gone:
        return None
    info, said_at = max(gone, key=lambda one: one[1])
    return OpenInquiry(str(info.kind), info.pressed_at, info.due_at, inquiry_way(info), said_at)
