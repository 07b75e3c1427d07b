"""Asking for a mandate, spending it, and what owner and time do with it. What the buyer does stands in `answers.py`."""

from datetime import datetime
from typing import Any

from portal.core.base import audit
from portal.core.base.audit import SYSTEM, Actor
from portal.core.base.database import writing
from portal.core.base.ids import new_ref
from portal.core.base.public_links import Door, link_to
from portal.core.base.refusals import NotFound, Refused
from portal.core.notices.actions import notify
from portal.core.stores import queries as stores
from portal.service.mandates import queries, slots
from portal.service.mandates.queries import MandateInfo, scope_text
from portal.service.mandates.rules import ASKING, FOLLOWED_FOR, TERM, Act, Matter, Scope, State, may_remind
from portal.service.mandates.tables import Mandate
from portal.service.messages.actions import tell_buyer
from portal.service.orders import actions as orders

_BATCH = 200


async def ask(
    actor: Actor,
    person_id: int,
    order_id: int,
    matter: Matter,
    scope: Scope,
    limit_fen: int | None,
    subject: str,
    at: datetime,
) -> MandateInfo:
    """Ask an order's buyer to consent to one matter; she gets the link. `subject` is what waits (`return:<ref>`).

    A subject has one live mandate: asked again, the live one is returned as it is. `limit_fen` is the most that may
    be moved; None: no money. Raises NotFound where the order is not of `person_id`'s store.
    """
    async with writing():
        order = await orders.required(order_id)
        store = await stores.store(order.store_id)
        if store is None or store.owner_id != person_id:
            raise NotFound
        live = await _live(subject, at)
        if live is not None:
            return live
        values = (order_id, order.vip_id, order.store_id, person_id, str(matter), scope_text(scope), limit_fen, subject)
        mandate_id = await _create(values, at)
        if mandate_id is None:
            return await required_for(subject)
        asked = await _required(mandate_id)
        await _tell(asked, ASKING[matter], at)
        await orders.note(order_id, "mandate_asked", at, by_person=person_id)
        await audit.record(actor, "mandate.asked", ("mandate", mandate_id), at, {"matter": str(matter)})
        return asked


async def _live(subject: str, at: datetime) -> MandateInfo | None:
    """The subject's mandate if it still stands; one whose term is over is ended on the way."""
    found = await queries.mandate_for(subject)
    if found is None or found.ended_at is not None:
        return None
    if found.state(at) is not State.EXPIRED:
        return found
    await _expire(found, at)
    return None


async def _create(values: tuple[Any, ...], at: datetime) -> int | None:
    """The new mandate's id; None where another hand asked for the same subject at the same time."""
    rows = await Mandate.raw(
        "INSERT INTO mandates (ref, order_of, vip, store, asked_by, matter, scope, limit_fen, subject, made_at,"
        " expires_at, codes_sent, tries) VALUES ({}, {}, {}, {}, {}, {}, {}, {}, {}, {}, {}, 0, 0)"
        " ON CONFLICT DO NOTHING RETURNING id",
        new_ref(),
        *values,
        at,
        at + TERM,
    )
    return int(rows[0]["id"]) if rows else None


async def _tell(info: MandateInfo, kind: str, at: datetime) -> None:
    """Send the buyer her link with a sentence."""
    way = await link_to(Door.MANDATE, info.id, at, expires_at=at + FOLLOWED_FOR)
    await tell_buyer(info.vip_id, kind, {"store": info.store_name}, at, way=way, order_id=info.order_id)


async def spend(actor: Actor, mandate_id: int, act: Act, at: datetime) -> MandateInfo:
    """Use the mandate for the act that is sent in the caller's transaction; after it nothing can be revoked.

    Raises Refused (409) with `mandate_<state>`, `mandate_other_order`, `mandate_other_matter` or `mandate_over_limit`.
    """
    async with writing():
        info = await _required(mandate_id)
        gap = info.gap(act, at)
        if gap is not None:
            raise Refused(gap, way=f"/mandates/{info.ref}")
        if not await close(info, {"used_at": at}, at, confirmed=True):
            raise Refused("mandate_meanwhile", way=f"/mandates/{info.ref}")
        await audit.record(actor, "mandate.used", ("mandate", info.id), at, {"matter": str(act.matter)})
        return await _required(mandate_id)


