"""The two doors on both databases."""

import asyncio

import pytest

from portal.core.base import audit
from portal.core.base.clock import now
from portal.core.base.database import DB, after_commit, counting_queries, placeholders, reading, writing
from portal.core.base.database.engine import NoDoorOpen
from portal.core.base.tables import AuditEntry, SiteSetting


async def _put(name: str, value: str = "x") -> None:
    await SiteSetting.insert(SiteSetting(name=name, value=value, changed_at=now()))


async def _names() -> list[str]:
    async with reading():
        rows = await SiteSetting.select(SiteSetting.name).order_by(SiteSetting.name)
    return [row["name"] for row in rows]


async def test_a_query_outside_a_door_is_refused(database: str) -> None:
    with pytest.raises(NoDoorOpen):
        await SiteSetting.select()


async def test_what_fails_leaves_nothing(database: str) -> None:
    with pytest.raises(KeyError):
        async with writing():
            await _put("a")
            raise KeyError
    assert await _names() == []


async def test_an_inner_writing_is_a_savepoint(database: str) -> None:
    async with writing():
        await _put("outer")
        with pytest.raises(KeyError):
            async with writing():
                await _put("inner")
                raise KeyError
        await _put("after")
    assert await _names() == ["after", "outer"]


async def test_writing_inside_reading_is_refused(database: str) -> None:
    async with reading():
        with pytest.raises(RuntimeError, match="inside reading"):
            async with writing():
                pass


async def test_reading_sees_one_snapshot(database: str) -> None:
    async with writing():
        await _put("before")
    opened, written = asyncio.Event(), asyncio.Event()

    async def read() -> tuple[int, int]:
        async with reading():
            first = await SiteSetting.count()
            opened.set()
            await written.wait()
            return first, await SiteSetting.count()

    reader = asyncio.create_task(read())
    await opened.wait()
    async with writing():
        await _put("meanwhile")
    written.set()
    assert await reader == (1, 1)
    assert len(await _names()) == 2


async def test_a_task_does_not_inherit_the_door(database: str) -> None:
    async def stray() -> None:
        await SiteSetting.select()

    async with writing():
        with pytest.raises(NoDoorOpen):
            await asyncio.create_task(stray())


async def test_many_read_modify_write_at_once_lose_nothing(database: str) -> None:
    async with writing():
        await _put("counter", "0")

    async def add() -> None:
        async with writing():
            await SiteSetting.raw("UPDATE site_settings SET changed_at = changed_at WHERE name = {}", "counter")
            row = await SiteSetting.objects().get(SiteSetting.name == "counter")
            assert row is not None
            await SiteSetting.update({SiteSetting.value: str(int(row.value) + 1)}).where(SiteSetting.id == row.id)

    await asyncio.gather(*(add() for _ in range(64)))
    async with reading():
        row = await SiteSetting.objects().get(SiteSetting.name == "counter")
    assert row is not None
    assert row.value == "64"


async def test_a_cancelled_writer_frees_the_door(database: str) -> None:
    async def slow() -> None:
        async with writing():
            await _put("lost")
            await asyncio.sleep(30)

    task = asyncio.create_task(slow())
    await asyncio.sleep(0.1)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    async with writing():
        await _put("kept")
    assert await _names() == ["kept"]


async def test_calls_after_commit_only_after_commit(database: str) -> None:
    calls: list[str] = []
    async with writing():
        after_commit(lambda: calls.append("kept"))
        with pytest.raises(KeyError):
            async with writing():
                after_commit(lambda: calls.append("undone"))
                raise KeyError
        assert calls == []
    assert calls == ["kept"]


async def test_queries_are_counted(database: str) -> None:
    with counting_queries() as count:
        async with writing():
            await SiteSetting.count()
            await SiteSetting.count()
    assert len(count) == 2


async def test_a_snapshot_is_asked_the_same_thing_once(database: str) -> None:
    with counting_queries() as count:
        async with reading():
            first = await SiteSetting.raw("SELECT CAST({} AS bigint) AS n", 7)
            first[0]["n"] = 8
            assert (await SiteSetting.raw("SELECT CAST({} AS bigint) AS n", 7))[0]["n"] == 7
            assert (await SiteSetting.raw("SELECT CAST({} AS bigint) AS n", 9))[0]["n"] == 9
        async with reading():
            await SiteSetting.raw("SELECT CAST({} AS bigint) AS n", 7)
    assert len(count) == 3


async def test_the_chain_holds_and_shows_tampering(database: str) -> None:
    for number in range(5):
        async with writing():
            await audit.record(audit.SYSTEM, "test.act", ("thing", number), now(), {"codes": ["a", "b"]})
    assert await audit.sequence() == 5
    assert await audit.sequence() == 0
    assert (await audit.check_chain()).broken_at is None
    async with writing():
        await AuditEntry.update({AuditEntry.action: "test.forged"}).where(AuditEntry.subject_id == 3)
    report = await audit.check_chain()
    assert report.broken_at == 4
    assert DB.driver is not None


async def test_sequencers_running_at_once_give_each_entry_one_place(database: str) -> None:
    for number in range(30):
        async with writing():
            await audit.record(audit.SYSTEM, "test.act", ("thing", number), now())
    linked = await asyncio.gather(*(audit.sequence() for _ in range(4)))
    assert sum(linked) == 30
    report = await audit.check_chain()
    assert (report.links, report.waiting, report.broken_at) == (30, 0, None)


@pytest.mark.parametrize(("wanted", "found"), [((), []), (("a",), ["a"]), (("a", "c", "z"), ["a", "c"])])
async def test_in_of_any_number_of_values(database: str, wanted: tuple[str, ...], found: list[str]) -> None:
    async with writing():
        for name in "abc":
            await _put(name)
    async with reading():
        sql = f"SELECT name FROM site_settings WHERE name IN ({placeholders(wanted)}) ORDER BY name"
        assert [row["name"] for row in await SiteSetting.raw(sql, *wanted)] == found
