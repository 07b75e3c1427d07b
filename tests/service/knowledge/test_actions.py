"""Articles from a draft to a reader, what comes with the software, and what time brings."""

import asyncio
from collections.abc import Awaitable
from datetime import timedelta
from typing import Any

import pytest

from portal.core.base import search
from portal.core.base.audit import Actor
from portal.core.base.clock import now
from portal.core.base.database import reading, writing
from portal.core.base.refusals import Forbidden, NotFound, Refused
from portal.core.notices.tables import Notice
from portal.core.web.paging import Cut
from portal.service.knowledge import actions, commands, figures, gaps, queries, readers, sweeps, templates, versions
from portal.service.knowledge.figures import Shown
from portal.service.knowledge.rules import Audience, Function, State
from portal.service.knowledge.tables import Article, ArticleAnswer, HelpSearch, ReplyTemplate
from portal.service.knowledge.templates import Reply
from tests import make
from tests.service.knowledge import make as knowledge

ALL = tuple(Audience)


async def _desk() -> tuple[Actor, Actor]:
    writer, lead = await make.person("agent", "Wen"), await make.person("desk_lead", "Lea")
    return (await make.viewer(writer)).actor, (await make.viewer(lead)).actor


async def _last(ref: str) -> versions.VersionInfo:
    async with reading():
        return (await versions.versions((await actions.required(ref)).id, 1))[0]


async def _code(wanted: Awaitable[object]) -> str:
    with pytest.raises(Refused) as refused:
        await wanted
    return refused.value.code


async def test_a_draft_is_seen_by_nobody_until_another_says_yes(database: str) -> None:
    writer, lead = await _desk()
    ref = await actions.make(writer, knowledge.text(), now())
    async with reading():
        assert await queries.reading_of(ref, ALL, "zh-Hans") is None
        assert await queries.found_by("退款", ALL, "zh-Hans") == []
    await actions.submit(writer, ref, now())
    assert await _code(actions.publish(writer, ref, 1, now())) == "article_own"
    assert await _code(actions.save(writer, ref, knowledge.text(), now())) == "article_in_review"
    await actions.publish(lead, ref, 1, now())
    async with reading():
        article = await queries.reading_of(ref, (Audience.BUYER,), "en")
        assert [line.ref for line in await queries.found_by("退款 到账", (Audience.BUYER,), "zh-Hans")] == [ref]
        kinds = {row["kind"] for row in await Notice.select(Notice.kind)}
    assert article is not None
    assert article.title == "When a refund arrives"
    assert "<h2>Look here first</h2>" in article.html
    assert kinds == {"article_submitted", "article_published"}


async def test_readers_keep_the_published_version_while_the_next_is_written(database: str) -> None:
    ref = await knowledge.published()
    writer, lead = await _desk()
    assert await actions.save(writer, ref, knowledge.text("退款三天到账"), now()) == 2
    async with reading():
        shown = await queries.reading_of(ref, ALL, "zh-Hans")
    assert shown is not None
    assert (shown.version, shown.title) == (1, "退款多久到账")
    await actions.submit(writer, ref, now())
    await actions.send_back(lead, ref, 2, "没有依据", now())
    assert (await _last(ref)).state is State.DRAFT
    assert await actions.save(writer, ref, knowledge.text("退款看走到哪一步"), now()) == 2
    await actions.submit(writer, ref, now())
    await actions.publish(lead, ref, 2, now())
    async with reading():
        shown = await queries.reading_of(ref, ALL, "zh-Hans")
        found = await actions.required(ref)
        states = [one.state for one in await versions.versions(found.id)]
    assert shown is not None
    assert shown.title == "退款看走到哪一步"
    assert states == [State.PUBLISHED, State.REPLACED]


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"titles": {"zh-Hans": "题", "en": ""}}, "article_incomplete"),
        ({"bodies": {"zh-Hans": knowledge.BODY}}, "article_incomplete"),
        ({"titles": {"zh-Hans": "题"}, "bodies": {"zh-Hans": "文"}}, "article_incomplete"),
        ({"audiences": ()}, "article_for_nobody"),
    ],
)
async def test_what_is_not_whole_is_not_reviewed(database: str, changes: dict[str, Any], code: str) -> None:
    writer, _ = await _desk()
    ref = await actions.make(writer, knowledge.text(**changes), now())
    assert await _code(actions.submit(writer, ref, now())) == code


