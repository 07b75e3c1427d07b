"""Who hears of an inquiry: the party by mail, the shop by event, the buyer by message, owner and staff by notice.

Everything here happens in the caller's transaction.
"""

from datetime import datetime
from urllib.parse import quote

from portal.core.base import outbox
from portal.core.base.events import emit
from portal.core.base.public_links import Door, link_to
from portal.core.notices.actions import notify
from portal.core.people import queries as people
from portal.core.people.rules import Role
from portal.service.inquiries.queries import InquiryInfo
from portal.service.inquiries.rules import NEEDS_OWNER, Answered, Kind, Said
from portal.service.messages.actions import tell_buyer
from portal.service.orders import queries as orders
from portal.service.orders.actions import end_need, note, raise_need
from portal.service.orders.parcel_watch import in_hand

MAIL_TOPIC = "inquiry.mail"
LATE, UNMET, MISSED = "late", "wish_unmet", "address_missed"
# Needs whose question is the same: does the buyer still want it?
STILL_WANTED = frozenset({LATE, UNMET, "hurry_silent", "hurry_out_of_stock", "hurry_cannot", "hurry_promise"})


def order_way(number: str, page: str = "") -> str:
    return f"/orders/{quote(number)}{page}"


def inquiry_way(info: InquiryInfo) -> str:
    return order_way(info.number, f"/inquiries/{info.ref}")


def need_way(info: InquiryInfo, code: str) -> str:
    return order_way(info.number, "/wish") if code in STILL_WANTED else inquiry_way(info)


def hurry_subject(ref: str) -> str:
    return f"hurry:{ref}"


async def mail(info: InquiryInfo, what: str, at: datetime) -> None:
    """A letter to the party's contact, if it has an address; without one staff telephones."""
    if info.party_email is not None:
        await outbox.send(MAIL_TOPIC, info.subject, {"inquiry": info.id, "what": what}, at)


async def buyer(info: InquiryInfo, kind: str, at: datetime, **params: object) -> None:
    """One sentence to the buyer with the link to her order."""
    way = await link_to(Door.ORDER, info.order_id, at)
    await tell_buyer(info.vip_id, kind, {"number": info.number, **params}, at, way=way, order_id=info.order_id)


async def asked(info: InquiryInfo, at: datetime, person_id: int | None) -> None:
    """An inquiry was opened."""
    if info.kind is Kind.ADDRESS:
        await end_missed(info.order_id, at)
    await in_hand(info.order_id, at)
    kind = f"{info.kind}_asked" if info.party_id is not None else "address_shop"
    facts = {"party": info.party_name or "", "due_at": info.due_at.isoformat()}
    await note(info.order_id, kind, at, facts, person_id)
    await mail(info, "asked", at)
    await buyer(info, f"{info.kind}_asked", at, due_at=info.due_at)
    await _to_shop(info, at)


async def pressed_again(info: InquiryInfo, at: datetime, person_id: int | None) -> None:
    """A hurry that still waits was asked for once more."""
    await note(info.order_id, "hurry_again", at, {"party": info.party_name or ""}, person_id)
    await mail(info, "again", at)
    await _to_shop(info, at)


async def _to_shop(info: InquiryInfo, at: datetime) -> None:
    payload = {"inquiry": info.id, "level": info.level}
    if info.kind is Kind.HURRY:
        await emit("hurry.requested", hurry_subject(info.ref), payload, at)
    elif info.party_id is None:
        await emit("order.correction_requested", f"order:{info.number}", payload, at)


async def silent(info: InquiryInfo, at: datetime) -> None:
    """The deadline has passed without an answer: the platform takes it over, and everybody knows."""
    code = f"{info.kind}_silent"
    if info.kind is Kind.HURRY:
        await emit("hurry.escalated", hurry_subject(info.ref), {"inquiry": info.id, "level": info.level}, at)
    await note(info.order_id, code, at, {"party": info.party_name or ""})
    await raise_need(info.order_id, code, info.subject, need_way(info, code), at)
    await buyer(info, code, at)
    params = {"number": info.number, "party": info.party_name or "", "due_at": info.due_at}
    await notify(info.owner_id, "inquiries.silent", params, at, way=inquiry_way(info))
    for admin in await people.people_with_role(Role.ADMIN):
        way = f"/admin/inquiries/{info.ref}"
        await notify(admin.id, "inquiries.silent_staff", params, at, way=way, email=False)


async def answered(info: InquiryInfo, said: Said, at: datetime, person_id: int | None) -> None:
    """The party has answered; what only the owner can settle now becomes a need."""
    outcome = f"{info.kind}_{said.answer}"
    facts: dict[str, object] = {"party": info.party_name or ""}
    if said.ships_by is not None:
        facts["ships_by_at"] = said.ships_by.isoformat()
    await note(info.order_id, outcome, at, facts, person_id)
    await end_need(info.order_id, f"{info.kind}_silent", info.subject, at)
    await buyer(info, outcome, at, **({"ships_by_at": said.ships_by} if said.ships_by else {}))
    trouble = said.answer in NEEDS_OWNER
    if trouble:
        await raise_need(info.order_id, outcome, info.subject, need_way(info, outcome), at)
    params = {"number": info.number, "party": info.party_name or ""}
    if trouble:
        await notify(info.owner_id, "inquiries.trouble", params, at, way=need_way(info, outcome))
    else:
        await notify(info.owner_id, "inquiries.answered", params, at, way=inquiry_way(info), email=False)


async def end_missed(order_id: int, at: datetime) -> None:
    """The correction that came too late for the shop is asked of the carrier, or no longer of use."""
    for need in await orders.needs(order_id):
        if need.code == MISSED:
            await end_need(order_id, need.code, need.subject, at)


async def unsaid(info: InquiryInfo, answer: Answered, at: datetime) -> None:
    """An answer was put right: what the one before raised is over."""
    await end_need(info.order_id, f"{info.kind}_{answer}", info.subject, at)
