"""`/admin/register/suppliers/{external_id}`: one supplier's dossier, and what is added to it."""

from collections.abc import Awaitable, Callable
from typing import Any

from litestar import Controller, Request, get, post
from litestar.params import FromPath
from litestar.response import Response
from markupsafe import Markup

from courses.catalogue.media import sent_file
from portal.core.base import files as stored
from portal.core.base.clock import local, now
from portal.core.base.database import reading
from portal.core.base.refusals import NotFound, Refused
from portal.core.people.doorway import signed_in
from portal.core.people.policy import Capability
from portal.core.web import forms
from portal.core.web.forms import Form
from portal.core.web.pages import Answer, page
from portal.service.suppliers import dossier, evaluating, files, queries, visits
from portal.service.suppliers.dossier import Reach, Terms, found_supplier, way_of
from portal.service.suppliers.files import PDF, Kept
from portal.service.suppliers.forms import ContactForm, ContractForm, PaperForm, ScoreForm, SelectionForm
from portal.service.suppliers.rules import Criterion, next_stages
from portal.service.suppliers.slots import SUPPLIER_PANELS

AnyRequest = Request[Any, Any, Any]
HERE = "/admin/register"
SEE = {"needs": Capability.SEE_SUPPLIERS}
KEEP = {"needs": Capability.KEEP_SUPPLIERS}


class DossierPages(Controller):
    """One supplier's dossier, and what is added to it."""

    path = f"{HERE}/suppliers/{{external_id:str}}"
    opt = KEEP

    @get(opt=SEE)
    async def show(self, request: AnyRequest, external_id: FromPath[str]) -> Answer:
        return await show(request, external_id)

    @post("/selection")
    async def select(self, request: AnyRequest, external_id: FromPath[str]) -> Answer:
        form = await forms.read(request)
        data = form.into(SelectionForm)
        kept = await _paper(request, form) if data is not None else None
        if data is None or form.faults:
            return await show(request, external_id, form, "selection")
        stage, reason = data.stage, data.reason

        async def act() -> None:
            await dossier.select(signed_in(), external_id, stage, reason, kept, now())

        return await _sent(request, external_id, form, ("selection", "stage", "suppliers.toast.selection"), act)

    @post("/papers")
    async def add_paper(self, request: AnyRequest, external_id: FromPath[str]) -> Answer:
        form = await forms.read(request)
        data = form.into(PaperForm)
        kept = await _paper(request, form) if data is not None else None
        if data is not None and kept is None and not form.faults:
            form.add("file", "suppliers.fault.file")
        if data is None or kept is None:
            return await show(request, external_id, form, "paper")
        title, paper = data.title, kept

        async def act() -> None:
            await dossier.add_paper(signed_in(), external_id, title, paper, now())

        return await _sent(request, external_id, form, ("paper", "title", "suppliers.toast.paper"), act)

    @get("/papers/{paper_id:int}", opt=SEE)
    async def paper(self, request: AnyRequest, external_id: FromPath[str], paper_id: FromPath[int]) -> Response[Any]:
        async with reading():
            supplier = await found_supplier(external_id)
            found = await queries.paper(supplier.id, paper_id)
        if found is None:
            raise NotFound
        if found.file.media_type != PDF:
            return await sent_file(request, found.file, "private, no-cache")
        content = await stored.read(found.file.sha256)
        kept = {
            "Content-Disposition": f'attachment; filename="{found.file.name}"',
            "Cache-Control": "private, no-cache",
        }
        return Response(content, media_type=PDF, headers=kept)

    @post("/contracts")
    async def add_contract(self, request: AnyRequest, external_id: FromPath[str]) -> Answer:
        form = await forms.read(request)
        data = form.into(ContractForm)
        kept = await _paper(request, form) if data is not None else None
        if data is None or form.faults:
            return await show(request, external_id, form, "contract")
        terms = Terms(data.title, data.since, data.until)

        async def act() -> None:
            await dossier.add_contract(signed_in(), external_id, terms, kept, now())

        return await _sent(request, external_id, form, ("contract", "until", "suppliers.toast.contract"), act)

    @post("/contracts/{contract_id:int}/end")
    async def end_contract(self, request: AnyRequest, external_id: FromPath[str], contract_id: FromPath[int]) -> Answer:
        async def act() -> None:
            await dossier.end_contract(signed_in(), external_id, contract_id, now())

        return await _sent(request, external_id, Form(), ("other", "contract", "suppliers.toast.contract_ended"), act)

    @post("/contacts")
    async def add_contact(self, request: AnyRequest, external_id: FromPath[str]) -> Answer:
        form = await forms.read(request)
        data = form.into(ContactForm)
        if data is None:
            return await show(request, external_id, form, "contact")
        reach = Reach(data.duty, data.name, data.phone, data.email)

        async def act() -> None:
            await dossier.add_contact(signed_in(), external_id, reach, now())

        return await _sent(request, external_id, form, ("contact", "phone", "suppliers.toast.contact"), act)

    @post("/contacts/{contact_id:int}/sight")
    async def see_contact(self, request: AnyRequest, external_id: FromPath[str], contact_id: FromPath[int]) -> Answer:
        phone = await dossier.reveal(signed_in(), external_id, contact_id, now())
        return await show(request, external_id, seen={contact_id: phone or ""})

    @post("/contacts/{contact_id:int}/erasure")
    async def erase_contact(self, request: AnyRequest, external_id: FromPath[str], contact_id: FromPath[int]) -> Answer:
        async def act() -> None:
            await dossier.erase_contact(signed_in(), external_id, contact_id, now())

        return await _sent(request, external_id, Form(), ("other", "contact", "suppliers.toast.erased"), act)

    @post("/people/erasure")
    async def erase_people(self, request: AnyRequest, external_id: FromPath[str]) -> Answer:
        async def act() -> None:
            await dossier.erase_people(signed_in(), external_id, now())

        return await _sent(request, external_id, Form(), ("other", "contact", "suppliers.toast.erased"), act)

    @post("/evaluation")
    async def evaluate(self, request: AnyRequest, external_id: FromPath[str]) -> Answer:
        form = await forms.read(request)
        data = form.into(ScoreForm)
        if data is None:
            return await show(request, external_id, form, "score")
        marks, words = data.marks(), data.words

        async def act() -> None:
            await evaluating.give(signed_in(), external_id, marks, words, now())

        return await _sent(request, external_id, form, ("score", "words", "suppliers.toast.scored"), act)


