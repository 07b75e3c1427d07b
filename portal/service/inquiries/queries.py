"""Inquiries of an order, by deadline, for a program, and the story that buyer and owner share. Call inside a door."""

import json
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from portal.core.base.database import placeholders
from portal.core.web.paging import Cut, Page, paged
from portal.service.inquiries.rules import (
    Answered,
    End,
    Kind,
    Past,
    Said,
    Step,
    Via,
    rank_before,
)
from portal.service.inquiries.settling import Asked
from portal.service.inquiries.tables import Inquiry, InquiryStep
from portal.service.orders.rules import Address, Status

BEYOND = 2**62
LARGEST = 2**63 - 1


@dataclass(frozen=True, slots=True)
class AnswerInfo:
    """What a party answered. `late`: after the deadline; `source`: how staff came to know of it."""

    id: int
    said: Said
    at: datetime
    via: Via
    late: bool
    source: str | None


@dataclass(frozen=True, slots=True)
class InquiryInfo:
    """An inquiry with its party and what it was answered; no party: the shop is asked."""

    id: int
    ref: str
    order_id: int
    number: str
    vip_id: int
    owner_id: int
    kind: Kind
    party_id: int | None
    party: str | None  # its external id
    party_name: str | None
    party_phone: str | None
    party_email: str | None
    parcel_id: int | None
    tracking: str | None
    lines: tuple[str, ...]
    asked_by: str | None
    note: str | None
    wanted: Address | None
    asked_at: datetime
    pressed_at: datetime
    presses: int
    due_at: datetime
    level: int
    rank: int
    next_at: datetime | None
    ended_at: datetime | None
    ended_why: End | None
    answer: AnswerInfo | None

    @property
    def open(self) -> bool:
        return self.ended_at is None

    @property
    def state(self) -> str:
        """`open`, `answered`, or `settled` where the parcel or the shop gave the answer."""
        return "open" if self.open else "answered" if self.answer is not None else "settled"

    @property
    def subject(self) -> str:
        """What the needs that it raises name as their cause."""
        return f"inquiry:{self.ref}"

    @property
    def asked(self) -> Asked:
        return Asked(self.kind, self.asked_at, self.lines, self.tracking, self.wanted)

    @property
    def past(self) -> Past:
        said = self.answer.said if self.answer else None
        answer, ships_by = (said.answer, said.ships_by) if said else (None, None)
        return Past(self.pressed_at, self.due_at, not self.open, answer, ships_by)


_INQUIRY = (
    "SELECT i.id, i.ref, i.order_of AS order_id, o.number, o.vip AS vip_id, s.owner AS owner_id, i.kind,"
    " i.party AS party_id, p.external_id AS party, p.name AS party_name, p.contact_phone AS party_phone,"
    " p.contact_email AS party_email, i.parcel AS parcel_id, c.tracking_number AS tracking, i.lines,"
    " q.name AS asked_by, i.note, i.new_name, i.new_phone, i.new_region, i.new_street, i.asked_at, i.pressed_at,"
    " i.presses, i.due_at, i.level, i.rank, i.next_at, i.ended_at, i.ended_why,"
    " a.id AS answer_id, a.answer, a.ships_by, a.tracking AS answer_tracking, a.text, a.at AS answered_at, a.via,"
    " a.late, a.source"
    " FROM inquiries i JOIN orders o ON o.id = i.order_of JOIN stores s ON s.id = o.store"
    " LEFT JOIN suppliers p ON p.id = i.party LEFT JOIN parcels c ON c.id = i.parcel"
    " LEFT JOIN persons q ON q.id = i.asked_by"
    " LEFT JOIN inquiry_answers a ON a.inquiry = i.id AND a.replaced_at IS NULL"
)


def _answer(row: dict[str, Any]) -> AnswerInfo | None:
    names = ("answer_id", "answer", "ships_by", "answer_tracking", "text", "answered_at", "via", "late", "source")
    own = {name: row.pop(name) for name in names}
    if own["answer_id"] is None:
        return None
    said = Said(Answered(own["answer"]), own["ships_by"], own["answer_tracking"], own["text"])
    late = bool(own["late"])
    return AnswerInfo(own["answer_id"], said, own["answered_at"], Via(own["via"]), late, own["source"])


def _inquiry(row: dict[str, Any]) -> InquiryInfo:
    answer = _answer(row)
    new = [row.pop(f"new_{name}") for name in ("name", "phone", "region", "street")]
    wanted = Address(*new) if new[0] is not None else None
    lines, why = row.pop("lines"), row.pop("ended_why")
    return InquiryInfo(
        kind=Kind(row.pop("kind")),
        lines=tuple(json.loads(lines) if isinstance(lines, str) else lines),
        ended_why=End(why) if why else None,
        wanted=wanted,
        answer=answer,
        **row,
    )


async def _listed(condition: str, *values: object) -> list[InquiryInfo]:
    return [_inquiry(dict(row)) for row in await Inquiry.raw(f"{_INQUIRY} WHERE {condition}", *values)]


async def inquiry(inquiry_id: int) -> InquiryInfo | None:
    found = await _listed("i.id = {}", inquiry_id)
    return found[0] if found else None


async def inquiry_by_ref(ref: str) -> InquiryInfo | None:
    found = await _listed("i.ref = {}", ref)
    return found[0] if found else None


async def of_order(order_id: int, limit: int = 30) -> list[InquiryInfo]:
    """What was asked about an order, the latest first."""
    return await _listed("i.order_of = {} ORDER BY i.id DESC LIMIT {}", order_id, limit)


