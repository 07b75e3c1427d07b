"""Reading packages: the shipped ones are sound, and everything wrong with one is told at its file and line."""

import random
from pathlib import Path

import pytest

from courses.catalogue.commands import SHIPPED
from courses.catalogue.package import MOST_TOLD, read_package, read_zip
from courses.catalogue.proofread import MOST_FAULTS
from portal.core.web.i18n import speaking, t
from tests.courses.catalogue.packages import LANGUAGES, Files, both, packed, picture, read, sound, told, with_text

COURSE = "courses/parcels/course.toml"
LATE = "courses/parcels/en/late.md"
CHECK = "courses/parcels/en/check.gift"
BANK = "questions/en/parcels.gift"


@pytest.mark.parametrize(
    ("name", "courses", "questions", "parts"),
    [("owner-licence", 7, 140, 8), ("honest-promotion", 1, 24, 2), ("agent-licence", 4, 60, 5)],
)
def test_the_shipped_packages_are_sound(name: str, courses: int, questions: int, parts: int) -> None:
    package = read_package(SHIPPED / name)
    assert package.faults == ()
    assert {note.code for note in package.notes} == {"svg_left_out"}
    assert package.curriculum is not None
    counts = (len(package.courses), len(package.banks[0].editions["en"]), len(package.curriculum.parts))
    assert counts == (courses, questions, parts)
    for course in package.courses:
        assert [lesson.kind for lesson in course.lessons].count("checkpoint") == 1
        assert all(media.width == 716 for media in course.media)


def test_a_sound_package_is_read_whole(tmp_path: Path) -> None:
    package = read()
    assert (package.code, package.languages, package.faults, package.notes) == ("starter", LANGUAGES, (), ())
    (course,) = package.courses
    assert course.titles == {"zh-Hans": "包裹在哪里", "en": "Where is my parcel"}
    assert [(lesson.code, lesson.min_seconds) for lesson in course.lessons] == [("late", 10), ("check", 0)]
    assert [media.name for media in course.media] == ["box.png"]
    assert package.curriculum is not None
    assert [(part.kind, part.code) for part in package.curriculum.parts] == [("course", "parcels")]
    assert [question.code for question in package.banks[0].editions["zh-Hans"]] == ["bank-1", "bank-2"]


def test_the_digest_follows_the_content_and_nothing_else() -> None:
    before = read().courses[0].digest
    assert read().courses[0].digest == before
    changed = [
        with_text(LATE, "First look.", "First, look."),
        with_text(COURSE, "minutes = 4", "minutes = 5"),
        both("courses/parcels/{}/check.gift", "[tag:easy]", "[tag:medium]"),
        {**sound(), "courses/parcels/media/box.png": picture(colour="red")},
    ]
    digests = {read(files).courses[0].digest for files in changed}
    assert len(digests | {before}) == 5


def test_a_package_may_hold_courses_alone() -> None:
    files = {name: content for name, content in sound().items() if not name.startswith("questions/")}
    files["package.toml"] = b'format = 1\ncode = "starter"\nlanguages = ["zh-Hans", "en"]\n'
    package = read(files)
    assert (package.faults, package.curriculum, package.banks) == ((), None, ())


def test_a_package_may_hold_one_language() -> None:
    files = {name: content for name, content in sound().items() if "/en/" not in name}
    files = with_text("package.toml", '["zh-Hans", "en"]', '["zh-Hans"]', files)
    files = with_text("package.toml", 'en = "Starting out"\n', "", files)
    for line in ('en = "Where is my parcel"\n', 'en = "Afterwards you can trace a parcel."\n'):
        files = with_text(COURSE, line, "", files)
    for line in ('en = "Three days of silence"\n', 'en = "Two questions"\n'):
        files = with_text(COURSE, line, "", files)
    package = read(files)
    assert package.faults == ()
    assert package.courses[0].titles == {"zh-Hans": "包裹在哪里"}


def without(name: str) -> Files:
    return {path: content for path, content in sound().items() if path != name}


