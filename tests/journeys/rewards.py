"""Chapter four: certificate and right; she shares, a friend looks, and the shop binds a VIP."""

from typing import Any

from tests.journeys.server import WEBHOOK_SECRET, until
from tests.journeys.story import OWNER, STORE, Story
from tests.service.connect.shop import OPENED


async def shop_hears(story: Story, *, may_share: bool) -> dict[str, Any]:
    """The signed word of her changed right, as the last one of its kind."""

    def last() -> dict[str, Any] | None:
        told = [heard.verified(WEBHOOK_SECRET) for heard in list(story.shop.ear.heard)]
        changes = [one for one in told if one["type"] == "share_right.changed" and one["data"]["store"] == STORE]
        return changes[-1] if changes and changes[-1]["data"]["may_share"] is may_share else None

    return await until(last, f"share_right.changed to {may_share}")


async def she_has_certificate_and_right(story: Story) -> None:
    """From the result on: the certificate, its page for anybody, and a first page that says she may share."""
    phone = story.owner
    await shop_hears(story, may_share=True)
    await phone.go("/certificates")
    await phone.at("article.cert .seal").wait_for()
    await phone.snap("certificate", main=True)
    checked = await phone.at("a[href^='/verify/']").first.get_attribute("href")
    assert checked is not None
    await story.friend.go(checked)
    await story.friend.at("article.cert .seal").wait_for()
    assert story.cast.owner not in await story.friend.text(), "strangers see her name masked"
    await story.friend.snap("certificate, checked")
    await phone.go("/")
    await phone.says(story.t("home.licensed"), ".next")
    await phone.snap("home, licensed")
    await phone.go("/right")
    await phone.snap("my right")
    await phone.go("/notices")
    await phone.snap("notices")


async def she_shares(story: Story) -> None:
    """A product's page, its link with QR code and poster; the link goes to her clipboard."""
    phone = story.owner
    await phone.go("/share")
    await phone.snap("share")
    await phone.tap_to("a[href='/share/products/product-0']", "/share/products/product-0")
    await phone.snap("product")
    await phone.tap_to("form[action='/share/links'] button", "/share/links/")
    await phone.page.wait_for_function("document.querySelector('img.poster').naturalWidth > 0")
    await phone.snap("poster", main=True)
    await phone.tap(".bar [data-copy]")
    await phone.at("#toasts .toast").wait_for()
    link = await phone.page.evaluate("navigator.clipboard.readText()")
    assert link.startswith(f"{story.site.base}/s/")
    story.found |= {"link": link, "code": link.rpartition("/")[2], "poster": phone.path}


async def a_friend_becomes_vip(story: Story) -> None:
    """Who opens the link sees the product and who shares it; the shop binds her by the code, once."""
    friend = story.friend
    await friend.page.goto(story.found["link"])
    await friend.says(story.cast.products[0][0], "h1")
    href = await friend.at("main .sheet a.btn").get_attribute("href")
    assert href is not None
    assert story.found["code"] in href
    await friend.snap("a friend opens it")
    bound = await bind(story, "vip-1")
    assert (bound.status, bound.body["owner"], bound.body["created"]) == (200, OWNER, True)
    assert (await bind(story, "vip-1")).body["created"] is False
    phone = story.owner
    await phone.go("/vips")
    await phone.says(story.cast.friend)
    await phone.snap("my VIPs")


async def bind(story: Story, external_id: str) -> Any:
    """The shop registers a buyer who came by her link."""
    body = {
        "name": story.cast.friend,
        "phone": "13700001234",
        "registered_at": OPENED.isoformat(),
        "share_code": story.found["code"],
    }
    return await story.shop.put(f"/vips/{external_id}", body)


async def the_shop_checks_for_itself(story: Story) -> None:
    """The API's word, and a permit that holds by the published keys."""
    told = (await story.shop.get(f"/api/v1/owners/{OWNER}/share-right")).body
    assert (told["may_share"], told["status"], told["reasons"]) == (True, "licensed", [])
    claims = await story.shop.permit()
    assert (claims["sub"], claims["store"], claims["scope"]) == (OWNER, STORE, "share")
    assert claims["exp"] - claims["iat"] <= 15 * 60
