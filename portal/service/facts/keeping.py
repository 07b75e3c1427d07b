"""Facts kept up with what happens: each change leaves a due in its own transaction, a sweep reckons what is due.

The sums of a day move by the difference between the facts that were kept and those that take their place, in the same
transaction. All of the platform's orders share a day's row, so whoever keeps facts takes a turn; changes never wait.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from time import monotonic

from portal.core.base import site_settings
from portal.core.base.clock import now
from portal.core.base.database import DB, in_turn, placeholders, reading, writing
from portal.core.base.hooks import OrderFact as Changed
from portal.service.facts import gathering, promises
from portal.service.facts import writing as kept_rows
from portal.service.facts.parties import party_facts
from portal.service.facts.rules import OrderFacts, PartyFacts, order_facts
from portal.service.facts.sums import shifts_of_orders, shifts_of_parties
from portal.service.facts.tables import FactDue, OrderFact

TURN = "facts"
BATCH = 200  # dues or orders in one transaction
LONGEST = 20.0  # seconds: a worker has more to do; what is left comes with the next run
SEEN = "facts.seen"
# Writers commit out of order: orders without facts are looked for until they are as old as this.
SETTLED = timedelta(minutes=5)


# ---- what is due; each in the transaction of the change ----


async def due(order_ids: Sequence[int], at: datetime) -> None:
    """Have the facts of these orders reckoned again."""
    for start in range(0, len(order_ids), BATCH):
        part = order_ids[start : start + BATCH]
        places = ", ".join(["({}, {})"] * len(part))
        values = (value for order_id in part for value in (order_id, at))
        await FactDue.raw(f"INSERT INTO fact_dues (order_of, at) VALUES {places}", *values)  # noqa: S608


async def on_order(fact: Changed) -> None:
    """Hook: an order, its parcels or its clock changed."""
    await due([fact.order_id], fact.at)


async def on_noted(order_id: int, at: datetime) -> None:
    """A moment was written into an order's timeline: a hurry, an answer, a rating, a return."""
    await due([order_id], at)


async def on_complaint(complaint_id: int, at: datetime) -> None:
    """Something happened to a complaint: filed, withdrawn, linked, classed anew, its cause found."""
    sql = "INSERT INTO fact_dues (order_of, at) SELECT order_of, {} FROM complaints WHERE id = {}"
    await FactDue.raw(f"{sql} AND order_of IS NOT NULL", at, complaint_id)


async def on_product(product_id: int, at: datetime) -> None:
    """A product has another supplier or category."""
    sql = "INSERT INTO fact_dues (order_of, at) SELECT order_of, {} FROM order_lines WHERE product = {}"
    await FactDue.raw(sql, at, product_id)


async def on_buyer(vip_id: int, at: datetime) -> None:
    """A buyer's personal values were erased, in the caller's transaction."""
    await FactDue.raw("INSERT INTO fact_dues (order_of, at) SELECT id, {} FROM orders WHERE vip = {}", at, vip_id)


async def on_store(store_id: int, at: datetime) -> None:
    """A store belongs to another region."""
    await FactDue.raw("INSERT INTO fact_dues (order_of, at) SELECT id, {} FROM orders WHERE store = {}", at, store_id)


# ---- the sweeps ----


async def keep() -> int:
    """Sweep: reckon what is due; returns how many dues were settled."""
    settled, until = 0, monotonic() + LONGEST
    async with reading():
        waiting = await FactDue.raw("SELECT id FROM fact_dues ORDER BY id LIMIT 1")
    while waiting and monotonic() < until:
        done = await keep_batch(now())
        settled += done
        waiting = waiting if done == BATCH else []
    return settled


async def keep_batch(at: datetime) -> int:
    """Settle the oldest dues in one transaction; returns how many."""
    async with writing():
        await in_turn(TURN)
        dues = await FactDue.raw("SELECT id, order_of FROM fact_dues ORDER BY id LIMIT {}", BATCH)
        if not dues:
            return 0
        await reckon(sorted({row["order_of"] for row in dues}), at)
        places = placeholders(dues)
        await FactDue.raw(f"DELETE FROM fact_dues WHERE id IN ({places})", *(row["id"] for row in dues))  # noqa: S608
    return len(dues)


async def notice() -> int:
    """Sweep: reckon orders that have no facts, because they were there before, or were loaded in bulk."""
    made, until = 0, monotonic() + LONGEST
    async with reading():
        known = await site_settings.value(SEEN, "")
    last = int(known or 0)
    while monotonic() < until:
        done, last, known, more = await _notice_batch(last, known, now())
        made += done
        if not more:
            break
    if made > BATCH:
        await _measured()
    return made


