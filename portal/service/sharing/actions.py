"""Making links, counting visits, binding VIPs: each asks the gate first, in the same transaction."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime

from certification.rights import queries as rights
from certification.rights.actions import require_right
from portal.core.base import audit
from portal.core.base.audit import Actor
from portal.core.base.clock import local
from portal.core.base.database import reading, writing
from portal.core.base.ids import new_ref
from portal.core.base.refusals import NotFound
from portal.core.stores import actions as store_actions
from portal.core.stores import queries as stores
from portal.core.stores.queries import StoreInfo, VipInfo
from portal.core.supply import queries as supply
from portal.core.supply.queries import ProductInfo
from portal.service.sharing import doors, queries
from portal.service.sharing.queries import LinkInfo
from portal.service.sharing.rules import Obstacle
from portal.service.sharing.tables import BindingProof, LinkVisits, ShareLink

# Called with a link and a day at each visit, in its transaction; joined in wiring.
VISITED: list[Callable[[int, str], Awaitable[None]]] = []


async def make_link(actor: Actor, store_id: int, product_id: int | None, at: datetime) -> LinkInfo:
    """The store's invitation or its link to a product, made now if there is none.

    Raises Refused("share_right") where the gate says no, even if the link exists already, and ProductHeldBack where
    the product is paused, its supplier held back or, on trial, it is not learned yet.
    """
    async with writing():
        decision = await require_right(actor, store_id, "link", at)
        if product_id is not None:
            await _require_product(store_id, product_id, at)
        rows = await ShareLink.raw(
            "INSERT INTO share_links (code, store, product, made_at, decision) VALUES ({}, {}, {}, {}, {})"
            " ON CONFLICT DO NOTHING RETURNING id",
            new_ref(),
            store_id,
            product_id,
            at,
            decision,
        )
        if rows:
            facts = {"store": store_id, "product": product_id, "decision": decision}
            await audit.record(actor, "link.made", ("share_link", rows[0]["id"]), at, facts)
        return (await queries.links_of(store_id))[product_id]


async def _require_product(store_id: int, product_id: int, at: datetime) -> None:
    store, product = await stores.store(store_id), await supply.product(product_id)
    if store is None or product is None:
        raise NotFound
    await doors.require_product(store.owner_id, product, at)


@dataclass(frozen=True, slots=True)
class Opened:
    """What a visitor of `/s/{code}` may see: the store and product, or neither where the gate says no."""

    link: LinkInfo
    store: StoreInfo
    product: ProductInfo | None
    may_share: bool
    certificate_id: int | None


async def open_link(code: str, at: datetime) -> Opened:
    """Resolve a share link for a visitor. Raises NotFound for a code that was never given out."""
    async with reading():
        link = await queries.link_by_code(code)
        standing = await rights.standing(link.store_id, at) if link else None
        product = await supply.product(link.product_id) if link and link.product_id is not None else None
        door = await doors.door_of(standing.store.owner_id, product, at) if standing and product else doors.OPEN
    if link is None or standing is None:
        raise NotFound
    certificate = standing.facts.certificate
    return Opened(
        link=link,
        store=standing.store,
        product=product,
        may_share=standing.decision.may_share and door.obstacle is None and (product is None or not product.retired),
        certificate_id=certificate.id if certificate else None,
    )


async def count_visit(link_id: int, at: datetime) -> None:
    """One more visit on this day; nothing is kept of who came."""
    day = local(at).date().isoformat()
    async with writing():
        await LinkVisits.raw(
            "INSERT INTO link_visits (link, day, visits) VALUES ({}, {}, 1)"
            " ON CONFLICT (link, day) DO UPDATE SET visits = link_visits.visits + 1",
            link_id,
            day,
        )
        for visited in VISITED:
            await visited(link_id, day)


@dataclass(frozen=True, slots=True)
class Binding:
    """A buyer to bind: through a share code, or by the owner's external id."""

    external_id: str
    name: str
    phone: str
    registered_at: datetime
    share_code: str | None
    owner_external_id: str | None


async def bind(actor: Actor, wanted: Binding, at: datetime) -> tuple[VipInfo, bool]:
    """Make a buyer the VIP of whoever brought her; the first binding wins and is answered ever after.

    Returns her VIP record and whether it is new. Raises NotFound for an unknown code or owner, Refused("share_right")
    where that owner may not bind now, and ProductHeldBack where the code is of a blacklisted supplier's product.
    """
    async with writing():
        present = await stores.vip_by_external_id(wanted.external_id)
        if present is not None:
            return present, False
        link = await queries.link_by_code(wanted.share_code) if wanted.share_code else None
        store = await _store_of(wanted, link)
        decision = await require_right(actor, store.id, "binding", at)
        if link is not None and link.product_id is not None:
            await _require_sold(store, link.product_id, at)
        vip, created = await store_actions.bind_vip(
            actor,
            external_id=wanted.external_id,
            name=wanted.name,
            phone=wanted.phone,
            store_id=store.id,
            registered_at=wanted.registered_at,
            via="share_code" if link else "owner",
            at=at,
        )
        if created:
            proof = BindingProof(vip=vip.id, link=link.id if link else None, decision=decision, at=at)
            await BindingProof.insert(proof)
    return vip, created


async def _require_sold(store: StoreInfo, product_id: int, at: datetime) -> None:
    """A link to the goods of who is blacklisted brings nobody; paused or unlearned goods may still."""
    product = await supply.product(product_id)
    assert product is not None
    door = await doors.door_of(store.owner_id, product, at)
    if door.obstacle is Obstacle.SUPPLIER_BLACKLISTED:
        raise doors.ProductHeldBack(door.obstacle, product.external_id)


async def _store_of(wanted: Binding, link: LinkInfo | None) -> StoreInfo:
    if wanted.share_code:
        store = await stores.store(link.store_id) if link else None
    else:
        store = await stores.store_of_owner_external_id(wanted.owner_external_id or "")
    if store is None:
        raise NotFound
    return store
