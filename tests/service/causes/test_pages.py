"""The pages of causes, corrective actions, inspections and figures, as their people use them."""

from datetime import timedelta
from urllib.parse import quote

import pytest

from certification.rights import measures
from portal.core.base.clock import local, now
from portal.core.base.database import counting_queries, reading, writing
from portal.core.people.tables import Person
from portal.core.web.frame import Frame
from portal.core.web.i18n import speaking, t
from portal.service.causes import gathering, inspecting, queries
from portal.service.causes.inspecting import Visit
from portal.service.causes.rules import ActionState
from portal.service.causes.tables import Finding, Inspection
from tests import make
from tests.browse import Browser
from tests.cast import Cast
from tests.service.causes.make import DONE, SHOWS, Desk, action_of, desk, found, planned
from tests.service.causes.test_inspections import FOUND, opened, three

DAY = timedelta(days=1)


def here(there: Desk) -> str:
    return f"/desk/complaints/{there.info.ref}/cause"


@pytest.mark.parametrize("language", ["zh-Hans", "en"])
async def test_an_agent_writes_down_the_cause_and_what_mends_it(app: Frame, cast: Cast, language: str) -> None:
    there = await desk()
    async with writing():
        await Person.update(language=language).where(Person.id == there.agent.person_id)
    browser = await make.sign_in(Browser(app, language=language), there.agent.person_id)
    page = await browser.visit_and_submit(here(there), f"{here(there)}/finding", code="supplier_defect", evidence=SHOWS)
    assert page.status == 200, page.text
    with speaking(language):
        assert t("causes.code.supplier_defect") in page.text
    async with reading():
        made = await queries.finding_of(there.info.id)
    assert made is not None
    assert made.code == "supplier_defect"
    due = str(local(now() + 7 * DAY).date())
    sent = {"what": "瓶盖加一道检查", "responsible": str(there.agent.person_id), "due_on": due, "by_party": "yes"}
    page = await browser.submit(page, f"{here(there)}/actions", **sent)
    assert page.status == 200, page.text
    async with reading():
        (action,) = await queries.actions_of(there.info.id)
    assert action.party_id == there.info.supplier_id
    page = await browser.get(f"/desk/complaints/{there.info.ref}/panels/1")
    assert page.status == 200
    assert "瓶盖加一道检查" in page.html
    await browser.close()


async def test_what_is_wrong_stands_beside_its_field_and_the_words_stay(browser: Browser, cast: Cast) -> None:
    there = await desk()
    await make.sign_in(browser, there.agent.person_id)
    page = await browser.visit_and_submit(here(there), f"{here(there)}/finding", code="carrier_lost", evidence=SHOWS)
    assert page.status == 422
    with speaking("zh-Hans"):
        assert t("refusal.finding_no_carrier") in page.text
    assert SHOWS in page.html


async def test_on_a_page_that_moved_on_the_words_stay(browser: Browser, cast: Cast) -> None:
    there = await desk()
    await make.sign_in(browser, there.agent.person_id)
    page = await browser.get(here(there))
    await found(there, "buyer_misuse", by=there.lead)
    page = await browser.submit(page, f"{here(there)}/finding", code="supplier_defect", evidence=SHOWS)
    assert page.status == 409
    assert SHOWS in page.html
    page = await browser.submit(page, f"{here(there)}/finding", code="supplier_defect", evidence=SHOWS)
    assert page.status == 200
    async with reading():
        assert await Finding.count().where(Finding.superseded_at.is_null()) == 1


async def test_an_owner_mends_what_is_hers_and_a_lead_verifies_it(browser: Browser, cast: Cast) -> None:
    there = await desk()
    await found(there)
    ref = await planned(there, there.owner.person_id)
    await make.sign_in(browser, there.owner.person_id)
    page = await browser.visit_and_submit(f"/actions/{ref}", f"/actions/{ref}/done", words=DONE)
    assert page.status == 200, page.text
    assert (await action_of(ref)).state is ActionState.DONE
    await make.sign_in(browser, there.other.person_id)
    page = await browser.get("/desk/actions?show=verify")
    assert f"/actions/{ref}" in page.links
    sent = {"verdict": "yes", "words": "看过换型单"}
    page = await browser.visit_and_submit(f"/actions/{ref}", f"/actions/{ref}/verification", **sent)
    assert page.status == 200, page.text
    assert (await action_of(ref)).state is ActionState.VERIFIED


