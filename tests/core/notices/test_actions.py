"""A notice told, read, and mailed or not, as the person likes."""

import asyncio
import json
from datetime import UTC, datetime

import pytest

from portal.core.base.audit import SYSTEM
from portal.core.base.clock import now
from portal.core.base.database import counting_queries, reading, writing
from portal.core.base.refusals import NotFound
from portal.core.base.tables import Outbox
from portal.core.notices import actions, queries
from portal.core.people import actions as people
from portal.core.people.rules import Role
from portal.core.web.paging import Cut
from portal.core.web.viewer import Viewer
from tests.core.stores.scene import make_person

AT = datetime(2026, 11, 22, 6, 3, tzinfo=UTC)


def viewer_of(person_id: int) -> Viewer:
    return Viewer(
        person_id=person_id,
        name="Olive",
        sign_in_id=1,
        roles=frozenset({"owner"}),
        capabilities=frozenset(),
        language="en",
        theme="system",
        care=False,
        factor_missing=False,
        confirmed_until=None,
    )


async def tell(person_id: int, kind: str = "manager_appointed", **more: object) -> int:
    async with writing():
        return await actions.notify(person_id, kind, {"manager": "Mona", **more}, now(), way="/me")


async def _mails() -> list[dict[str, object]]:
    async with reading():
        rows = await Outbox.select(Outbox.payload).where(Outbox.topic == actions.TOPIC).order_by(Outbox.id)
    return [json.loads(row["payload"]) for row in rows]


async def test_a_notice_stands_in_the_inbox_and_its_mail_in_the_outbox(database: str) -> None:
    olive = await make_person(Role.OWNER, "Olive")
    notice = await tell(olive, due_at=AT, paid_fen=29_800)
    async with reading():
        (found,) = (await queries.inbox(olive, Cut())).items
        assert await queries.unread_count(olive) == 1
    assert (found.id, found.kind, found.way, found.read_at) == (notice, "manager_appointed", "/me", None)
    assert found.params == {"manager": "Mona", "due_at": "2026-11-22T06:03:00+00:00", "paid_fen": 29_800}
    assert await _mails() == [{"notice_id": notice}]  # a reference, never a value


async def test_a_notice_is_part_of_its_cause(database: str) -> None:
    olive = await make_person(Role.OWNER)
    with pytest.raises(KeyError):
        async with writing():
            await actions.notify(olive, "manager_appointed", {}, now())
            raise KeyError
    async with reading():
        assert await queries.unread_count(olive) == 0
    assert await _mails() == []


async def test_no_mail_to_whom_it_cannot_or_may_not_reach(database: str) -> None:
    without = await make_person(Role.OWNER, email=None)
    unwilling = await make_person(Role.OWNER)
    await actions.prefer_email(viewer_of(unwilling), wanted=False)
    shut = await make_person(Role.OWNER)
    await people.disable_person(SYSTEM, shut, now())
    for person in (without, unwilling, shut):
        await tell(person)
    quiet = await make_person(Role.OWNER)
    async with writing():
        await actions.notify(quiet, "manager_appointed", {}, now(), email=False)
    assert await _mails() == []
    await actions.prefer_email(viewer_of(unwilling), wanted=True)
    await tell(unwilling)
    assert len(await _mails()) == 1


async def test_a_notice_is_read_once_by_her_whose_it_is(database: str) -> None:
    olive, otto = await make_person(Role.OWNER), await make_person(Role.OWNER)
    notice = await tell(olive)
    for stranger, number in ((otto, notice), (olive, 99), (olive, 2**63), (olive, 0)):
        with pytest.raises(NotFound):
            await actions.mark_read(viewer_of(stranger), number, now())
    assert await actions.mark_read(viewer_of(olive), notice, AT) == "/me"
    assert await actions.mark_read(viewer_of(olive), notice, now()) == "/me"
    async with reading():
        found = await queries.notice(notice)
        assert found is not None
        assert found.read_at == AT
        assert await queries.unread_count(olive) == 0


async def test_everything_is_read_at_once_and_nobody_elses(database: str) -> None:
    olive, otto = await make_person(Role.OWNER), await make_person(Role.OWNER)
    for person in (olive, olive, otto):
        await tell(person)
    await actions.mark_all_read(viewer_of(olive), now())
    async with reading():
        assert (await queries.unread_count(olive), await queries.unread_count(otto)) == (0, 1)


async def test_what_she_prefers_is_kept_however_often_she_says_so(database: str) -> None:
    olive = await make_person(Role.OWNER)
    async with reading():
        assert await queries.wants_email(olive)
    await asyncio.gather(*(actions.prefer_email(viewer_of(olive), wanted=False) for _ in range(6)))
    async with reading():
        assert not await queries.wants_email(olive)


async def test_the_inbox_pages_by_key_the_newest_first(database: str) -> None:
    olive = await make_person(Role.OWNER)
    made = [await tell(olive) for _ in range(5)]
    async with reading():
        with counting_queries() as count:
            first = await queries.inbox(olive, Cut(limit=3))
            assert first.next_after is not None
            rest = await queries.inbox(olive, Cut(first.next_after, 3))
    assert [notice.id for notice in (*first.items, *rest.items)] == made[::-1]
    assert rest.next_after is None
    assert len(count) == 2


async def test_unread_notices_are_counted_to_a_hundred(database: str) -> None:
    olive = await make_person(Role.OWNER)
    async with writing():
        for _ in range(105):
            await actions.notify(olive, "manager_appointed", {}, now(), email=False)
    async with reading():
        assert await queries.unread_count(olive) == 100
