"""Who walks an award month and what they write; the demo is made on the first of a month, before anything is frozen."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

from portal.core.base.clock import now
from portal.core.web.i18n import speaking, t
from portal.service.stars.spans import end_of, month_of
from tests.chromium import async_chromium
from tests.journeys.album import Album
from tests.journeys.phone import Phone, phone
from tests.journeys.server import Site, demo
from tests.journeys.walk import PASSWORD

# Those without an address of their own sign in by telephone.
SIGN_IN = {"winner": "13800000019", "gamer": "13800000022"}
STAFF = ("manager", "desk-lead", "admin", "second-admin")
PEOPLE = ("winner", "gamer", *STAFF, "visitor")
WINNER, SECOND, GAMER = "周萍", "何青", "孙波"
MASKED = "周*"
WORDS = {
    "zh-Hans": {
        "named": "何青做得好",
        "title": "一盒茶走了三趟",
        "happened": "买家的茶两次被退回，地址写成了老房子的门牌。",
        "done": "店主打电话问清新址，请快递改派，第三次自己约好时间送到。",
        "effect": "买家收到时茶没有受潮，后来自己改了地址簿。",
        "gaming": "六位新 VIP 用同一个电话，评语一字不差，都在一小时里。",
        "office": "四位买家在同一栋写字楼上班，各付各的钱，打过电话。",
        "objection": "那些是我亲戚介绍来的，真的买了东西。",
        "answer": "六单都寄到一个前台、一个电话，评语相同；亲戚买了可以自用，不能算好评。",
        "story": "把发霉的照片留到最后",
        "prize": "进修名额一天",
        "proof": "签收单 2 号，本人签字",
        "wrong": "她的两份评价查实是朋友代填，名次收回。",
    },
    "en": {
        "named": "何青 did well",
        "title": "A tin of tea that travelled three times",
        "happened": "Twice the tea came back: the address named the old house.",
        "done": "The owner rang, asked for the new address, had it rerouted, and agreed an hour for the third time.",
        "effect": "The tea arrived dry, and the buyer has mended her address book.",
        "gaming": "Six new VIPs with one telephone and the very same words, all within an hour.",
        "office": "Four buyers work in one office block and pay for themselves; we rang them.",
        "objection": "Relatives of mine brought them, and they did buy things.",
        "answer": "Six parcels to one desk and one telephone, with one text; buying for oneself is fine, praising is not.",
        "story": "The pictures came last",
        "prize": "A day of training",
        "proof": "Receipt no. 2, signed by herself",
        "wrong": "Two ratings were written by a friend of hers; the place is taken back.",
    },
}


@dataclass
class Story:
    """The site, who walks it, the month that is judged, and what the chapters pass on."""

    site: Site
    language: str
    album: Album
    people: dict[str, Phone]
    month: str
    found: dict[str, str] = field(default_factory=dict)

    def __getitem__(self, part: str) -> Phone:
        return self.people[part]

    @property
    def words(self) -> dict[str, str]:
        return WORDS[self.language]

    @property
    def ref(self) -> str:
        return f"{self.month}-owner"

    @property
    def cycle(self) -> str:
        return f"/admin/awards/{self.ref}"

    def t(self, key: str, **params: Any) -> str:
        with speaking(self.language):
            return t(key, **params)


@asynccontextmanager
async def beginning(language: str, database_url: str, home: Path, title: str) -> AsyncIterator[Story]:
    """The demo as it stands early on the first of the next month, with a browser for each."""
    album = Album(title)
    month = month_of(now())
    ahead = end_of(month) + timedelta(hours=8) - now()
    (home / "clock").write_text(f"+{int(ahead.total_seconds())}s")
    async with AsyncExitStack() as stack:
        site = stack.enter_context(demo(home, database_url))
        site.skipped = ahead
        browser = await stack.enter_async_context(async_chromium())
        people = {
            part: await stack.enter_async_context(phone(browser, site.base, language, album, home / f"{part}.png"))
            for part in PEOPLE
        }
        story = Story(site, language, album, people, month)
        yield story
        for one in people.values():
            assert one.complaints == []


async def enter(story: Story, *parts: str) -> None:
    """They sign in; staff whose hours are over sign in again."""
    for part in parts:
        one = story[part]
        await one.context.clear_cookies()
        await one.go("/sign-in")
        await one.fill(identifier=SIGN_IN.get(part, f"{part}@demo.test"), password=PASSWORD)
        await one.tap("form[action='/sign-in'] button.btn")
        await one.page.wait_for_url(lambda url: "/sign-in" not in url)
    for part in (*parts, "visitor"):
        form: dict[str, str | float | bool] = {"language": story.language, "next": "/help"}
        assert (await story[part].context.request.post(f"{story.site.base}/preferences", form=form)).ok


async def stands(story: Story, part: str, path: str, words: str) -> None:
    """Wait until a page says so at its head: what time brings has been done."""
    one = story[part]
    for _ in range(60):
        await one.go(path)
        if words in await one.text("main"):
            return
        story.site.skip(minutes=6)  # what looks every five minutes looks again
        await one.page.wait_for_timeout(500)
    raise AssertionError(f"{path} never said {words}")
