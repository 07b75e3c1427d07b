"""The demo's people and what became of them, made only through the rooms' own actions, as they would have come."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from certification.rights import appeals, measures
from certification.rights.rules import Category
from courses.cases.commands import ensure_shipped as ensure_cases
from courses.catalogue import photos
from courses.catalogue.commands import ensure_shipped
from portal.commands.demo_after import make_after
from portal.commands.demo_awards import Jury, make_honours
from portal.commands.demo_data import API_KEY, LICENSED, PASSWORD, DemoOwner, DemoStaff, DemoVip, demo_data
from portal.commands.demo_desk import Desk, make_desk
from portal.commands.demo_judged import Judges, make_judged, make_material
from portal.commands.demo_learning import learn, open_assignment, sit_exam
from portal.commands.demo_orders import make_orders, report_share
from portal.commands.demo_pictures import cracked_lid
from portal.commands.demo_roster import make_roster
from portal.commands.demo_suppliers import Keepers, make_register
from portal.core.base.audit import SYSTEM, sequence
from portal.core.base.database import reading, writing
from portal.core.base.settings import settings
from portal.core.people import actions as people
from portal.core.people import queries as people_queries
from portal.core.people.passwords import hash_password
from portal.core.people.policy import capabilities
from portal.core.people.rules import Scope
from portal.core.stores import actions as stores
from portal.core.stores.actions import StoreOpening
from portal.core.supply import actions as supply
from portal.core.supply import queries as supply_queries
from portal.core.supply.rules import ProductFacts, SupplierFacts, SupplierKind
from portal.core.web.viewer import Viewer
from portal.service.knowledge.commands import ensure_shipped as ensure_articles
from portal.service.sharing import actions as sharing
from portal.service.sharing.actions import Binding
from portal.service.sharing.queries import LinkInfo

MANAGER, ADMIN, SECOND_ADMIN = "manager", "admin", "second-admin"
AGENT, SECOND_AGENT, DESK_LEAD = "agent", "second-agent", "desk-lead"
REPORTED = "acacia-honey"  # whose link somebody reports
SHIPPED_BEFORE = timedelta(days=400)
ARTICLES_BEFORE = timedelta(days=60)
KIT_FEN = 29_800


@dataclass(frozen=True, slots=True)
class Owner:
    """An owner made for the demo, as pages see her, with her store."""

    viewer: Viewer
    store_id: int
    told: DemoOwner


async def is_there() -> bool:
    """Whether the connected database holds the demo's people."""
    async with reading():
        return await people_queries.person_by_external_id(LICENSED) is not None


async def make_demo(at: datetime) -> None:
    """Make everything, as of `at`: curricula, staff, goods, owners at every stage, the licensed one's VIPs, the key."""
    await ensure_shipped(at - SHIPPED_BEFORE)
    password_hash = await hash_password(PASSWORD)
    staff = {one.external_id: await _staff(one, password_hash, at - SHIPPED_BEFORE) for one in demo_data().staff}
    await make_roster({name: staff[name] for name in (AGENT, SECOND_AGENT, DESK_LEAD)}, at)
    await ensure_articles(at - ARTICLES_BEFORE)
    await ensure_cases(at - ARTICLES_BEFORE)
    await _goods(at - SHIPPED_BEFORE)
    await make_register(Keepers(staff[DESK_LEAD], staff[ADMIN]), at)  # food is shared once its supplier was visited
    for told in demo_data().owners:
        async with writing():  # one wait for the disk instead of hundreds
            owner = await _owner(told, password_hash, at - timedelta(days=told.days))
            await _go_on(owner, staff, at)
        if told.external_id == LICENSED:
            agents = {name: staff[name] for name in (AGENT, SECOND_AGENT)}
            desk = Desk(agents, staff[DESK_LEAD], staff[ADMIN], owner.viewer)
            await make_desk(desk, at)
            await make_after(desk, at)
    judges = Judges(desk, staff[SECOND_ADMIN])
    await make_material(judges, at)
    await make_honours(Jury(staff[MANAGER], staff[DESK_LEAD], (staff[ADMIN], staff[SECOND_ADMIN])), at)
    await make_judged(judges, at)
    async with writing():
        await people.make_api_key(SYSTEM, "demo", list(Scope), at, key=API_KEY)
    await sequence()


async def _staff(told: DemoStaff, password_hash: str, at: datetime) -> Viewer:
    async with writing():
        person_id = await people.create_person(
            SYSTEM, name=told.name, role=told.role, at=at, email=told.email, external_id=told.external_id
        )
        await _join(await people.invite(SYSTEM, person_id, at), password_hash, at)
    return _viewer(person_id, told.name, told.role)


async def _join(invitation_url: str, password_hash: str, at: datetime) -> int:
    """Open the invitation and set the password, as its reader would."""
    return await people.accept_link(invitation_url.rpartition("/")[2], password_hash, at)


def _viewer(person_id: int, name: str, role: str) -> Viewer:
    return Viewer(
        person_id=person_id,
        name=name,
        sign_in_id=0,
        roles=frozenset({role}),
        capabilities=capabilities([role]),
        language=settings().language,
        theme="system",
        care=False,
        factor_missing=False,
        confirmed_until=None,
    )