async def _measured() -> None:
    """After many new rows PostgreSQL goes on with plans that were made for none, until it counts them."""
    if DB.engine_type == "postgres":
        async with writing():
            await DB.fetch("ANALYZE order_facts, party_facts, order_days, party_days", [])


async def _notice_batch(last: int, known: str, at: datetime) -> tuple[int, int, str, bool]:
    """How many were without facts, the last order looked at, the mark as it stands, whether there may be more."""
    async with reading():
        seen = await OrderFact.raw(
            "SELECT o.id, o.taken_at, f.id AS fact FROM orders o LEFT JOIN order_facts f ON f.order_of = o.id"
            " WHERE o.id > {} ORDER BY o.id LIMIT {}",
            last,
            BATCH,
        )
    missing = [row["id"] for row in seen if row["fact"] is None]
    settled = _settled(seen, at) if last == int(known or 0) else None
    if missing or settled is not None:
        async with writing():
            await in_turn(TURN)
            await reckon(missing, at)
            if settled is not None and await site_settings.advance(SEEN, known, str(settled), at):
                known = str(settled)
    return len(missing), seen[-1]["id"] if seen else last, known, len(seen) == BATCH


def _settled(seen: Sequence[dict[str, object]], at: datetime) -> int | None:
    """The last of these orders before the first young one."""
    found = None
    for row in seen:
        taken_at = row["taken_at"]
        assert isinstance(taken_at, datetime)
        if taken_at > at - SETTLED:
            break
        found = row["id"]
    assert found is None or isinstance(found, int)
    return found


async def behind(until: datetime) -> bool:
    """Whether something that happened before this moment is still to be reckoned. Inside a door."""
    if await FactDue.raw("SELECT id FROM fact_dues WHERE at < {} LIMIT 1", until):
        return True
    missing = await OrderFact.raw(
        "SELECT o.id FROM orders o LEFT JOIN order_facts f ON f.order_of = o.id"
        " WHERE o.id > {} AND o.taken_at < {} AND f.id IS NULL LIMIT 1",
        int(await site_settings.value(SEEN, "") or 0),
        until,
    )
    return bool(missing)


# ---- reckoning ----


async def reckon(order_ids: Sequence[int], at: datetime) -> int:
    """Bring the facts of these orders, and the days they belong to, to what they are now; returns how many differed.

    Call inside `writing()`, in turn.
    """
    if not order_ids:
        return 0
    hours = await promises.all_hours()
    found = await gathering.orders(order_ids)
    after, parties = [order_facts(one) for one in found], [each for one in found for each in party_facts(one, hours)]
    changed = await _keep_orders(await kept_rows.kept(OrderFacts, order_ids), after, at)
    await _keep_parties(await kept_rows.kept(PartyFacts, order_ids), parties, at)
    await _due_in_line(sorted({one.vip for one in after}), at)
    return changed


async def _keep_orders(before: list[OrderFacts], after: list[OrderFacts], at: datetime) -> int:
    same = set(before) & set(after)
    news = [one for one in after if one not in same]
    await kept_rows.put(news, at)
    await kept_rows.move_orders(shifts_of_orders((one for one in before if one not in same), news))
    return len(news)


async def _keep_parties(before: list[PartyFacts], after: list[PartyFacts], at: datetime) -> None:
    same = set(before) & set(after)
    present = {(one.order_of, one.party) for one in after}
    news = [one for one in after if one not in same]
    await kept_rows.drop(one for one in before if (one.order_of, one.party) not in present)
    await kept_rows.put(news, at)
    await kept_rows.move_parties(shifts_of_parties((one for one in before if one not in same), news))


async def _due_in_line(vips: Sequence[int], at: datetime) -> None:
    """Where an order was called off, or came in between, the buyer's other orders stand elsewhere in her line."""
    if not vips:
        return
    places = placeholders(vips)
    moved = await OrderFact.raw(
        "SELECT t.id FROM (SELECT id, row_number() OVER (PARTITION BY vip ORDER BY placed_at, id) AS nth FROM orders"  # noqa: S608
        f" WHERE status <> 'cancelled' AND status <> 'refunded' AND vip IN ({places})) t"
        " JOIN order_facts f ON f.order_of = t.id WHERE f.nth <> t.nth ORDER BY t.id",
        *vips,
    )
    await due([row["id"] for row in moved], at)
