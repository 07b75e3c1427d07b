"""The demo's register: how suppliers were selected, scored and visited, made through the room's own actions."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from io import BytesIO

from PIL import Image, ImageDraw

from portal.commands.demo_data import DemoVisit, demo_data
from portal.core.base.clock import local
from portal.core.base.database import reading
from portal.core.web.viewer import Viewer
from portal.service.suppliers import dossier, evaluating, files, recording, visiting, visits
from portal.service.suppliers.dossier import Reach, Terms
from portal.service.suppliers.recording import Place
from portal.service.suppliers.rules import Criterion, Mark, Result, Stage
from portal.service.suppliers.visiting import Plan, required

DAY = timedelta(days=1)
STAGES = (Stage.APPLIED, Stage.EXAMINED, Stage.SAMPLES, Stage.APPROVED)
SHADES = ("#b8c4a6", "#c9ccd1", "#d8c7a3")


@dataclass(frozen=True, slots=True)
class Keepers:
    """Who keeps the register in the demo."""

    lead: Viewer
    admin: Viewer


async def make_register(keepers: Keepers, at: datetime) -> None:
    """Every visit of the demo's data with the dossier behind it, as of `at`."""
    for told in demo_data().visits:
        day = at - timedelta(days=told.days)
        await _dossier(keepers, told, day - 14 * DAY)
        if told.result:
            await _visited(keepers, told, day)
        else:
            await visiting.plan(keepers.lead, told.supplier, _plan(keepers, day), at)


def _plan(keepers: Keepers, day: datetime) -> Plan:
    return Plan(day, keepers.lead.person_id, keepers.admin.person_id)


async def _dossier(keepers: Keepers, told: DemoVisit, at: datetime) -> None:
    """Selected step by step, under contract, with somebody to reach; scored by both where `told` has marks."""
    for number, stage in enumerate(STAGES):
        reason = demo_data().texts[f"selection_{stage}"]
        await dossier.select(keepers.lead, told.supplier, stage, reason, None, at + number * DAY)
    first = local(at).date()
    terms = Terms(demo_data().texts["contract"], first, first + timedelta(days=told.contract))
    await dossier.add_contract(keepers.admin, told.supplier, terms, None, at)
    reach = Reach(demo_data().texts["contact_duty"], told.signed, told.phone, None)
    await dossier.add_contact(keepers.lead, told.supplier, reach, at)
    for keeper, mark in ((keepers.lead, told.score), (keepers.admin, told.score - 1)):
        marks = dict.fromkeys(Criterion, min(5, mark)) | {Criterion.PRICE: 3}
        await evaluating.give(keeper, told.supplier, marks, told.words, at + 5 * DAY)


async def _visited(keepers: Keepers, told: DemoVisit, at: datetime) -> None:
    lead = keepers.lead
    ref = await visiting.plan(lead, told.supplier, _plan(keepers, at), at - 7 * DAY)
    await recording.save_place(lead, ref, Place(told.latitude, told.longitude, 15, told.place), at)
    async with reading():
        points = (await visits.record(required(await visits.by_ref(ref)))).checklist.points
    flaw = told.flaw if told.action else ""
    marks = {point.key: (Mark.MINOR if point.key == flaw else Mark.GOOD, None) for point in points}
    await recording.save_marks(lead, ref, marks, at)
    await recording.add_photos(lead, ref, await files.keep_photos([_photo(shade) for shade in SHADES]), at)
    if told.action:
        await recording.add_action(lead, ref, told.action, at + 30 * DAY, at)
    await recording.sign(lead, ref, told.signed, None, at)
    await visiting.conclude(lead, ref, Result(told.result), told.words, at)
    visit = await _read(ref)
    if visit.open:
        await visiting.confirm(keepers.admin, ref, at + timedelta(hours=3))
    if told.action:
        async with reading():
            (action,) = await visits.actions_of(visit.id)
        await visiting.mended(lead, ref, action.id, told.mended, at + 20 * DAY)


async def _read(ref: str) -> visits.VisitInfo:
    async with reading():
        return required(await visits.by_ref(ref))


def _photo(shade: str) -> bytes:
    """A drawn stand-in for a photo of a storehouse."""
    picture = Image.new("RGB", (900, 600), shade)
    pen = ImageDraw.Draw(picture)
    for row in range(3):
        for place in range(5):
            corner = (60 + place * 165, 90 + row * 160)
            pen.rectangle((*corner, corner[0] + 130, corner[1] + 110), fill="#a9773f", outline="#6a4726", width=6)
    kept = BytesIO()
    picture.save(kept, "JPEG", quality=82)
    return kept.getvalue()
