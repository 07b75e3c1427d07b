"""Opening, changing and ending stores, who manages them, and binding buyers to them."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from portal.core.base import audit, hooks
from portal.core.base.audit import Actor
from portal.core.base.database import hold, writing
from portal.core.base.hooks import StoreFact
from portal.core.base.refusals import NotFound, Refused
from portal.core.people import actions as people
from portal.core.people import queries as people_queries
from portal.core.people.rules import Role
from portal.core.stores import queries
from portal.core.stores.queries import StoreInfo, VipInfo
from portal.core.stores.rules import TELLING, Change, State, StoreFacts, changes, time_faults
from portal.core.stores.stewardship import appoint, appoint_manager, manager_of
from portal.core.stores.tables import Store, Vip

__all__ = [
    "PutStore",
    "StoreOpening",
    "appoint_manager",
    "bind_vip",
    "close_store",
    "put_store",
    "return_kit",
]


# Who hears, in the same transaction, that a store belongs to another region; joined in wiring.
REGION_MOVED: list[Callable[[int, datetime], Awaitable[None]]] = []


@dataclass(frozen=True, slots=True)
class StoreOpening:
    """A store in the shop's words. `kit_paid_fen` in fen; `manager_external_id` None leaves the manager as she is."""

    external_id: str
    name: str
    opened_at: datetime
    kit_sku: str
    kit_paid_fen: int
    owner_external_id: str
    owner_name: str
    owner_phone: str | None
    owner_email: str | None
    owner_language: str | None = None
    closed_at: datetime | None = None
    region: str | None = None
    kit_returned_at: datetime | None = None
    manager_external_id: str | None = None
    referred_by: str | None = None

    @property
    def facts(self) -> StoreFacts:
        return StoreFacts(
            name=self.name,
            region=self.region,
            opened_at=self.opened_at,
            closed_at=self.closed_at,
            kit_sku=self.kit_sku,
            kit_paid_fen=self.kit_paid_fen,
            kit_returned_at=self.kit_returned_at,
            referred_by=self.referred_by,
        )


@dataclass(frozen=True, slots=True)
class PutStore:
    """What came of it; the invitation's URL stands here once, when the store was opened for somebody new."""

    store_id: int
    owner_id: int
    created: bool
    invitation_url: str | None


async def put_store(actor: Actor, opening: StoreOpening, at: datetime) -> PutStore:
    """Take the whole store as told; the same again changes nothing. A new one gets its owner an account.

    Raises Refused: `store_before_opening`, `store_still_to_come`, `store_owner_differs`, `store_second`,
    `manager_unknown`, `manager_is_owner`, and what `create_person` refuses, its field named `owner.…`.
    """
    for field, code in time_faults(opening.facts, at):
        raise Refused(code, field=field, status=422)
    async with writing():
        stored = await queries.store_by_external_id(opening.external_id)
        if stored is None:
            made = await _open(actor, opening, at)
            if made is not None:
                return made
            stored = await _store(opening.external_id)
        await _bring_up_to_date(actor, stored, opening, at)
        return PutStore(stored.id, stored.owner_id, created=False, invitation_url=None)


async def _store(external_id: str) -> StoreInfo:
    found = await queries.store_by_external_id(external_id)
    if found is None:
        raise NotFound
    return found


async def _open(actor: Actor, opening: StoreOpening, at: datetime) -> PutStore | None:
    """A new store; None where another request has opened it meanwhile."""
    owner_id = await _owner(actor, opening, at)
    await _refuse_second(owner_id, opening)
    row = Store(external_id=opening.external_id, owner=owner_id, **_columns(opening.facts, at))
    rows = await Store.insert(row).on_conflict(target=Store.external_id, action="DO NOTHING")
    if not rows:
        return None
    store_id = int(rows[0]["id"])
    await audit.record(actor, "stores.opened", ("store", store_id), at, {"owner": owner_id})
    if opening.manager_external_id:
        manager_id = await manager_of(opening.manager_external_id)
        await appoint(actor, store_id, owner_id, manager_id, at)
    is_open = opening.facts.state is State.OPEN
    url = await _invitation(actor, owner_id, at) if is_open else None
    hook = hooks.store_opened if is_open else hooks.store_changed
    await hook.call(StoreFact(store_id, owner_id, at, actor))
    return PutStore(store_id, owner_id, created=True, invitation_url=url)


def _columns(facts: StoreFacts, at: datetime) -> dict[str, Any]:
    return {
        "name": facts.name,
        "region": facts.region,
        "opened_at": facts.opened_at,
        "closed_at": facts.closed_at,
        "kit_sku": facts.kit_sku,
        "kit_paid_fen": facts.kit_paid_fen,
        "kit_returned_at": facts.kit_returned_at,
        "referred_by": facts.referred_by,
        "changed_at": at,
    }


