"""The demo's orders and what became of them: told by the shop, hurried, answered, sent back, rated, asked about."""

from dataclasses import replace
from datetime import datetime, timedelta

from portal.commands.demo_data import DemoOrder, DemoVip, demo_data
from portal.commands.demo_past import past_orders
from portal.commands.demo_pictures import cracked_lid
from portal.core.base.audit import SYSTEM
from portal.core.base.database import reading, writing
from portal.core.stores import queries as stores
from portal.core.supply import queries as supply
from portal.core.web.viewer import Viewer
from portal.service.care import actions as care
from portal.service.care.rules import Outcome
from portal.service.inquiries import actions as inquiries
from portal.service.inquiries import answers
from portal.service.inquiries.rules import Answered, Kind, Said, Via
from portal.service.mandates import answers as consent
from portal.service.mandates import queries as mandates
from portal.service.mandates.codes import code_of
from portal.service.mandates.tables import Mandate
from portal.service.orders import queries as orders
from portal.service.orders.actions import put_order
from portal.service.orders.flags import set_flag
from portal.service.orders.follow_ups import follow_up
from portal.service.orders.parcels import put_parcel
from portal.service.orders.queries import OrderInfo
from portal.service.orders.rules import (
    Address,
    Colour,
    LineFacts,
    OrderFacts,
    ParcelFacts,
    ParcelState,
    Status,
    TraceFacts,
)
from portal.service.returns import actions as returns
from portal.service.returns import evidence, filing, registers
from portal.service.returns.offers import Asked
from portal.service.returns.rules import Kind as ReturnKind
from portal.service.returns.rules import Reason
from portal.service.returns.states import Answer, ShopAnswer
from portal.service.sharing import reporting
from portal.service.sharing.rules import Source, What
from portal.service.voices import actions as voices
from portal.service.voices import talk
from portal.service.voices.rules import Marks

CARRIER = "yunda"
SHIP_WITHIN = timedelta(hours=48)
COMPLETE_AFTER = timedelta(days=7)
ON_ITS_WAY = ((0.3, "accepted"), (12.0, "in_transit"))  # hours after shipping


async def make_orders(owner: Viewer, codes: dict[str, str], now: datetime) -> None:
    """Every order with its parcel, as the shop told them over the weeks; `codes` are share codes by VIP."""
    vips = {vip.external_id: vip for vip in demo_data().vips}
    for told in (*past_orders(now), *demo_data().orders):
        await _tell(told, vips[told.vip], codes[told.vip] if told.link else None, now)
    await _act(owner, now)


def _hours(now: datetime, hours: float) -> datetime:
    return now - timedelta(hours=hours)


async def _tell(told: DemoOrder, vip: DemoVip, code: str | None, now: datetime) -> None:
    """The order as placed, as paid, and so on to where it is now, each at its hour."""
    async with reading():
        product = await supply.product_by_external_id(told.product)
    assert product is not None
    placed = _hours(now, told.placed)
    line = LineFacts("1", told.product, product.title, told.quantity, product.price_fen * told.quantity)
    texts = demo_data().texts
    street = texts["street"].format(vip=told.vip.removeprefix("vip-"))
    first = OrderFacts(
        number=told.number,
        updated_at=placed,
        placed_at=placed,
        status=Status.PLACED,
        vip=told.vip,
        address=Address(vip.name, vip.phone, told.region or texts["region"], street),
        lines=(line,),
        paid_fen=line.paid_fen,
        ship_by=placed + SHIP_WITHIN,
        share_code=code,
    )
    for status, at in _life(told, now):
        delivered = _hours(now, told.delivered) if told.delivered is not None else None
        reached = status in (Status.DELIVERED, Status.COMPLETED)
        facts = replace(first, status=status, updated_at=at, delivered_at=delivered if reached else None)
        await put_order(SYSTEM, facts, at)
        if status is Status.SHIPPED:
            await _send(told, at, now)


def _life(told: DemoOrder, now: datetime) -> list[tuple[Status, datetime]]:
    """What the order has been through, with the hour of each."""
    placed = _hours(now, told.placed)
    life = [(Status.PLACED, placed)]
    if told.status == Status.PLACED:
        return life
    life.append((Status.PAID, placed + timedelta(minutes=4)))
    if told.status == Status.CANCELLED:
        return [*life, (Status.CANCELLED, placed + timedelta(hours=2))]
    if told.shipped is not None:
        life.append((Status.SHIPPED, _hours(now, told.shipped)))
    if told.delivered is not None:
        life.append((Status.DELIVERED, _hours(now, told.delivered)))
        if told.status == Status.COMPLETED:
            life.append((Status.COMPLETED, _hours(now, told.delivered) + COMPLETE_AFTER))
    return life


async def _send(told: DemoOrder, shipped: datetime, now: datetime) -> None:
    texts = demo_data().texts
    noted = [(_hours(now, hours), state) for hours, state in told.states] or [
        (shipped + timedelta(hours=hours), state) for hours, state in ON_ITS_WAY
    ]
    if told.delivered is not None:
        noted.append((_hours(now, told.delivered), "delivered"))
    traces = tuple(TraceFacts(at, ParcelState(state), texts[f"trace_{state}"]) for at, state in noted)
    facts = ParcelFacts(CARRIER, f"YD{told.number[-9:].replace('-', '')}", shipped, ("1",), traces)
    await put_parcel(SYSTEM, told.number, facts, noted[-1][0])


async def _order(number: str) -> OrderInfo:
    async with reading():
        found = await orders.order_by_number(number)
    assert found is not None
    return found