CASES: list[tuple[Files, tuple[str, int | None, str]]] = [
    ({}, ("package.toml", None, "file_missing")),
    (without("package.toml"), ("package.toml", None, "file_missing")),
    (with_text("package.toml", "format = 1", "format = 2"), ("package.toml", 1, "fault.not_choice")),
    (with_text("package.toml", "format = 1\n", ""), ("package.toml", None, "fault.required")),
    (with_text("package.toml", 'code = "starter"\nl', 'code = "Star ter"\nl'), ("package.toml", 2, "fault.malformed")),
    (with_text("package.toml", '"zh-Hans", "en"', '"zh-Hans", "fr"'), ("package.toml", 3, "fault.not_choice")),
    (with_text("package.toml", "due_days = 30", 'due_days = "30"'), ("package.toml", 9, "fault.not_number")),
    (with_text("package.toml", "due_days = 30", "due_days = -1"), ("package.toml", 9, "fault.too_small")),
    (with_text("package.toml", '"elective"', '"fun"'), ("package.toml", 7, "fault.not_choice")),
    (with_text("package.toml", "[[banks]]", "[[bank]]"), ("package.toml", 21, "fault.unknown")),
    (with_text("package.toml", 'kind = "course"', 'kind = "film"'), ("package.toml", 18, "fault.not_choice")),
    (with_text("package.toml", 'kind = "course"', 'kind = "exam"'), ("package.toml", 17, "exam_missing")),
    (with_text("package.toml", 'zh-Hans = "入门"\n', ""), ("package.toml", 13, "text_missing")),
    (with_text("package.toml", "[curriculum.title]", "[curriculum.title"), ("package.toml", 13, "not_toml")),
    ({**sound(), "package.toml": b"\xff\xfe"}, ("package.toml", None, "questions.gift.not_utf8")),
    ({**sound(), "package.toml": b"x = " + b"[" * 20_000}, ("package.toml", None, "not_toml")),
    ({**sound(), "package.toml": b"x = " + b"9" * 20_000}, ("package.toml", None, "not_toml")),
    ({"package.toml": b'format = 1\ncode = "x"\nlanguages = ["en"]\n'}, ("package.toml", None, "nothing_inside")),
    (
        {**sound(), "courses/parcels2/course.toml": sound()[COURSE]},
        ("courses/parcels2/course.toml", 1, "folder_name"),
    ),
    (without(COURSE), (COURSE, None, "file_missing")),
    (with_text(COURSE, "minutes = 4", "minutes = 0"), (COURSE, 15, "fault.too_small")),
    (with_text(COURSE, 'kind = "article"', 'kind = "poem"'), (COURSE, 14, "fault.not_choice")),
    (with_text(COURSE, 'code = "check"', 'code = "late"'), (COURSE, 21, "code_twice")),
    (with_text(COURSE, 'en = "Two questions"\n', ""), (COURSE, 25, "text_missing")),
    (with_text(COURSE, '"Two questions"', f'"{"a" * 161}"'), (COURSE, 27, "fault.too_long")),
    (with_text(COURSE, 'en = "Two questions"', 'en = "Two"\nfr = "Deux"'), (COURSE, 28, "fault.unknown")),
    (without(LATE), (LATE, None, "file_missing")),
    ({**sound(), LATE: b"one\n\xff"}, (LATE, 2, "questions.gift.not_utf8")),
    (with_text(LATE, "First look.", "First <b>look</b>."), (LATE, 1, "raw_html")),
    (with_text(LATE, "media/box.png", "media/none.png"), (LATE, 3, "media_unknown")),
    (
        {**with_text(LATE, "media/box.png", "media/box.svg"), "courses/parcels/media/box.svg": b"<svg/>"},
        (LATE, 3, "picture_svg"),
    ),
    (
        {**sound(), "courses/parcels/media/box.png": b"no picture"},
        ("courses/parcels/media/box.png", None, "picture_unknown"),
    ),
    (
        {**with_text(LATE, "media/box.png", f"media/{'b' * 121}"), f"courses/parcels/media/{'b' * 121}": picture()},
        (f"courses/parcels/media/{'b' * 121}", None, "name_unusable"),
    ),
    (without(CHECK), (CHECK, None, "file_missing")),
    ({**sound(), CHECK: b"// nothing\n"}, (CHECK, None, "no_questions")),
    (with_text(CHECK, "=Look", "~Look"), (CHECK, 2, "questions.gift.no_right_answer")),
    (with_text(CHECK, "::[markdown]Is it late?{TRUE", "::[markdown]Is it late?{FALSE"), (CHECK, 8, "edition_key")),
    (with_text(CHECK, "~Wait", "~Wait\n~Ask"), (CHECK, 1, "edition_size")),
    (with_text(CHECK, "{TRUE####Because.}", "{#2####Because.}"), (CHECK, 8, "edition_kind")),
    (with_text(CHECK, "[id:check-2] [tag:parcels]", "[id:check-2] [tag:other]"), (CHECK, 8, "edition_tags")),
    (with_text(CHECK, "[tag:hard]", "[tag:easy]"), (CHECK, 8, "edition_difficulty")),
    (with_text(CHECK, "[tag:hard]", "[tag:hard] [tag:must]"), (CHECK, 8, "edition_must")),
    (with_text(CHECK, "check-2", "check-3"), (CHECK, None, "edition_missing")),
    (without(BANK), (BANK, None, "file_missing")),
    (with_text(BANK, "[id:bank-2]", "[id:bank-1]"), (BANK, 9, "questions.gift.duplicate_code")),
    (
        with_text("package.toml", 'tags = ["parcels"]', 'tags = ["parcels", "more"]'),
        ("questions/en/more.gift", None, "file_missing"),
    ),
]