async def _paper(request: AnyRequest, form: Form) -> Kept | None:
    """The document that was sent along, stored; None for none. What is wrong with it stands in the form."""
    sent = await files.uploads(request, "file", 1)
    if not sent:
        return None
    try:
        return await files.keep_paper(sent[0])
    except Refused as refused:
        form.refuse(refused, "file")
        return None


async def _sent(
    request: AnyRequest,
    external_id: str,
    form: Form,
    words: tuple[str, str, str],
    act: Callable[[], Awaitable[None]],
) -> Answer:
    which, field, toast = words

    async def acted() -> str:
        await act()
        return way_of(external_id)

    try:
        return await forms.once(request, acted, toast)
    except NotFound:
        raise
    except Refused as refused:
        form.refuse(refused, field)
        return await show(request, external_id, form, which, refused.status)


async def show(
    request: AnyRequest,
    external_id: str,
    form: Form | None = None,
    which: str | None = None,
    status: int = 422,
    *,
    seen: dict[int, str] | None = None,
) -> Answer:
    """A dossier's page; `form` with its faults goes back to its place, `seen` are phone numbers just revealed."""
    viewer, at = signed_in(), now()
    async with reading():
        row = await queries.one(external_id)
        context = await _parts(row.id)
    panels = [Markup(await panel(viewer, row.id, at)) for panel in SUPPLIER_PANELS]  # noqa: S704 - rooms' own HTML
    stage = context["steps"][0].stage if context["steps"] else None
    forms_of: dict[str, Any] = {f"{name}_form": form if which == name else None for name in _FORMS}
    return await page(
        request,
        "service/suppliers/dossier.html",
        status=status if form is not None else 200,
        supplier=row,
        row=row,
        here=way_of(external_id),
        next_stages=next_stages(stage),
        criteria=list(Criterion),
        year=local(at).year,
        me=viewer.person_id,
        may=viewer.may(Capability.KEEP_SUPPLIERS),
        seen=seen or {},
        panels=panels,
        now=at,
        **context,
        **forms_of,
    )


async def _parts(supplier_id: int) -> dict[str, Any]:
    return {
        "steps": await queries.steps(supplier_id),
        "contracts": await queries.contracts(supplier_id),
        "contacts": await queries.contacts(supplier_id),
        "papers": await queries.papers(supplier_id),
        "evaluations": await evaluating.evaluations(supplier_id),
        "visits": await visits.of_supplier(supplier_id),
    }


_FORMS = ("selection", "paper", "contract", "contact", "score", "other")
ROUTES: list[Any] = [DossierPages]
