"""A supplier's dossier: the steps of its selection, contracts, contacts and papers."""

from dataclasses import dataclass
from datetime import date, datetime
from urllib.parse import quote

from portal.core.base import audit, files
from portal.core.base.clock import day_end
from portal.core.base.database import hold, writing
from portal.core.base.refusals import NotFound, Refused
from portal.core.supply import queries as supply
from portal.core.supply.queries import SupplierInfo
from portal.core.web.viewer import Viewer
from portal.service.suppliers.dates import end_date, set_date
from portal.service.suppliers.files import Kept
from portal.service.suppliers.rules import Matter, Stage, next_stages
from portal.service.suppliers.tables import Contact, Contract, Paper, Selection, SiteVisit


def way_of(external_id: str) -> str:
    """A supplier's page in the register."""
    return f"/admin/register/suppliers/{quote(external_id, safe='')}"


async def found_supplier(external_id: str) -> SupplierInfo:
    """Inside a door. Raises NotFound."""
    found = await supply.supplier_by_external_id(external_id[:80])
    if found is None:
        raise NotFound
    return found


async def stage_of(supplier_id: int) -> Stage | None:
    """How far its selection has come. Inside a door."""
    rows = await Selection.raw(
        "SELECT stage FROM supplier_selections WHERE supplier = {} ORDER BY id DESC LIMIT 1", supplier_id
    )
    return Stage(rows[0]["stage"]) if rows else None


async def select(viewer: Viewer, external_id: str, stage: Stage, reason: str, paper: Kept | None, at: datetime) -> None:
    """Take the selection a step on. Raises NotFound; Refused: `supplier_stage` where it does not stand before it."""
    async with writing():
        supplier = await found_supplier(external_id)
        await hold("suppliers", supplier.id)
        before = await stage_of(supplier.id)
        if stage not in next_stages(before):
            raise Refused("supplier_stage", field="stage")
        row = Selection(supplier=supplier.id, stage=str(stage), reason=reason, made_by=viewer.person_id, at=at)
        made = await Selection.insert(row)
        if paper is not None:
            await _attach(viewer, supplier.id, f"selection:{made[0]['id']}", str(stage), paper, at)
        facts = {"stage": str(stage), "from": str(before) if before else None}
        await audit.record(viewer.actor, "supplier.selection", ("supplier", supplier.id), at, facts)


async def _attach(viewer: Viewer, supplier_id: int, about: str, title: str, paper: Kept, at: datetime) -> None:
    ending = "pdf" if paper.media_type == "application/pdf" else "webp"
    stored = await files.register(paper.sha256, paper.size, paper.media_type, f"{about.replace(':', '-')}.{ending}", at)
    row = Paper(supplier=supplier_id, about=about, title=title, file=stored.id, made_by=viewer.person_id, at=at)
    await Paper.insert(row)


async def add_paper(viewer: Viewer, external_id: str, title: str, paper: Kept, at: datetime) -> None:
    """Put a document into the dossier. Raises NotFound."""
    async with writing():
        supplier = await found_supplier(external_id)
        await _attach(viewer, supplier.id, "dossier", title, paper, at)
        await audit.record(viewer.actor, "supplier.paper", ("supplier", supplier.id), at)


@dataclass(frozen=True, slots=True)
class Terms:
    """A contract's name and days, both included."""

    title: str
    since: date
    until: date


async def add_contract(viewer: Viewer, external_id: str, terms: Terms, paper: Kept | None, at: datetime) -> None:
    """Write a contract down; those who keep the register are told 60, 30 and 7 days before its end.

    Raises NotFound; Refused: `contract_days` (422) where it ends before it begins.
    """
    if terms.until <= terms.since:
        raise Refused("contract_days", field="until", status=422)
    async with writing():
        supplier = await found_supplier(external_id)
        row = Contract(
            supplier=supplier.id,
            title=terms.title,
            since_day=terms.since.isoformat(),
            until_day=terms.until.isoformat(),
            made_by=viewer.person_id,
            made_at=at,
        )
        contract = int((await Contract.insert(row))[0]["id"])
        if paper is not None:
            await _attach(viewer, supplier.id, f"contract:{contract}", terms.title, paper, at)
        await set_date(supplier.id, Matter.CONTRACT, contract, day_end(terms.until), way_of(external_id), at)
        facts = {"contract": contract, "until": terms.until.isoformat()}
        await audit.record(viewer.actor, "supplier.contract", ("supplier", supplier.id), at, facts)


