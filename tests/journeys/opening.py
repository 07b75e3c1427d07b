"""Chapter one: the shop opens a store, its owner is invited, comes in and sees what is to be done."""

from tests.journeys.server import until
from tests.journeys.story import OWNER, PASSWORD, STORE, Story, other_stores, store_body


async def shop_opens_the_store(story: Story) -> None:
    """She may buy for herself at once; sharing is refused with the reason."""
    made = await story.shop.put(f"/stores/{STORE}", store_body(story.cast, story.language))
    assert made.status == 201, made.body
    right = made.body["share_right"]
    assert (right["may_share"], right["may_self_purchase"], right["status"]) == (False, True, "learning")
    assert [reason["code"] for reason in right["reasons"]]
    assert made.body["invitation_url"].startswith(f"{story.site.base}/invitations/")
    again = await story.shop.put(f"/stores/{STORE}", store_body(story.cast, story.language))
    assert again.status == 200
    for external_id, body in other_stores(story.cast, story.language).items():
        assert (await story.shop.put(f"/stores/{external_id}", body)).status == 201
    contact = {"name": story.cast.friend, "phone": "13600001234", "email": "sales@example.test"}
    supplier = {"name": story.cast.supplier, "kind": "goods", "categories": ["food"], "contact": contact}
    assert (await story.shop.put("/suppliers/qinling", supplier)).status in (200, 201)
    for number, (title, price, copy) in enumerate(story.cast.products):
        product = {
            "title": title,
            "price_fen": price,
            "commission_bp": 1_200,
            "supplier": "qinling",
            "category": "home",
            "url": f"https://shop.example/p/{number}",
            "share_copy": list(copy),
        }
        assert (await story.shop.put(f"/products/product-{number}", product)).status in (200, 201)


async def she_accepts_the_invitation(story: Story) -> None:
    """The link stands in her mail; a password that is too easy is refused beside its field; then she is home."""
    letters = await until(lambda: story.site.letters(f"{OWNER}@example.test"), "the invitation")
    body = letters[0].get_body(("plain",))
    assert body is not None
    link = next(word for word in body.get_content().split() if "/invitations/" in word)
    phone = story.owner
    await phone.page.goto(link)
    await phone.says(story.cast.owner, "h1")
    await phone.snap("invitation")
    await phone.fill(password="12345678")
    await phone.tap("form[action^='/invitations/'] button.btn")
    await phone.at(".errors").wait_for()
    await phone.snap("password refused")
    await phone.fill(password=PASSWORD)
    await phone.tap_to("form[action^='/invitations/'] button.btn", "/")
    await phone.at(".next").wait_for()


async def she_sees_what_is_to_be_done(story: Story) -> None:
    """Eight steps, each with its time; sharing has a lock, and says why."""
    phone = story.owner
    assert await phone.at("ol.steps li").count() == 9, "the opened store, seven courses, one exam"
    assert await phone.at("ol.steps li[data-state=done]").count() == 1
    await phone.says(story.t("home.share_locked"))
    await phone.snap("home, first day", main=True)
    await phone.tap_to("nav.tabs a[href='/share']", "/share")
    await phone.at("main.refusal .next").wait_for()
    assert await phone.at(".steps li[data-state=bad]").count() >= 1
    await phone.snap("share refused", main=True)
    await phone.go("/learn")
    await phone.snap("what to learn")
