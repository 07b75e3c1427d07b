"""Moodle's GIFT: a file of questions read with every fault at its line, and written so that it reads back the same.

Beyond Moodle: a tag `easy`, `medium` or `hard` is the difficulty, `must` marks a must-pass question, and what Moodle
would misread in silence (two questions without a blank line between, `3~5` unescaped) is refused instead.
"""

import hashlib
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import partial
from itertools import dropwhile

from courses.questions.content import FULL, Body, Difficulty, Multiple, Question, TextFormat
from courses.questions.faults import MUST_TAG, RESERVED_TAGS, faults, fits_code
from courses.questions.gift_answers import numeric_feedback, read_body
from courses.questions.gift_text import Broken, Gift, Lost, Text, hold, release, split_format
from courses.questions.gift_write import to_gift

__all__ = ["Gift", "Lost", "Note", "ParsedFile", "Refusal", "parse_gift", "read_gift", "to_gift"]

LARGEST_FILE = 5_000_000
MOST_QUESTIONS = 5_000
_GAP = "_____"
_CATEGORY = "$CATEGORY:"
_ID = re.compile(r"\[id:((?:\\\]|[^][\x00-\x1f])++)\]")
_TAG = re.compile(r"\[tag:((?:\\\]|[^][<>`\x00-\x1f])++)\]")
_EXCERPT = 60


@dataclass(frozen=True, slots=True)
class Refusal:
    """A question that was not taken: the line that it begins at, the code of the reason, its first words."""

    line: int
    code: str
    detail: str


@dataclass(frozen=True, slots=True)
class Note:
    """Something that could not be kept, or that its author should look at; the question itself may be taken."""

    line: int
    code: str
    detail: str


@dataclass(frozen=True, slots=True)
class ParsedFile:
    questions: tuple[Question, ...] = ()
    refusals: tuple[Refusal, ...] = ()
    notes: tuple[Note, ...] = ()


def read_gift(data: bytes) -> ParsedFile:
    """The questions of an uploaded file, which must be UTF-8."""
    if len(data) > LARGEST_FILE:
        return ParsedFile(refusals=(Refusal(1, Gift.FILE_TOO_LARGE, ""),))
    try:
        return parse_gift(data.decode("utf-8"))
    except UnicodeDecodeError as wrong:
        return ParsedFile(refusals=(Refusal(data.count(b"\n", 0, wrong.start) + 1, Gift.NOT_UTF8, ""),))


def parse_gift(text: str) -> ParsedFile:
    """The questions of a text; each broken one is refused with its line, the others are read. Never raises."""
    if len(text) > LARGEST_FILE or len(text.encode("utf-8", "replace")) > LARGEST_FILE:
        return ParsedFile(refusals=(Refusal(1, Gift.FILE_TOO_LARGE, ""),))
    reading = _Reading()
    for number, block in enumerate(_blocks(text)):
        if len(reading.questions) == MOST_QUESTIONS or number == 2 * MOST_QUESTIONS:
            reading.refusals.append(Refusal(block.line, Gift.TOO_MANY_QUESTIONS, _excerpt(block.text)))
            break
        reading.take(block)
    return ParsedFile(tuple(reading.questions), tuple(reading.refusals), tuple(reading.notes))


@dataclass(frozen=True, slots=True)
class _Block:
    """Lines up to a blank one: the text without comments, held, and the comments, which carry id and tags."""

    line: int
    text: str
    comments: str


def _blocks(text: str) -> Iterator[_Block]:
    start, lines, comments = 0, [], []
    plain = text.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n")
    for number, line in enumerate([*plain.split("\n"), ""], 1):
        words = line.strip()
        if words.startswith("//"):
            comments.append(words)
        elif words:
            start = start or number
            lines.append(line)
        else:
            if lines:
                yield _Block(start, hold("\n".join(lines)), "\n".join(comments))
            start, lines, comments = 0, [], []


@dataclass(slots=True)
class _Reading:
    """What has been read so far. `unclosed` = the last question's braces still wait for their end."""

    questions: list[Question] = field(default_factory=list)
    refusals: list[Refusal] = field(default_factory=list)
    notes: list[Note] = field(default_factory=list)
    codes: set[str] = field(default_factory=set)
    unclosed: bool = False

    def take(self, block: _Block) -> None:
        if self._belongs_to_refused(block.text):
            return
        lost: list[Lost] = []
        try:
            question = _question(block, lost)
            if question:
                self._keep(question)
        except Broken as broken:
            self.unclosed = broken.code == Gift.UNCLOSED
            self.refusals.append(Refusal(block.line, broken.code, _excerpt(block.text)))
        else:
            detail = question.code if question else _excerpt(block.text)
            self.notes.extend(Note(block.line, code, detail) for code in dict.fromkeys(lost))

    def _keep(self, question: Question) -> None:
        wrong = faults(question)
        if wrong:
            raise Broken(wrong[0])
        if question.code in self.codes:
            raise Broken(Gift.DUPLICATE_CODE)
        self.codes.add(question.code)
        self.questions.append(question)

    def _belongs_to_refused(self, held: str) -> bool:
        """A blank line inside braces cuts a question in two: its rest was refused with its beginning."""
        if not self.unclosed:
            return False
        before_end, end, _ = held.partition("}")
        belongs = "{" not in before_end
        self.unclosed = belongs and not end
        return belongs