async def test_an_owner_sees_her_side_once_it_is_confirmed(browser: Browser, cast: Cast) -> None:
    there = await desk(cast.olive)
    made = await found(there, "owner_overpromised")
    assert made.violation_id is not None
    await make.sign_in(browser, cast.olive.person_id)
    page = await browser.get(f"/loops/{there.info.ref}")
    with speaking("zh-Hans"):
        code = t("causes.code.owner_overpromised")
    assert page.status == 200
    assert code not in page.text
    assert (await browser.get(here(there))).status in (403, 404)
    await measures.decide_violation(there.lead, made.violation_id, confirm=True, note="", at=there.at)
    page = await browser.get(f"/loops/{there.info.ref}")
    assert code in page.text
    assert f"/loops/{there.info.ref}" in (await browser.get("/right")).links
    await make.sign_in(browser, cast.otto.person_id)
    assert (await browser.get(f"/loops/{there.info.ref}")).status == 404


async def test_a_lead_finds_the_complaint_behind_a_proposal(browser: Browser, cast: Cast) -> None:
    there = await desk()
    await found(there, "owner_false_claim")
    await make.sign_in(browser, cast.dora)
    assert f"/loops/{there.info.ref}" in (await browser.get("/admin/proposals")).links


async def test_an_inspection_from_plan_to_its_published_result(browser: Browser, cast: Cast) -> None:
    await three()
    (one,) = await opened()
    way = f"/desk/inspections/{one.ref}"
    await make.sign_in(browser, cast.dora)
    assert way in (await browser.get("/desk/inspections")).links
    day = str(local(now() + DAY).date())
    sent = {"first": str(cast.dora), "second": str(cast.ada), "planned_on": day}
    page = await browser.visit_and_submit(way, f"{way}/plan", **sent)
    assert page.status == 200, page.text
    async with writing():
        await Inspection.update(planned_at=now() - DAY).where(Inspection.id == one.id)
    page = await browser.visit_and_submit(way, f"{way}/result", result=FOUND, packing="bad")
    assert page.status == 200, page.text
    assert (await browser.get(f"/inspections/{one.ref}")).status == 404
    await make.sign_in(browser, cast.ada)
    page = await browser.visit_and_submit(way, f"{way}/signature")
    assert page.status == 200, page.text
    await make.sign_in(browser, cast.olive.person_id)
    assert FOUND in (await browser.get(f"/inspections/{one.ref}")).text


async def test_figures_and_a_partys_record(browser: Browser, cast: Cast) -> None:
    there = await desk()
    made = await found(there)
    await make.sign_in(browser, there.agent.person_id)
    for path in ("/desk/causes", f"/desk/causes?month={local(there.at):%Y-%m}"):
        assert (await browser.get(path)).status == 200
    sheet = (await browser.get("/desk/causes/export")).html
    assert "supplier_poor_packing" in sheet
    page = await browser.get(f"/admin/parties/{quote(made.supplier or '', safe='')}")
    assert f"/loops/{there.info.ref}" in page.links


async def test_pages_ask_no_more_than_they_may(browser: Browser, cast: Cast) -> None:
    there = await desk()
    await found(there)
    ref = await planned(there)
    await make.sign_in(browser, there.lead.person_id)
    other = await desk()
    for path in (
        here(there),
        here(other),
        f"/loops/{there.info.ref}",
        f"/actions/{ref}",
        "/desk/actions",
        "/desk/causes",
    ):
        with counting_queries() as asked:
            assert (await browser.get(path)).status == 200
        assert len(asked) <= 12, (path, len(asked))
    await gathering.gather()


async def test_a_visit_is_set_with_two_people(browser: Browser, cast: Cast) -> None:
    await three()
    (one,) = await opened()
    way = f"/desk/inspections/{one.ref}"
    await make.sign_in(browser, cast.dora)
    day = str(local(now() + DAY).date())
    sent = {"first": str(cast.dora), "second": str(cast.dora), "planned_on": day}
    page = await browser.visit_and_submit(way, f"{way}/plan", **sent)
    with speaking("zh-Hans"):
        assert t("refusal.inspectors_same") in page.text
    visit = Visit(cast.dora, cast.ada, now() + DAY, False)
    await inspecting.schedule(await make.viewer(cast.dora), one.ref, visit, now())
    assert (await browser.get(way)).status == 200
