"""GIFT files: read as Moodle reads them, refused by line where they are broken, written so that they read back."""

from pathlib import Path

import pytest

import courses
from courses.questions.gift import Gift, Lost, Note, ParsedFile, Refusal, parse_gift, read_gift
from courses.questions.rules import (
    FULL,
    Body,
    Choice,
    Difficulty,
    Fault,
    Matching,
    Multiple,
    Number,
    Numeric,
    Pair,
    Question,
    Short,
    Single,
    TextFormat,
    TrueFalse,
)

SHIPPED = sorted((Path(courses.__file__).parent / "curricula").rglob("*.gift"))
LOCALE = Path(__file__).parents[3] / "portal" / "core" / "web" / "locale"


def only(text: str) -> Question:
    parsed = parse_gift(text)
    assert parsed.refusals == ()
    (question,) = parsed.questions
    return question


def refused(text: str) -> list[tuple[int, str]]:
    return [(refusal.line, refusal.code) for refusal in parse_gift(text).refusals]


def noted(text: str) -> list[tuple[int, str]]:
    return [(note.line, note.code) for note in parse_gift(text).notes]


@pytest.mark.parametrize(
    ("inside", "body"),
    [
        ("~gas ~wood =steam", Single((Choice("gas"), Choice("wood"), Choice("steam", FULL)))),
        (
            "\n  =steam # right; good\n  ~gas # too dry\n",
            Single((Choice("steam", FULL, "right; good"), Choice("gas", 0, "too dry"))),
        ),
        ("~a ~%50%b =c ~%-25%d", Single((Choice("a"), Choice("b", 5_000), Choice("c", FULL), Choice("d", -2_500)))),
        ("=a =b ~c", Single((Choice("a", FULL), Choice("b", FULL), Choice("c")))),
        (
            "\n~%50%a\n~%50%b\n~%-100%c#no\n",
            Multiple((Choice("a", 5_000), Choice("b", 5_000), Choice("c", -FULL, "no"))),
        ),
        (
            "~%33.33333%a ~%33.33333%b ~%33.33333%c ~%-100%d",
            Multiple((Choice("a", 3_333), Choice("b", 3_333), Choice("c", 3_333), Choice("d", -FULL))),
        ),
        ("~%100%a ~%-50%b ~%-50%c", Multiple((Choice("a", FULL), Choice("b", -5_000), Choice("c", -5_000)))),
        ("T", TrueFalse(True)),
        ("TRUE", TrueFalse(True)),
        ("F", TrueFalse(False)),
        ("\nFALSE#it is not#well seen", TrueFalse(False, "well seen", "it is not")),
        ("TRUE##well seen", TrueFalse(True, "well seen")),
        ("True # in 3~5 days = soon -> late", TrueFalse(True, when_wrong="in 3~5 days = soon -> late")),
        ("#48", Numeric((Number("48"),))),
        ("#48:0", Numeric((Number("48", "0"),))),
        ("# 3.1415 : 0.0005", Numeric((Number("3.1415", "0.0005"),))),
        ("#3.141..3.142", Numeric((Number("3.1415", "0.0005"),))),
        ("#-5..-1", Numeric((Number("-3", "2"),))),
        ("#=48:0#yes =%50%48:2#close", Numeric((Number("48", "0", FULL, "yes"), Number("48", "2", 5_000, "close")))),
        ("#\n=%100%3:2#\n", Numeric((Number("3", "2"),))),
        ("#1e3:1", Numeric((Number("1000", "1"),))),
        (r"#48\:2", Numeric((Number("48", "2"),))),
        ("=carrier =courier", Short((Choice("carrier", FULL), Choice("courier", FULL)))),
        (
            "=carrier#yes\n=%50%post#nearly\n=%0%*#no",
            Short((Choice("carrier", FULL, "yes"), Choice("post", 5_000, "nearly"), Choice("*", 0, "no"))),
        ),
        ("=%100%a -> b\n=%50%c -> d", Short((Choice("a -> b", FULL), Choice("c -> d", 5_000)))),
        ("=late->hurry =lost->claim", Matching((Pair("late", "hurry"), Pair("lost", "claim")))),
        (
            "\n\t=late -> hurry\n\t=lost -> claim\n\t= -> refund\n",
            Matching((Pair("late", "hurry"), Pair("lost", "claim")), ("refund",)),
        ),
        (r"~\= 2 + 2 =\= 2 + 3", Single((Choice("= 2 + 2"), Choice("= 2 + 3", FULL)))),
        (
            r"~\~ ~\# ~\{ ~\} ~\: ~a\nb =\\",
            Single((*(Choice(t) for t in ("~", "#", "{", "}", ":", "a\nb")), Choice("\\", FULL))),
        ),
        (r"~C\x =D\\n", Single((Choice(r"C\x"), Choice(r"D\n", FULL)))),
        (r"=5 \* 3 =*", Short((Choice(r"5 \* 3", FULL), Choice("*", FULL)))),
        ("~\uff1d2 =\uff5b3\uff5d", Single((Choice("\uff1d2"), Choice("\uff5b3\uff5d", FULL)))),
    ],
)
def test_answers_are_read(inside: str, body: Body) -> None:
    text = f"::q::Stem {{{inside}}}"
    if body == Short((Choice(r"5 \* 3", FULL), Choice("*", FULL))):
        assert refused(text) == [(1, Fault.ANY_ANSWER_RIGHT)]
    else:
        assert only(text).body == body


