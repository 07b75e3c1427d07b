"""A supplier's story: who walks it, what they say, and what came of its orders before anybody looked."""

import io
import re
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, TypeVar

import httpx
from PIL import Image
from playwright.async_api import FilePayload

from portal.commands.demo_data import API_KEY
from portal.core.base.clock import now
from tests.chromium import async_chromium
from tests.journeys.album import Album
from tests.journeys.desk import DeskStory
from tests.journeys.phone import Phone, phone
from tests.journeys.server import demo, until
from tests.journeys.story import CASTS, Shop
from tests.journeys.walk import PASSWORD
from tests.service.connect.receiver import Receiver

SHEETS = {"zh-Hans": "supplier-zh", "en": "supplier-en"}
FIRM, PRODUCT, MAIL = "north-kiln", "stoneware", "kiln@example.test"
PARTY = f"/admin/assessments/parties/{FIRM}"
ORDERS, FAULTED, PRICE_FEN = 12, (1, 4, 8), 8_800
ROLES = ("desk-lead", "admin", "second-admin")
Found = TypeVar("Found")
WORDS = {
    "zh-Hans": {
        "firm": "北窑陶坊",
        "product": "粗陶饭碗四只装",
        "complaint": "四只碗有一只碗口缺了一块，手都划了。",
        "found": "照片里缺口是烧制时就有的。",
        "evidence": "质检从抽查改成逐只看，窑温记录每天存档。",
        "refused": "只有文字，没有窑温记录，也没有质检照片。请补上。",
        "blacklist": "期限内没有交出能看的材料，十二单里三单有责。",
        "appeal": "三张照片里两张不是我们的碗，碗底没有窑印。请对照出库照片。",
        "reversed": "对照了出库照片，两张确实不是这家的货，原评定的依据不成立。",
    },
    "en": {
        "firm": "North Kiln Pottery",
        "product": "Stoneware bowls, set of four",
        "complaint": "One of the four bowls has a chip in its rim; I cut my hand.",
        "found": "The photo shows that the chip was there when it was fired.",
        "evidence": "Every bowl is looked at now, not one in ten, and the kiln's records are kept day by day.",
        "refused": "Words alone: no kiln records, no photos of the inspection. Please send them.",
        "blacklist": "Nothing that could be checked came in time; three orders of twelve were its fault.",
        "appeal": "Two of the three photos do not show our bowls: no kiln mark underneath. Please compare.",
        "reversed": "Compared with the photos at dispatch: two are not of this kiln. The verdict has lost its ground.",
    },
}


class SupplierStory(DeskStory):
    """The supplier has no account: it is the `friend`, with a phone of its own."""

    @property
    def supplier(self) -> Phone:
        return self.friend

    @property
    def words(self) -> dict[str, str]:
        return WORDS[self.language]

    @property
    def now(self) -> datetime:
        """The site's clock."""
        return now() + self.site.skipped


@asynccontextmanager
async def beginning(language: str, database_url: str, home: Path) -> AsyncIterator[SupplierStory]:
    """The demo served to a shop that hears; the owner and her lead are signed in, two admins come later."""
    album, ear = Album(SHEETS[language]), Receiver()
    await ear.start()
    async with AsyncExitStack() as stack:
        stack.push_async_callback(ear.stop)
        site = stack.enter_context(demo(home, database_url, ear.url))
        site.to_the_morning()
        headers = {"Authorization": f"Bearer {API_KEY}", "Accept-Language": language}
        client = await stack.enter_async_context(httpx.AsyncClient(base_url=site.base, headers=headers, timeout=60))
        browser = await stack.enter_async_context(async_chromium())
        people = {
            part: await stack.enter_async_context(phone(browser, site.base, language, album, home / f"{part}.png"))
            for part in ("owner", "supplier", *ROLES)
        }
        owner, supplier = people.pop("owner"), people.pop("supplier")
        await _reads(supplier, language)
        yield SupplierStory(site, language, CASTS[language], album, Shop(client, ear), owner, supplier, people)
        for one in (owner, supplier, *people.values()):
            assert one.complaints == []


async def comes_in(story: SupplierStory, one: Phone, part: str) -> None:
    """Sign in, and read in the story's language whatever her own is."""
    await one.go("/sign-in")
    await one.fill(identifier=f"{part}@demo.test", password=PASSWORD)
    await one.tap("form[action='/sign-in'] button.btn")
    await one.page.wait_for_url(lambda url: "/sign-in" not in url)
    await _reads(one, story.language)


async def _reads(one: Phone, language: str) -> None:
    form: dict[str, str | float | bool] = {"language": language, "next": "/help"}
    assert (await one.context.request.post(f"{one.base}/preferences", form=form)).ok


async def in_time(story: SupplierStory, look: Callable[[], Found | None], what: str) -> Found:
    """What `look` finds, while the site's clock goes on by the minutes in which its sweeps come round."""
    tries = 0

    def looked() -> Found | None:
        nonlocal tries
        tries += 1
        if tries % 40 == 0:
            story.site.skip(minutes=6)
        return look()

    return await until(looked, what)


async def shows(story: SupplierStory, one: Phone, path: str, selector: str) -> None:
    """Open a page again and again, while the site's clock goes on, until this stands on it."""
    for turn in range(45):
        await one.go(path)
        if await one.at(selector).count():
            return
        await one.page.wait_for_timeout(1_000)
        if turn % 2:
            story.site.skip(minutes=6)
    raise AssertionError(f"{path} never showed {selector}")


async def its_page(story: SupplierStory, after: int) -> str:
    """The address of its own page, from the letter after so many."""

    def last() -> str | None:
        letters = story.site.letters(MAIL)[after:]
        found = re.findall(r"https?://\S+/p/\w+", letters[-1].get_content()) if letters else []
        return str(found[-1]) if found else None

    return await in_time(story, last, f"letter {after + 1} to {MAIL}")


def photo() -> FilePayload:
    kept = io.BytesIO()
    Image.new("RGB", (640, 480), "#b9b2a4").save(kept, "JPEG")
    return {"name": "kiln.jpg", "mimeType": "image/jpeg", "buffer": kept.getvalue()}


def number(place: int) -> str:
    return f"K-2026-{1001 + place}"


def order(story: SupplierStory, place: int, placed: datetime, **changes: Any) -> dict[str, Any]:
    """An order of its bowls as the shop tells it."""
    line = {"line": "1", "product": PRODUCT, "title": story.words["product"], "quantity": 1, "paid_fen": PRICE_FEN}
    return {
        "number": number(place),
        "updated_at": (placed + timedelta(days=3)).isoformat(),
        "placed_at": placed.isoformat(),
        "delivered_at": (placed + timedelta(days=3)).isoformat(),
        "status": "delivered",
        "vip": f"vip-{1 + place % 4}",
        "ship_by": (placed + timedelta(hours=48)).isoformat(),
        "address": {"name": "Buyer", "phone": "13900000001", "region": "Hangzhou", "street": "Wensan Road 90"},
        "items": [line],
        "paid_fen": PRICE_FEN,
        "currency": "CNY",
        **changes,
    }
