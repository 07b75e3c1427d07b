"""Exports through the portal: ordered, written by a job in parts, taken, and gone after a week; learning as statements."""

import csv
import json
from collections.abc import AsyncIterator
from contextlib import suppress
from dataclasses import replace
from datetime import datetime, timedelta
from io import BytesIO, StringIO
from uuid import UUID
from zipfile import ZipFile

import pytest

from portal.core.base import worker
from portal.core.base.clock import now
from portal.core.base.database import reading, writing
from portal.core.base.leases import Later, claim
from portal.core.base.tables import AuditEntry, Job, SiteSetting, StoredFile
from portal.core.web.frame import Frame
from portal.service.insight import running
from portal.service.insight.exporting import SOURCES
from portal.service.insight.statements import VERBS, LearningRecords
from portal.service.insight.tables import ExportRun
from tests import make
from tests.browse import Browser
from tests.cast import Cast

HOME = "/admin/exports"


async def _ordered(browser: Browser, cast: Cast, kind: str, form: str) -> str:
    """The address of an export that an admin has ordered and the worker written."""
    await make.sign_in(browser, cast.ada)
    page = await browser.submit(await browser.get(HOME), HOME, kind=kind, form=form)
    assert page.status == 200
    await worker.drain()
    return page.path


@pytest.mark.parametrize("form", ["csv", "xlsx"])
async def test_an_admin_takes_a_table_away(browser: Browser, cast: Cast, form: str) -> None:
    path = await _ordered(browser, cast, "people", form)
    page = await browser.get(path)
    assert f"{path}/file" in page.links
    answer = (await browser.get(f"{path}/file")).response
    assert answer.headers["content-disposition"].startswith('attachment; filename="people-')
    if form == "xlsx":
        with ZipFile(BytesIO(answer.content)) as book:
            text = book.read("xl/worksheets/sheet1.xml").decode()
    else:
        text = answer.content.decode("utf-8-sig")
    assert "Olive" in text
    assert "password" not in text
    async with reading():
        acts = await AuditEntry.select(AuditEntry.action).where(AuditEntry.action.like("insight.%"))
    assert [row["action"] for row in acts] == ["insight.export_ordered", "insight.export_taken"]
    assert "people-" in await browser.get("/notices")


async def test_a_file_in_many_parts_is_whole(browser: Browser, cast: Cast) -> None:
    """A worker that stops after each part goes on where it stood; one that lost its lease adds nothing."""
    async with writing():
        for start in range(0, 2500, 250):
            names = ((f"n{start + n:04d}", "=1", now()) for n in range(250))
            await SiteSetting.insert(*(SiteSetting(name=name, value=value, changed_at=at) for name, value, at in names))
    viewer = await make.viewer(cast.ada)
    ref = await running.order(viewer, "site-settings", "csv", 2500, now())
    times = 0
    while held := [one for one in await claim(Job, now(), lease_seconds=0) if one.row["kind"] == running.KIND]:
        times += 1
        stale = replace(held[0], fence=held[0].fence - 1)
        for one in (stale, held[0]):
            with suppress(Later):
                await running.write(one, 1, -1)
        async with reading():
            run = await running.run_of(ref)
        if run.done_at is not None:
            break
    assert times >= 3
    await make.sign_in(browser, cast.ada)
    text = (await browser.get(f"{HOME}/{ref}/file")).response.content.decode("utf-8-sig")
    rows = list(csv.DictReader(StringIO(text)))
    assert len({row["id"] for row in rows}) == len(rows) == run.lines
    assert {row["name"] for row in rows} >= {f"n{n:04d}" for n in range(2500)}
    assert {row["value"] for row in rows if row["name"].startswith("n0")} == {"'=1"}


async def test_after_a_week_the_file_is_gone(browser: Browser, cast: Cast) -> None:
    path = await _ordered(browser, cast, "stores", "csv")
    async with writing():
        await ExportRun.update({ExportRun.forget_at: now() - timedelta(seconds=1)}, force=True)
    assert await running.forget() == 1
    assert await running.forget() == 0
    assert (await browser.get(f"{path}/file")).status == 404
    assert "已过 7 天" in await browser.get(path)
    async with reading():
        assert not await StoredFile.exists().where(StoredFile.media_type == running.MEDIA_TYPE)


async def test_a_form_that_a_table_has_not_is_told_beside_its_field(browser: Browser, cast: Cast) -> None:
    await make.sign_in(browser, cast.ada)
    page = await browser.get(HOME)
    for kind, form in (("learning-records", "xlsx"), ("people", "jsonl"), ("nothing", "csv")):
        answer = await browser.submit(page, HOME, kind=kind, form=form)
        assert answer.status == 422
    async with reading():
        assert not await ExportRun.exists()


async def test_every_table_stands_on_the_page_in_words(browser: Browser, cast: Cast) -> None:
    await make.sign_in(browser, cast.ada)
    page = await browser.get(HOME)
    assert all(f"<code>{name}</code>" in page.html for name in SOURCES)
    await make.sign_in(browser, cast.dora)
    assert (await browser.get(HOME)).status == 403


# ---- learning ----


async def _lines() -> AsyncIterator[dict[str, object]]:
    source, after = LearningRecords(), ""
    while after is not None:
        part = await source.batch("jsonl", after)
        for line in part.content.decode().splitlines():
            yield json.loads(line)
        after = part.after  # type: ignore[assignment]


async def test_learning_becomes_statements(app: Frame, school: None) -> None:
    owner = await make.licensed_owner("Olive")
    found = [one async for one in _lines()]
    assert len(found) == await LearningRecords().count()
    verbs = {name: sum(one["verb"]["id"] == iri for one in found) for name, iri in VERBS.items()}  # type: ignore[index]
    assert min(verbs["completed"], verbs["passed"], verbs["answered"]) > 0
    assert len({one["id"] for one in found}) == len(found)
    for one in found:
        _check(one, owner.external_id)
    assert [one async for one in _lines()] == found  # the same again


def _check(one: dict, external_id: str) -> None:  # type: ignore[type-arg]
    """What xAPI 1.0.3 asks of a statement (part two, 2.2 to 2.4), as far as ours go."""
    assert set(one) == {"id", "version", "actor", "verb", "object", "result", "context", "timestamp"}
    assert one["version"] == "1.0.3"
    assert UUID(one["id"]).version == 5
    assert UUID(one["context"]["registration"]).version == 5
    assert one["actor"]["account"] == {"homePage": "http://127.0.0.1:8000", "name": external_id}
    assert one["verb"]["id"].startswith("http://adlnet.gov/expapi/verbs/")
    assert one["object"]["objectType"] == "Activity"
    assert one["object"]["id"].startswith("http://127.0.0.1:8000/xapi/")
    assert datetime.fromisoformat(one["timestamp"]).utcoffset() is not None
    if "score" in one["result"]:
        assert -1 <= one["result"]["score"]["scaled"] <= 1
    if "duration" in one["result"]:
        assert one["result"]["duration"].startswith("PT")
