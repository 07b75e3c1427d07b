"""Catalogs: both languages say everything, with the same placeholders, and nothing that nobody asks for."""

import re
from pathlib import Path

import pytest
from babel.messages.catalog import Message
from babel.messages.pofile import read_po

from portal.core.web.i18n import FOLDERS, LOCALE
from tests.house.texts import KEY, literal_keys, made_prefixes, refusal_codes, strings
from tests.house.tree import listed

PREFIXES = Path(__file__).with_name("made_keys.txt")
PLACEHOLDER = re.compile(r"%\((\w+)\)[sd]")
LOOSE_PERCENT = re.compile(r"%(?!%|\(\w+\)[sd])")
# Kinds of notices that are made at run time: certification.rights.actions.notice_kind.
# Families of which only a part is made at run time: by state, kind or answer.
MADE_IN_PART = (
    "notice.rights.",
    "notice.return_",
    "refusal.return_",
    "refusal.import_",
    "buyer.return_",
    "buyer.address_",
    "buyer.hurry_",
    "buyer.recall_",
    "buyer.trace_",
    "buyer.complaint_",
    "complaints.filed_by.",  # in the archive's sheet
    "notice.award_",
    "notice.complaint_",
    "notice.action_",
    "notice.standing_",
    "notice.star_",
    "notice.supplier_",
)
# A rule gives the middle of these keys: Refused("code"), Fault(…, "code"), notify(…, "kind", …).
FAMILIES = (
    re.compile(r"refusal\.(?P<code>[\w-]+)"),
    re.compile(r"fault\.(?P<code>[\w-]+)"),
    re.compile(r"buyer\.(?P<code>[\w.-]+)"),
    re.compile(r"notice\.(?P<code>[\w.-]+)\.(title|body)"),
)


def messages(language: str) -> dict[str, Message]:
    found = {}
    for path in sorted((LOCALE / FOLDERS[language]).glob("*.po")):
        with path.open("rb") as file:
            found |= {key_of(message): message for message in read_po(file, charset="utf-8") if message.id}
    return found


def key_of(message: Message) -> str:
    return message.id[0] if isinstance(message.id, (list, tuple)) else str(message.id)


def forms_of(message: Message) -> list[str]:
    return list(message.string) if isinstance(message.string, (list, tuple)) else [str(message.string)]


CHINESE, ENGLISH = messages("zh-Hans"), messages("en")


def test_each_key_stands_once_and_in_a_file_of_both_languages() -> None:
    for folder in FOLDERS.values():
        keys: dict[str, str] = {}
        for path in sorted((LOCALE / folder).glob("*.po")):
            for line in re.findall(r'^msgid "(.+)"$', path.read_text(), re.MULTILINE):
                assert line not in keys, f"{line} in {path.name} and {keys[line]} ({folder})"
                keys[line] = path.name
    names = [{path.name for path in (LOCALE / folder).glob("*.po")} for folder in FOLDERS.values()]
    assert names[0] == names[1]


def test_both_languages_have_the_same_keys() -> None:
    assert sorted(CHINESE.keys() ^ ENGLISH.keys()) == []


def test_keys_are_symbolic() -> None:
    assert [key for key in CHINESE if not KEY.fullmatch(key)] == []


@pytest.mark.parametrize("language", FOLDERS)
def test_nothing_is_empty_or_fuzzy(language: str) -> None:
    found = messages(language)
    assert [key for key, message in found.items() if message.fuzzy or not all(forms_of(message))] == []


def test_placeholders_are_the_same_in_both_languages() -> None:
    def named(message: Message) -> set[str]:
        return {name for form in forms_of(message) for name in PLACEHOLDER.findall(form)}

    both = CHINESE.keys() & ENGLISH.keys()
    assert {k: (named(CHINESE[k]), named(ENGLISH[k])) for k in both if named(CHINESE[k]) != named(ENGLISH[k])} == {}


@pytest.mark.parametrize("language", FOLDERS)
def test_a_percent_sign_is_a_placeholder_or_doubled(language: str) -> None:
    loose = [
        key
        for key, message in messages(language).items()
        if any(LOOSE_PERCENT.search(form.replace("%%", "")) for form in forms_of(message))
    ]
    assert loose == []


def test_english_has_a_plural_where_chinese_has_one() -> None:
    plural = {key for key, message in CHINESE.items() if isinstance(message.id, (list, tuple))}
    assert plural == {key for key, message in ENGLISH.items() if isinstance(message.id, (list, tuple))}
    assert [key for key in plural if len(forms_of(ENGLISH[key])) != 2 or len(forms_of(CHINESE[key])) != 1] == []


def test_every_text_that_is_asked_for_is_there() -> None:
    assert sorted(literal_keys() - CHINESE.keys()) == []
    assert sorted(code for code in refusal_codes() if f"refusal.{code}" not in CHINESE) == []


def test_keys_made_at_run_time_are_listed_by_their_beginning() -> None:
    """Only beginnings that some key has: a message of the log or a path is none."""
    made = {p for p in made_prefixes() - {"refusal.", "fault.", "notice."} if any(key.startswith(p) for key in CHINESE)}
    assert sorted(made) == sorted(listed(PREFIXES))


def is_asked_for(key: str) -> bool:
    if key in strings() or key.startswith((*MADE_IN_PART, *listed(PREFIXES))):
        return True
    return any((found := family.fullmatch(key)) and found["code"] in strings() for family in FAMILIES)


def test_no_text_is_kept_that_nobody_asks_for() -> None:
    assert sorted(key for key in CHINESE if not is_asked_for(key)) == []
