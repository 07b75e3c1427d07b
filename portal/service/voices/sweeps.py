"""What time brings: a question that waits is said again, a low rating without an answer reaches the manager."""

from dataclasses import dataclass
from datetime import datetime
from functools import partial

from portal.core.base.clock import now
from portal.core.base.database import writing
from portal.core.base.sweeping import each_due
from portal.core.notices.actions import notify
from portal.core.people import queries as people
from portal.core.people.rules import Role
from portal.core.stores import queries as stores
from portal.core.stores.queries import StoreInfo
from portal.service.voices.tables import Rating, Thread


async def remind_waiting() -> int:
    """Remind owners of questions that have waited half a day; returns how many."""
    at = now()
    sql = (
        "SELECT t.id, t.ref, t.store, t.waiting_since, o.number FROM threads t JOIN orders o ON o.id = t.order_of"
        " WHERE t.remind_at <= {} ORDER BY t.remind_at LIMIT {}"
    )
    return await each_due(partial(_due, sql, at), partial(_remind, at=at))


async def escalate_ratings() -> int:
    """Tell the manager (an admin where there is none) of low ratings that stand unanswered; returns how many."""
    at = now()
    sql = (
        "SELECT r.id, r.store, o.number FROM ratings r JOIN orders o ON o.id = r.order_of"
        " WHERE r.escalate_at <= {} ORDER BY r.escalate_at LIMIT {}"
    )
    return await each_due(partial(_due, sql, at), partial(_escalate, at=at))


@dataclass(frozen=True, slots=True)
class Waiting:
    """A talk or a rating that nobody has answered."""

    id: int
    store: int
    number: str
    ref: str = ""
    waiting_since: datetime | None = None


async def _due(sql: str, at: datetime, limit: int) -> list[Waiting]:
    return [Waiting(**row) for row in await Rating.raw(sql, at, limit)]


async def _remind(one: Waiting, at: datetime) -> None:
    async with writing():
        taken = (
            await Thread.update({Thread.remind_at: None})
            .where(Thread.id == one.id, Thread.remind_at <= at)
            .returning(Thread.id)
        )
        if taken:
            store = await _store(one)
            params = {"number": one.number, "since_at": one.waiting_since}
            await notify(store.owner_id, "thread_waiting", params, at, way=f"/threads/{one.ref}")


async def _escalate(one: Waiting, at: datetime) -> None:
    async with writing():
        taken = (
            await Rating.update({Rating.escalate_at: None, Rating.escalated_at: at})
            .where(Rating.id == one.id, Rating.escalate_at <= at)
            .returning(Rating.id)
        )
        if not taken:
            return
        store = await _store(one)
        params = {"number": one.number, "store": store.name}
        for person_id in await _overseers(store):
            await notify(person_id, "low_rating_overdue", params, at, way=f"/manage/stores/{store.external_id}")
        await notify(store.owner_id, "low_rating_late", params, at, way=f"/orders/{one.number}/ratings")


async def _store(one: Waiting) -> StoreInfo:
    store = await stores.store(one.store)
    assert store is not None
    return store


async def _overseers(store: StoreInfo) -> list[int]:
    if store.manager_id is not None:
        return [store.manager_id]
    return [person.id for person in await people.people_with_role(Role.ADMIN, 20)]
