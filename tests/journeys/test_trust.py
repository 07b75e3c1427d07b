"""What happens to a promise that was not true, and what an owner does for her VIPs meanwhile, in a real browser.

A stranger reports a share, two people decide, the points end her sharing; the platform looks at samples by itself. She
serves her VIPs on: many orders at once, a number for a reason, the month's call-backs. A buyer who wishes it is erased.
Once in Chinese on SQLite and once in English on PostgreSQL, on the demo's data, with its clock moved on.
"""

import io
import json
import os
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from PIL import Image
from playwright.async_api import FilePayload

from portal.core.web.i18n import speaking, t, tn
from tests.chromium import async_chromium
from tests.journeys.album import Album
from tests.journeys.phone import Phone, phone
from tests.journeys.server import Site, demo
from tests.journeys.walk import PASSWORD

pytestmark = [pytest.mark.browser, pytest.mark.slow]

STAFF = ("manager", "desk-lead", "admin")
ERASED, KEY_VIP = "vip-7", "vip-1"
SHEETS = {"zh-Hans": "trust-zh", "en": "trust-en"}
WORDS = {
    "zh-Hans": {
        "said": "她在朋友圈说这款茶治失眠。",
        "seen": "朋友圈",
        "evidence": "截图里写着“治失眠”，审核过的文案里没有。",
        "answer": "截图清楚，文案里没有这句话。",
        "note": "都看过了，没有问题",
        "call": "茶喝完了，下月再买。",
    },
    "en": {
        "said": "She says that this tea cures insomnia.",
        "seen": "A neighbours' group",
        "evidence": "The picture says “cures insomnia”; the approved words do not.",
        "answer": "The picture is clear, and the approved words do not say so.",
        "note": "All of them looked at",
        "call": "The tea is finished; she will buy again next month.",
    },
}


@dataclass
class Story:
    """The site, who walks it, and what the chapters pass on."""

    site: Site
    language: str
    album: Album
    people: dict[str, Phone]
    found: dict[str, str] = field(default_factory=dict)

    @property
    def owner(self) -> Phone:
        return self.people["owner"]

    @property
    def stranger(self) -> Phone:
        return self.people["stranger"]

    @property
    def words(self) -> dict[str, str]:
        return WORDS[self.language]

    def t(self, key: str, **params: Any) -> str:
        with speaking(self.language):
            return t(key, **params)

    def tn(self, key: str, n: int) -> str:
        with speaking(self.language):
            return tn(key, n)


@asynccontextmanager
async def beginning(language: str, database_url: str, home: Path) -> AsyncIterator[Story]:
    """The demo served; its owner and staff signed in, and a stranger, each with a browser of their own."""
    album = Album(SHEETS[language])
    async with AsyncExitStack() as stack:
        site = stack.enter_context(demo(home, database_url))
        site.to_the_morning()
        browser = await stack.enter_async_context(async_chromium())
        people = {
            part: await stack.enter_async_context(phone(browser, site.base, language, album, home / f"{part}.png"))
            for part in ("owner", "stranger", *STAFF)
        }
        for part, one in people.items():
            if part != "stranger":
                await sign_in(one, part)
            form: dict[str, str | float | bool] = {"language": language, "next": "/help"}
            assert (await one.context.request.post(f"{site.base}/preferences", form=form)).ok
        yield Story(site, language, album, people)
        for one in people.values():
            assert one.complaints == []


async def sign_in(one: Phone, part: str) -> None:
    await one.go("/sign-in")
    await one.fill(identifier=f"{part}@demo.test", password=PASSWORD)
    await one.tap("form[action='/sign-in'] button.btn")
    await one.page.wait_for_url(lambda url: "/sign-in" not in url)


def screenshot() -> FilePayload:
    """A picture as a phone would send it."""
    kept = io.BytesIO()
    Image.new("RGB", (360, 640), "#e9e2d4").save(kept, "PNG")
    return {"name": "screenshot.png", "mimeType": "image/png", "buffer": kept.getvalue()}


async def a_stranger_reports_a_share(story: Story) -> None:
    """From the share itself, without an account: first with everything missing, then with a picture."""
    stranger, owner = story.stranger, story.owner
    await owner.go("/share/products/green-tea")
    await owner.tap_to("form[action='/share/links'] button", "/share/links/")
    code = owner.path.rpartition("/")[2]
    story.found["share"] = f"/s/{code}"
    await stranger.go(f"/s/{code}")
    await stranger.tap_to(f"a[href='/s/{code}/report']", f"/s/{code}/report")
    await stranger.tap("form[action$='/report'] button.btn")
    await stranger.at(".errors li").first.wait_for()
    missing = [story.t(key) for key in ("sharing.report.what", "sharing.report.said")]
    named = await stranger.page.eval_on_selector_all(".errors li", "all => all.map(one => one.innerText)")
    assert [line.startswith(what) for line, what in zip(named, missing, strict=True)] == [True, True]
    await stranger.snap("what is missing, by name", main=True)
    await stranger.tap("label.answer:has(input[value=medical_claim])")
    await stranger.fill(text=story.words["said"], seen_where=story.words["seen"])
    await stranger.page.set_input_files("[name=photo1]", files=screenshot())
    await stranger.tap_to("form[action$='/report'] button.btn", "/s/reports/")
    story.found["report"] = stranger.path.rpartition("/")[2]
    await stranger.snap("reported")