@pytest.mark.parametrize(
    ("text", "stem"),
    [
        ("::q::Who asks?{T}", "Who asks?"),
        ("::q::\n  Who\n  asks?\n{T}", "Who\n  asks?"),
        ("::q::She {=waits ~goes} at home.", "She _____ at home."),
        ("::q::Pi is {#3.14:0.01}.", "Pi is _____."),
        (r"::q::A \{set\}\: 1 \= 1\n\nand # ~ = : so{T}", "A {set}: 1 = 1\n\nand # ~ = : so"),
        ("::q::a\n// no part of it\nb{T}", "a\nb"),
        ("::q::[unknown]text{T}", "[unknown]text"),
        ("::q::// is no comment here{T}", "// is no comment here"),
    ],
)
def test_the_stem(text: str, stem: str) -> None:
    assert only(text).stem == stem


@pytest.mark.parametrize(
    ("text", "form"),
    [
        ("::q::a{T}", TextFormat.MOODLE),
        ("::q::[moodle]a{T}", TextFormat.MOODLE),
        ("::q:: [html] a{T}", TextFormat.HTML),
        ("::q::[markdown]a{T}", TextFormat.MARKDOWN),
        ("::q::[plain]a{T}", TextFormat.PLAIN),
    ],
)
def test_the_format(text: str, form: TextFormat) -> None:
    question = only(text)
    assert (question.format, question.stem) == (form, "a")


@pytest.mark.parametrize(
    ("comments", "code", "tags", "level", "must"),
    [
        ("", "q", (), Difficulty.MEDIUM, False),
        ("// plain words", "q", (), Difficulty.MEDIUM, False),
        ("// [id:frog] [tag:pond] [tag:hard] [tag:must]", "frog", ("pond",), Difficulty.HARD, True),
        (
            "// [tag:  pond] here is\n// a [id:   frog   ] ques[tag:Easy   ]tion",
            "frog",
            ("pond",),
            Difficulty.EASY,
            False,
        ),
        ("// [tag:pond] [tag:pond]", "q", ("pond",), Difficulty.MEDIUM, False),
        ("// [tag:easy] [tag:hard]", "q", (), Difficulty.MEDIUM, False),
        ("// [id:frog] [id:toad]", "frog", (), Difficulty.MEDIUM, False),
        ("// not [tag:\n// closed]", "q", (), Difficulty.MEDIUM, False),
        ("// [id:frog]\n", "frog", (), Difficulty.MEDIUM, False),
        ("// [id:frog]\n\n", "q", (), Difficulty.MEDIUM, False),
    ],
)
def test_id_and_tags(comments: str, code: str, tags: tuple[str, ...], level: Difficulty, must: bool) -> None:
    question = only(f"{comments.removesuffix(chr(10))}\n::q::a{{T}}")
    assert (question.code, question.tags, question.difficulty, question.must) == (code, tags, level, must)