async def _act(owner: Viewer, now: datetime) -> None:
    """What the owner, her buyers, suppliers and the shop did about them."""
    await _hurries(owner, now)
    await _parcels(owner, now)
    await _voices(owner, now)
    await _returns(owner, now)
    await _care(owner, now)


async def _hurries(owner: Viewer, now: datetime) -> None:
    """One hurry waits, one was answered with a day, one with "out of stock"."""
    waiting, promised, gone = [await _order(f"D-2026-10{n}") for n in ("07", "08", "17")]
    texts = demo_data().texts
    await inquiries.hurry(owner.actor, owner.person_id, waiting.id, now - timedelta(hours=6))
    await set_flag(owner.actor, owner.person_id, waiting.id, Colour.PURPLE, texts["late_note"], now)
    for order, said in (
        (promised, Said(Answered.SHIPS_BY, ships_by=now + timedelta(hours=20))),
        (gone, Said(Answered.OUT_OF_STOCK, text=texts["out_of_stock"])),
    ):
        asked = await inquiries.hurry(owner.actor, owner.person_id, order.id, now - timedelta(hours=9))
        await answers.answer(SYSTEM, asked[0].id, said, Via.LINK, now - timedelta(hours=4))


async def _parcels(owner: Viewer, now: datetime) -> None:
    """A parcel that the carrier has lost, and one to look at again at the week's end."""
    texts = demo_data().texts
    lost, again = await _order("D-2026-1014"), await _order("D-2026-1010")
    async with reading():
        parcel = (await orders.parcels(lost.id))[0]
    asked = await inquiries.ask_carrier(
        owner.actor, owner.person_id, lost.id, parcel.id, Kind.TRACE, None, now - timedelta(hours=40)
    )
    said = Said(Answered.LOST, text=texts["trace_text"])
    await answers.answer(SYSTEM, asked.id, said, Via.LINK, now - timedelta(hours=12))
    entry = registers.Entry(registers.What.LOST, lost.paid_fen, texts["trace_text"], parcel_id=parcel.id)
    await registers.make(owner.actor, owner.person_id, lost.id, lost.store_id, entry, now - timedelta(hours=11))
    await follow_up(owner.actor, owner.person_id, again.id, now + timedelta(days=2), now - timedelta(hours=1))


async def _voices(owner: Viewer, now: datetime) -> None:
    """A glad rating, a bad one that waits for her answer, a question answered and one that waits."""
    texts = demo_data().texts
    glad, sorry = await _order("D-2026-1003"), await _order("D-2026-1006")
    asked, waiting = await _order("D-2026-1012"), await _order("D-2026-1011")
    await voices.rate(SYSTEM, glad, "1", Marks(5, 5, 5), texts["thanks"], now - timedelta(days=9))
    await voices.rate(SYSTEM, sorry, "1", Marks(2, 4, 2), texts["complaint"], now - timedelta(hours=5))
    await talk.ask(SYSTEM, asked, texts["question"], now - timedelta(hours=50))
    await talk.reply(owner.actor, owner.person_id, asked, texts["answer"], now - timedelta(hours=49))
    await talk.ask(SYSTEM, waiting, texts["question"], now - timedelta(hours=2))


async def _returns(owner: Viewer, now: datetime) -> None:
    """A kettle with a cracked lid: filed, agreed to by its buyer, approved; and a quilt that waits for her consent."""
    for number, agreed in (("D-2026-1012", True), ("D-2026-1005", False)):
        order = await _order(number)
        line = order.lines[0]
        at = now - timedelta(hours=30 if agreed else 3)
        reason = Reason.QUALITY if agreed else Reason.NO_REASON
        photos = await evidence.keep([cracked_lid()]) if agreed else ()
        asked = (Asked(line.id, 1, line.paid_fen),)
        why = "damaged" if agreed else "unwanted"
        draft = filing.Draft(ReturnKind.RETURN, reason, asked, demo_data().texts[why], photos=photos)
        ref = await filing.file_draft(owner.actor, owner.person_id, number, draft, at)
        await filing.ask(owner.actor, owner.person_id, ref, demo_data().texts[f"scope_{why}"], at)
        if agreed:
            await _agree(order.id, at + timedelta(hours=1))
            await returns.take_change(SYSTEM, ref, ShopAnswer(Answer.APPROVED), at + timedelta(hours=8))


async def _agree(order_id: int, at: datetime) -> None:
    """The buyer reads what she is asked, has a code sent, and confirms with it."""
    async with reading():
        asked = (await mandates.mandates_of_order(order_id))[0]
    await consent.send_code(SYSTEM, asked, at)
    async with reading():
        rows = await Mandate.select(Mandate.code_nonce).where(Mandate.id == asked.id)
    await consent.try_code(SYSTEM, asked.id, code_of(rows[0]["code_nonce"]), at + timedelta(minutes=1))


async def _care(owner: Viewer, now: datetime) -> None:
    """A call made, a price note, and a stranger's report of a share."""
    texts = demo_data().texts
    async with reading():
        called = await stores.vip_by_external_id("vip-1")
    assert called is not None
    at = now - timedelta(days=3)
    await care.record_call(owner.actor, owner.person_id, called, Outcome.REACHED, texts["call_note"], None, at)
    flagged = await _order("D-2026-1013")
    await set_flag(owner.actor, owner.person_id, flagged.id, Colour.YELLOW, texts["price_note"], now)


async def report_share(code: str, now: datetime) -> None:
    """Somebody reports what she read in a group."""
    texts = demo_data().texts
    told = reporting.Told(What.MEDICAL_CLAIM, texts["misleading"], texts["misleading_where"])
    async with writing():
        await reporting.report(SYSTEM, code, told, [], Source.VISITOR, now - timedelta(hours=7))
