"""Chapter five: a violation, all doors shut with the reason, a short course, and the way back."""

from datetime import timedelta

from portal.core.base.clock import local, now
from tests.journeys.learning import she_reads_the_rest
from tests.journeys.phone import Phone
from tests.journeys.rewards import bind, shop_hears
from tests.journeys.server import PATIENCE
from tests.journeys.sitting import she_passes
from tests.journeys.story import OWNER, PASSWORD, STORE, Story


async def sign_in(phone: Phone, part: str) -> None:
    await phone.go("/sign-in")
    await phone.fill(identifier=f"{part}@example.test", password=PASSWORD)
    await phone.tap("form[action='/sign-in'] button.btn")
    await phone.page.wait_for_url(lambda url: "/sign-in" not in url, timeout=PATIENCE * 1000)


async def two_admins_suspend_her(story: Story) -> None:
    """One reports, the other confirms; the first may not confirm her own report."""
    first, second = story.staff["admin"], story.staff["second-admin"]
    await first.go("/sign-in")
    await first.snap("sign in")
    await sign_in(first, "admin")
    await first.go(f"/manage/stores/{STORE}/violations/new")
    await first.tap("label.answer:has(input[value=medical_claim])")
    yesterday = (local(now()) - timedelta(days=1)).date().isoformat()
    await first.fill(occurred_on=yesterday, evidence=story.cast.evidence)
    await first.snap("report a violation")
    await first.tap_to("form[action$='/violations'] button.btn", f"/admin/rights/{STORE}")
    await first.go("/admin/proposals")
    assert await first.at("form[action$='/decision']").count() == 0
    await sign_in(second, "second-admin")
    await second.go("/admin/proposals")
    await second.fill(note=story.cast.note)
    await second.snap("proposals")
    await second.tap("form[action$='/decision'] button[value=confirm]")
    await second.at("#toasts .toast").wait_for()
    await second.go(f"/admin/rights/{STORE}")
    await second.snap("why her right is as it is")


async def every_door_is_shut(story: Story) -> None:
    """Within the next request, each saying to her why and what mends it; to strangers nothing of it."""
    phone = story.owner
    await phone.go("/")
    await phone.snap("home, suspended")
    await phone.go("/share")
    await phone.says(story.t("rights.own.suspended"), "h1")
    await phone.at(".steps li[data-state=bad]").first.wait_for()
    assert await phone.at(".next a.btn").count() == 1, "a refusal shows the way on"
    await phone.snap("share, suspended", main=True)
    await phone.go("/right")
    await phone.says(story.cast.evidence, "#happened")
    await phone.snap("what happened")
    for path in (story.found["poster"], "/share/products/product-0"):
        answer = await phone.page.goto(phone.base + path)
        assert answer is not None
        assert answer.status == 403
        await phone.says(story.t("rights.own.suspended"), "h1")
    poster = await phone.context.request.get(f"{phone.base}{story.found['poster']}/poster.png")
    assert poster.status == 403
    await story.friend.page.goto(story.found["link"])
    await story.friend.says(story.t("sharing.resting.title"))
    assert story.cast.products[0][0] not in await story.friend.text()
    await story.friend.snap("the friend, meanwhile")
    refused = await bind(story, "vip-2")
    assert (refused.status, bool(refused.body["reasons"])) == (409, True)
    told = (await story.shop.get(f"/api/v1/owners/{OWNER}/share-right")).body
    assert (told["status"], told["may_share"], told["permit"]) == ("suspended", False, None)
    assert told["reasons"]
    assert all(reason["text"] and reason["url"].startswith(story.site.base) for reason in told["reasons"])
    await shop_hears(story, may_share=False)


async def she_mends_it(story: Story) -> None:
    """The remedial course and its exam; with its last condition the right is hers again."""
    phone = story.owner
    await phone.go("/learn")
    await phone.snap("remedial course")
    await she_reads_the_rest(story, "remedial")
    await she_passes(story, "remedial exam passed", 2)
    await phone.go("/share")
    await phone.at("a[href='/share/products/product-0']").wait_for()
    await phone.go(story.found["poster"])
    await phone.page.wait_for_function("document.querySelector('img.poster').naturalWidth > 0")
    await story.friend.page.goto(story.found["link"])
    await story.friend.says(story.cast.products[0][0], "h1")
    assert (await bind(story, "vip-2")).status == 200
    await shop_hears(story, may_share=True)
    await phone.go("/right")
    await phone.snap("right restored")