async def test_who_began_from_an_older_text_is_told(database: str) -> None:
    writer, lead = await _desk()
    ref = await actions.make(writer, knowledge.text(), now())
    mark = (await _last(ref)).mark
    await actions.save(lead, ref, knowledge.text("别的"), now() + timedelta(seconds=1), mark)
    assert await _code(actions.save(writer, ref, knowledge.text(), now(), mark)) == "article_moved_on"
    assert (await _last(ref)).title("zh-Hans") == "别的"
    assert await _code(actions.publish(lead, ref, 1, now())) == "article_moved_on"
    with pytest.raises(NotFound):
        await actions.submit(writer, "nothing", now())


async def test_two_yeses_at_once_publish_once(database: str) -> None:
    writer, lead = await _desk()
    other = (await make.viewer(await make.person("admin", "Ada"))).actor
    ref = await actions.make(writer, knowledge.text(), now())
    await actions.submit(writer, ref, now())
    words = [actions.publish(lead, ref, 1, now()), actions.send_back(other, ref, 1, "再看看", now())]
    done = await asyncio.gather(*words, return_exceptions=True)
    assert sorted(type(one).__name__ for one in done) == ["NoneType", "Refused"]


async def test_a_retired_article_is_gone_and_comes_back_by_a_new_version(database: str) -> None:
    ref = await knowledge.published()
    writer, lead = await _desk()
    await actions.retire(lead, ref, now())
    assert await _code(actions.retire(lead, ref, now())) == "article_not_out"
    assert await _code(actions.still_true(lead, ref, now())) == "article_not_out"
    async with reading():
        assert await queries.reading_of(ref, ALL, "zh-Hans") is None
        assert await search.find(queries.body_kind("zh-Hans"), "退款", 5) == []
        gone = await figures.desk_list(Cut(), "zh-Hans", now(), Shown.RETIRED)
    assert [line.ref for line in gone.items] == [ref]
    await actions.save(writer, ref, knowledge.text(), now())
    await actions.submit(writer, ref, now())
    await actions.publish(lead, ref, 2, now())
    async with reading():
        assert await queries.reading_of(ref, ALL, "zh-Hans") is not None


async def test_due_articles_are_told_once_to_writer_and_leads(database: str) -> None:
    old = now() - timedelta(days=200)
    ref = await knowledge.published(at=old)
    await knowledge.published("退货邮费谁出")
    async with writing():
        await Notice.delete(force=True)
    assert await sweeps.tell_due() == 1
    assert await sweeps.tell_due() == 0
    async with reading():
        told = await Notice.select(Notice.kind, Notice.way)
        due = await figures.desk_list(Cut(), "zh-Hans", now(), Shown.DUE)
    assert told == [{"kind": "article_due", "way": f"/desk/knowledge/{ref}"}] * 3  # Wen and both leads
    assert [line.ref for line in due.items] == [ref]
    _, lead = await _desk()
    await actions.still_true(lead, ref, now())
    assert await sweeps.tell_due() == 0
    async with reading():
        assert (await figures.counts(now()))[Shown.DUE] == 0


# ---- readers ----


async def _read(ref: str) -> queries.Reading:
    async with reading():
        found = await queries.reading_of(ref, ALL, "zh-Hans")
    assert found is not None
    return found


async def test_one_reader_counts_once_and_may_change_her_mind(database: str) -> None:
    article = await _read(await knowledge.published())
    for reader, helped in (("visitor:a", True), ("visitor:b", False), ("visitor:a", False), ("visitor:b", True)):
        await readers.answer(article, reader, "打 13812345678", now(), helped=helped, address=None)
    async with reading():
        rows = await ArticleAnswer.select(ArticleAnswer.helped, ArticleAnswer.text, ArticleAnswer.reader)
        read = (await figures.figures_of([article.id], now()))[article.id]
    assert sorted(bool(row["helped"]) for row in rows) == [False, True]
    assert {row["text"] for row in rows} == {"打 …"}
    assert not any("visitor" in row["reader"] for row in rows)
    assert (read.helped, read.answers, read.share) == (1, 2, 5_000)


async def test_answers_of_an_older_text_do_not_judge_the_new_one(database: str) -> None:
    ref = await knowledge.published()
    article = await _read(ref)
    await readers.answer(article, "visitor:a", None, now(), helped=False, address=None)
    writer, lead = await _desk()
    await actions.save(writer, ref, knowledge.text(), now())
    await actions.submit(writer, ref, now())
    await actions.publish(lead, ref, 2, now())
    async with reading():
        assert (await figures.figures_of([article.id], now()))[article.id].answers == 0


