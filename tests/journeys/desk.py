"""The desk's story: who walks it, what they say, and how the shop tells and hears."""

import io
import json
import re
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
from PIL import Image, ImageDraw
from playwright.async_api import FilePayload
from standardwebhooks import Webhook

from portal.commands.demo_data import API_KEY, LICENSED, WEBHOOK_SECRET
from portal.core.base.clock import now
from portal.core.base.database import reading
from portal.core.people.queries import person_by_external_id
from tests.chromium import async_chromium
from tests.journeys.album import Album
from tests.journeys.phone import Phone, phone
from tests.journeys.server import demo, until
from tests.journeys.story import CASTS, Shop, Story
from tests.journeys.walk import PASSWORD
from tests.make import serial
from tests.service.connect.receiver import Receiver

STAFF = ("agent", "desk-lead", "admin")
SHEETS = {"zh-Hans": "desk-zh", "en": "desk-en"}
NUMBER, PAID_FEN, GIVEN_FEN, LIMIT_FEN = "D-2026-1002", 16_800, 16_800, 5_000
# In messages to buyers: the link to what she is asked, the code that answers it, the link to her complaint.
CONSENT = r'"mandate_asked_complaint",[^}]*?(https?://[^\s"]+/r/\w+)'
CODE = r'"mandate_code",[^}]*?(?<![\w/])(\d{6})(?!\w)'
COMPLAINT = r'"complaint_received",[^}]*?(https?://[^\s"]+/c/\w+)'

WORDS = {
    "zh-Hans": {
        "story": "林店主说这款绿茶能治失眠，她妈妈喝了半个月，反而整夜睡不着，药也停了。",
        "hers": "我妈七十三了，停药这几天血压也上来了，我很担心。",
        "reply": "老人家睡不好，您一定跟着揪心，对不起。请先让她照医生说的吃药，茶先放一放；我今天给您方案。",
        "thanks": "药已经吃回去了，谢谢。",
        "proposal": "茶不治病，这话不该说。全额退款 168 元，茶不用寄回。",
        "evidence": "店主 3 日发给买家的话里写着“治失眠”，审核过的文案里没有。",
        "decision": "原话在，店主也承认。",
        "plan": "把发过“治失眠”的客人逐个更正，并删掉这条素材",
        "done": "三位客人都已更正，素材删了，截图发给客服了。",
        "verified": "看了三条更正和素材库，确实没有了。",
        "survey": "有人听，也有人管。",
        "search": "失眠",
    },
    "en": {
        "story": "The shop's owner said this tea cures insomnia. Her mother drank it for two weeks, slept worse, and had "
        "stopped her pills.",
        "hers": "My mother is 73, and without her pills her blood pressure went up. I am worried.",
        "reply": "That must have frightened you both, and I am sorry. Please let her take her pills as her doctor says "
        "and leave the tea; you have my proposal today.",
        "thanks": "She takes her pills again. Thank you.",
        "proposal": "Tea cures nothing, and nobody should have said so. All of your ¥168 comes back; keep the tea.",
        "evidence": "The owner's words to the buyer on the 3rd say “cures insomnia”; the approved words do not.",
        "decision": "The words are there, and the owner says so herself.",
        "plan": "Put it right with every buyer who was told “cures insomnia”, and take the words away",
        "done": "All three buyers know now; the words are gone, and the desk has the screenshots.",
        "verified": "I saw the three messages and the words kept: it is gone.",
        "survey": "Somebody listened, and somebody did something.",
        "search": "insomnia",
    },
}


@dataclass
class DeskStory(Story):
    """The story of a complaint: the buyer is the `friend`; `found` passes on what the chapters meet."""

    @property
    def buyer(self) -> Phone:
        return self.friend

    @property
    def agent(self) -> Phone:
        return self.staff["agent"]

    @property
    def lead(self) -> Phone:
        return self.staff["desk-lead"]

    @property
    def words(self) -> dict[str, str]:
        return WORDS[self.language]

    @property
    def case(self) -> str:
        """The complaint's page at the desk."""
        return f"/desk/complaints/{self.found['ref']}"

    async def owner_id(self) -> int:
        async with reading():
            person = await person_by_external_id(LICENSED)
        assert person is not None
        return person.id


