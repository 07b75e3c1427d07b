"""Editions of a question are the same question, or it is told which one is not, and how."""

from dataclasses import replace

import pytest

from courses.questions.editions import Disagreement, disagreements, missing
from courses.questions.gift import parse_gift
from courses.questions.rules import Question

ENGLISH = """
::one::Which?{=this ~that}

::many::Which ones?{~%50%a ~%50%b ~%-100%c}

::truth::True?{TRUE}

::number::How many?{#48:1}

::pairs::Match{=cat -> kitten =dog -> puppy}

::word::Say{=yes =yeah}
"""
CHINESE = """
::one::哪个？{=这个 ~那个}

::many::哪些？{~%50%甲 ~%50%乙 ~%-100%丙}

::truth::对吗？{TRUE}

::number::几个？{#48:1}

::pairs::配对{=猫 -> 小猫 =狗 -> 小狗}

::word::说{=是}
"""


def questions(text: str) -> list[Question]:
    parsed = parse_gift(text)
    assert parsed.refusals == ()
    return list(parsed.questions)


def test_translations_agree() -> None:
    editions = {"en": questions(ENGLISH), "zh-Hans": questions(CHINESE)}
    assert disagreements(editions) == missing(editions) == []


@pytest.mark.parametrize(
    ("old", "new", "code", "what"),
    [
        ("=这个 ~那个", "~这个 =那个", "one", "key"),
        ("=这个 ~那个", "=这个 ~那个 ~都不是", "one", "size"),
        ("=这个 ~那个", "TRUE", "one", "kind"),
        ("~%50%甲 ~%50%乙", "~%60%甲 ~%40%乙", "many", "key"),
        ("对吗？{TRUE}", "对吗？{FALSE}", "truth", "key"),
        ("#48:1", "#48:2", "number", "key"),
        ("#48:1", "#47:1", "number", "key"),
        ("=猫 -> 小猫 =狗 -> 小狗", "=猫 -> 小猫 =狗 -> 小狗 =猪 -> 小猪", "pairs", "size"),
    ],
)
def test_what_differs_is_told(old: str, new: str, code: str, what: str) -> None:
    assert old in CHINESE
    editions = {"en": questions(ENGLISH), "zh-Hans": questions(CHINESE.replace(old, new))}
    assert disagreements(editions) == [Disagreement(code, "zh-Hans", what)]


@pytest.mark.parametrize(
    ("change", "what"), [({"tags": ("a",)}, "tags"), ({"difficulty": "hard"}, "difficulty"), ({"must": True}, "must")]
)
def test_what_surrounds_a_question_is_compared_too(change: dict[str, object], what: str) -> None:
    one = questions(ENGLISH)[0]
    assert disagreements({"en": [one], "zh-Hans": [replace(one, **change)]}) == [  # type: ignore[arg-type]
        Disagreement("one", "zh-Hans", what)
    ]


def test_a_question_of_one_language_is_missing_in_the_other() -> None:
    editions = {"en": questions(ENGLISH)[:2], "zh-Hans": questions(CHINESE)[1:3]}
    assert set(missing(editions)) == {Disagreement("one", "zh-Hans", "missing"), Disagreement("truth", "en", "missing")}
    assert disagreements(editions) == []
