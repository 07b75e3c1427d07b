"""A VIP's order from the moment it comes to the moment its money has gone back, as four people and a shop live it.

Once in Chinese on SQLite and once in English on PostgreSQL, on the demo's data, with its clock moved on.
"""

import json
import os
import re
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from standardwebhooks import Webhook

from portal.commands.demo_data import API_KEY, WEBHOOK_SECRET
from portal.core.web.i18n import speaking, t
from tests.chromium import async_chromium
from tests.journeys.album import Album
from tests.journeys.phone import Phone, phone
from tests.journeys.server import Site, demo, until
from tests.journeys.walk import PASSWORD
from tests.make import serial

pytestmark = [pytest.mark.browser, pytest.mark.slow]

NUMBER = "J-2026-1"
ORDER = f"/orders/{NUMBER}"
PRICE_FEN = 16_800
# In messages to buyers: the link to what she is asked, the code that answers it, the link to her orders.
CONSENT, CODE, HER_ORDERS = r"https?://[^\s\"]+/r/\w+", r"(?<![\w/])\d{6}(?!\w)", r"https?://[^\s\"]+/o/\w+"
SHEETS = {"zh-Hans": "orders-zh", "en": "orders-en"}


@dataclass
class Story:
    """The site, who walks it, and what the chapters pass on."""

    site: Site
    language: str
    album: Album
    shop: httpx.AsyncClient
    owner: Phone
    buyer: Phone
    supplier: Phone
    facts: dict[str, Any] = field(default_factory=dict)

    def t(self, key: str, **params: Any) -> str:
        with speaking(self.language):
            return t(key, **params)

    @property
    def now(self) -> datetime:
        """The site's time."""
        return datetime.now(UTC) + self.site.skipped


@asynccontextmanager
async def beginning(language: str, database_url: str, home: Path) -> AsyncIterator[Story]:
    """The demo served, its owner signed in, a buyer and a supplier with browsers of their own."""
    album = Album(SHEETS[language])
    async with AsyncExitStack() as stack:
        site = stack.enter_context(demo(home, database_url))
        site.skip(
            hours=(26 - datetime.now(UTC).hour) % 24
        )  # ten in the morning there: buyers are told nothing at night
        headers = {"Authorization": f"Bearer {API_KEY}", "Accept-Language": language}
        shop = await stack.enter_async_context(httpx.AsyncClient(base_url=site.base, headers=headers, timeout=60))
        browser = await stack.enter_async_context(async_chromium())
        phones = [
            await stack.enter_async_context(phone(browser, site.base, language, album, home / f"{part}.png"))
            for part in ("owner", "buyer", "supplier")
        ]
        story = Story(site, language, album, shop, *phones)
        await _sign_in(story)
        yield story
        for one in phones:
            assert one.complaints == []


async def _sign_in(story: Story) -> None:
    await story.owner.go("/sign-in")
    await story.owner.fill(identifier="owner@demo.test", password=PASSWORD)
    await story.owner.tap("main form button.btn")
    await story.owner.page.wait_for_url(lambda url: "/sign-in" not in url)
    for one in (story.owner, story.buyer, story.supplier):
        form = {"language": story.language, "next": "/help"}
        assert (await one.context.request.post(f"{story.site.base}/preferences", form=form)).ok


def _order(story: Story, **changes: Any) -> dict[str, Any]:
    placed = story.facts.setdefault("placed", story.now - timedelta(hours=60))
    line = {"line": "1", "product": "green-tea", "title": "Green tea, 250 g", "quantity": 1, "paid_fen": PRICE_FEN}
    return {
        "number": NUMBER,
        "updated_at": story.now.isoformat(),
        "placed_at": placed.isoformat(),
        "status": "paid",
        "vip": "vip-1",
        "share_code": story.facts["code"],
        "ship_by": (placed + timedelta(hours=48)).isoformat(),
        "address": {"name": "Buyer", "phone": "13900000001", "region": "Hangzhou", "street": "Wensan Road 90"},
        "items": [line | changes.pop("line", {})],
        "paid_fen": PRICE_FEN,
        "currency": "CNY",
        **changes,
    }


