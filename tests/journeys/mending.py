"""The two halves of a supplier's story: to the blacklist, and back."""

import json
from datetime import timedelta

from tests.journeys.desk import heard, ref_in, send
from tests.journeys.server import until
from tests.journeys.story import Answer
from tests.journeys.supplying import (
    FAULTED,
    FIRM,
    MAIL,
    ORDERS,
    PARTY,
    PRODUCT,
    SupplierStory,
    comes_in,
    its_page,
    number,
    order,
    photo,
    shows,
)

CHANGED = "supplier.standing_changed"


async def the_shop_sells_its_bowls(story: SupplierStory) -> None:
    """Twelve orders arrive; three buyers complain, and the owner still shares."""
    firm = {
        "name": story.words["firm"],
        "kind": "goods",
        "categories": ["Home"],
        "contact": {"name": "Kiln", "phone": "0571-8000099", "email": MAIL},
    }
    product = {
        "title": story.words["product"],
        "price_fen": 8_800,
        "commission_bp": 1_000,
        "supplier": FIRM,
        "category": "Home",
        "url": "https://shop.example/stoneware",
    }
    assert (await story.shop.put(f"/suppliers/{FIRM}", firm)).status in (200, 201)
    assert (await story.shop.put(f"/products/{PRODUCT}", product)).status in (200, 201)
    placed = [story.now - timedelta(days=20 - place) for place in range(ORDERS)]
    sold = [order(story, place, at) for place, at in enumerate(placed)]
    answer = await story.shop.client.post("/api/v1/orders:batch", json={"orders": sold})
    assert answer.is_success, answer.text
    assert [row["status"] for row in answer.json()["results"]] == ["created"] * ORDERS, answer.text
    for place in FAULTED:
        await _complains(story, place)
    owner = story.owner
    await comes_in(story, owner, "owner")
    await owner.go(f"/share/products/{PRODUCT}")
    await owner.tap_to("form[action='/share/links'] button", "/share/links/")
    story.found["code"] = ref_in(owner.path)


async def _complains(story: SupplierStory, place: int) -> None:
    filed = {
        "order": number(place),
        "vip": f"vip-{1 + place % 4}",
        "filed_by": "buyer",
        "channel": "phone",
        "product_category": "Home",
        "function_category": "quality",
        "wanted": "apology",
        "urgency": "normal",
        "text": story.words["complaint"],
    }
    answer = await story.shop.client.post("/api/v1/complaints", json=filed)
    assert answer.status_code == 201, answer.text
    story.found[f"case-{place}"] = answer.json()["ref"]


async def the_desk_finds_whose_fault_it_was(story: SupplierStory) -> None:
    lead = story.lead
    await comes_in(story, lead, "desk-lead")
    for place in FAULTED:
        await lead.go(f"/desk/complaints/{story.found[f'case-{place}']}/cause")
        await lead.at("form[action$='/cause/finding'] select[name=code]").select_option("supplier_defect")
        await send(lead, "/cause/finding", evidence=story.words["found"])
        await lead.says(story.words["firm"])
    await lead.snap("its fault, found three times")


async def it_is_judged_and_reads_why(story: SupplierStory) -> None:
    """The next day; by its link, on a phone, without an account: down to the orders."""
    supplier = story.supplier
    story.site.skip(days=1)
    story.found["page"] = await its_page(story, 0)
    await supplier.page.goto(story.found["page"])
    await supplier.says(story.t("assessments.standing.rectifying"))
    await supplier.snap("it is to mend, by a day", main=True)
    await supplier.tap_to("main a[href*='/verdicts/']", "/p/")
    await supplier.page.wait_for_url(lambda url: "/verdicts/" in url)
    for place in FAULTED:
        await supplier.says(number(place), "h3")
    await supplier.says(story.t("causes.code.supplier_defect"))
    assert await supplier.at("h3").count() == len(FAULTED)
    await supplier.snap("why, order by order")


async def it_sends_too_little(story: SupplierStory) -> None:
    supplier, lead = story.supplier, story.lead
    await supplier.page.goto(story.found["page"])
    await supplier.page.set_input_files("form[action$='/evidence'] [name=files]", files=photo())
    await send(supplier, "/evidence", words=story.words["evidence"])
    await supplier.says(story.words["evidence"])
    await comes_in(story, lead, "desk-lead")
    await lead.go("/admin/assessments")
    await lead.tap_to(f"a[href='{PARTY}']", PARTY)
    await lead.says(story.words["evidence"])
    await lead.snap("the desk looks at what was sent")
    await send(lead, "/refusal", words=story.words["refused"])
    await lead.says(story.words["refused"])
    await supplier.page.goto(story.found["page"])
    await supplier.says(story.words["refused"])


