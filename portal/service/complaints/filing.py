"""Filing a complaint: by the buyer, by her owner on her behalf, by an agent, by a program."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from portal.core.base import audit, site_settings
from portal.core.base.audit import Actor
from portal.core.base.database import hold, writing
from portal.core.base.ids import new_ref
from portal.core.base.public_links import Door, link_to
from portal.core.base.refusals import NotFound, Refused
from portal.core.notices.actions import notify
from portal.service.care import queries as care
from portal.service.complaints import charge, history, promise, queries, told
from portal.service.complaints.clocks import COMPENSATION_HOURS, LEGAL_DAYS, PROPOSAL_HOURS, Policy
from portal.service.complaints.life import note
from portal.service.complaints.queries import ComplaintInfo
from portal.service.complaints.rules import (
    FAMILIAR_FOR_DAYS,
    FAMILIAR_SETTING,
    FAMILY,
    LONGEST_TEXT,
    Channel,
    Event,
    FiledBy,
    Function,
    State,
    Urgency,
    Wanted,
    repeated,
)
from portal.service.complaints.tables import Complaint, ComplaintLine, PromisePolicy
from portal.service.complaints.wording import find_by_words
from portal.service.mandates import actions as mandates
from portal.service.mandates.rules import Matter, Scope, ScopeLine
from portal.service.messages.actions import tell_buyer
from portal.service.orders import actions as orders
from portal.service.orders import queries as asked_orders
from portal.service.orders.queries import LineInfo, OrderInfo


@dataclass(frozen=True, slots=True)
class Filing:
    """What is filed. Without `order_id` no goods are named; `lines` are ids of the order's lines (none: all)."""

    vip_id: int
    order_id: int | None
    lines: tuple[int, ...]
    function: Function
    wanted: Wanted
    urgency: Urgency
    text: str
    channel: Channel
    filed_by: FiledBy
    person_id: int | None  # whose hand, where she has an account
    product_category: str | None = None  # None: the goods'


@dataclass(frozen=True, slots=True)
class _About:
    """What a complaint is about, as found in the records."""

    store_id: int
    order: OrderInfo | None
    lines: tuple[LineInfo, ...]
    carrier_id: int | None

    @property
    def category(self) -> str:
        return self.lines[0].category if self.lines else "other"


async def file(actor: Actor, filing: Filing, at: datetime) -> ComplaintInfo:
    """Take a complaint: clocks start, it finds its agent, the buyer gets her link and hears when she is answered.

    One that repeats an open one of the same order is linked to it and meets the same agent. Filed by an owner, the
    buyer is asked for her consent (a mandate) while the desk begins. Raises Refused (422): `complaint_order_needed`,
    `complaint_line_unknown`; NotFound where the order is not this buyer's.
    """
    async with writing():
        await _hold_vip(filing.vip_id)
        about = await _about(filing)
        policy = await promised(at)
        family = FAMILY[filing.function]
        days = int(await site_settings.value(FAMILIAR_SETTING, str(FAMILIAR_FOR_DAYS)))
        older = await queries.older_of(filing.vip_id, at - timedelta(days=days))
        complaint_id = await _insert(filing, about, policy, at, repeated(older, family, filing.order_id))
        for line in about.lines:
            await ComplaintLine.insert(ComplaintLine(complaint=complaint_id, order_line=line.id))
        info = await _filed(complaint_id)
        await note(info, Event.RECEIVED, at, by=filing.person_id, facts={"channel": str(filing.channel)})
        if info.duplicate_of is not None:
            await note(info, Event.LINKED, at, facts={"to": info.duplicate_of})
        await find_by_words(info)
        if filing.filed_by is FiledBy.OWNER:
            await _ask_buyer(actor, filing, about, info, at)
        choice = await charge.route(await _filed(complaint_id), at)
        if choice.agent_id is None:
            await note(await _filed(complaint_id), Event.QUEUED, at)
        await _tell_filed(actor, await _filed(complaint_id), at)
        return await _filed(complaint_id)


async def _hold_vip(vip_id: int) -> None:
    """One complaint of a buyer after the other, or two hands would route one story to two agents."""
    await hold("vips", vip_id)


async def _filed(complaint_id: int) -> ComplaintInfo:
    found = await queries.by_id(complaint_id)
    assert found is not None
    return found