async def pending(order_id: int) -> list[InquiryInfo]:
    """What waits for an answer, or for its answer to come true."""
    return await _listed("i.order_of = {} AND (i.ended_at IS NULL OR i.next_at IS NOT NULL) ORDER BY i.id", order_id)


async def waiting(cut: Cut, kind: Kind | None, overdue_at: datetime | None) -> Page[InquiryInfo]:
    """Open inquiries by their deadline; `overdue_at`: only those whose deadline was over then."""
    where, values = ["i.ended_at IS NULL", "i.rank > {}"], [cut.after]
    if kind is not None:
        where.append("i.kind = {}")
        values.append(str(kind))  # type: ignore[arg-type]
    where.append("i.rank < {}")
    values.append(rank_before(overdue_at) if overdue_at else LARGEST)
    rows = await _listed(f"{' AND '.join(where)} ORDER BY i.rank LIMIT {{}}", *values, cut.fetch)
    return paged(rows, cut, lambda one: one.rank)


_STATES = {
    "open": " AND i.ended_at IS NULL",
    "answered": " AND i.ended_at IS NOT NULL AND a.id IS NOT NULL",
    "settled": " AND i.ended_at IS NOT NULL AND a.id IS NULL",
}


async def hurries(cut: Cut, state: str | None) -> Page[InquiryInfo]:
    """Hurries for a program, the oldest first."""
    only = _STATES[state] if state else ""
    rows = await _listed(f"i.kind = 'hurry' AND i.id > {{}}{only} ORDER BY i.id LIMIT {{}}", cut.after, cut.fetch)
    return paged(rows, cut, lambda one: one.id)


async def steps(inquiry_id: int) -> list[tuple[Step, datetime]]:
    """The rungs that it has climbed, in order."""
    rows = (
        await InquiryStep.select(InquiryStep.step, InquiryStep.at)
        .where(InquiryStep.inquiry == inquiry_id)
        .order_by(InquiryStep.id)
    )
    return [(Step(row["step"]), row["at"]) for row in rows]


async def due(at: datetime, limit: int) -> list[int]:
    """Inquiries whose ladder climbs on, or whose answer is to be looked at again, the longest due first."""
    rows = await Inquiry.raw("SELECT id FROM inquiries WHERE next_at <= {} ORDER BY next_at LIMIT {}", at, limit)
    return [row["id"] for row in rows]


async def counts(at: datetime) -> tuple[int, int]:
    """How many are open, and how many of them overdue."""
    rows = await Inquiry.raw(
        "SELECT count(*) AS n, count(CASE WHEN rank < {} THEN 1 END) AS late FROM inquiries WHERE ended_at IS NULL",
        rank_before(at),
    )
    return int(rows[0]["n"]), int(rows[0]["late"])


async def party_names(party_ids: Collection[int]) -> dict[int, str]:
    """What suppliers and carriers are called, by id."""
    if not party_ids:
        return {}
    places = placeholders(party_ids)
    rows = await Inquiry.raw(f"SELECT id, name FROM suppliers WHERE id IN ({places})", *party_ids)  # noqa: S608 - places
    return {row["id"]: row["name"] for row in rows}


# ---- what the hook asks of every order that changes ----


@dataclass(frozen=True, slots=True)
class Glance:
    """Whether anything of this room concerns an order."""

    status: Status
    ship_by: datetime | None
    pending: int
    needs: int
    wish_id: int | None
    wished_until: datetime | None


_GLANCE = (
    "SELECT o.status, o.ship_by, w.id AS wish_id, w.until AS wished_until,"
    " (SELECT count(*) FROM inquiries i WHERE i.order_of = o.id AND (i.ended_at IS NULL OR i.next_at IS NOT NULL))"
    " AS pending,"
    " (SELECT count(*) FROM order_needs n WHERE n.order_of = o.id AND n.ended_at IS NULL) AS needs"
    " FROM orders o LEFT JOIN buyer_wishes w ON w.order_of = o.id AND w.ended_at IS NULL WHERE o.id = {}"
)


async def glance(order_id: int) -> Glance:
    row = dict((await Inquiry.raw(_GLANCE, order_id))[0])
    return Glance(status=Status(row.pop("status")), **row)


# ---- what buyer and owner both see ----


@dataclass(frozen=True, slots=True)
class Told:
    """One inquiry as the buyer may read it: no names of parties' people, no words about her address."""

    kind: Kind
    party_name: str | None
    asked_at: datetime
    due_at: datetime
    breached: bool
    answer: Answered | None
    answered_at: datetime | None
    late: bool
    ships_by: datetime | None
    tracking: str | None
    text: str | None
    ended_at: datetime | None
    ended_why: End | None


def told(info: InquiryInfo, now: datetime) -> Told:
    """The inquiry in the words that buyer and owner share."""
    answer = info.answer
    said = answer.said if answer else None
    return Told(
        kind=info.kind,
        party_name=info.party_name,
        asked_at=info.asked_at,
        due_at=info.due_at,
        breached=info.open and now >= info.due_at,
        answer=said.answer if said else None,
        answered_at=answer.at if answer else None,
        late=answer.late if answer else False,
        ships_by=said.ships_by if said else None,
        tracking=said.tracking if said else None,
        text=said.text if said else None,
        ended_at=info.ended_at,
        ended_why=info.ended_why,
    )


async def story_of(order_id: int, now: datetime) -> list[Told]:
    """What was asked about an order and what came of it, the latest first: the same for buyer and owner."""
    return [told(info, now) for info in await of_order(order_id)]