async def remind(actor: Actor, info: MandateInfo, at: datetime) -> None:
    """Send the buyer her link once more, once a day. Raises Refused where she has answered, or not a day has passed."""
    async with writing():
        if info.state(at) is not State.ASKED:
            raise Refused("mandate_answered")
        if not may_remind(info.made_at, info.reminded_at, at):
            raise Refused("mandate_reminded")
        before = Mandate.reminded_at.is_null() if info.reminded_at is None else Mandate.reminded_at == info.reminded_at
        rows = (
            await Mandate.update({Mandate.reminded_at: at})
            .where(Mandate.id == info.id, Mandate.ended_at.is_null(), Mandate.confirmed_at.is_null(), before)
            .returning(Mandate.id)
        )
        if not rows:
            raise Refused("mandate_reminded")
        await _tell(info, "mandate_reminder", at)
        await audit.record(actor, "mandate.reminded", ("mandate", info.id), at)


async def withdraw(actor: Actor, info: MandateInfo, at: datetime) -> None:
    """The owner asks no more. Raises Refused where it has ended already."""
    async with writing():
        if not await close(info, {"withdrawn_at": at}, at):
            raise Refused("mandate_ended")
        await tell_buyer(info.vip_id, "mandate_withdrawn", {"store": info.store_name}, at, order_id=info.order_id)
        person_id = actor.id if actor.kind == "person" else None
        await orders.note(info.order_id, "mandate_withdrawn", at, by_person=person_id)
        await audit.record(actor, "mandate.withdrawn", ("mandate", info.id), at)
        await fall(info.id, actor, at)


async def expire_due(at: datetime) -> int:
    """End what nobody answered or used in its term; returns how many. Batches, until nothing is due."""
    ended = 0
    while True:
        async with writing():
            due = await queries.overdue(at, _BATCH)
            for info in due:
                await _expire(info, at)
        ended += len(due)
        if len(due) < _BATCH:
            return ended


async def _expire(info: MandateInfo, at: datetime) -> None:
    if not await close(info, {}, at):
        return
    await orders.note(info.order_id, "mandate_expired", at)
    await tell_owner(info, "mandate_expired", at)
    await audit.record(SYSTEM, "mandate.expired", ("mandate", info.id), at)
    await fall(info.id, SYSTEM, at)


async def close(info: MandateInfo, moment: dict[str, Any], at: datetime, *, confirmed: bool | None = None) -> bool:
    """End a mandate with what ended it; False where another hand was first.

    `confirmed` True or False: only one that is, or is not, confirmed.
    """
    conditions = [Mandate.id == info.id, Mandate.ended_at.is_null()]
    if confirmed is not None:
        conditions.append(Mandate.confirmed_at.is_not_null() if confirmed else Mandate.confirmed_at.is_null())
    rows = await Mandate.update(ended_at=at, code_nonce=None, **moment).where(*conditions).returning(Mandate.id)
    return bool(rows)


async def fall(mandate_id: int, actor: Actor, at: datetime) -> None:
    """Let the rooms above know, in the same transaction, that a mandate no longer stands."""
    info = await _required(mandate_id)
    for follower in slots.ON_REVOKED:
        await follower(info, actor, at)


async def tell_owner(info: MandateInfo, kind: str, at: datetime) -> None:
    """A notice to the store's owner that leads to the mandate."""
    await notify(info.owner_id, kind, {"number": info.order_number}, at, way=f"/mandates/{info.ref}")


async def required_for(subject: str) -> MandateInfo:
    """The latest mandate of a subject. Raises NotFound."""
    found = await queries.mandate_for(subject)
    if found is None:
        raise NotFound
    return found


async def _required(mandate_id: int) -> MandateInfo:
    found = await queries.mandate(mandate_id)
    if found is None:
        raise NotFound
    return found