def test_a_question_without_a_name_gets_a_code_of_its_own_for_good() -> None:
    text = "Who waits?{T}\n\nWho waits?{F}\n\n::a [b] c::Who asks?{T}"
    codes = [question.code for question in parse_gift(text).questions]
    assert codes == [question.code for question in parse_gift("\n\n\n" + text).questions]
    assert len(set(codes)) == 3
    assert all(code.startswith("q-") for code in codes)


def test_the_explanation() -> None:
    assert only("::q::a{T####because}").explanation == "because"
    question = only("::q::a{\n~x#no\n=y\n####[moodle]in 3~5 days = soon -> late\nor 14:00\n}")
    assert question.explanation == "in 3~5 days = soon -> late\nor 14:00"
    assert question.body == Single((Choice("x", 0, "no"), Choice("y", FULL)))


@pytest.mark.parametrize(
    ("text", "line", "code"),
    [
        ("\n\n::q\nname{T}", 3, Gift.UNCLOSED_NAME),
        ("// c\n::q::a{~b\n=c", 2, Gift.UNCLOSED),
        ("::q::a}", 1, Gift.STRAY_BRACE),
        ("::q::a}{T", 1, Gift.STRAY_BRACE),
        ("::q::a{~b{c} =d}", 1, Gift.STRAY_BRACE),
        ("::q::a{T} b}", 1, Gift.STRAY_BRACE),
        ("::q::a{T}\n::r::b{F}", 1, Gift.SECOND_BRACES),
        ("::q::a{\n=in 3~5 days\n~in 7 days\n}", 1, Gift.MARK_INSIDE_LINE),
        ("::q::a{\n~2 = 2\n=b\n}", 1, Gift.MARK_INSIDE_LINE),
        ("::q::a{yes}", 1, Gift.UNREADABLE_ANSWERS),
        ("::q::a{b ~c =d}", 1, Gift.UNREADABLE_ANSWERS),
        ("::q::a{~b =%50%c =d}", 1, Gift.WEIGHT_AFTER_EQUALS),
        ("::q::a{=b -> c =d}", 1, Gift.NO_ARROW),
        ("::q::a{=b -> c}", 1, Fault.TOO_FEW_CHOICES),
        ("::q::{T}", 1, Fault.EMPTY_STEM),
        ("::q::a{~b =b}", 1, Fault.DUPLICATE_CHOICES),
        ("::q::a{~b ~c}", 1, Fault.NO_RIGHT_ANSWER),
        ("::q::a{~%50%b ~%40%c}", 1, Fault.WEIGHTS_NOT_100),
        ("::q::a{~%999%b =c}", 1, Fault.BAD_WEIGHT),
        ("::q::a{~b ~ =c}", 1, Fault.EMPTY_CHOICE),
        ("::q::a{#}", 1, Fault.NO_RIGHT_ANSWER),
        ("::q::a{#two}", 1, Fault.BAD_NUMBER),
        ("::q::a{#2:x}", 1, Fault.BAD_NUMBER),
        ("::q::a{#3..1}", 1, Fault.BAD_NUMBER),
        ("::q::a{#1..}", 1, Fault.BAD_NUMBER),
        ("::q::a{" + "~x" * 31 + "}", 1, Fault.TOO_MANY_CHOICES),
        ("::q::a{#" + "=1" * 31 + "}", 1, Fault.TOO_MANY_CHOICES),
        ("::q::a\x00{T}", 1, Fault.CONTROL_CHARACTER),
        ("::q::" + "a" * 4_001 + "{T}", 1, Fault.TEXT_TOO_LONG),
        ("// [tag:" + "a" * 51 + "]\n::q::a{T}", 2, Fault.BAD_TAG),
        ("// [id:" + "a" * 81 + "]\n::q::a{T}", 2, Fault.BAD_CODE),
        ("::q::a{T}\n\n::q::b{T}", 3, Gift.DUPLICATE_CODE),
    ],
)
def test_a_broken_question_is_refused_at_its_line(text: str, line: int, code: str) -> None:
    assert refused(text) == [(line, code)]
    spoiled = f"::before::x{{T}}\n\n{text}\n\n// [id:after]\n::after::y{{F}}\n"
    assert refused(spoiled) == [(line + 2, code)]
    assert {"before", "after"} <= {question.code for question in parse_gift(spoiled).questions}