@pytest.mark.parametrize(("files", "fault"), CASES, ids=[f"{n}-{case[1][2]}" for n, case in enumerate(CASES)])
def test_every_fault_is_told_at_its_place(files: Files, fault: tuple[str, int | None, str]) -> None:
    assert fault in told(read(files))


def test_a_code_in_two_files_of_a_bank_or_two_checkpoints_is_refused() -> None:
    files = with_text("package.toml", 'tags = ["parcels"]', 'tags = ["parcels", "more"]')
    for language in LANGUAGES:
        files[f"questions/{language}/more.gift"] = files[f"questions/{language}/parcels.gift"]
    assert ("questions/en/more.gift", 1, "code_twice") in told(read(files))
    again = '[[lessons]]\ncode = "again"\nkind = "checkpoint"\nminutes = 3\n[lessons.title]\nzh-Hans = "再来"\nen = "Again"\n'
    files = with_text(COURSE, '[[lessons]]\ncode = "check"', f'{again}\n[[lessons]]\ncode = "check"')
    for language in LANGUAGES:
        files[f"courses/parcels/{language}/again.gift"] = files[f"courses/parcels/{language}/check.gift"]
    assert ("courses/parcels/en", None, "code_twice") in told(read(files))


def test_everything_wrong_is_told_at_once() -> None:
    files = with_text(LATE, "First look.", "<i>First</i>", with_text(CHECK, "[tag:hard]", "[tag:easy]", without(BANK)))
    files = with_text(COURSE, "minutes = 4", "minutes = 0", files)
    codes = {code for _, _, code in told(read(files))}
    assert codes >= {"file_missing", "fault.too_small", "edition_difficulty"}


def test_what_is_not_used_is_left_out_with_a_word() -> None:
    files = {**sound(), "README.md": b"x", "courses/parcels/media/old.png": b"not even a picture"}
    files["courses/parcels/media/box.svg"] = b"<svg/>"
    package = read(files)
    assert package.faults == ()
    assert {(note.file, note.code) for note in package.notes} == {
        ("README.md", "file_unused"),
        ("courses/parcels/media/old.png", "file_unused"),
        ("courses/parcels/media", "svg_left_out"),
    }
    many = {**sound(), **{f"notes/{number}.txt": b"x" for number in range(80)}}
    notes = read(many).notes
    assert len(notes) == 51
    assert (notes[-1].code, notes[-1].params) == ("files_unused", {"n": 30})


def test_however_much_is_wrong_the_report_stays_readable() -> None:
    files = {**sound(), LATE: b"<b>\n\n" * 5_000}
    assert len(read(files).faults) == MOST_FAULTS
    broken = "".join(f"::q{number}::Which?{{=a}} }}\n\n" for number in range(600)).encode()
    package = read({**sound(), BANK: broken})
    assert len(package.faults) == MOST_TOLD + 1
    assert (package.faults[-1].code, package.faults[-1].params) == ("more_told", {"n": 102})


def test_every_fault_has_its_sentence_in_both_languages() -> None:
    for files, _ in CASES:
        package = read(files)
        for fault in (*package.faults, *package.notes):
            for language in LANGUAGES:
                with speaking(language):
                    assert t(fault.key, **fault.params)


@pytest.mark.parametrize("seed", range(40))
def test_no_mangled_file_makes_it_raise(seed: int) -> None:
    dice = random.Random(seed)
    files = sound()
    for name in dice.sample(sorted(files), 3):
        content = bytearray(files[name])
        for _ in range(dice.randint(1, 20)):
            place = dice.randrange(len(content))
            content[place : place + dice.randint(0, 3)] = dice.randbytes(dice.randint(0, 3))
        files[name] = bytes(content)
    read_zip(packed(files))


STRANGE = ["1", '"x"', "true", "[]", "[1]", "{}", "{a = 1}", "[[1]]", "1979-05-27", "nan"]


@pytest.mark.parametrize("value", STRANGE)
@pytest.mark.parametrize("key", ["format", "code", "languages", "curriculum", "banks", "exams"])
def test_no_kind_of_value_in_package_toml_makes_it_raise(key: str, value: str) -> None:
    lines = [line for line in ("format = 1", 'code = "x"', 'languages = ["en"]') if not line.startswith(key)]
    read({**without("package.toml"), "package.toml": "\n".join([*lines, f"{key} = {value}"]).encode()})


@pytest.mark.parametrize("value", STRANGE)
@pytest.mark.parametrize("key", ["code", "tag", "title", "summary", "lessons"])
def test_no_kind_of_value_in_course_toml_makes_it_raise(key: str, value: str) -> None:
    package = read({**without(COURSE), COURSE: f"{key} = {value}".encode()})
    assert package.faults