async def end_contract(viewer: Viewer, external_id: str, contract_id: int, at: datetime) -> None:
    """It is over, or another has taken its place: nobody is reminded of it any more. Raises NotFound; Refused."""
    async with writing():
        supplier = await found_supplier(external_id)
        rows = (
            await Contract.update({Contract.ended_at: at})
            .where(Contract.id == contract_id, Contract.supplier == supplier.id, Contract.ended_at.is_null())
            .returning(Contract.id)
        )
        if not rows:
            raise Refused("contract_over", way=way_of(external_id))
        await end_date(Matter.CONTRACT, contract_id, at)
        facts = {"contract": contract_id}
        await audit.record(viewer.actor, "supplier.contract_ended", ("supplier", supplier.id), at, facts)


@dataclass(frozen=True, slots=True)
class Reach:
    """Somebody to reach at a supplier, and for what."""

    duty: str
    name: str
    phone: str | None
    email: str | None


async def add_contact(viewer: Viewer, external_id: str, reach: Reach, at: datetime) -> None:
    """Raises NotFound; Refused: `contact_reach` (422) without a phone number or an address."""
    if not (reach.phone or reach.email):
        raise Refused("contact_reach", field="phone", status=422)
    async with writing():
        supplier = await found_supplier(external_id)
        row = Contact(
            supplier=supplier.id,
            duty=reach.duty,
            name=reach.name,
            phone=reach.phone,
            email=reach.email,
            made_by=viewer.person_id,
            made_at=at,
        )
        made = await Contact.insert(row)
        facts = {"contact": made[0]["id"]}
        await audit.record(viewer.actor, "supplier.contact", ("supplier", supplier.id), at, facts)


async def reveal(viewer: Viewer, external_id: str, contact_id: int, at: datetime) -> str | None:
    """A contact's phone number, with who looked in the audit trail. Raises NotFound."""
    async with writing():
        supplier = await found_supplier(external_id)
        rows = await Contact.select(Contact.phone).where(Contact.id == contact_id, Contact.supplier == supplier.id)
        if not rows:
            raise NotFound
        facts = {"contact": contact_id}
        await audit.record(viewer.actor, "supplier.contact_seen", ("supplier", supplier.id), at, facts)
        return str(rows[0]["phone"]) if rows[0]["phone"] else None


async def erase_contact(viewer: Viewer, external_id: str, contact_id: int, at: datetime) -> None:
    """Take out what names a contact; that there was one stays. Again changes nothing. Raises NotFound."""
    async with writing():
        supplier = await found_supplier(external_id)
        rows = await _erase(supplier.id, contact_id, at)
        if rows:
            facts = {"contact": contact_id}
            await audit.record(viewer.actor, "supplier.contact_erased", ("supplier", supplier.id), at, facts)


async def _erase(supplier_id: int, contact_id: int | None, at: datetime) -> int:
    """Take out one contact, or all; returns how many."""
    chosen = Contact.update({"name": None, "phone": None, "email": None, "erased_at": at}).where(
        Contact.supplier == supplier_id, Contact.erased_at.is_null()
    )
    if contact_id is not None:
        chosen = chosen.where(Contact.id == contact_id)
    return len(await chosen.returning(Contact.id))


async def erase_people(viewer: Viewer, external_id: str, at: datetime) -> None:
    """Take out everybody at a supplier: contacts, and names and signatures under its visits. Raises NotFound."""
    async with writing():
        supplier = await found_supplier(external_id)
        contacts = await _erase(supplier.id, None, at)
        signed = (
            await SiteVisit.update({SiteVisit.signed_name: None, SiteVisit.signature: None})
            .where(SiteVisit.supplier == supplier.id, SiteVisit.signed_name.is_not_null())
            .returning(SiteVisit.id)
        )
        facts = {"contacts": contacts, "signatures": len(signed)}
        await audit.record(viewer.actor, "supplier.people_erased", ("supplier", supplier.id), at, facts)