def test_a_blank_line_inside_a_question_refuses_it_once() -> None:
    text = "::q::a{\n\n~b\n\n=c\n####d\n\n}\n\n::after::x{T}\n\n::r::a{\n~b\n\n::last::y{F}"
    parsed = parse_gift(text)
    assert refused(text) == [(1, Gift.UNCLOSED), (12, Gift.UNCLOSED)]
    assert [question.code for question in parsed.questions] == ["after", "last"]


@pytest.mark.parametrize(
    ("text", "line", "code"),
    [
        ("::q::Tell us about it.{}", 1, Lost.ESSAY),
        ("::q::Tell us about it.{####at length}", 1, Lost.ESSAY),
        ("\nOnly words here.", 2, Lost.DESCRIPTION),
        ("$CATEGORY: $course$/top/Stoves", 1, Lost.CATEGORY),
    ],
)
def test_what_is_no_question_of_ours_is_reported(text: str, line: int, code: str) -> None:
    assert parse_gift(text).questions == ()
    assert (refused(text), noted(text)) == ([], [(line, code)])


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("$CATEGORY: tom\n$CATEGORY: dick\n::q::a{T}", Lost.CATEGORY),
        ("// [id:frog]\n::The frog::a{T}", Lost.NAME),
        ("::q::[markdown]a{~[html]b =c}", Lost.MIXED_FORMAT),
        ("::q::[markdown]a{~b =c####[html]d}", Lost.MIXED_FORMAT),
        ("::q::a{#3:2~#far off}", Lost.NUMERIC_FEEDBACK),
        ("// [tag:easy] [tag:hard]\n::q::a{T}", Lost.TWO_LEVELS),
        ("::q::a{~%50%b ~%50%c ~d}", Lost.TICKING_ALL_WINS),
    ],
)
def test_what_is_lost_of_a_question_is_noted(text: str, code: str) -> None:
    assert [code for _, code in noted(text)] == [code]
    assert len(parse_gift(text).questions) == 1


def test_a_refusal_names_its_question() -> None:
    assert parse_gift("::presale-01::[markdown]Which \\{pan\\}?\n{~a}").refusals == (
        Refusal(1, Fault.TOO_FEW_CHOICES, "::presale-01::[markdown]Which {pan}? {~a}"),
    )
    assert parse_gift("::q::a{#3~#b}").notes == (Note(1, Lost.NUMERIC_FEEDBACK, "q"),)


@pytest.mark.parametrize("newline", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("mark", ["", "\ufeff"])
def test_line_ends_and_byte_order_marks(newline: str, mark: str) -> None:
    text = mark + newline.join(["// [id:a]", "::a::x{", "=b", "~c", "}", " \t\u3000", "::q::y{", "~b"])
    assert [question.code for question in parse_gift(text).questions] == ["a"]
    assert refused(text) == [(7, Gift.UNCLOSED)]
    assert read_gift(text.encode()) == parse_gift(text)


def test_a_file_in_another_encoding_is_refused_at_its_line() -> None:
    data = "::q::a{T}\n\n::r::\u5e97\u4e3b{T}".encode("gb18030")
    assert read_gift(data) == ParsedFile(refusals=(Refusal(3, Gift.NOT_UTF8, ""),))


def test_limits_of_a_file() -> None:
    assert refused("x" * 5_000_001) == [(1, Gift.FILE_TOO_LARGE)]
    assert refused("\u5e97" * 1_666_667) == [(1, Gift.FILE_TOO_LARGE)]
    assert read_gift(b"x" * 5_000_001).refusals[0].code == Gift.FILE_TOO_LARGE
    many = parse_gift("\n\n".join(f"::q{n}::a{{T}}" for n in range(5_002)))
    assert len(many.questions) == 5_000
    assert [(refusal.line, refusal.code) for refusal in many.refusals] == [(10_001, Gift.TOO_MANY_QUESTIONS)]