async def the_shop_tells(story: Story, kind: str, data: dict[str, Any]) -> None:
    """A signed webhook, twice: the second changes nothing."""
    body, ref = json.dumps({"type": kind, "timestamp": story.now.isoformat(), "data": data}), serial("journey")
    headers = {
        "webhook-id": ref,
        "webhook-timestamp": str(int(story.now.timestamp())),
        "webhook-signature": Webhook(WEBHOOK_SECRET).sign(ref, story.now, body),
    }
    for expected in ("taken", "repeated"):
        answer = await story.shop.post("/webhooks/shop", content=body, headers=headers)
        assert (answer.status_code, answer.json().get("status")) == (200, expected), answer.text


async def an_order_comes_while_she_looks(story: Story) -> None:
    """She has her list open; nothing reloads, and the list says that there is one more."""
    owner = story.owner
    await owner.go("/share")
    link = await owner.at("a[href^='/share/links/']").first.get_attribute("href")
    assert link is not None
    story.facts["code"] = link.rpartition("/")[2]
    await owner.go("/")
    await owner.snap("home with orders", main=True)
    await owner.go("/orders")
    await owner.snap("orders", main=True)
    await the_shop_tells(story, "order.changed", _order(story))
    await owner.at("#news a").wait_for()
    await owner.snap("one more order")
    await owner.tap("#news a")
    await owner.at(f"main a[href='{ORDER}']").first.wait_for()


async def she_hurries_it(story: Story) -> None:
    """It is late: one tap asks the supplier; a second within the cooldown is refused with the hour."""
    owner = story.owner
    await owner.go(ORDER)
    await owner.snap("a late order", main=True)
    await owner.go(f"{ORDER}/hurry")
    await owner.snap("hurry")
    await owner.tap_to(f"form[action='{ORDER}/hurry'] button", f"{ORDER}/inquiries/")
    await owner.snap("the hurry's own page")
    await owner.go(f"{ORDER}/hurry")
    assert await owner.at(f"form[action='{ORDER}/hurry']").count() == 0
    await owner.go(ORDER)
    await owner.snap("hurried")


async def the_supplier_answers(story: Story) -> None:
    """By the link in the letter, without an account."""
    supplier = story.supplier
    await supplier.page.goto(await _link_in_letter(story, "sales@qinling.example"))
    await supplier.snap("the supplier is asked", main=True)
    tomorrow = (story.now + timedelta(days=1)).date().isoformat()
    await supplier.at("input[name=answer][value=ships_by]").check(force=True)
    await supplier.fill(ships_by=tomorrow)
    await supplier.tap("main form button[type=submit], main form .btn")
    await supplier.says(story.t("inquiries.public.thanks"))
    await supplier.snap("the supplier has answered")
    await story.owner.go(ORDER)
    await story.owner.snap("she sees the answer")


async def _link_in_letter(story: Story, to: str) -> str:
    def last() -> str | None:
        letters = [one for one in story.site.letters(to) if NUMBER in str(one["Subject"])]
        found = re.findall(r"https?://\S+/p/\w+", letters[-1].get_content()) if letters else []
        return str(found[-1]) if found else None

    return await until(last, f"a letter to {to}")


async def the_parcel_is_lost(story: Story) -> None:
    """It ships, goes still for days; she asks the carrier, and the carrier has lost it."""
    owner, shipped = story.owner, story.now
    parcel = {
        "carrier": "yunda",
        "tracking_number": "YD99887766",
        "shipped_at": shipped.isoformat(),
        "lines": ["1"],
        "traces": [{"at": (shipped + timedelta(hours=1)).isoformat(), "state": "accepted", "text": "Accepted"}],
    }
    assert (await story.shop.post(f"/api/v1/orders/{NUMBER}/parcels", json=parcel)).is_success
    await the_shop_tells(story, "order.changed", _order(story, status="shipped"))
    story.site.skip(days=5)
    await owner.go(f"{ORDER}/guide")
    await owner.snap("where is my parcel", main=True)
    await owner.go(f"{ORDER}/inquiry?kind=trace")
    await owner.tap(f"form[action='{ORDER}/inquiry'] button.btn")
    await owner.page.wait_for_url(lambda url: "/inquiries/" in url)
    await owner.snap("the carrier is asked")
    carrier = story.supplier
    await carrier.page.goto(await _link_in_letter(story, "care@yunda.example"))
    await carrier.at("input[name=answer][value=lost]").check(force=True)
    await carrier.fill(text="Lost at the sorting centre.")
    await carrier.tap("main form button[type=submit], main form .btn")
    await carrier.says(story.t("inquiries.public.thanks"))
    await owner.go(ORDER)
    await owner.snap("the parcel is lost")


