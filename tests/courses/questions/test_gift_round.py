"""GIFT there and back: any question, any text, any size, and the files that ship."""

import time
from pathlib import Path

import pytest
from babel.messages.pofile import read_po
from hypothesis import example, given, settings
from hypothesis import strategies as st

import courses
from courses.questions.editions import disagreements, missing
from courses.questions.gift import Gift, Lost, ParsedFile, parse_gift, read_gift, to_gift
from courses.questions.rules import (
    FULL,
    Choice,
    Difficulty,
    Fault,
    Matching,
    Number,
    Numeric,
    Pair,
    Question,
    Single,
    TextFormat,
    TrueFalse,
)
from tests.courses.questions import draw

SHIPPED = sorted((Path(courses.__file__).parent / "curricula").rglob("*.gift"))
LOCALE = Path(__file__).parents[3] / "portal" / "core" / "web" / "locale"


@given(st.lists(draw.questions, max_size=4, unique_by=lambda question: question.code))
@settings(max_examples=250, deadline=None, database=None)
def test_what_is_written_reads_back_the_same(questions: list[Question]) -> None:
    parsed = parse_gift(to_gift(questions))
    assert parsed.refusals == ()
    assert parsed.questions == tuple(questions)
    assert {note.code for note in parsed.notes} <= {Lost.TICKING_ALL_WINS}


def test_weights_read_back_the_same() -> None:
    shares = [*range(-FULL, FULL + 1, 37), 3_333, 6_667, 1_667, 8_333, 1_429, 1_111, 1, -1]
    bodies = [Single((Choice("b", FULL), Choice("c", share), Choice("d"))) for share in shares]
    questions = tuple(Question(f"q{n}", "a", body) for n, body in enumerate(bodies))
    assert parse_gift(to_gift(questions)).questions == questions


def test_the_written_form() -> None:
    single = Single(
        (Choice("steam: 100%", FULL, "right"), Choice("gas", -2_500), Choice("%50% off"), Choice("wood", 3_333))
    )
    matching = Matching((Pair("a -> b", "c"), Pair("d", "e")), ("f",))
    questions = [
        Question(
            "pan-1", "Which {pan}?", single, explanation="so", tags=("pans",), difficulty=Difficulty.HARD, must=True
        ),
        Question("pan-2", "[html] a\n\nb", TrueFalse(False, "yes"), TextFormat.MOODLE),
        Question("pan-3", "How many?", Numeric((Number("48", "0.5"),)), TextFormat.PLAIN),
        Question("pan-4", "Match", matching, TextFormat.HTML),
    ]
    assert to_gift(questions).split("\n") == [
        "// [id:pan-1] [tag:pans] [tag:hard] [tag:must]",
        "::pan-1::[markdown]Which \\{pan\\}?{",
        "\t=steam\\: 100%#right",
        "\t~%-25%gas",
        "\t~[markdown]%50% off",
        "\t~%33.33333%wood",
        "\t####so",
        "}",
        "",
        "// [id:pan-2] [tag:medium]",
        "::pan-2::[moodle][html] a\\n\\nb{FALSE##yes}",
        "",
        "// [id:pan-3] [tag:medium]",
        "::pan-3::[plain]How many?{#",
        "\t=%100%48:0.5",
        "}",
        "",
        "// [id:pan-4] [tag:medium]",
        "::pan-4::[html]Match{",
        "\t=a \u2192 b -> c",
        "\t=d -> e",
        "\t= -> f",
        "}",
        "",
    ]


_marks = st.sampled_from(
    [*"{}~=#:\\%[]1*F", "####", "->", "::", "%50%", "[html]", "//", "$CATEGORY:", "TRUE", "..", "48"]
)
_lines = st.sampled_from(["\n", "\n\n", "\r", "\n// [id:a]", "\n// [tag:b]\n"])
_odd = st.sampled_from([" ", "\u3000", "\ufeff", "\x00", "\ud800", "\udc00"])
_soup = st.lists(_marks | _lines | _odd | st.text(max_size=5), max_size=60).map("".join)


@given(_soup)
@example("{" * 1_000)
@example("::q::a{#\udc00}")
@example("::q::a{#" + "9" * 5_000 + "}")
@example("::q::a{#1e9999999:1e-9999999}")
@settings(max_examples=1_000, deadline=None, database=None)
def test_no_text_breaks_the_reader(text: str) -> None:
    parsed = parse_gift(text)
    lines = text.replace("\r\n", "\n").replace("\r", "\n").count("\n") + 1
    assert all(
        0 < line <= lines for line in [found.line for found in parsed.refusals] + [found.line for found in parsed.notes]
    )
    again = parse_gift(to_gift(parsed.questions))
    assert (again.questions, again.refusals) == (parsed.questions, ())


@given(st.binary(max_size=200))
@settings(max_examples=500, deadline=None, database=None)
def test_no_file_breaks_the_reader(data: bytes) -> None:
    assert isinstance(read_gift(data), ParsedFile)


def seconds(text: str, tries: int) -> float:
    """The processor's time for reading `text`, which other work on the machine stretches least."""
    taken = []
    for _ in range(tries):
        began = time.process_time()
        parse_gift(text)
        taken.append(time.process_time() - began)
    return min(taken)


REPEATED = [*"{}~=\\#%:[x \n\r", "%1", "::", "->", "\\n", "[id:\\]", "{~", "{#1=", "####"]
LINES = ["}", "{=", "x{T}\n", "{\n", "$CATEGORY:", "//", "// [id:", "// [tag:", "~a", "[html]"]


@pytest.mark.parametrize("piece", [*REPEATED, *(f"{line}\n" for line in LINES)])
def test_time_grows_with_length_only(piece: str) -> None:
    whole = (piece * (400_000 // len(piece) + 1))[:400_000]
    half = whole[:200_000]
    for prefix in ("", "::q::a{", "::q::a{~", "::q::a{#", "// "):
        # An eighth of a second for so much is quick whatever the curve; only slower ones are compared.
        if seconds(prefix + whole, 1) > 0.12:
            assert seconds(prefix + whole, 3) < 3 * seconds(prefix + half, 3)


@pytest.mark.parametrize("path", SHIPPED, ids=lambda path: "/".join(path.parts[-4:]))
def test_shipped_files_are_read_whole(path: Path) -> None:
    parsed = read_gift(path.read_bytes())
    assert (parsed.refusals, parsed.notes) == ((), ())
    assert parse_gift(to_gift(parsed.questions)).questions == parsed.questions
    assert all(question.explanation for question in parsed.questions)


@pytest.mark.parametrize("path", [path for path in SHIPPED if "zh-Hans" in path.parts], ids=lambda path: path.stem)
def test_shipped_editions_are_the_same_questions(path: Path) -> None:
    other = Path(*("en" if part == "zh-Hans" else part for part in path.parts))
    editions = {"zh-Hans": read_gift(path.read_bytes()).questions, "en": read_gift(other.read_bytes()).questions}
    assert (missing(editions), disagreements(editions)) == ([], [])


@pytest.mark.parametrize("folder", ["zh_Hans", "en"])
def test_every_code_has_its_sentence(folder: str) -> None:
    with (LOCALE / folder / "questions.po").open("rb") as file:
        keys = {str(message.id) for message in read_po(file) if message.id and message.string}
    codes = {f"questions.gift.{code}" for code in (*Fault, *Gift, *Lost)}
    assert codes == {key for key in keys if key.startswith("questions.gift.")}