async def two_people_decide(story: Story) -> None:
    """Her manager finds it true; the desk lead, who had it open, cannot dismiss it any more, and confirms it."""
    manager, lead = story.people["manager"], story.people["desk-lead"]
    path = f"/admin/share-reports/{story.found['report']}"
    await lead.go("/")
    await lead.tap_to("main a[href='/admin/share-reports']", "/admin/share-reports")
    await lead.tap_to(f"a[href='{path}']", path)
    await lead.page.fill(f"form[action='{path}/dismissal'] [name=answer]", story.words["note"])
    await manager.go("/more")
    await manager.tap_to("main a[href='/admin/share-reports']", "/admin/share-reports")
    await manager.go(path)
    await manager.page.wait_for_function("document.querySelector('img.pic').naturalWidth > 0")
    await manager.fill(evidence=story.words["evidence"])
    await manager.page.fill(f"form[action='{path}/proposal'] [name=answer]", story.words["answer"])
    await manager.snap("the manager looks into it")
    await manager.tap(f"form[action='{path}/proposal'] button.btn")
    await manager.says(story.t("sharing.desk.second"))
    await lead.tap(f"form[action='{path}/dismissal'] button")
    await lead.says(story.t("refusal.decided_already"), "main .toast")
    await lead.snap("too late to dismiss it")
    await lead.tap("button[value=confirm]")
    await lead.says(story.t("sharing.outcome.upheld"))
    await lead.snap("decided")


async def she_may_not_share_and_knows_why(story: Story) -> None:
    owner, stranger = story.owner, story.stranger
    await stranger.go(f"/s/reports/{story.found['report']}")
    await stranger.says(story.t("sharing.state_head.upheld"), "h1")
    await stranger.says(story.words["answer"])
    await stranger.go(story.found["share"])
    await stranger.says(story.t("sharing.resting.title"))
    await owner.go("/share")
    await owner.says(story.t("rights.own.suspended"), "h1")
    await owner.go("/right")
    await owner.says(story.words["evidence"], "#happened")
    await owner.snap("what happened, and the way back", main=True)


async def the_platform_looks_for_itself(story: Story) -> None:
    """Two shares of the week: one is true, one is not and becomes a report; a second look is told of the first."""
    admin = story.people["admin"]
    await admin.go("/admin/share-samples")
    await admin.snap("the week's sample")
    samples = await admin.page.eval_on_selector_all("tbody th a", "all => all.map(one => one.getAttribute('href'))")
    again = await admin.context.new_page()
    await again.goto(admin.base + samples[0])
    for path, found in zip(samples[:2], ("truthful", "misleading"), strict=True):
        await admin.go(path)
        await admin.tap(f"label.answer:has(input[value={found}])")
        if found == "misleading":
            await admin.tap("label.answer:has(input[value=price])")
            await admin.fill(note=story.words["evidence"])
        await admin.tap("form[action$='/finding'] button.btn")
        await admin.at("#toasts .toast").wait_for()
    assert admin.path.startswith("/admin/share-reports/")
    await admin.says(story.t("sharing.source.sample"))
    await admin.snap("a sample becomes a report")
    await again.locator("label.answer:has(input[value=unseen])").tap()
    await again.locator("form[action$='/finding'] button.btn").tap()
    await again.locator("main .toast").filter(has_text=story.t("refusal.decided_already")).wait_for()
    await again.close()


async def she_asks_for_a_number(story: Story) -> None:
    """Only with a reason; it stands there once, and an admin sees that she looked."""
    owner, admin, number = story.owner, story.people["admin"], "D-2026-1009"
    await owner.go(f"/orders/{number}")
    masked = await owner.text("a[href^='/reveals/new']")
    assert "139****" in masked
    await owner.tap_to("a[href^='/reveals/new']", "/reveals/new")
    await owner.tap("form[action='/reveals'] button.btn")
    await owner.says(story.t("privacy.reveal.reason"), ".errors")
    await owner.tap("label.answer:has(input[value=delivery])")
    await owner.tap("form[action='/reveals'] button.btn")
    await owner.says(story.t("privacy.revealed.title"), "h1")
    await owner.at("a[href^='tel:139']").wait_for()
    await owner.snap("a number, for a reason")
    await owner.page.reload()
    await owner.says(story.t("privacy.reveal.title"), "h1")
    assert await owner.at("a[href^='tel:']").count() == 0
    await admin.go("/admin/reveals")
    await admin.says(number, "tbody")
    await admin.snap("who looked")


