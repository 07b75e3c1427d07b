"""What a case is, how far it is, and what in its words would betray a person."""

import re
import tomllib
import unicodedata
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path

LONGEST_TITLE, LONGEST_PART = 120, 6_000
BLOT = "***"
HAN = "\\u4e00-\\u9fff"
LANGUAGES = ("zh-Hans", "en")


class Kind(StrEnum):
    """What a case was made from."""

    COMPLAINT = "complaint"
    GOOD_SERVICE = "good_service"


class Topic(StrEnum):
    """What it is about, in the desk's own words for what went wrong."""

    QUALITY = "quality"
    DAMAGED = "damaged"
    WRONG_ITEM = "wrong_item"
    NOT_AS_DESCRIBED = "not_as_described"
    DELIVERY = "delivery"
    RETURNS = "returns"
    REFUND = "refund"
    SERVICE = "service"
    PRICE = "price"
    ADVICE = "advice"
    OTHER = "other"


class State(StrEnum):
    """How far it is."""

    DRAFT = "draft"
    SUBMITTED = "submitted"  # waits for a reviewer's yes
    PUBLISHED = "published"
    RETIRED = "retired"


MOVES: Mapping[State, frozenset[State]] = {
    State.DRAFT: frozenset({State.SUBMITTED}),
    State.SUBMITTED: frozenset({State.DRAFT, State.PUBLISHED}),
    State.PUBLISHED: frozenset({State.DRAFT, State.RETIRED}),
    State.RETIRED: frozenset({State.DRAFT}),
}


@dataclass(frozen=True, slots=True)
class Telling:
    """A case in one language."""

    title: str = ""
    happened: str = ""
    done: str = ""
    take_along: str = ""
    questions: str = ""  # one a line

    @property
    def parts(self) -> dict[str, str]:
        return {name: getattr(self, name) for name in PARTS}

    @property
    def blank(self) -> bool:
        return not any(self.parts.values())

    @property
    def whole(self) -> bool:
        return all(self.parts.values())


PARTS = ("title", "happened", "done", "take_along", "questions")


def lacking(tellings: Mapping[str, Telling]) -> str | None:
    """Why a draft cannot be reviewed yet (a refusal's code): one language must be whole, none may be half."""
    begun = [one for one in tellings.values() if not one.blank]
    return None if begun and all(one.whole for one in begun) else "case_incomplete"


def paragraphs(text: str) -> list[str]:
    """A part as it is shown: what blank lines set apart."""
    return [one.strip() for one in re.split(r"\n\s*\n", text) if one.strip()]


def lines(text: str) -> list[str]:
    return [one.strip() for one in text.splitlines() if one.strip()]


# ---- traces of people ----


class TraceKind(StrEnum):
    """By what somebody would be known."""

    NAME = "name"
    PHONE = "phone"
    IDENTITY = "identity"
    EMAIL = "email"
    ORDER = "order"
    TRACKING = "tracking"
    ADDRESS = "address"
    NUMBER = "number"


@dataclass(frozen=True, slots=True)
class Trace:
    """What would betray somebody, as it stands in the text."""

    kind: TraceKind
    found: str


@dataclass(frozen=True, slots=True)
class Known:
    """Whom and what the complaint behind a case names."""

    names: tuple[str, ...] = ()
    phones: tuple[str, ...] = ()
    orders: tuple[str, ...] = ()
    tracking: tuple[str, ...] = ()
    addresses: tuple[str, ...] = ()
    kept: frozenset[str] = field(default=frozenset())  # words that a name may share with the goods: never a trace


_WORDS = tomllib.loads(Path(__file__).with_name("lexicon.toml").read_text(encoding="utf-8"))


def _any(name: str) -> str:
    return "|".join(_WORDS[name])


_SHAPES = (
    (TraceKind.EMAIL, re.compile(r"[\w.+-]+@[\w-]+\.[\w.-]*\w", re.ASCII)),
    (TraceKind.IDENTITY, re.compile(r"(?<!\d)\d{6}(?:19|20)\d{2}[01]\d[0-3]\d\d{3}[\dx](?![\da-z])", re.ASCII)),
    (TraceKind.PHONE, re.compile(r"(?<!\d)(?:\+?86[ -]?)?1[3-9]\d[ -]?\d{4}[ -]?\d{4}(?!\d)", re.ASCII)),
    (TraceKind.PHONE, re.compile(r"(?<!\d)0\d{2,3}[ -]?[2-9]\d{6,7}(?!\d)", re.ASCII)),
    (TraceKind.TRACKING, re.compile(r"(?<![a-z0-9])[a-z]{2,4}\d{9,}[a-z]{0,2}(?![a-z0-9])", re.ASCII)),
    (TraceKind.NUMBER, re.compile(r"(?<!\d)\d{8,}(?!\d)", re.ASCII)),
    (TraceKind.ADDRESS, re.compile(rf"[{HAN}]{{1,12}}(?:{_any('ways')})(?:\s?\d+\s?(?:{_any('units')})){{1,5}}")),
    (TraceKind.ADDRESS, re.compile(rf"\d+(?:{_any('blocks')})(?:\d+\w*)?")),
    (TraceKind.NAME, re.compile(rf"(?<![{_WORDS['unlike']}])[{_WORDS['surnames']}](?:{_any('honorifics')})")),
    (TraceKind.NAME, re.compile(r"(?<![a-z])(?:mr|mrs|ms|miss)\.? [a-z]{2,}")),
)
_HAN = re.compile(rf"[{HAN}]")
_SHORTEST_ADDRESS = 5


