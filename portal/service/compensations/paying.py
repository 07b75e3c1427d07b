"""What a buyer has accepted is granted once and paid once: by a code of our stock, or by the shop, which confirms."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from portal.core.base import audit, events
from portal.core.base.audit import SYSTEM, Actor
from portal.core.base.clock import local
from portal.core.base.database import DB, writing
from portal.core.base.ids import new_ref
from portal.core.base.public_links import Door, link_to
from portal.core.base.refusals import NotFound, Refused
from portal.core.notices.actions import notify
from portal.core.people import queries as people
from portal.core.people.rules import Role
from portal.service.compensations import queries
from portal.service.compensations.queries import GrantInfo, ProposalInfo
from portal.service.compensations.rules import UNCONFIRMED_FOR, Kind, Paid, Via
from portal.service.compensations.tables import Grant
from portal.service.compensations.told import APPROVED
from portal.service.complaints import ending
from portal.service.complaints.life import held
from portal.service.complaints.queries import ComplaintInfo
from portal.service.messages.actions import tell_buyer

AHEAD = timedelta(minutes=5)  # clocks of two houses differ


@dataclass(frozen=True, slots=True)
class Payment:
    """What the shop says that it has paid; nought for a replacement. `paid_at` and `ref` where it tells them."""

    amount_fen: int
    paid_at: datetime | None = None
    ref: str | None = None


async def grant(actor: Actor, info: ComplaintInfo, made: ProposalInfo, at: datetime) -> None:
    """The promise becomes a debt of the platform's: one grant of a proposal. The caller holds the complaint."""
    day = local(at).date()
    rows = await Grant.raw(
        "INSERT INTO compensation_grants (ref, proposal, complaint, agent, kind, amount_fen, value_fen, category, day,"
        " month, alone, state, granted_at, late_at) VALUES ({}, {}, {}, {}, {}, {}, {}, {}, {}, {}, {}, {}, {}, {})"
        " ON CONFLICT DO NOTHING RETURNING id",
        new_ref(),
        made.id,
        info.id,
        made.agent_id,
        str(made.kind),
        made.amount_fen,
        made.value_fen,
        made.category,
        day.isoformat(),
        f"{day:%Y-%m}",
        made.needs == 0,
        str(Paid.DUE),
        at,
        at + UNCONFIRMED_FOR,
    )
    if not rows:
        raise Refused("proposal_moved_on")
    grant_id = int(rows[0]["id"])
    facts = {"complaint": info.id, "kind": str(made.kind), "amount_fen": made.amount_fen}
    await audit.record(actor, "compensation.granted", ("grant", grant_id), at, facts)
    if made.kind is Kind.VOUCHER and await _give_code(grant_id, made.amount_fen, at):
        await _paid(SYSTEM, grant_id, Payment(made.amount_fen, at), Via.VOUCHER, at)
    await events.emit(APPROVED, info.subject, {"grant": grant_id}, at)


async def _give_code(grant_id: int, amount_fen: int, at: datetime) -> bool:
    """The oldest free code of exactly this sum; no code is ever given twice."""
    skip = " FOR UPDATE SKIP LOCKED" if DB.engine_type == "postgres" else ""
    rows = await Grant.raw(
        "UPDATE compensation_vouchers SET grant_of = {}, given_at = {} WHERE grant_of IS NULL AND id = ("  # noqa: S608
        "SELECT id FROM compensation_vouchers WHERE amount_fen = {} AND grant_of IS NULL"
        f" AND (expires_at IS NULL OR expires_at > {{}}) ORDER BY id LIMIT 1{skip}) RETURNING id",
        grant_id,
        at,
        amount_fen,
        at + timedelta(days=1),
    )
    return bool(rows)


async def confirm(actor: Actor, ref: str, payment: Payment, via: Via, at: datetime) -> GrantInfo:
    """The shop confirms that it has paid. The same again changes nothing.

    Raises NotFound; Refused (409): `payment_called_off` where it was taken back, `payment_amount` where it is not the
    sum that was granted, `payment_other` where another payment was confirmed before; `payment_ahead` (422).
    """
    if payment.paid_at is not None and payment.paid_at > at + AHEAD:
        raise Refused("payment_ahead", field="paid_at", status=422)
    async with writing():
        found = await queries.grant(ref)
        if found is None:
            raise NotFound
        await held(found.complaint_id)
        found = await queries.grant(ref)
        assert found is not None
        if found.state is Paid.OFF:
            raise Refused("payment_called_off")
        if payment.amount_fen != found.amount_fen:
            raise Refused("payment_amount", {"amount_fen": found.amount_fen}, field="amount_fen")
        if found.state is Paid.PAID:
            if payment.ref and found.payment_ref and payment.ref != found.payment_ref:
                raise Refused("payment_other", {"ref": found.payment_ref}, field="payment_ref")
            return found
        await _paid(actor, found.id, payment, via, at)
        done = await queries.grant(ref)
        assert done is not None
        return done


async def _paid(actor: Actor, grant_id: int, payment: Payment, via: Via, at: datetime) -> None:
    """Paid, once; the complaint's clock stops when nothing that was agreed is left to pay."""
    rows = (
        await Grant.update(
            {
                Grant.state: str(Paid.PAID),
                Grant.paid_at: min(payment.paid_at or at, at),
                Grant.confirmed_at: at,
                Grant.payment_ref: payment.ref,
                Grant.via: str(via),
                Grant.late_at: None,
            }
        )
        .where(Grant.id == grant_id, Grant.state == str(Paid.DUE))
        .returning(Grant.complaint)
    )
    if not rows:
        raise Refused("payment_other", {"ref": ""})
    facts = {"via": str(via), "amount_fen": payment.amount_fen}
    await audit.record(actor, "compensation.paid", ("grant", grant_id), at, facts)
    await _settled(int(rows[0]["complaint"]), at)


async def _settled(complaint_id: int, at: datetime) -> None:
    if await Grant.exists().where(Grant.complaint == complaint_id, Grant.state == str(Paid.DUE)):
        return
    await ending.payment_confirmed(complaint_id, at)
    info = await held(complaint_id)
    way = await link_to(Door.COMPLAINT, info.id, at)
    await tell_buyer(info.vip_id, "compensation_paid", {}, at, way=way, order_id=info.order_id)
    if info.agent_id is not None:
        params = {"buyer": info.vip_name}
        await notify(info.agent_id, "compensation_paid", params, at, way=f"/desk/complaints/{info.ref}", email=False)


async def tell_late(grant_id: int, at: datetime) -> bool:
    """Nobody has confirmed it for a day: desk leads and admins hear of it, once. Its own transaction."""
    async with writing():
        rows = (
            await Grant.update({Grant.late_at: None, Grant.late_told_at: at})
            .where(Grant.id == grant_id, Grant.state == str(Paid.DUE), Grant.late_told_at.is_null())
            .returning(Grant.id)
        )
        found = await queries.grant_by_id(grant_id)
        if not rows or found is None:
            return False
        params = {"amount_fen": found.amount_fen, "granted_at": found.granted_at}
        who = [*await people.people_with_role(Role.DESK_LEAD), *await people.people_with_role(Role.ADMIN)]
        for person_id in dict.fromkeys(person.id for person in who):
            await notify(person_id, "compensation_unpaid", params, at, way="/desk/payments")
        return True
