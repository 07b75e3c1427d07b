"""A buyer's data on her wish: exported whole, or erased everywhere and kept erased."""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import obstore

from portal.core.base import audit, outbox
from portal.core.base.audit import SYSTEM, Actor
from portal.core.base.database import reading, writing
from portal.core.base.files import store
from portal.core.base.hooks import OrderFact
from portal.core.base.ids import new_ref
from portal.core.base.leases import Claim
from portal.core.base.refusals import NotFound, Refused
from portal.core.stores import queries as stores
from portal.service.orders import personal as orders_personal
from portal.service.privacy import buyers
from portal.service.privacy.registry import PERSONAL
from portal.service.privacy.rules import EraseReason
from portal.service.privacy.tables import Erasure

TOPIC = "privacy.erasure"
FOLDER = "erasures"  # in the file store, beside the database and outliving it


@dataclass(frozen=True, slots=True)
class Noted:
    """An erasure as noted outside the database: the shop's number for the buyer, nothing that names her."""

    ref: str
    vip: str
    reason: str
    at: datetime


async def export_buyer(actor: Actor, external_id: str, at: datetime) -> dict[str, Any]:
    """All that the rooms know of a buyer, by room. Raises NotFound."""
    async with writing():
        vip = await stores.vip_by_external_id(external_id)
        if vip is None:
            raise NotFound
        found = {name: await room.export_buyer(vip.id) for name, room in PERSONAL.items()}
        await audit.record(actor, "privacy.exported", ("vip", vip.id), at, {"rooms": sorted(found)})
    return {"exported_at": at, **found}


async def erase(actor: Actor, external_id: str, reason: EraseReason, at: datetime, *, anyway: bool = False) -> None:
    """Erase a buyer in every room, once. Orders that are still open refuse it unless `anyway`.

    Raises NotFound; Refused: `buyer_erased_already`, `buyer_orders_open`.
    """
    async with writing():
        vip = await stores.vip_by_external_id(external_id)
        if vip is None:
            raise NotFound
        open_orders = await buyers.open_orders(vip.id)
        if open_orders and not anyway:
            raise Refused("buyer_orders_open", {"n": open_orders}, field="anyway", status=422)
        noted = Noted(new_ref(), external_id, str(reason), at)
        if not await _erase(actor, vip.id, noted, at):
            raise Refused("buyer_erased_already")


async def _erase(actor: Actor, vip_id: int, noted: Noted, at: datetime) -> bool:
    rows = await Erasure.raw(
        "INSERT INTO erasures (ref, vip, reason, by_person, at) VALUES ({}, {}, {}, {}, {})"
        " ON CONFLICT DO NOTHING RETURNING id",
        noted.ref,
        vip_id,
        noted.reason,
        actor.id if actor.kind == "person" else None,
        noted.at,
    )
    if not rows:
        return False
    for room in PERSONAL.values():
        await room.erase_buyer(vip_id, at)
    facts = {"reason": noted.reason, "rooms": sorted(PERSONAL)}
    await audit.record(actor, "privacy.erased", ("vip", vip_id), at, facts)
    await outbox.send(TOPIC, f"vip:{noted.vip}", {"erasure": rows[0]["id"]}, at)
    return True


async def on_order(fact: OrderFact) -> None:
    """Hook: what the shop tells of an erased buyer's order is erased as it comes."""
    rows = await Erasure.raw(
        "SELECT e.vip FROM erasures e JOIN orders o ON o.vip = e.vip WHERE o.id = {}", fact.order_id
    )
    for row in rows:
        await orders_personal.erase_buyer(row["vip"], fact.at)


# ---- outside the database, for the day when a backup is restored ----


async def all_noted() -> list[Noted]:
    """The erasures that the database knows. Call inside a door."""
    rows = await Erasure.raw("SELECT e.ref, v.external_id, e.reason, e.at FROM erasures e JOIN vips v ON v.id = e.vip")
    return [Noted(row["ref"], row["external_id"], row["reason"], row["at"]) for row in rows]


async def keep_outside(claim: Claim) -> None:
    """Note an erasure in the file store; the same one again is the same note."""
    async with reading():
        rows = await Erasure.raw(
            "SELECT e.ref, v.external_id, e.reason, e.at FROM erasures e JOIN vips v ON v.id = e.vip WHERE e.id = {}",
            int(claim.payload["erasure"]),
        )
    for row in rows:
        noted = {"ref": row["ref"], "vip": row["external_id"], "reason": row["reason"], "at": row["at"].isoformat()}
        await obstore.put_async(store(), f"{FOLDER}/{row['ref']}.json", json.dumps(noted).encode())


async def kept_outside() -> list[Noted]:
    """The erasures that are noted in the file store. Outside a door."""
    found = []
    for batch in obstore.list(store(), prefix=FOLDER):
        for entry in batch:
            answer = await obstore.get_async(store(), entry["path"])
            told = json.loads(bytes(await answer.bytes_async()))
            found.append(Noted(told["ref"], told["vip"], told["reason"], datetime.fromisoformat(told["at"])))
    return found


@dataclass(frozen=True, slots=True)
class Replayed:
    """What came of repeating erasures: how many were done again, and of how many buyers nothing is known here."""

    erased: int
    unknown: int


async def replay(noted: Iterable[Noted], at: datetime) -> Replayed:
    """Erase again whom a restored backup has brought back; who is erased already stays so."""
    erased = unknown = 0
    for one in {entry.vip: entry for entry in noted}.values():
        async with writing():
            vip = await stores.vip_by_external_id(one.vip)
            if vip is None:
                unknown += 1
            elif await _erase(SYSTEM, vip.id, one, at):
                erased += 1
    return Replayed(erased, unknown)