def folded(text: str) -> str:
    """As texts are compared: full-width digits and letters are the plain ones, case says nothing."""
    return unicodedata.normalize("NFKC", text).casefold()


def traces_of_people(text: str, known: Known | None = None) -> list[Trace]:
    """What in a text would betray somebody: what the complaint is known to name, and what has the shape of such."""
    plain = folded(text)
    found: dict[str, Trace] = {}
    for trace in (*_named(plain, known or Known()), *_shaped(plain)):
        if not any(trace.found in other for other in found):
            found[trace.found] = trace
    return list(found.values())


def _named(plain: str, known: Known) -> Iterator[Trace]:
    for kind, values in (
        (TraceKind.PHONE, known.phones),
        (TraceKind.ORDER, known.orders),
        (TraceKind.TRACKING, known.tracking),
    ):
        for value in filter(None, map(folded, values)):
            if re.search(rf"(?<![a-z0-9]){_spaced(value)}(?![a-z0-9])", plain, re.ASCII):
                yield Trace(kind, value)
    for address in known.addresses:
        for piece in _pieces(address):
            if hit := re.search(r"\s*".join(map(re.escape, piece)), plain):
                yield Trace(TraceKind.ADDRESS, hit[0])
    kept = {folded(word) for word in known.kept}
    for name in known.names:
        yield from (Trace(TraceKind.NAME, one) for one in _calls(name) if one not in kept and _called(one, plain))


def _spaced(value: str) -> str:
    """The value with the gaps that people put into long numbers."""
    return "[ -]?".join(map(re.escape, value)) if value.isdigit() else re.escape(value)


def _pieces(address: str) -> list[str]:
    parts = ("".join(one.split()) for one in re.split(r"[,;\n]", folded(address)))
    return [one for one in parts if len(one) >= _SHORTEST_ADDRESS]


def _calls(name: str) -> list[str]:
    """By what a name is called: whole, the given name alone, the surname with an honorific, English words of it."""
    plain = folded(name).strip()
    if not _HAN.search(plain):
        words = [word for word in re.split(r"\W+", plain) if len(word) > 2 and not word.isdigit()]
        return [plain, *(words if len(words) > 1 else ())] if words else []
    bare = "".join(_HAN.findall(plain))
    given = [bare[1:]] if len(bare) == 3 else [bare[2:]] if len(bare) == 4 else []
    styled = [f"{bare[0]}{one}" for one in (*_WORDS["honorifics"], *_WORDS["familiar"])]
    styled += [f"{one}{bare[0]}" for one in _WORDS["little"]]
    return [bare, *(one for one in given if len(one) == 2), *styled] if len(bare) > 1 else []


def _called(one: str, plain: str) -> bool:
    if _HAN.search(one):
        return one in plain
    return re.search(rf"(?<![a-z0-9]){re.escape(one)}(?![a-z0-9])", plain) is not None


def _shaped(plain: str) -> Iterator[Trace]:
    for kind, shape in _SHAPES:
        yield from (Trace(kind, hit[0]) for hit in shape.finditer(plain))


def masked(text: str, known: Known) -> str:
    """The text with every trace blotted out, for a draft to begin with. Case and width of letters stay elsewhere."""
    plain = unicodedata.normalize("NFKC", text)
    for trace in sorted(traces_of_people(plain, known), key=lambda one: -len(one.found)):
        shape = _spaced(trace.found) if trace.found.isdigit() else re.escape(trace.found)
        plain = re.sub(shape, BLOT, plain, flags=re.IGNORECASE)
    return plain


def faults(tellings: Mapping[str, Telling], known: Known | None) -> dict[tuple[str, str], list[Trace]]:
    """Traces by language and part; empty where nobody is betrayed."""
    found = {
        (language, part): traces_of_people(text, known)
        for language, one in tellings.items()
        for part, text in one.parts.items()
    }
    return {place: traces for place, traces in found.items() if traces}


def named(values: Iterable[str | None]) -> tuple[str, ...]:
    """The values that are there, each once."""
    return tuple(dict.fromkeys(value for value in values if value))


def may_decide(author: int | None, person: int | None, editors: Collection[int]) -> bool:
    """A reviewer's yes is never that of who wrote it or had a hand in it."""
    return person is not None and person != author and person not in editors
