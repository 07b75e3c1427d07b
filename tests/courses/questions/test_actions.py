"""Keeping questions on both databases: versions only where something changed, and old ones stay for who was asked."""

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from courses.questions import queries
from courses.questions.actions import EditionsDiffer, StoredBank, store_questions
from courses.questions.gift import parse_gift
from courses.questions.rules import Question
from courses.questions.tables import Bank, QuestionVersion
from portal.core.base.database import reading, writing

AT = datetime(2026, 11, 2, 9, tzinfo=UTC)
LATER = AT + timedelta(days=1)
TEXT = """// [tag:parcels] [tag:easy]
::one::{stem}{{={right} ~{wrong}}}

// [tag:parcels] [tag:hard] [tag:must]
::two::{stem} 2{{TRUE}}

// [tag:returns] [tag:hard]
::three::{stem} 3{{#48}}
"""


def questions(**texts: str) -> list[Question]:
    parsed = parse_gift(TEXT.format(**{"stem": "What now?", "right": "Look", "wrong": "Wait", **texts}))
    assert parsed.refusals == ()
    return list(parsed.questions)


def both(**english: str) -> dict[str, list[Question]]:
    return {"zh-Hans": questions(stem="怎么办？", right="看", wrong="等"), "en": questions(**english)}


async def kept(bank: StoredBank, language: str) -> dict[str, Question]:
    async with reading():
        found = await queries.editions(bank.versions.values(), language)
    return {edition.question.code: edition.question for edition in found.values()}


async def rows(table: Any) -> int:
    async with reading():
        return int(await table.count())


@pytest.mark.usefixtures("database")
class TestStoring:
    async def test_what_was_stored_comes_back_the_same(self) -> None:
        editions = both()
        bank = await store_questions("starter", editions, AT)
        assert (bank.added, bank.changed, bank.unchanged, bank.retired) == (("one", "two", "three"), (), (), ())
        for language, given in editions.items():
            assert await kept(bank, language) == {question.code: question for question in given}

    async def test_storing_the_same_again_changes_nothing(self) -> None:
        first = await store_questions("starter", both(), AT)
        again = await store_questions("starter", both(), LATER)
        assert again.versions == first.versions
        assert (again.added, again.changed, again.unchanged) == ((), (), ("one", "two", "three"))
        assert (await rows(Bank), await rows(QuestionVersion)) == (1, 3)

    async def test_a_mended_question_is_a_new_version_and_the_old_one_stays(self) -> None:
        first = await store_questions("starter", both(), AT)
        again = await store_questions("starter", both(right="Look first"), LATER)
        assert (again.added, again.changed, again.unchanged) == ((), ("one",), ("two", "three"))
        assert again.versions["one"] != first.versions["one"]
        old, new = await kept(first, "en"), await kept(again, "en")
        assert [choice.text for choice in old["one"].body.choices] == ["Look", "Wait"]  # type: ignore[union-attr]
        assert [choice.text for choice in new["one"].body.choices] == ["Look first", "Wait"]  # type: ignore[union-attr]

    async def test_what_vanished_is_drawn_no_more_until_it_comes_back(self) -> None:
        bank = await store_questions("starter", both(), AT)
        fewer = {language: given[:2] for language, given in both().items()}
        assert (await store_questions("starter", fewer, LATER)).retired == ("three",)
        async with reading():
            assert await queries.pool(bank.bank_id) == [bank.versions["one"], bank.versions["two"]]
        back = await store_questions("starter", both(), LATER)
        assert (back.versions, back.changed) == (bank.versions, ())
        async with reading():
            assert len(await queries.pool(bank.bank_id)) == 3

    async def test_adding_to_a_bank_retires_nothing(self) -> None:
        bank = await store_questions("starter", both(), AT)
        more = parse_gift("::four::More?{TRUE}").questions
        added = await store_questions("starter", {"en": more}, LATER, retire_missing=False)
        assert (added.added, added.retired) == (("four",), ())
        async with reading():
            assert len(await queries.pool(bank.bank_id)) == 4

    async def test_an_edition_that_is_not_given_stays(self) -> None:
        await store_questions("starter", both(), AT)
        only = await store_questions("starter", {"en": questions(right="Look first")}, LATER)
        assert only.changed == ("one",)
        chinese = await kept(only, "zh-Hans")
        assert chinese["one"].stem == "怎么办？"

    async def test_an_edition_that_is_another_question_is_refused_whole(self) -> None:
        await store_questions("starter", both(), AT)
        wrong = [*questions()[:2], *parse_gift("// [tag:returns] [tag:hard]\n::three::Now?{#49}").questions]
        with pytest.raises(EditionsDiffer) as refused:
            await store_questions("starter", {"en": wrong}, LATER)
        assert [(one.code, one.what) for one in refused.value.disagreements] == [("three", "key")]
        assert await rows(QuestionVersion) == 3

    async def test_a_refusal_inside_another_transaction_undoes_only_itself(self) -> None:
        async with writing():
            bank = await store_questions("starter", both(), AT)
            with pytest.raises(EditionsDiffer):
                await store_questions(
                    "other",
                    {"en": questions()[:1], "zh-Hans": questions(right="a", wrong="b")[2:]}
                    | {"zh-Hans": list(parse_gift("// [tag:parcels] [tag:easy]\n::one::x{TRUE}").questions)},
                    AT,
                )
        async with reading():
            assert await queries.bank_by_code("other") is None
            assert await queries.bank_by_code("starter") == bank.bank_id

    async def test_many_questions_are_stored_in_few_statements(self) -> None:
        many = parse_gift(
            "\n\n".join(f"// [tag:bulk]\n::q{number}::Is {number} even?{{TRUE}}" for number in range(2_500))
        )
        bank = await store_questions("bulk", {"en": many.questions}, AT)
        assert len(bank.versions) == 2_500
        found = await kept(bank, "en")
        assert found["q2499"].stem == "Is 2499 even?"

    async def test_many_hands_at_once_make_one_version(self) -> None:
        await asyncio.gather(*(store_questions("starter", both(), AT) for _ in range(8)))
        assert (await rows(Bank), await rows(QuestionVersion)) == (1, 3)


