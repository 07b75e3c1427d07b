"""The conversation about a complaint, and putting right how it was filed."""

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from piccolo.columns import Column

from portal.core.base import audit
from portal.core.base.audit import Actor
from portal.core.base.database import writing
from portal.core.base.public_links import Door, link_to
from portal.core.base.refusals import NotFound, Refused
from portal.core.notices.actions import notify
from portal.service.complaints import history, queries
from portal.service.complaints.life import check_seen, held, note
from portal.service.complaints.queries import ComplaintInfo
from portal.service.complaints.rules import FAMILY, LONGEST_TEXT, Audience, Event, Function, Speaker, State, Urgency
from portal.service.complaints.tables import Complaint, Turn
from portal.service.complaints.wording import find_by_words
from portal.service.messages.actions import tell_buyer


@dataclass(frozen=True, slots=True)
class Words:
    """What somebody says. `waiting`: the agent waits for the buyer's answer now."""

    speaker: Speaker
    audience: Audience
    text: str
    person_id: int | None = None
    waiting: bool = False


async def say(actor: Actor, complaint_id: int, words: Words, at: datetime, *, seen: int | None = None) -> int:
    """Add a turn, tell those whom it is for; the turn's id.

    The buyer's words end the waiting for her; the agent's first words to her are the first reply. Raises Refused:
    (422) `turn_blank`, `turn_long`; (409) `complaint_moved_on` where `seen` is older than the last event,
    `complaint_over` where it has ended and is not the desk's own note.
    """
    text = words.text.strip()
    if not text:
        raise Refused("turn_blank", field="text", status=422)
    if len(text) > LONGEST_TEXT:
        raise Refused("turn_long", {"most": LONGEST_TEXT}, field="text", status=422)
    async with writing():
        info = await held(complaint_id)
        check_seen(info, seen)
        if not info.open and words.audience is not Audience.INNER:
            raise Refused("complaint_over", way=info.way)
        turn_id = await _turn(info, words, text, at)
        await _turned(info, words, at)
        await _tell_turn(await held(info.id), words, at)
        await find_by_words(await held(info.id))
        await audit.record(actor, "complaint.said", ("complaint", info.id), at, {"audience": str(words.audience)})
        return turn_id


async def _turn(info: ComplaintInfo, words: Words, text: str, at: datetime) -> int:
    turn = Turn(
        complaint=info.id,
        at=at,
        speaker=str(words.speaker),
        person=words.person_id,
        audience=str(words.audience),
        text=text,
    )
    rows = await Turn.insert(turn).returning(Turn.id)
    return int(rows[0]["id"])


async def _turned(info: ComplaintInfo, words: Words, at: datetime) -> None:
    """What a turn changes: first reply, waiting, answered. Every turn to or from the buyer moves the page on."""
    if words.speaker is Speaker.BUYER and info.waiting_since is not None:
        await Complaint.update({Complaint.waiting_since: None}).where(Complaint.id == info.id)
        await note(info, Event.ANSWERED, at)
    if words.speaker is not Speaker.AGENT or words.audience is not Audience.BUYER:
        return
    if info.first_reply_at is None:
        await _first_reply(info, words.person_id, at)
        await note(info, Event.FIRST_REPLY, at, by=words.person_id)
    if words.waiting and info.waiting_since is None:
        await Complaint.update({Complaint.waiting_since: at}).where(Complaint.id == info.id)
        await note(info, Event.WAITING, at, by=words.person_id)


async def _first_reply(info: ComplaintInfo, person_id: int | None, at: datetime) -> None:
    """With how long it took, counted from when it came to her, on her shift (the desk's own five minutes)."""
    since = await history.came_to(info, person_id, at)
    values: dict[Column | str, Any] = {Complaint.first_reply_at: at, Complaint.first_reply_by: person_id}
    values[Complaint.first_reply_seconds] = max(0, int((at - since).total_seconds()))
    await Complaint.update(values).where(Complaint.id == info.id)


async def _tell_turn(info: ComplaintInfo, words: Words, at: datetime) -> None:
    if words.audience is Audience.BUYER and words.speaker is Speaker.AGENT:
        way = await link_to(Door.COMPLAINT, info.id, at)
        await tell_buyer(info.vip_id, "complaint_replied", {}, at, way=way, order_id=info.order_id)
    if words.audience in (Audience.BUYER, Audience.OWNER) and words.speaker is Speaker.AGENT:
        await notify(info.owner_id, "complaint_replied", {"buyer": info.vip_name}, at, way=info.way, email=False)
    if words.speaker is not Speaker.AGENT and info.agent_id is not None:
        way = f"/desk/complaints/{info.ref}"
        await notify(
            info.agent_id, f"complaint_{words.speaker}_said", {"buyer": info.vip_name}, at, way=way, email=False
        )


async def told_before(complaint_id: int, turn_id: int, at: datetime) -> None:
    """The buyer or her owner says that she had told this already: "asked again" is measured. Raises NotFound."""
    async with writing():
        rows = (
            await Turn.update({Turn.told_before_at: at})
            .where(
                Turn.id == turn_id,
                Turn.complaint == complaint_id,
                Turn.speaker == str(Speaker.AGENT),
                Turn.audience != str(Audience.INNER),
                Turn.told_before_at.is_null(),
            )
            .returning(Turn.id)
        )
        if not rows and not await Turn.exists().where(Turn.id == turn_id, Turn.complaint == complaint_id):
            raise NotFound


async def reclass(
    actor: Actor, complaint_id: int, function: Function, urgency: Urgency, product_category: str, at: datetime
) -> ComplaintInfo:
    """Put category and urgency right; its place in the day follows. The agent in charge does, or the lead."""
    async with writing():
        info = await held(complaint_id)
        values: dict[Column | str, Any] = {
            Complaint.function_category: str(function),
            Complaint.family: str(FAMILY[function]),
            Complaint.urgency: str(urgency),
            Complaint.product_category: product_category.strip()[:80] or info.product_category,
        }
        await Complaint.update(values).where(Complaint.id == info.id)
        facts = {"function": str(function), "urgency": str(urgency)}
        await note(await held(info.id), Event.RECLASSED, at, by=actor.id, facts=facts)
        await audit.record(actor, "complaint.reclassed", ("complaint", info.id), at, facts)
        return await held(info.id)


async def link(actor: Actor, complaint_id: int, to_id: int | None, at: datetime) -> ComplaintInfo:
    """Say what a complaint repeats, or (None) that it stands for itself. Nothing is merged away.

    Raises Refused (422) `duplicate_unfit` where it is another buyer's, itself, or ended, or has a proposal of its
    own.
    """
    async with writing():
        info = await held(complaint_id)
        root = await queries.by_id(to_id) if to_id is not None else None
        if root is not None and root.duplicate_of is not None:
            root = await queries.by_id(root.duplicate_of)
        unfit = root is None or root.id == info.id or root.vip_id != info.vip_id or not root.open
        unfit = unfit or info.state is not State.OPEN
        if to_id is not None and unfit:
            raise Refused("duplicate_unfit", field="to", status=422)
        await Complaint.update({Complaint.duplicate_of: root.id if root else None}).where(Complaint.id == info.id)
        if root is not None:
            await Complaint.update({Complaint.duplicate_of: root.id}).where(Complaint.duplicate_of == info.id)
        linked = replace(info, duplicate_of=root.id if root else None)
        await note(linked, Event.LINKED if root else Event.UNLINKED, at, by=actor.id)
        await audit.record(actor, "complaint.linked", ("complaint", info.id), at, {"to": to_id})
        return await held(info.id)