async def _search(query: str, found: int) -> None:
    await readers.note_search(query, "zh-Hans", Audience.BUYER, found, now(), address=None)


async def test_searches_without_an_answer_are_listed_by_how_often(database: str) -> None:
    for query, found in (("发票", 0), ("发票 ", 0), ("保修", 0), ("退款", 2), ("13812345678", 0)):
        await _search(query, found)
    for _ in range(3):
        await _search("积分", 4)
    async with reading():
        first = await gaps.open_gaps(Cut(limit=2))
        rest = await gaps.open_gaps(Cut(after=first.next_after or 0, limit=2))
        assert await gaps.count_open() == 3
    assert [(one.query, one.searched) for one in (*first.items, *rest.items)] == [("积分", 3), ("发票", 2), ("保修", 1)]
    assert rest.next_after is None


async def test_a_search_that_led_somewhere_is_no_gap_any_more(database: str) -> None:
    article = await _read(await knowledge.published())
    for _ in range(3):
        await _search("到账", 1)
    await readers.count_read(article, "到账", Audience.BUYER, now())
    async with reading():
        assert await gaps.count_open() == 0


async def test_a_gap_is_decided_once(database: str) -> None:
    await _search("发票", 0)
    writer, lead = await _desk()
    async with reading():
        gap = (await gaps.open_gaps(Cut())).items[0]
    ref = await actions.make(writer, knowledge.text("发票在哪开"), now())
    done = await asyncio.gather(
        gaps.not_needed(lead, gap.id, "线下开", now()),
        _written(writer, gap.id, ref),
        return_exceptions=True,
    )
    assert sorted(type(one).__name__ for one in done) == ["NoneType", "Refused"]
    with pytest.raises(NotFound):
        await gaps.not_needed(lead, 987_654, "没有", now())
    async with reading():
        assert await gaps.count_open() == 0


async def _written(actor: Actor, gap_id: int, ref: str) -> None:
    async with writing():
        await gaps.written(actor, gap_id, ref, now())


async def test_old_searches_and_words_are_forgotten(database: str) -> None:
    article = await _read(await knowledge.published())
    await _search("发票", 0)
    await readers.answer(article, "visitor:a", "不清楚", now(), helped=False, address=None)
    assert await sweeps.forget_old() == 0
    async with writing():
        await HelpSearch.update({HelpSearch.last_at: now() - timedelta(days=181)}, force=True)
        await ArticleAnswer.update({ArticleAnswer.at: now() - timedelta(days=366)}, force=True)
    assert await sweeps.forget_old() == 2
    async with reading():
        assert await HelpSearch.count() == 0
        assert await ArticleAnswer.count() == 1  # that it did not help still counts


# ---- what comes with the software ----


async def test_what_is_shipped_comes_once_and_nobodys_change_is_undone(database: str) -> None:
    assert await commands.ensure_shipped(now()) == 26
    assert await commands.ensure_shipped(now()) == 0
    writer, lead = await _desk()
    await actions.retire(lead, "first-reply", now())
    await actions.save(writer, "how-to-complain", knowledge.text("我们的说法"), now())
    await actions.submit(writer, "how-to-complain", now())
    await actions.publish(lead, "how-to-complain", 2, now())
    viewer = await make.viewer(await make.person("admin", "Ada"))
    async with reading():
        reply = await templates.template("paid", viewer.person_id)
    assert reply is not None
    await templates.change(viewer, "paid", Reply("付了", None, True, {"en": "Paid"}), reply.mark, now())
    async with writing():  # a newer software brings newer texts
        await Article.update({Article.shipped: "older"}).where(Article.shipped.is_not_null())
        await ReplyTemplate.update({ReplyTemplate.shipped: "older"}).where(ReplyTemplate.shipped.is_not_null())
    assert await commands.ensure_shipped(now()) == 14 + 9
    async with reading():
        own = await queries.reading_of("how-to-complain", ALL, "zh-Hans")
        assert await queries.reading_of("first-reply", ALL, "zh-Hans") is None
    assert own is not None
    assert own.title == "我们的说法"


async def test_two_at_once_put_it_in_once(database: str) -> None:
    done = await asyncio.gather(*(commands.ensure_shipped(now()) for _ in range(2)))
    async with reading():
        assert await Article.count() == 16
    assert sorted(done) == [0, 26]