@pytest.mark.usefixtures("database")
class TestReading:
    async def test_a_pool_holds_what_fits(self) -> None:
        bank = await store_questions("starter", both(), AT)
        one, two, three = (bank.versions[code] for code in ("one", "two", "three"))
        async with reading():
            assert await queries.pool(bank.bank_id) == [one, two, three]
            assert await queries.pool(bank.bank_id, "parcels") == [one, two]
            assert await queries.pool(bank.bank_id, "parcels", "hard") == [two]
            assert await queries.pool(bank.bank_id, None, "hard") == [two, three]
            assert await queries.pool(bank.bank_id, "nothing") == []

    async def test_what_a_bank_can_give(self) -> None:
        bank = await store_questions("starter", both(), AT)
        async with reading():
            counts = await queries.bank_counts(bank.bank_id)
        assert (counts.of(), counts.of(difficulty="hard"), counts.of("parcels"), counts.of("parcels", "hard")) == (
            3,
            2,
            2,
            1,
        )
        assert counts.of("nothing") == counts.of(None, "medium") == 0

    async def test_a_missing_edition_falls_back_to_the_other(self) -> None:
        bank = await store_questions("starter", {"en": questions()}, AT)
        async with reading():
            found = await queries.editions(bank.versions.values(), "zh-Hans")
        assert {edition.language for edition in found.values()} == {"en"}

    async def test_a_frozen_edition_is_found_by_its_own_id(self) -> None:
        bank = await store_questions("starter", both(), AT)
        async with reading():
            found = await queries.editions(bank.versions.values(), "zh-Hans")
            again = await queries.editions_by_id(edition.id for edition in found.values())
            assert (await queries.editions([], "en"), await queries.editions_by_id([])) == ({}, {})
        assert {edition.id: edition for edition in found.values()} == again