def _question(block: _Block, lost: list[Lost]) -> Question | None:
    held = _without_category(block.text, lost)
    if not held.strip():
        return None
    name, held = _split_name(held)
    stem, inside = _split_braces(held)
    if inside is None:
        lost.append(Lost.DESCRIPTION)
        return None
    answers, explanation = _split_explanation(inside)
    if not answers:
        lost.append(Lost.ESSAY)
        return None
    mark, stem = split_format(stem)
    text = partial(_text, mark or TextFormat.MOODLE, lost)
    body = _body(answers, text, lost)
    code = _code(block, release(name).strip(), lost)
    tags, difficulty, must = _tags(block.comments, lost)
    return Question(code, stem, body, mark or TextFormat.MOODLE, text(explanation), tags, difficulty, must)


def _body(answers: str, text: Text, lost: list[Lost]) -> Body:
    body = read_body(answers, text)
    if numeric_feedback(answers):
        lost.append(Lost.NUMERIC_FEEDBACK)
    if isinstance(body, Multiple) and sum(choice.share for choice in body.choices) >= FULL:
        lost.append(Lost.TICKING_ALL_WINS)
    return body


def _text(default: TextFormat, lost: list[Lost], held: str) -> str:
    mark, text = split_format(held)
    if mark not in (None, default):
        lost.append(Lost.MIXED_FORMAT)
    return text


def _without_category(held: str, lost: list[Lost]) -> str:
    lines = held.split("\n")
    if lines[0].lstrip().startswith(_CATEGORY):
        lost.append(Lost.CATEGORY)
    return "\n".join(dropwhile(lambda line: line.lstrip().startswith(_CATEGORY), lines))


def _split_name(held: str) -> tuple[str, str]:
    if not held.lstrip().startswith("::"):
        return "", held
    name, end, rest = held.lstrip()[2:].partition("::")
    if not end:
        raise Broken(Gift.UNCLOSED_NAME)
    return name, rest


def _split_braces(held: str) -> tuple[str, str | None]:
    """The stem, with a gap where the braces stood inside a sentence, and what they held, if there are any."""
    start, end = held.find("{"), held.find("}")
    if start < 0 and end < 0:
        return held, None
    if end < 0:
        raise Broken(Gift.UNCLOSED)
    head, inside, tail = held[:start], held[start + 1 : end], held[end + 1 :]
    if start < 0 or end < start or "{" in inside:
        raise Broken(Gift.STRAY_BRACE)
    if "{" in tail or "}" in tail:
        raise Broken(Gift.SECOND_BRACES if "{" in tail else Gift.STRAY_BRACE)
    return (head + _GAP + tail if tail.strip() else head), inside


def _split_explanation(inside: str) -> tuple[str, str]:
    answers, mark, explanation = inside.rpartition("####")
    return (answers.strip(), explanation) if mark else (inside.strip(), "")


def _code(block: _Block, name: str, lost: list[Lost]) -> str:
    """The id that the file gives, else the name, else one made of the question itself, the same at every import."""
    found = _ID.search(block.comments)
    if found:
        code = found[1].replace("\\]", "]").strip()
    elif fits_code(name):
        code = name
    else:
        code = "q-" + hashlib.sha256(block.text.encode("utf-8", "surrogatepass")).hexdigest()[:16]
    if name and name != code:
        lost.append(Lost.NAME)
    return code


def _tags(comments: str, lost: list[Lost]) -> tuple[tuple[str, ...], Difficulty, bool]:
    tags = dict.fromkeys(found.replace("\\]", "]").strip() for found in _TAG.findall(comments))
    levels = [level for level in Difficulty if any(tag.casefold() == level for tag in tags)]
    must = any(tag.casefold() == MUST_TAG for tag in tags)
    if len(levels) > 1:
        lost.append(Lost.TWO_LEVELS)
    subjects = tuple(tag for tag in tags if tag.casefold() not in RESERVED_TAGS)
    return subjects, (levels[0] if len(levels) == 1 else Difficulty.MEDIUM), must


def _excerpt(held: str) -> str:
    return " ".join(release(held[: 4 * _EXCERPT]).split())[:_EXCERPT]