@pytest.mark.parametrize(
    ("audience", "text", "topic", "language", "first"),
    [
        ("buyer", "我上周退的货，到现在钱还没有退回来，退款什么时候到", None, "zh-Hans", "when-refunds-arrive"),
        ("buyer", "收到的时候箱子是破的，碗碎了两个", None, "zh-Hans", "photos-of-damage"),
        ("buyer", "包裹三天没有动静，快递不动了", "delivery", "zh-Hans", "where-is-my-parcel"),
        ("buyer", "who pays the postage if I send it back", None, "en", "returns-and-postage"),
        ("owner", "买家让我替她退货，验证码发给我了", None, "zh-Hans", "acting-for-a-buyer"),
        ("agent", "root cause of a leaking lid", None, "en", "words-for-root-causes"),
        ("buyer", "", "delivery", "zh-Hans", "where-is-my-parcel"),
    ],
)
async def test_an_answer_is_offered_while_one_types(
    database: str, audience: str, text: str, topic: str | None, language: str, first: str
) -> None:
    await commands.ensure_shipped(now())
    async with reading():
        found = await queries.suggestions(audience, text, topic, language)
    assert first in [one.ref for one in found][:2]
    assert len(found) <= 3


async def test_buyers_are_not_offered_what_is_for_agents(database: str) -> None:
    await commands.ensure_shipped(now())
    async with reading():
        found = await queries.suggestions("buyer", "额度 主管 送批 二十元 authority", None, "zh-Hans", 30)
        assert await queries.suggestions("buyer", "qwertz asdfgh", None, "en") == []
    assert "authority-ladder" not in [one.ref for one in found]


# ---- reply templates ----


async def test_templates_of_a_category_and_a_language(database: str) -> None:
    await commands.ensure_shipped(now())
    wen = await make.viewer(await make.person("agent", "Wen"))
    own = await templates.make(wen, Reply("我的退款话", Function.REFUND, False, {"zh-Hans": "{{buyer}}，稍等"}), now())
    async with reading():
        offered = await templates.templates_for("refund", "zh-Hans", wen.person_id)
        english = await templates.templates_for("refund", "en", wen.person_id)
        others = await templates.templates_for("refund", "zh-Hans")
    assert {one.ref for one in offered} == {"why-this-amount", "paid", own, "proposal"}
    assert offered[-1].ref == "proposal"  # of no category
    assert own not in {one.ref for one in (*english, *others)}
    async with writing():
        await templates.count_use(next(one.id for one in offered if one.ref == own), now())
    async with reading():
        assert (await templates.templates_for("refund", "zh-Hans", wen.person_id))[0].ref == own


async def test_shared_templates_are_the_leads_and_ones_own_nobody_elses(database: str) -> None:
    wen, lea = (
        await make.viewer(await make.person("agent", "Wen")),
        await make.viewer(await make.person("desk_lead", "L")),
    )
    reply = Reply("问候", None, True, {"en": "Hello {{buyer}}"})
    with pytest.raises(Forbidden):
        await templates.make(wen, reply, now())
    shared = await templates.make(lea, reply, now())
    with pytest.raises(Forbidden):
        await templates.retire(wen, shared, now())
    own = await templates.make(wen, Reply("我的", None, False, {"en": "Hi"}), now())
    with pytest.raises(NotFound):
        await templates.retire(lea, own, now())
    await templates.retire(wen, own, now())
    async with reading():
        assert [one.ref for one in await templates.shared_and_own(wen.person_id)] == [shared]


async def test_two_changes_at_once_one_is_told(database: str) -> None:
    lea = await make.viewer(await make.person("desk_lead", "L"))
    ref = await templates.make(lea, Reply("问候", None, True, {"en": "Hello"}), now())
    async with reading():
        found = await templates.template(ref, lea.person_id)
    assert found is not None
    later = now() + timedelta(seconds=1)
    changes = [
        templates.change(lea, ref, Reply(name, None, True, {"en": name}), found.mark, later + timedelta(seconds=place))
        for place, name in enumerate(("One", "Two"))
    ]
    done = await asyncio.gather(*changes, return_exceptions=True)
    assert sorted(type(one).__name__ for one in done) == ["NoneType", "Refused"]


def test_a_reply_is_filled_and_its_gaps_are_seen() -> None:
    filled = templates.filled("{{buyer}}，{{due}} 前", {"buyer": "王女士"})
    assert filled == "王女士，⟦最晚时间⟧ 前"
