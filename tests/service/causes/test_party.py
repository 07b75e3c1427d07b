"""A supplier by its link: what it sees of an inspection and its actions, when, and what it answers."""

from datetime import timedelta
from typing import Any

import pytest

from portal.core.base.clock import now
from portal.core.base.database import reading, writing
from portal.core.base.public_links import Door, address_of
from portal.core.base.refusals import Refused
from portal.core.base.settings import settings
from portal.core.base.tables import Outbox
from portal.core.notices.tables import Notice
from portal.core.supply.tables import Supplier
from portal.service.causes import inspecting, letters, mending, party, pictures
from portal.service.causes.mending import Plan
from portal.service.causes.tables import Inspection, PartyAnswer
from tests import make
from tests.browse import Browser
from tests.cast import Cast
from tests.service.causes.make import action_of, desk, found
from tests.service.causes.test_inspections import FOUND, MARKS, Crew, opened, went
from tests.service.returns.make import picture

DAY = timedelta(days=1)
SAID = "旋盖机已经重设力矩，照片是新的换型单。"


async def way(door: Door, subject: int) -> str:
    async with reading():
        link = await address_of(door, subject)
    assert link is not None
    return link.removeprefix(settings().base_url)


async def published(cast: Cast) -> Crew:
    """An announced inspection whose result is out, the visit having been moved to the past."""
    there = await went(cast)
    async with writing():
        await Inspection.update(planned_at=now() - DAY).where(Inspection.ref == there.ref)
    await inspecting.write_result(there.first, there.ref, MARKS, FOUND, now())
    await inspecting.sign(there.second, there.ref, None, now())
    return there


async def test_an_unannounced_visit_has_no_link_before_its_result(cast: Cast) -> None:
    there = await went(cast, announced=False)
    (one,) = await opened()
    async with reading():
        assert await address_of(Door.INSPECTION, one.id) is None
    later = there.day + DAY
    await inspecting.write_result(there.first, there.ref, MARKS, FOUND, later)
    await inspecting.sign(there.second, there.ref, None, later)
    here = await way(Door.INSPECTION, one.id)
    assert here.startswith("/p/")
    assert here in letters.letter(one, "result", here)[1]


async def test_the_supplier_sees_the_result_only_when_it_is_out(browser: Browser, cast: Cast) -> None:
    there = await went(cast)
    (one,) = await opened()
    here = await way(Door.INSPECTION, one.id)
    page = await browser.get(here)
    assert (page.status, FOUND in page.html) == (200, False)
    async with writing():
        await Inspection.update(planned_at=now() - DAY).where(Inspection.ref == there.ref)
    await make.sign_in(browser, cast.dora)
    wrote = await browser.get(f"/desk/inspections/{there.ref}")
    sent = {"photos": ("a.jpg", picture(), "image/jpeg")}
    done = await browser.submit(wrote, f"/desk/inspections/{there.ref}/result", files=sent, result=FOUND)
    assert done.status == 200, done.text
    async with reading():
        (shot,) = await pictures.of(inspection=one.id)
    assert (await browser.client.get(f"/desk/inspections/{there.ref}/photos/{shot.info.ref}")).status_code == 200
    for hidden in (f"{here}/photos/{shot.info.ref}", f"/inspections/{there.ref}/photos/{shot.info.ref}"):
        assert (await browser.client.get(hidden)).status_code == 404
    await inspecting.sign(there.second, there.ref, None, now())
    assert FOUND in (await browser.get(here)).html
    for seen in (f"{here}/photos/{shot.info.ref}", f"/inspections/{there.ref}/photos/{shot.info.ref}"):
        assert (await browser.client.get(seen)).status_code == 200


async def test_the_supplier_answers_with_a_photo(browser: Browser, open_browser: Any, cast: Cast) -> None:
    there = await published(cast)
    (one,) = await opened()
    plan = Plan("换型单加一步", there.first.person_id, now() + 7 * DAY, one.party_id)
    ref = await inspecting.plan_action(there.first, there.ref, plan, now())
    here, hers = await way(Door.INSPECTION, one.id), await way(Door.ACTION, (await action_of(ref)).id)
    supplier = open_browser()
    short = await supplier.submit(await supplier.get(here), f"{here}/inspection", text="好")
    assert short.status == 422
    sent = {"photos": ("a.jpg", picture(), "image/jpeg")}
    page = await supplier.submit(short, f"{here}/inspection", files=sent, text=SAID)
    assert (page.status, SAID in page.html, "/photos/" in page.html) == (200, True, True)
    assert (await supplier.client.get(next(link for link in page.links if "/photos/" in link))).status_code == 200
    page = await supplier.submit(await supplier.get(hers), f"{hers}/actions/{ref}", text=SAID)
    assert (page.status, SAID in page.html) == (200, True)
    await make.sign_in(browser, cast.dora)
    assert SAID in (await browser.get(f"/desk/inspections/{there.ref}")).html
    assert SAID in (await browser.get(f"/actions/{ref}")).html
    async with reading():
        told = await Notice.count().where(Notice.kind == "party_answered")
    assert told == 3  # the two who went, and whoever sees to the action


async def test_what_a_link_does_not_open(browser: Browser, cast: Cast) -> None:
    there = await desk()
    await found(there)
    async with writing():
        await Supplier.update(contact_email="a@b.test").where(Supplier.id == (there.info.supplier_id or 0))
    plan = Plan("瓶盖加一道检查", there.agent.person_id, there.in_week, there.info.supplier_id)
    ref = await mending.plan(there.agent, there.info.id, plan, there.at)
    other = await mending.plan(
        there.agent, there.info.id, Plan("再查一次", there.agent.person_id, there.in_week), there.at
    )
    here = await way(Door.ACTION, (await action_of(ref)).id)
    async with reading():
        letters_sent = await Outbox.count().where(Outbox.topic == letters.TOPIC)
    assert letters_sent == 1
    page = await browser.get(here)
    assert (page.status, there.info.vip_name in page.html) == (200, False)
    key = page.form(f"{here}/actions/{ref}").fields
    assert (await browser.post(f"{here}/actions/{other}", {**key, "text": SAID})).status == 404
    assert (await browser.get("/p/" + "0" * 40)).status == 410


async def test_a_party_says_only_so_much(cast: Cast) -> None:
    there = await published(cast)
    (one,) = await opened()
    async with writing():
        for _ in range(party.MOST_ANSWERS):
            await PartyAnswer.insert(PartyAnswer(inspection=one.id, text=SAID, at=now()))
    with pytest.raises(Refused, match="party_answers_many"):
        await party.answer_inspection(there.first.actor, one, SAID, (), now())