async def _goods(at: datetime) -> None:
    for supplier in demo_data().suppliers:
        facts = SupplierFacts(
            external_id=supplier.external_id,
            name=supplier.name,
            kind=SupplierKind(supplier.kind),
            categories=tuple(supplier.categories),
            contact_name=supplier.contact_name,
            contact_phone=supplier.contact_phone,
            contact_email=supplier.contact_email,
        )
        await supply.put_supplier(SYSTEM, facts, at)
    for product in demo_data().products:
        product_facts = ProductFacts(
            external_id=product.external_id,
            title=product.title,
            price_fen=product.price_fen,
            commission_bp=product.commission_bp,
            supplier=product.supplier,
            category=product.category,
            url=f"https://shop.example/products/{product.external_id}",
            share_copy=tuple(product.share_copy),
            trial=product.trial,
        )
        await supply.put_product(SYSTEM, product_facts, at)


async def _owner(told: DemoOwner, password_hash: str, at: datetime) -> Owner:
    """She buys the kit, is invited, and sets her password within the hour."""
    opening = StoreOpening(
        external_id=told.external_id,
        name=told.store,
        opened_at=at,
        kit_sku="starter-kit",
        kit_paid_fen=KIT_FEN,
        owner_external_id=told.external_id,
        owner_name=told.name,
        owner_phone=told.phone,
        owner_email=told.email,
        region=told.region,
        manager_external_id=MANAGER,
    )
    made = await stores.put_store(SYSTEM, opening, at)
    assert made.invitation_url is not None
    await _join(made.invitation_url, password_hash, at + timedelta(minutes=20))
    return Owner(_viewer(made.owner_id, told.name, "owner"), made.store_id, told)


async def _go_on(owner: Owner, staff: dict[str, Viewer], now: datetime) -> None:
    """What happened since the store was opened, up to the stage where she is now."""
    told = owner.told
    begin = now - timedelta(days=told.days) + timedelta(hours=1)
    if told.stage == "learning":
        assignment = await open_assignment(owner.viewer.person_id)
        await learn(owner.viewer, assignment, begin, told.courses, told.lessons)
    elif told.stage in ("ready", "failed"):
        await _up_to_the_exam(owner, begin, told.attempts if told.stage == "failed" else 0)
    elif told.stage in ("licensed", "suspended", "reported"):
        await _become_licensed(owner, begin)
        await _after_licence(owner, staff, now)
    elif told.stage == "closed":
        await stores.close_store(SYSTEM, owner.store_id, now - timedelta(days=9))
    elif told.stage == "returned":
        await stores.return_kit(SYSTEM, owner.store_id, now - timedelta(days=24))


async def _up_to_the_exam(owner: Owner, at: datetime, failures: int) -> None:
    assignment = await open_assignment(owner.viewer.person_id)
    done = await learn(owner.viewer, assignment, at)
    for attempt in range(failures):
        await sit_exam(owner.viewer, assignment, done + timedelta(days=1 + attempt), wrong=9)


async def _become_licensed(owner: Owner, at: datetime) -> None:
    assignment = await open_assignment(owner.viewer.person_id)
    done = await learn(owner.viewer, assignment, at)
    await sit_exam(owner.viewer, assignment, done + timedelta(hours=2))


async def _after_licence(owner: Owner, staff: dict[str, Viewer], now: datetime) -> None:
    texts = demo_data().texts
    if owner.told.external_id == LICENSED:
        await _share(owner, now)
    elif owner.told.stage == "suspended":
        posted = now - timedelta(days=4)
        violation = await measures.report_violation(
            staff[AGENT], owner.store_id, Category.MEDICAL_CLAIM, posted, texts["evidence_suspended"], posted
        )
        await measures.decide_violation(
            staff[ADMIN], violation, confirm=True, note=texts["note"], at=posted + timedelta(hours=3)
        )
        kept = await photos.keep([cracked_lid()])
        await appeals.appeal(owner.viewer, violation, texts["appeal"], kept, now - timedelta(days=2))
    elif owner.told.stage == "reported":
        posted = now - timedelta(hours=20)
        await measures.report_violation(
            staff[MANAGER], owner.store_id, Category.OVERPROMISE, posted, texts["evidence_reported"], posted
        )


async def _share(owner: Owner, now: datetime) -> None:
    """Links from the day after the certificate, opened by some, and VIPs through them."""
    begin = now - timedelta(days=owner.told.days - 2)
    invitation = await sharing.make_link(owner.viewer.actor, owner.store_id, None, begin)
    links: dict[str | None, LinkInfo] = {None: invitation}
    for wanted in sorted({vip.through for vip in demo_data().vips if vip.through}):
        product = await supply_queries.product_by_external_id(wanted)
        assert product is not None
        links[wanted] = await sharing.make_link(owner.viewer.actor, owner.store_id, product.id, begin)
    codes = {vip.external_id: links[vip.through].code for vip in demo_data().vips}
    for vip in demo_data().vips:
        link = links[vip.through]
        await _bind(vip, link.code, link.id, now - timedelta(days=vip.days))
    await make_orders(owner.viewer, codes, now)
    await report_share(links[REPORTED].code, now)


async def _bind(vip: DemoVip, code: str, link_id: int, at: datetime) -> None:
    for _ in range(3):
        await sharing.count_visit(link_id, at)
    binding = Binding(
        external_id=vip.external_id,
        name=vip.name,
        phone=vip.phone,
        registered_at=at,
        share_code=code,
        owner_external_id=None,
    )
    await sharing.bind(SYSTEM, binding, at)