async def two_people_end_it(story: SupplierStory) -> None:
    """The date passes; one proposes, another confirms, and nobody alone."""
    lead, admin = story.lead, story.staff["admin"]
    story.site.skip(days=32)
    await comes_in(story, lead, "desk-lead")
    await shows(story, lead, PARTY, "form[action$='/proposals']")
    await lead.says(story.t("assessments.wish.blacklist"), "h2")
    await send(lead, "/proposals", words=story.words["blacklist"])
    await lead.says(story.words["blacklist"])
    assert await lead.at("form[action$='/confirmation']").count() == 0
    await comes_in(story, admin, "admin")
    await admin.go(PARTY)
    await admin.snap("another decides")
    await admin.tap("form[action$='/confirmation'] button")
    await admin.says(story.t("assessments.standing.blacklisted"))
    await heard(story, CHANGED, supplier=FIRM, standing="blacklisted", sharing=False)


async def its_goods_are_shared_no_more(story: SupplierStory) -> None:
    """Not by the owner, not by the link, not through the API; and an order that still comes is told to admins."""
    owner, supplier, admin = story.owner, story.supplier, story.staff["admin"]
    await comes_in(story, owner, "owner")
    await owner.go(f"/share/products/{PRODUCT}")
    await owner.says(story.t("sharing.held.supplier_blacklisted"))
    await owner.snap("not shared any more, and why")
    await supplier.go(f"/s/{story.found['code']}")
    await supplier.says(story.t("sharing.resting.title"))
    answer = await _register(story, "vip-k1")
    assert (answer.status, answer.body["title"]) == (409, "share_supplier_blacklisted"), answer.body
    late = order(story, ORDERS, story.now, status="paid", updated_at=story.now.isoformat())
    answer = await story.shop.put(f"/orders/{late.pop('number')}", late | {"delivered_at": None})
    assert answer.status in (200, 201), answer.body
    title = story.t("notice.supplier_held_orders.title", name=story.words["firm"])
    await shows(story, admin, "/notices", f"main :text({json.dumps(title, ensure_ascii=False)})")
    await admin.snap("an order still came")


async def _register(story: SupplierStory, vip: str) -> Answer:
    body = {
        "name": "Kay",
        "phone": "13900007788",
        "share_code": story.found["code"],
        "registered_at": story.now.isoformat(),
    }
    return await story.shop.put(f"/vips/{vip}", body)


async def it_appeals(story: SupplierStory) -> None:
    supplier = story.supplier
    await supplier.page.goto(story.found["page"])
    await supplier.says(story.t("assessments.standing.blacklisted"))
    await supplier.tap("main details summary")
    await send(supplier, "/appeals", words=story.words["appeal"])
    await supplier.says(story.t("assessments.appealed.received"))
    await supplier.snap("blacklisted, and it appeals", main=True)


async def somebody_else_looks_again(story: SupplierStory) -> None:
    """Neither of the two: they had a part in it."""
    admin, second, supplier = story.staff["admin"], story.staff["second-admin"], story.supplier
    await admin.go(PARTY)
    await admin.tap("form[action$='/review'] button")
    await admin.says(story.t("refusal.standing_appeal_own"))
    await comes_in(story, second, "second-admin")
    await second.go(PARTY)
    await second.tap("form[action$='/review'] button")
    await second.at("form[action$='/decision']").wait_for()
    await supplier.page.reload()
    await supplier.says(story.t("assessments.appealed.in_review"))
    await send(second, "/decision", {"outcome": "reversed"}, words=story.words["reversed"])
    await second.says(story.words["reversed"])
    await second.snap("the appeal is upheld")


async def it_is_back(story: SupplierStory) -> None:
    """Its page, the link, the owner's page, the shop, the register: all say so, and what was stays readable."""
    supplier, owner, second = story.supplier, story.owner, story.staff["second-admin"]
    await supplier.page.reload()
    await supplier.says(story.t("assessments.own.text.good"))
    await supplier.says(story.t("assessments.appealed.reversed"))
    await supplier.snap("restored")
    await heard(story, CHANGED, supplier=FIRM, standing="good", sharing=True)
    await supplier.go(f"/s/{story.found['code']}")
    await supplier.says(story.words["product"])
    await owner.go(f"/share/products/{PRODUCT}")
    await owner.at(f"a[href='/share/links/{story.found['code']}']").wait_for()
    answer = await _register(story, "vip-k1")
    assert (answer.status, answer.body["created"]) == (200, True), answer.body
    await second.go(f"/admin/register/suppliers/{FIRM}")
    for key in ("blacklisted", "rectifying", "good"):
        await second.says(story.t(f"assessments.standing.{key}"), "section[aria-labelledby=judged]")
    await second.snap("the register keeps it all")
    await until(lambda: len(story.site.letters(MAIL)) >= 7 or None, "every letter")