async def _owner(actor: Actor, opening: StoreOpening, at: datetime) -> int:
    """Her account, made if she is new to us; two requests at once come to the same one."""
    known = await people_queries.person_by_external_id(opening.owner_external_id)
    if known is None:
        try:
            return await people.create_person(
                actor,
                name=opening.owner_name,
                role=Role.OWNER,
                at=at,
                email=opening.owner_email,
                phone=opening.owner_phone,
                external_id=opening.owner_external_id,
                language=opening.owner_language,
            )
        except Refused as refused:
            known = await people_queries.person_by_external_id(opening.owner_external_id)
            if known is None:
                field = f"owner.{refused.field}" if refused.field else None
                raise Refused(refused.code, refused.params, refused.way, field, refused.status) from refused
    await people.grant_role(actor, known.id, Role.OWNER, at)
    return known.id


async def _refuse_second(owner_id: int, opening: StoreOpening) -> None:
    """One open store a person. The owner's row is held, so that two at once come one after the other."""
    if opening.facts.state is not State.OPEN:
        return
    await hold("persons", owner_id)
    other = await queries.other_open_store(owner_id, opening.external_id)
    if other is not None:
        raise Refused("store_second", {"store": other}, field="owner.external_id")


async def _invitation(actor: Actor, owner_id: int, at: datetime) -> str | None:
    account = await people_queries.account(owner_id)
    if account is None or account.joined or account.disabled_at is not None:
        return None
    return await people.invite(actor, owner_id, at)


async def _bring_up_to_date(actor: Actor, stored: StoreInfo, opening: StoreOpening, at: datetime) -> None:
    if stored.owner_external_id != opening.owner_external_id:
        raise Refused("store_owner_differs", field="owner.external_id")
    changed = changes(stored.facts, opening.facts)
    if changed:
        if not stored.open:
            await _refuse_second(stored.owner_id, opening)
        await Store.update(**_columns(opening.facts, at)).where(Store.id == stored.id)
        if Change.REGION in changed:
            for hear in REGION_MOVED:
                await hear(stored.id, at)
        await _tell(actor, stored, changed, at)
    if opening.manager_external_id:
        manager_id = await manager_of(opening.manager_external_id)
        await appoint(actor, stored.id, stored.owner_id, manager_id, at)


async def _tell(actor: Actor, stored: StoreInfo, changed: tuple[Change, ...], at: datetime) -> None:
    """The audit trail hears of every change, the rooms above of those that the gate looks at."""
    await audit.record(actor, "stores.changed", ("store", stored.id), at, {"changes": changed})
    if not TELLING.isdisjoint(changed):
        await hooks.store_changed.call(StoreFact(stored.id, stored.owner_id, at, actor))


async def close_store(actor: Actor, store_id: int, at: datetime, *, closed_at: datetime | None = None) -> None:
    """Close a store, as of now or an earlier instant. Raises NotFound, Refused."""
    await _end(actor, store_id, Change.CLOSED, closed_at or at, at=at)


async def return_kit(actor: Actor, store_id: int, at: datetime, *, returned_at: datetime | None = None) -> None:
    """Note that the kit went back, now or at an earlier instant. Raises NotFound, Refused."""
    await _end(actor, store_id, Change.KIT_RETURNED, returned_at or at, at=at)


# What an end writes, and how it is refused a second time.
_ENDS = {
    Change.CLOSED: (Store.closed_at, "store_closed_already"),
    Change.KIT_RETURNED: (Store.kit_returned_at, "store_kit_returned_already"),
}


async def _end(actor: Actor, store_id: int, change: Change, ended_at: datetime, *, at: datetime) -> None:
    column, again = _ENDS[change]
    async with writing():
        stored = await queries.store(store_id)
        if stored is None:
            raise NotFound
        if ended_at < stored.opened_at:
            raise Refused("store_before_opening", status=422)
        rows = (
            await Store.update({column: ended_at, Store.changed_at: at})
            .where(Store.id == store_id, column.is_null())
            .returning(Store.id)
        )
        if not rows:
            raise Refused(again)
        await _tell(actor, stored, (change,), at)


async def bind_vip(
    actor: Actor,
    *,
    external_id: str,
    name: str,
    phone: str,
    store_id: int,
    registered_at: datetime,
    via: str,
    at: datetime,
) -> tuple[VipInfo, bool]:
    """Bind a buyer to a store; the first binding wins and is what is answered, with whether it is new.

    Whether the owner may bind is asked by the caller, before.
    """
    async with writing():
        vip = Vip(
            external_id=external_id,
            name=name,
            phone=phone,
            store=store_id,
            registered_at=registered_at,
            bound_at=at,
            bound_via=via,
        )
        rows = await Vip.insert(vip).on_conflict(target=Vip.external_id, action="DO NOTHING")
        if rows:
            await audit.record(actor, "stores.vip_bound", ("vip", rows[0]["id"]), at, {"store": store_id, "via": via})
        found = await queries.vip_by_external_id(external_id)
        assert found is not None
        return found, bool(rows)
