"""What the main line is told with: its people and goods in two languages, the shop, and hands that send forms."""

import re
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
from joserfc import jwt
from joserfc.jwk import KeySet

from portal.core.base.audit import SYSTEM
from portal.core.base.clock import now
from portal.core.base.database import writing
from portal.core.people import actions as people
from portal.core.people.passwords import hash_password
from portal.core.people.queries import person_by_external_id
from portal.core.people.rules import Scope
from portal.core.web.i18n import speaking, t, tn
from tests import make
from tests.browse import Browser as PageBrowser
from tests.journeys.album import Album
from tests.journeys.phone import Phone
from tests.journeys.server import Site
from tests.service.connect.receiver import Receiver

PASSWORD = "apples-and-pears-by-the-river"
STORE, OWNER = "store-77", "owner-77"


@dataclass(frozen=True)
class Cast:
    """Names as a platform of that language would have them."""

    owner: str
    store: str
    region: str
    manager: str
    admin: str
    second_admin: str
    friend: str
    supplier: str
    evidence: str
    note: str
    others: tuple[tuple[str, str], ...]
    products: tuple[tuple[str, int, tuple[str, ...]], ...]


CASTS = {
    "zh-Hans": Cast(
        owner="何晓梅",
        store="晓梅优选",
        region="陕西 西安",
        manager="陈佳慧",
        admin="周明远",
        second_admin="许静宜",
        friend="李芳",
        supplier="秦岭蜂业",
        evidence="10 月 30 日的朋友圈写了“这款蜂蜜治失眠”，截图已存。",
        note="截图清楚，本人承认。",
        others=(("王芳", "芳芳家"), ("刘洋", "洋洋得意")),
        products=(
            ("秦岭洋槐蜜 500 克", 5_900, ("今年的洋槐蜜到了，味道偏淡，泡水正好。", "检测报告在详情页第三张图。")),
            ("赣南脐橙 5 斤装", 4_990, ("现摘现发，到货一般要三天。", "个头有大有小，坏果拍照就能赔。")),
            ("四季被 200×230 厘米", 25_900, ("适合春秋，冬天没有暖气会不够厚。",)),
        ),
    ),
    "en": Cast(
        owner="Olive Hart",
        store="Hart's Pantry",
        region="Bristol",
        manager="Mona Reed",
        admin="Ada Finch",
        second_admin="Alan Moss",
        friend="Grace Lee",
        supplier="Orchard House",
        evidence="Her post of 30 October says that this honey cures insomnia; the picture is kept.",
        note="The picture is clear, and she says so herself.",
        others=(("Otto Lane", "Lane's Larder"), ("Wendy Park", "Park & Daughter")),
        products=(
            (
                "Acacia honey, 500 g",
                5_900,
                ("This year's acacia honey is mild and good in water.", "See the test report."),
            ),
            (
                "Navel oranges, 2.5 kg",
                4_990,
                ("Picked and sent the same day.", "Sizes differ; spoiled fruit is paid for."),
            ),
            ("All-season quilt, 200 × 230 cm", 25_900, ("Right for spring and autumn, thin for a cold room.",)),
        ),
    ),
}


@dataclass(frozen=True)
class Answer:
    """What the API said."""

    status: int
    body: Any


@dataclass
class Shop:
    """The shop as a program: it calls the API with a key, and hears what the portal tells it."""

    client: httpx.AsyncClient
    ear: Receiver

    async def put(self, path: str, body: Mapping[str, Any]) -> Answer:
        response = await self.client.put(f"/api/v1{path}", json=body)
        return Answer(response.status_code, response.json())

    async def get(self, path: str) -> Answer:
        response = await self.client.get(path)
        return Answer(response.status_code, response.json())

    async def permit(self) -> Mapping[str, Any]:
        """The claims of the owner's permit, checked with the published keys as the shop would check it."""
        told = (await self.get(f"/api/v1/owners/{OWNER}/share-right")).body
        keys = KeySet.import_key_set((await self.get("/.well-known/jwks.json")).body)
        return jwt.decode(told["permit"], keys, algorithms=["EdDSA"]).claims


@dataclass
class Story:
    """Everything that the chapters pass on."""

    site: Site
    language: str
    cast: Cast
    album: Album
    shop: Shop
    owner: Phone
    friend: Phone
    staff: dict[str, Phone]
    found: dict[str, str] = field(default_factory=dict)

    def t(self, key: str, **params: Any) -> str:
        with speaking(self.language):
            return t(key, **params)

    def tn(self, key: str, n: int, **params: Any) -> str:
        with speaking(self.language):
            return tn(key, n, **params)

    def begins(self, key: str) -> str:
        """A text up to its first gap, to look for on a page."""
        with speaking(self.language):
            return re.split(r"%\(\w+\)s", t(key))[0].strip()

    async def owner_id(self) -> int:
        async with writing():
            person = await person_by_external_id(OWNER)
        assert person is not None
        return person.id


class Hand(PageBrowser):
    """Sends the forms of pages as the browser whose cookies it borrows would."""

    def __init__(self, base: str, cookies: Mapping[str, str], language: str) -> None:
        headers = {"Accept-Language": language}
        self.client = httpx.AsyncClient(base_url=base, cookies=dict(cookies), headers=headers, timeout=90)


@asynccontextmanager
async def by_hand(phone: Phone, language: str) -> AsyncIterator[Hand]:
    """The same person at the same door, without a screen."""
    cookies = {str(one["name"]): str(one["value"]) for one in await phone.context.cookies()}
    hand = Hand(phone.base, cookies, language)
    try:
        yield hand
    finally:
        await hand.close()


async def hire(cast: Cast, language: str) -> str:
    """Staff with passwords, and the shop's key, which is returned."""
    at = now() - timedelta(hours=1)
    hashed = await hash_password(PASSWORD)
    staff = (("manager", cast.manager), ("admin", cast.admin), ("second-admin", cast.second_admin))
    async with writing():
        for part, name in staff:
            role = "manager" if part == "manager" else "admin"
            person = await make.person(
                role, name, at, external_id=part, email=f"{part}@example.test", language=language
            )
            await people.accept_link((await people.invite(SYSTEM, person, at)).rpartition("/")[2], hashed, at)
        _, key = await people.make_api_key(SYSTEM, "shop", list(Scope), at)
    return key


def store_body(cast: Cast, language: str) -> dict[str, Any]:
    """Her store as the shop tells of it."""
    return {
        "name": cast.store,
        "opened_at": datetime.now(UTC).isoformat(),
        "region": cast.region,
        "kit": {"sku": "starter-kit", "paid_fen": 29_800},
        "owner": _owner(OWNER, cast.owner, "13900007777", language),
        "manager": "manager",
    }


def other_stores(cast: Cast, language: str) -> dict[str, dict[str, Any]]:
    """The manager's other stores, so that her team is one; they opened a while ago."""
    return {
        f"store-8{n}": {
            **store_body(cast, language),
            "name": store,
            "opened_at": (datetime.now(UTC) - timedelta(days=9 * n)).isoformat(),
            "owner": _owner(f"owner-8{n}", name, f"1390000888{n}", language),
        }
        for n, (name, store) in enumerate(cast.others, 1)
    }


def _owner(external_id: str, name: str, phone: str, language: str) -> dict[str, str]:
    email = f"{external_id}@example.test"
    return {"external_id": external_id, "name": name, "phone": phone, "email": email, "language": language}