async def a_buyer_is_erased(story: Story) -> None:
    """On her wish: first her copy, then all that names her, with the open order said and the number typed."""
    admin, owner, path = story.people["admin"], story.owner, f"/admin/buyers/{ERASED}"
    await owner.go(f"/vips/{ERASED}")
    name = await owner.text("h1")
    await admin.go(f"/admin/buyers?q={ERASED}")
    await admin.tap_to(f"a[href='{path}']", path)
    async with admin.page.expect_download() as coming:
        await admin.tap(f"form[action='{path}/export'] button")
    copy = json.loads((await (await coming.value).path()).read_text())
    assert name in json.dumps(copy, ensure_ascii=False)
    await admin.tap("label.answer:has(input[value=her_wish])")
    await admin.fill(confirmation=ERASED)
    await admin.tap(f"form[action='{path}/erasure'] button.btn")
    await admin.at(".errors").wait_for()
    await admin.snap("an order of hers is still open")
    await admin.tap("label.answer:has(input[name=anyway])")
    await admin.tap(f"form[action='{path}/erasure'] button.btn")
    await admin.says(story.t("privacy.erase.done"))
    await admin.snap("erased")
    for place in ("/vips", f"/vips/{ERASED}", "/orders?q=D-2026-1015", "/orders/D-2026-1015"):
        await owner.go(place)
        assert name not in await owner.page.content(), place
    await owner.says("D-2026-1015")
    await owner.snap("the order of nobody")


async def she_does_many_at_once(story: Story) -> None:
    """A day later two orders may be hurried again: a mark, a hurry and a sheet, each for all that she ticked."""
    owner, numbers = story.owner, ("D-2026-1007", "D-2026-1008", "D-2026-1011")
    story.site.skip(hours=30)
    await _choose(owner, numbers, "flag")
    await owner.tap("label.answer:has(input[value=red])")
    await owner.fill(note=story.words["note"])
    await owner.snap("one mark for three")
    await owner.tap_to("form[action='/orders/bulk/flag'] button.btn", "/orders/bulk/")
    await owner.says(story.tn("care.job.done", 3))
    await _choose(owner, numbers, "hurry")
    await owner.says(story.tn("care.job.done", 2))
    await owner.says(numbers[2], ".cells")
    await owner.snap("two hurried, one not and why", main=True)
    await owner.go("/orders?flag=red")
    for number in numbers:
        await owner.at(f"main a[href='/orders/{number}']").first.wait_for()
    async with owner.page.expect_download() as coming:
        await _choose(owner, numbers, "export")
    sheet = (await (await coming.value).path()).read_text(encoding="utf-8-sig").splitlines()
    assert [line.split(",")[0] for line in sheet[1:]] == sorted(numbers, key=[one[:11] for one in sheet].index)
    assert all(story.words["note"] in line for line in sheet[1:])


async def _choose(owner: Phone, numbers: tuple[str, ...], act: str) -> None:
    """Tick these in the list and press a button of the bar."""
    await owner.go("/orders?select=yes&show=all")
    for number in numbers:
        await owner.tap(f"label.answer:has(input[value='{number}'])")
    await owner.tap(f"form#bulk button[value={act}]")


async def she_calls_her_key_vips(story: Story) -> None:
    """A month on the call is due again; once noted, the month is done and the next day is known."""
    owner = story.owner
    for days in (13, 13, 1):  # she looks in meanwhile, or her sign-in would end
        story.site.skip(days=days)
        await owner.go("/callbacks")
    await owner.tap_to(f"a[href='/callbacks/{KEY_VIP}']", f"/callbacks/{KEY_VIP}")
    await owner.snap("a call-back, with words for it", main=True)
    await owner.tap("label.answer:has(input[value=reached])")
    await owner.fill(note=story.words["call"])
    await owner.tap(f"form[action='/callbacks/{KEY_VIP}'] button.btn")
    await owner.at("#toasts .toast").wait_for()
    await owner.go("/callbacks")
    assert await owner.at(f"a[href='/callbacks/{KEY_VIP}']").count() == 0
    await owner.snap("called")
    await owner.go(f"/vips/{KEY_VIP}")
    await owner.says(story.words["call"])


@pytest.mark.parametrize(
    ("language", "database_url"), [("zh-Hans", "sqlite"), ("en", "postgres")], indirect=["database_url"]
)
async def test_a_promise_that_was_not_true_and_vips_served_on(language: str, database_url: str, tmp_path: Path) -> None:
    async with beginning(language, database_url, tmp_path) as story:
        await a_stranger_reports_a_share(story)
        await two_people_decide(story)
        await she_may_not_share_and_knows_why(story)
        await the_platform_looks_for_itself(story)
        await she_asks_for_a_number(story)
        await a_buyer_is_erased(story)
        await she_does_many_at_once(story)
        await she_calls_her_key_vips(story)
    folder = Path(os.environ.get("PORTAL_SHEETS") or tmp_path / "sheets")
    story.album.sheet("light", folder / f"{SHEETS[language]}.png")