async def _about(filing: Filing) -> _About:
    if filing.order_id is None:
        if filing.filed_by is FiledBy.OWNER or filing.lines:
            raise Refused("complaint_order_needed", field="order", status=422)
        rows = await Complaint.raw("SELECT store FROM vips WHERE id = {}", filing.vip_id)
        if not rows:
            raise NotFound
        return _About(rows[0]["store"], None, (), None)
    order = await asked_orders.order(filing.order_id)
    if order is None or order.vip_id != filing.vip_id:
        raise NotFound
    known = {line.id: line for line in order.present}
    if any(line not in known for line in filing.lines):
        raise Refused("complaint_line_unknown", field="lines", status=422)
    parcels = await asked_orders.parcels(order.id)
    lines = tuple(known[line] for line in filing.lines) or order.present
    return _About(order.store_id, order, lines, parcels[0].carrier_id if parcels else None)


async def promised(at: datetime) -> Policy:
    """The promise that holds now; the first complaint of a platform finds the source text's 24 and 72 hours."""
    policy = await promise.current_policy()
    if policy is None:
        await PromisePolicy.raw(
            "INSERT INTO promise_policies (proposal_hours, compensation_hours, legal_days, reason, made_at)"
            " VALUES ({}, {}, {}, {}, {})",
            PROPOSAL_HOURS,
            COMPENSATION_HOURS,
            LEGAL_DAYS,
            "",
            at,
        )
        policy = await promise.current_policy()
    assert policy is not None
    return policy


async def _insert(filing: Filing, about: _About, policy: Policy, at: datetime, duplicate_of: int | None) -> int:
    first = about.lines[0] if about.lines else None
    complaint = Complaint(
        ref=new_ref(),
        vip=filing.vip_id,
        store=about.store_id,
        order_of=filing.order_id,
        product=first.product_id if first else None,
        supplier=first.supplier_id if first else None,
        carrier=about.carrier_id,
        region=about.order.address.region if about.order else None,
        product_category=filing.product_category or about.category,
        function_category=str(filing.function),
        family=str(FAMILY[filing.function]),
        wanted=str(filing.wanted),
        urgency=str(filing.urgency),
        channel=str(filing.channel),
        filed_by=str(filing.filed_by),
        filed_by_person=filing.person_id,
        text=filing.text.strip()[:LONGEST_TEXT],
        policy=policy.id,
        received_at=at,
        state=str(State.OPEN),
        duplicate_of=duplicate_of,
        key_vip=await care.is_key(filing.vip_id),
        changed_at=at,
    )
    rows = await Complaint.insert(complaint).returning(Complaint.id)
    return int(rows[0]["id"])


async def _ask_buyer(actor: Actor, filing: Filing, about: _About, info: ComplaintInfo, at: datetime) -> None:
    """The owner files in the buyer's name: she is asked, by the link and code that the owner never sees."""
    assert filing.order_id is not None
    assert filing.person_id is not None
    scope = Scope(info.text[:500], tuple(ScopeLine(line.title, line.quantity) for line in about.lines))
    asked = await mandates.ask(
        actor, filing.person_id, filing.order_id, Matter.COMPLAINT, scope, None, info.subject, at
    )
    await Complaint.update({Complaint.mandate_ref: asked.ref}).where(Complaint.id == info.id)


async def _tell_filed(actor: Actor, info: ComplaintInfo, at: datetime) -> None:
    way = await link_to(Door.COMPLAINT, info.id, at)
    proposal, compensation, _ = await history.clocks_of(info)
    dates = {"proposal_at": proposal.due_at, "compensation_at": compensation.due_at}
    await tell_buyer(info.vip_id, "complaint_received", dates, at, way=way, order_id=info.order_id)
    if info.filed_by is not FiledBy.OWNER:
        params = {"buyer": info.vip_name, "due_at": proposal.due_at}
        await notify(info.owner_id, "complaint_of_vip", params, at, way=info.way)
    if info.order_id is not None:
        await orders.note(
            info.order_id,
            "complaint_filed",
            at,
            {"due_at": proposal.due_at.isoformat()},
            actor.id if actor.kind == "person" else None,
        )
    await told.emit_opened(info, at)
    await audit.record(actor, "complaint.filed", ("complaint", info.id), at, {"by": str(info.filed_by)})