@asynccontextmanager
async def beginning(language: str, database_url: str, home: Path) -> AsyncIterator[DeskStory]:
    """The demo served to a shop that hears; everybody signed in but the buyer, who has no account."""
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
            for part in ("owner", "buyer", *STAFF)
        }
        for part, one in people.items():
            if part != "buyer":
                await _sign_in(one, part)
            form: dict[str, str | float | bool] = {"language": language, "next": "/help"}
            assert (await one.context.request.post(f"{site.base}/preferences", form=form)).ok
        owner, buyer = people.pop("owner"), people.pop("buyer")
        yield DeskStory(site, language, CASTS[language], album, Shop(client, ear), owner, buyer, people)
        for one in (owner, buyer, *people.values()):
            assert one.complaints == []


async def _sign_in(one: Phone, part: str) -> None:
    await one.go("/sign-in")
    await one.fill(identifier=f"{part}@demo.test", password=PASSWORD)
    await one.tap("form[action='/sign-in'] button.btn")
    await one.page.wait_for_url(lambda url: "/sign-in" not in url)


async def send(one: Phone, form: str, choices: dict[str, str] | None = None, **fields: str) -> None:
    """Fill a form of a page that has several (named by the end of its address) and press its button."""
    here = one.at(f"form[action$='{form}']").first
    await here.wait_for(state="attached")
    for name, value in (choices or {}).items():
        await here.locator(f"label.answer:has(input[name='{name}'][value='{value}'])").tap()
    for name, value in fields.items():
        await here.locator(f"[name='{name}']").fill(value)
    await here.locator("button.btn").last.tap()


def tea() -> FilePayload:
    """The tin on her table, as a phone would send it."""
    picture = Image.new("RGB", (960, 720), "#c9b79c")
    pen = ImageDraw.Draw(picture)
    pen.rectangle((0, 470, 960, 720), fill="#8a6b4a")
    pen.rounded_rectangle((350, 170, 610, 560), 26, fill="#3d6b4a")
    pen.rounded_rectangle((340, 140, 620, 220), 20, fill="#2c4f37")
    pen.rectangle((350, 300, 610, 440), fill="#efe6d2")
    pen.ellipse((430, 320, 530, 420), fill="#7fa66a")
    kept = io.BytesIO()
    picture.save(kept, "JPEG", quality=85)
    return {"name": "tea.jpg", "mimeType": "image/jpeg", "buffer": kept.getvalue()}


async def message(story: Story, pattern: str, after: int) -> str:
    """What the message to a buyer says that fits, the first beyond so many that fitted before."""
    return (await until(lambda: story.site.told(pattern)[after:], pattern))[0]


async def heard(story: Story, kind: str, **data: Any) -> dict[str, Any]:
    """What the shop's ear has heard of this kind with these facts, its signature checked: the last of it."""

    def last() -> dict[str, Any] | None:
        told = [one.verified(WEBHOOK_SECRET) for one in list(story.shop.ear.heard)]
        fitting = [one["data"] for one in told if one["type"] == kind and data.items() <= one["data"].items()]
        return fitting[-1] if fitting else None

    return await until(last, f"{kind} {data}")


async def the_shop_tells(story: Story, kind: str, data: dict[str, Any]) -> None:
    """A signed webhook, delivered twice: the second changes nothing."""
    at, ref = now(), serial("desk")
    body = json.dumps({"type": kind, "timestamp": at.isoformat(), "data": data})
    headers = {
        "webhook-id": ref,
        "webhook-timestamp": str(int(at.timestamp())),
        "webhook-signature": Webhook(WEBHOOK_SECRET).sign(ref, at, body),
    }
    for expected in ("taken", "repeated"):
        answer = await story.shop.client.post("/webhooks/shop", content=body, headers=headers)
        assert (answer.status_code, answer.json().get("status")) == (200, expected), answer.text


def ref_in(path: str) -> str:
    """The last part of an address."""
    return re.split(r"[?#]", path)[0].rstrip("/").rpartition("/")[2]
