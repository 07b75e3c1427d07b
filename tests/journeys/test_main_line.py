"""The whole story once in Chinese on SQLite and once in English on PostgreSQL, as a person walks it on her phone."""

import os
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

import httpx
import pytest

from portal.core.base.settings import settings, use_settings
from tests.chromium import async_chromium
from tests.journeys import learning, misdeed, opening, overseeing, rewards, sitting
from tests.journeys.album import Album
from tests.journeys.phone import phone
from tests.journeys.server import serving, settled
from tests.journeys.story import CASTS, Shop, Story, hire
from tests.service.connect.receiver import Receiver

pytestmark = [pytest.mark.browser, pytest.mark.slow]

SHEETS = {"zh-Hans": {"light": "zh-light", "dark": "zh-dark"}, "en": {"light": "en-light", "large": "en-large"}}
PEOPLE = ("manager", "admin", "second-admin")


@asynccontextmanager
async def beginning(language: str, database_url: str, home: Path) -> AsyncIterator[Story]:
    """Everybody in place, the portal served, nothing opened yet."""
    ear, cast, album = Receiver(), CASTS[language], Album(language)
    await ear.start()
    async with AsyncExitStack() as stack:
        stack.push_async_callback(ear.stop)
        use_settings(settled(settings(), home, database_url, ear.url))
        key = await hire(cast, language)
        site = stack.enter_context(serving(settings(), home))
        headers = {"Authorization": f"Bearer {key}", "Accept-Language": language}
        client = await stack.enter_async_context(httpx.AsyncClient(base_url=site.base, headers=headers, timeout=60))
        browser = await stack.enter_async_context(async_chromium())
        phones = {
            part: await stack.enter_async_context(phone(browser, site.base, language, album, home / f"{part}.png"))
            for part in ("owner", "friend", *PEOPLE)
        }
        owner, friend = phones.pop("owner"), phones.pop("friend")
        yield Story(site, language, cast, album, Shop(client, ear), owner, friend, phones)
        for one in (owner, friend, *phones.values()):
            assert one.complaints == []


@pytest.mark.parametrize(
    ("language", "database_url"), [("zh-Hans", "sqlite"), ("en", "postgres")], indirect=["database_url"]
)
async def test_from_the_kit_to_the_share_right_and_back_to_it(
    language: str, database: str, school: None, tmp_path: Path
) -> None:
    async with beginning(language, database, tmp_path) as story:
        await opening.shop_opens_the_store(story)
        await opening.she_accepts_the_invitation(story)
        await opening.she_sees_what_is_to_be_done(story)
        await learning.she_reads_the_first_course(story)
        await learning.she_reads_the_rest(story, "owner_licence")
        await sitting.she_fails(story)
        await overseeing.her_manager_reminds_her(story)
        await sitting.she_passes(story, "exam passed", 4)
        await rewards.she_has_certificate_and_right(story)
        await rewards.she_shares(story)
        await rewards.a_friend_becomes_vip(story)
        await rewards.the_shop_checks_for_itself(story)
        await misdeed.two_admins_suspend_her(story)
        await misdeed.every_door_is_shut(story)
        await misdeed.she_mends_it(story)
        await overseeing.admins_oversee(story)
    folder = Path(os.environ.get("PORTAL_SHEETS") or tmp_path / "sheets")
    for dress, name in SHEETS[language].items():
        story.album.sheet(dress, folder / f"{name}.png", columns=9 if dress == "light" else 5)
