"""Who looks after a store: one manager at a time, each tenure a dated row that stays."""

from datetime import datetime

from portal.core.base import audit
from portal.core.base.audit import Actor
from portal.core.base.database import writing
from portal.core.base.refusals import NotFound, Refused
from portal.core.notices.actions import notify
from portal.core.people import queries as people
from portal.core.people.rules import Role
from portal.core.stores import queries
from portal.core.stores.tables import Stewardship


async def appoint_manager(actor: Actor, store_id: int, manager_id: int | None, at: datetime) -> None:
    """Give a store another manager, or none; the same again changes nothing. Its owner hears of it.

    Raises NotFound, Refused(`manager_unknown` | `manager_is_owner`).
    """
    async with writing():
        stored = await queries.store(store_id)
        if stored is None:
            raise NotFound
        if await appoint(actor, store_id, stored.owner_id, manager_id, at) and manager_id is not None:
            person = await people.person(manager_id)
            name = person.name if person else ""
            await notify(stored.owner_id, "manager_appointed", {"manager": name}, at, way="/me", email=False)


async def manager_of(told: str) -> int:
    """The manager whom the shop means: by external id, or by what she signs in with. Raises Refused."""
    found = await people.person_by_external_id(told) or await people.person_by_identifier(told)
    if found is None:
        raise Refused("manager_unknown", field="manager", status=422)
    return found.id


async def appoint(actor: Actor, store_id: int, owner_id: int, manager_id: int | None, at: datetime) -> bool:
    """End the current tenure and begin the new one, in the caller's transaction; False where nothing changes.

    Raises Refused(`manager_unknown` | `manager_is_owner` | `manager_changed_meanwhile`).
    """
    current = await queries.store(store_id)
    if current is None or current.manager_id == manager_id:
        return False
    if manager_id is not None:
        await _refuse_manager(manager_id, owner_id)
    await Stewardship.update({Stewardship.until: at}).where(Stewardship.store == store_id, Stewardship.until.is_null())
    if manager_id is not None:
        rows = await Stewardship.raw(
            "INSERT INTO stewardships (store, manager, since) VALUES ({}, {}, {}) ON CONFLICT DO NOTHING RETURNING id",
            store_id,
            manager_id,
            at,
        )
        if not rows:
            raise Refused("manager_changed_meanwhile")
    facts = {"manager": manager_id, "before": current.manager_id}
    await audit.record(actor, "stores.manager_appointed", ("store", store_id), at, facts)
    return True


async def _refuse_manager(manager_id: int, owner_id: int) -> None:
    """Nobody looks after her own store, and only who has the role looks after any."""
    if manager_id == owner_id:
        raise Refused("manager_is_owner", field="manager", status=422)
    if Role.MANAGER not in await people.roles_of(manager_id):
        raise Refused("manager_unknown", field="manager", status=422)
