"""A number is seen once, for a reason that is kept, so many times a day, by whom it concerns."""

import asyncio
import json
from datetime import timedelta

from portal.core.base.clock import now
from portal.core.base.database import reading
from portal.core.base.refusals import Refused
from portal.core.base.tables import AuditEntry
from portal.service.privacy import actions
from portal.service.privacy.rules import MOST_A_DAY, Kind, Reason
from portal.service.privacy.tables import Reveal
from tests import make
from tests.browse import Browser
from tests.cast import Cast
from tests.service.orders import make as orders

PHONE = "13912345678"


async def test_an_owner_sees_her_orders_number_once_and_it_is_kept(browser: Browser) -> None:
    owner = await make.owner("李芳")
    await make.sign_in(browser, owner.person_id)
    bought = await orders.order(await orders.vip(owner))
    ask = await browser.get(f"/reveals/new?kind=order&id={bought.number}&next=/orders/{bought.number}")
    assert "139****5678" in ask
    assert PHONE not in ask.html
    shown = await browser.submit(ask, "/reveals", reason="delivery")
    assert PHONE in shown
    assert f"tel:{PHONE}" in shown.links
    assert f"/orders/{bought.number}" in shown.links
    assert shown.response.headers["cache-control"] == "no-store"
    again = await browser.submit(ask, "/reveals", reason="delivery")
    assert PHONE not in again.html
    async with reading():
        rows = await Reveal.select(Reveal.reason, Reveal.kind, Reveal.own)
        entry = await AuditEntry.objects().where(AuditEntry.action == "privacy.revealed").first()
    assert rows == [{"reason": "delivery", "kind": "order", "own": True}]
    assert entry is not None
    facts = json.loads(entry.facts)
    assert facts == {"fields": ["phone", "address"], "reason": "delivery"}


async def test_what_is_missing_is_said_beside_its_field(browser: Browser) -> None:
    owner = await make.owner("李芳")
    await make.sign_in(browser, owner.person_id)
    buyer = await orders.vip(owner)
    ask = await browser.get(f"/reveals/new?kind=vip&id={buyer.external_id}&next=//evil.example/")
    assert "evil.example" not in ask.html
    unsaid = await browser.submit(ask, "/reveals")
    assert unsaid.status == 422
    assert "f-reason-error" in unsaid.html
    wordless = await browser.submit(ask, "/reveals", reason="other")
    assert wordless.status == 422
    assert "f-note-error" in wordless.html
    staffs = await browser.submit(ask, "/reveals", reason="complaint", note="x")
    assert staffs.status == 422
    assert PHONE not in staffs.html


async def test_anothers_vip_is_not_found_and_an_admin_says_why(browser: Browser, open_browser, cast: Cast) -> None:  # type: ignore[no-untyped-def]
    owner, other = await make.owner("李芳"), await make.owner("王芳")
    buyer = await orders.vip(owner)
    await make.sign_in(browser, other.person_id)
    path = f"/reveals/new?kind=vip&id={buyer.external_id}"
    assert (await browser.get(path)).status == 404
    agent = await make.sign_in(open_browser(), cast.person_of("agent"))
    assert (await agent.get(path)).status == 404
    admin = await make.sign_in(open_browser(), cast.person_of("admin"))
    ask = await admin.get(path)
    assert (await admin.submit(ask, "/reveals", reason="official")).status == 422
    shown = await admin.submit(ask, "/reveals", reason="official", note="市场监管局来函 11 号")
    assert PHONE in shown
    listed = await admin.get("/admin/reveals")
    assert buyer.external_id in listed
    assert "市场监管局来函" in listed
    assert PHONE not in listed.html
    assert (await browser.get("/admin/reveals")).status == 403
    english = await admin.get("/admin/reveals", headers={"Accept-Language": "en"})
    assert english.status == 200


async def test_a_days_numbers_run_out_also_for_many_hands_at_once(cast: Cast) -> None:
    owner = await make.owner("李芳")
    viewer, at = await make.viewer(owner.person_id), now()
    buyer = await orders.vip(owner)

    async def look() -> bool:
        try:
            await actions.reveal(viewer, Kind.VIP, buyer.external_id, Reason.CALL_BACK, "", at)
        except Refused as refused:
            return refused.code != "reveal_limit"
        return True

    seen = await asyncio.gather(*(look() for _ in range(MOST_A_DAY + 4)))
    assert sum(seen) == MOST_A_DAY
    at += timedelta(days=1)
    assert await look()
    async with reading():
        assert await Reveal.count() == MOST_A_DAY + 1
