"""What time brings: a question that waits is said again, a low rating without an answer reaches the manager."""

from datetime import datetime

from portal.core.base.clock import now
from portal.core.base.database import reading, writing
from portal.core.notices.actions import notify
from portal.core.people import queries as people
from portal.core.people.rules import Role
from portal.core.stores import queries as stores
from portal.core.stores.queries import StoreInfo
from portal.service.voices.tables import Rating, Thread

BATCH = 100


async def remind_waiting() -> int:
    """Remind owners of questions that have waited half a day; returns how many."""
    at, reminded = now(), 0
    while rows := await _due(
        "SELECT t.id, t.ref, t.store, t.waiting_since, o.number FROM threads t JOIN orders o ON o.id = t.order_of"
        " WHERE t.remind_at <= {} ORDER BY t.remind_at LIMIT {}",
        at,
    ):
        async with writing():
            for row in rows:
                reminded += await _remind(row, at)
    return reminded


async def escalate_ratings() -> int:
    """Tell the manager (an admin where there is none) of low ratings that stand unanswered; returns how many."""
    at, escalated = now(), 0
    while rows := await _due(
        "SELECT r.id, r.store, o.number FROM ratings r JOIN orders o ON o.id = r.order_of"
        " WHERE r.escalate_at <= {} ORDER BY r.escalate_at LIMIT {}",
        at,
    ):
        async with writing():
            for row in rows:
                escalated += await _escalate(row, at)
    return escalated


async def _due(sql: str, at: datetime) -> list[dict[str, object]]:
    async with reading():
        return list(await Rating.raw(sql, at, BATCH))


async def _remind(row: dict[str, object], at: datetime) -> int:
    taken = (
        await Thread.update({Thread.remind_at: None})
        .where(Thread.id == row["id"], Thread.remind_at <= at)
        .returning(Thread.id)
    )
    if not taken:
        return 0
    store = await _store(row)
    params = {"number": row["number"], "since_at": row["waiting_since"]}
    await notify(store.owner_id, "thread_waiting", params, at, way=f"/threads/{row['ref']}")
    return 1


async def _escalate(row: dict[str, object], at: datetime) -> int:
    taken = (
        await Rating.update({Rating.escalate_at: None, Rating.escalated_at: at})
        .where(Rating.id == row["id"], Rating.escalate_at <= at)
        .returning(Rating.id)
    )
    if not taken:
        return 0
    store = await _store(row)
    params = {"number": row["number"], "store": store.name}
    for person_id in await _overseers(store):
        await notify(person_id, "low_rating_overdue", params, at, way=f"/manage/stores/{store.external_id}")
    await notify(store.owner_id, "low_rating_late", params, at, way=f"/orders/{row['number']}/ratings")
    return 1


async def _store(row: dict[str, object]) -> StoreInfo:
    store = await stores.store(int(str(row["store"])))
    assert store is not None
    return store


async def _overseers(store: StoreInfo) -> list[int]:
    if store.manager_id is not None:
        return [store.manager_id]
    return [person.id for person in await people.people_with_role(Role.ADMIN, 20)]
