"""What the buyer does with a mandate that she was asked for: a code, yes, no, and no longer."""

from datetime import datetime
from enum import StrEnum

from portal.core.base import audit
from portal.core.base.audit import Actor
from portal.core.base.database import writing
from portal.core.base.ids import new_ref
from portal.core.base.refusals import Refused
from portal.core.web.format import clock_time
from portal.service.mandates import codes, queries, slots
from portal.service.mandates.actions import close, fall, tell_owner
from portal.service.mandates.queries import MandateInfo
from portal.service.mandates.rules import (
    CODE_LASTS,
    LOCKED_FOR,
    MOST_TRIES,
    State,
    code_fault,
    typed_code,
)
from portal.service.mandates.tables import Mandate
from portal.service.messages.actions import tell_buyer
from portal.service.orders import actions as orders


class Guess(StrEnum):
    """How a typed code fared."""

    RIGHT = "right"
    WRONG = "wrong"
    LOCKED = "locked"  # five wrong ones: a fresh code, and not at once
    STALE = "stale"  # there is no code, or its time is over
    CLOSED = "closed"  # there is nothing to confirm (any more)


async def send_code(actor: Actor, info: MandateInfo, at: datetime) -> None:
    """Send the buyer a fresh code; the one before it is void.

    Raises Refused: `mandate_answered`, `mandate_locked`, `mandate_code_just_sent`, `mandate_codes_spent`.
    """
    async with writing():
        if info.state(at) is not State.ASKED:
            raise Refused("mandate_answered")
        fault = code_fault(info.codes_sent, info.code_sent_at, info.locked_until, at)
        if fault is not None:
            raise _no_code(*fault)
        nonce = new_ref()
        rows = await Mandate.raw(
            "UPDATE mandates SET code_nonce = {}, code_sent_at = {}, codes_sent = codes_sent + 1, tries = 0,"
            " locked_until = NULL WHERE id = {} AND codes_sent = {} AND ended_at IS NULL AND confirmed_at IS NULL"
            " AND (locked_until IS NULL OR locked_until <= {}) RETURNING id",
            nonce,
            at,
            info.id,
            info.codes_sent,
            at,
        )
        if not rows:
            raise _no_code("mandate_code_just_sent", None)
        minutes = int(CODE_LASTS.total_seconds() // 60)
        await tell_buyer(info.vip_id, codes.CODE, {"nonce": nonce, "minutes": minutes}, at, order_id=info.order_id)
        await audit.record(actor, "mandate.code_sent", ("mandate", info.id), at)


def _no_code(code: str, since: datetime | None) -> Refused:
    return Refused(code, {"time": clock_time(since)} if since else {}, field="code", status=429)


async def try_code(actor: Actor, mandate_id: int, typed: str, at: datetime) -> Guess:
    """Confirm with a code. A guess is counted before it is judged, so that parallel ones get no more than five.

    The count is kept though the guess is wrong: call it outside any transaction that may yet be undone.
    """
    async with writing():
        rows = await Mandate.raw(
            "UPDATE mandates SET tries = tries + 1 WHERE id = {} AND ended_at IS NULL AND confirmed_at IS NULL"
            " AND expires_at > {} AND code_nonce IS NOT NULL AND code_sent_at > {} AND tries < {}"
            " RETURNING tries, code_nonce",
            mandate_id,
            at,
            at - CODE_LASTS,
            MOST_TRIES,
        )
        if not rows:
            return await _why_not(mandate_id, at)
        if codes.fits(rows[0]["code_nonce"], typed_code(typed)):
            await _confirm(actor, mandate_id, at)
            return Guess.RIGHT
        if rows[0]["tries"] < MOST_TRIES:
            return Guess.WRONG
        await Mandate.update({Mandate.code_nonce: None, Mandate.locked_until: at + LOCKED_FOR}).where(
            Mandate.id == mandate_id
        )
        await audit.record(actor, "mandate.locked", ("mandate", mandate_id), at)
        return Guess.LOCKED


async def _why_not(mandate_id: int, at: datetime) -> Guess:
    info = await queries.mandate(mandate_id)
    if info is None or info.state(at) is not State.ASKED:
        return Guess.CLOSED
    return Guess.LOCKED if info.locked(at) else Guess.STALE


async def _confirm(actor: Actor, mandate_id: int, at: datetime) -> None:
    await Mandate.update({Mandate.confirmed_at: at, Mandate.code_nonce: None}).where(Mandate.id == mandate_id)
    info = await queries.mandate(mandate_id)
    assert info is not None
    await orders.note(info.order_id, "mandate_confirmed", at)
    await tell_owner(info, "mandate_confirmed", at)
    await audit.record(actor, "mandate.confirmed", ("mandate", mandate_id), at, {"matter": str(info.matter)})
    for follower in slots.ON_CONFIRMED:
        await follower(info, actor, at)


async def decline(actor: Actor, info: MandateInfo, reason: str | None, at: datetime) -> None:
    """The buyer does not want it. Raises Refused where there is nothing to decline (any more)."""
    async with writing():
        moment = {"declined_at": at, "decline_reason": reason}
        if info.state(at) is not State.ASKED or not await close(info, moment, at, confirmed=False):
            raise Refused("mandate_answered")
        await _tell_of(actor, info, "mandate_declined", at)


async def revoke(actor: Actor, info: MandateInfo, at: datetime) -> None:
    """She has changed her mind. Raises Refused where the act was sent already, or there is nothing to revoke."""
    async with writing():
        if info.state(at) is State.USED:
            raise Refused("mandate_used")
        if info.state(at) is not State.CONFIRMED or not await close(info, {"revoked_at": at}, at, confirmed=True):
            raise Refused("mandate_not_revocable")
        await _tell_of(actor, info, "mandate_revoked", at)


async def _tell_of(actor: Actor, info: MandateInfo, what: str, at: datetime) -> None:
    await orders.note(info.order_id, what, at)
    await tell_owner(info, what, at)
    await audit.record(actor, what.replace("_", ".", 1), ("mandate", info.id), at)
    await fall(info.id, actor, at)
