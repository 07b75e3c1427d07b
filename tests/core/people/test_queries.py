"""Finding people: by part of a name or address, by the tail of a number, by role, page by page."""

import pytest

from portal.core.base.audit import SYSTEM
from portal.core.base.database import counting_queries, reading
from portal.core.people import actions
from portal.core.people.queries import account, search_people
from portal.core.people.rules import Role
from portal.core.web.paging import Cut
from tests.core.people.arrange import NOON, someone


@pytest.fixture
async def crowd(database: str) -> dict[str, int]:
    people = {
        "he": await someone("he@demo.test", name="何晓梅", phone="13800002210", at=NOON),
        "li": await someone("li.fang@demo.test", Role.MANAGER, name="Li Fang", phone="13900002211", at=NOON),
        "ada": await someone("ada_100%@demo.test", Role.ADMIN, name="Ada", at=NOON),
    }
    await actions.grant_role(SYSTEM, people["li"], Role.OWNER, NOON)
    return people


CASES = [
    ("", "", ["ada", "li", "he"]),
    ("晓梅", "", ["he"]),
    ("FANG", "", ["li"]),
    ("demo.test", "", ["ada", "li", "he"]),
    ("2210", "", ["he"]),
    ("1390", "", []),
    ("139000", "owner", []),
    ("", "owner", ["li", "he"]),
    ("fang", "admin", []),
    ("100%", "", ["ada"]),
    ("%", "", ["ada"]),
    ("_", "", ["ada"]),
    ("\\", "", []),
    ("' OR 1=1 --", "", []),
]


async def test_people_are_found(crowd: dict[str, int]) -> None:
    names = {number: name for name, number in crowd.items()}
    for text, role, found in CASES:
        async with reading():
            page = await search_people(Cut(), text, role)
        assert [names[row.info.id] for row in page.items] == found, (text, role)


async def test_the_list_pages_by_key_and_takes_two_queries(crowd: dict[str, int]) -> None:
    seen: list[int] = []
    after: int | None = 0
    while after is not None:
        async with reading():
            with counting_queries() as queries:
                page = await search_people(Cut(after=after, limit=1))
        assert len(queries) == 2
        seen += [row.info.id for row in page.items]
        after = page.next_after
    assert seen == sorted(crowd.values(), reverse=True)


async def test_an_account_is_told_whole(crowd: dict[str, int]) -> None:
    async with reading():
        found = await account(crowd["li"])
        assert await account(0) is None
        assert await account(2**64) is None
    assert found is not None
    assert [held.role for held in found.roles] == ["manager", "owner"]
    assert found.joined
    assert found.factor_since is None