async def she_files_claim_and_refund(story: Story) -> None:
    """The claim against the carrier, and the refund on the buyer's behalf: her consent is asked first."""
    owner = story.owner
    await owner.go(f"{ORDER}/claims/new")
    await owner.at("input[name=what][value=lost]").check(force=True)
    await owner.page.select_option("select[name=parcel]", index=1)
    await owner.fill(yuan="168", text="The carrier says that it is lost.")
    await owner.snap("the claim")
    await owner.tap(f"form[action='{ORDER}/claims'] button.btn")
    await owner.page.wait_for_url(lambda url: "/registers" in url)
    await owner.snap("the register")
    await owner.go(f"{ORDER}/returns/new?kind=refund&reason=lost")
    await owner.fill(text="The parcel was lost on the way.")
    await owner.snap("the refund")
    await owner.tap_to(f"form[action='{ORDER}/returns'] button.btn", "/returns/")
    story.facts["return"] = owner.path
    await owner.snap("ask the buyer")
    story.facts["asked before"] = len(story.site.told(CONSENT))
    await owner.tap(f"form[action='{owner.path}/request'] button")
    await owner.says(story.t("returns.state.awaiting_mandate"))
    await owner.snap("the buyer is asked")


async def _message(story: Story, pattern: str, after: int) -> str:
    """What the message to a buyer says that fits, the first beyond so many that fitted before."""
    return (await until(lambda: story.site.told(pattern)[after:], pattern))[0]


async def the_buyer_agrees(story: Story) -> None:
    """On her own phone: she reads what is asked, has a code sent, and confirms; nobody else sees the code."""
    buyer = story.buyer
    await buyer.page.goto(await _message(story, CONSENT, story.facts["asked before"]))
    await buyer.snap("the buyer reads", main=True)
    before = len(story.site.told(CODE))
    await buyer.tap(f"form[action='{buyer.path}/code'] button")
    await buyer.at("input[name=code]").wait_for()
    code = await _message(story, CODE, before)
    await buyer.fill(code=code)
    await buyer.tap("#confirm button.btn")
    await buyer.at("form[action$='/revocation']").wait_for(state="attached")
    await buyer.snap("the buyer has agreed")
    await story.owner.go(story.facts["return"])
    assert code not in await story.owner.page.content()
    await story.owner.says(story.t("returns.state.requested"))
    await story.owner.snap("the shop is asked")


async def the_money_goes_back(story: Story) -> None:
    """The shop approves and refunds; the return ends, and what the order would have brought goes back too."""
    owner, ref = story.owner, story.facts["return"].rpartition("/")[2]
    await owner.go(f"{ORDER}")
    for answer in ({"answer": "approved"}, {"answer": "refunded", "refunded_fen": PRICE_FEN}):
        told = await story.shop.post(f"/api/v1/returns/{ref}/answer", json=answer)
        assert told.is_success, told.text
    refunded = _order(story, status="refunded", line={"refunded_fen": PRICE_FEN})
    await the_shop_tells(story, "order.changed", refunded)
    await owner.go(story.facts["return"])
    await owner.says(story.t("returns.state.refunded"))
    await owner.snap("the money is back")
    await owner.go("/earnings?state=reversed")
    await owner.says(NUMBER)
    await owner.snap("what it would have brought", main=True)
    await story.buyer.page.goto((await until(lambda: story.site.told(HER_ORDERS), "her orders' page"))[-1])
    await story.buyer.snap("the buyer's own page", main=True)


@pytest.mark.parametrize(
    ("language", "database_url"), [("zh-Hans", "sqlite"), ("en", "postgres")], indirect=["database_url"]
)
async def test_an_order_from_its_coming_to_its_money_going_back(
    language: str, database_url: str, tmp_path: Path
) -> None:
    async with beginning(language, database_url, tmp_path) as story:
        await an_order_comes_while_she_looks(story)
        await she_hurries_it(story)
        await the_supplier_answers(story)
        await the_parcel_is_lost(story)
        await she_files_claim_and_refund(story)
        await the_buyer_agrees(story)
        await the_money_goes_back(story)
    folder = Path(os.environ.get("PORTAL_SHEETS") or tmp_path / "sheets")
    story.album.sheet("light", folder / f"{SHEETS[language]}.png")
