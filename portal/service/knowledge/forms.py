"""What readers, writers and reviewers may send."""

from typing import Annotated, Literal

from msgspec import Meta, Struct

from courses.catalogue.proofread import proofread
from portal.core.web.forms import Form
from portal.core.web.i18n import LANGUAGES, t
from portal.service.knowledge.actions import Text
from portal.service.knowledge.rules import MOST_MONTHS, Audience, Function, slot_faults, variables_shown
from portal.service.knowledge.templates import Reply

LONGEST_TITLE = 120
LONGEST_BODY = 12_000
LONGEST_REPLY = 2_000
Title = Annotated[str, Meta(max_length=LONGEST_TITLE)]
Body = Annotated[str, Meta(max_length=LONGEST_BODY)]
ReplyText = Annotated[str, Meta(max_length=LONGEST_REPLY)]
_PICTURES = ("picture_foreign", "picture_svg", "media_unknown", "alt_missing")  # articles have none
_FIELDS = {"zh-Hans": "zh", "en": "en"}


class HelpedForm(Struct):
    """Whether an article helped, and in her words why."""

    helped: Literal["yes", "no"]
    text: Annotated[str, Meta(max_length=300)] | None = None


class ArticleForm(Struct):
    """An article's draft; what is not written yet may stay blank until it is reviewed."""

    audiences: list[Audience] = []
    topic: Function | None = None
    product: Annotated[str, Meta(max_length=40)] | None = None
    months: Annotated[int, Meta(ge=1, le=MOST_MONTHS)] = 6
    title_zh: Title = ""
    body_zh: Body = ""
    title_en: Title = ""
    body_en: Body = ""
    seen: Annotated[str, Meta(max_length=60)] = ""
    gap: Annotated[int, Meta(ge=1, le=2**62)] | None = None
    then: Literal["keep", "preview"] = "keep"

    def text(self) -> Text:
        return Text(
            titles={language: getattr(self, f"title_{name}") for language, name in _FIELDS.items()},
            bodies={language: getattr(self, f"body_{name}") for language, name in _FIELDS.items()},
            audiences=tuple(one for one in Audience if one in self.audiences),
            topic=self.topic,
            product=self.product,
            months=self.months,
        )


def proof(form: Form, text: Text) -> None:
    """Note what readers would not see as it is meant, beside the body it stands in, and titles that are missing."""
    if not any(text.titles.values()):
        form.add("title_zh", "required")
    for language, name in _FIELDS.items():
        body = text.bodies[language]
        for fault in proofread(body, ())[:3] if body else []:
            pictures = fault.code in _PICTURES
            what = t("knowledge.fault.pictures") if pictures else t(f"catalogue.fault.{fault.code}")
            form.add(f"body_{name}", "knowledge.fault.line", line=fault.line, what=what, detail=fault.detail)


class VerdictForm(Struct):
    """A reviewer's yes or no to the version that she has read; a no says why."""

    verdict: Literal["publish", "back"]
    number: Annotated[int, Meta(ge=1, le=100_000)]
    note: Annotated[str, Meta(max_length=1000)] = ""


class MonthsForm(Struct):
    """After how many months articles are read again."""

    months: Annotated[int, Meta(ge=1, le=MOST_MONTHS)]


class GapForm(Struct):
    """Why no article is needed."""

    reason: Annotated[str, Meta(min_length=2, max_length=200)]


class ReplyForm(Struct):
    """A reply template; one language at least."""

    name: Annotated[str, Meta(min_length=2, max_length=80)]
    topic: Function | None = None
    text_zh: ReplyText = ""
    text_en: ReplyText = ""
    shared: bool = False
    seen: Annotated[str, Meta(max_length=60)] = ""

    def reply(self) -> Reply:
        texts = {language: getattr(self, f"text_{name}") for language, name in _FIELDS.items()}
        return Reply(self.name, self.topic, self.shared, {name: text for name, text in texts.items() if text})


def check(form: Form, data: ReplyForm) -> None:
    """Note variables that there are none of, beside the text they stand in."""
    if not (data.text_zh or data.text_en):
        form.add("text_zh", "required")
    for field in _FIELDS.values():
        wrong = slot_faults(getattr(data, f"text_{field}"))
        if wrong:
            form.add(f"text_{field}", "knowledge.fault.variable", names=" ".join(wrong)[:80], known=variables_shown())


assert set(_FIELDS) == set(LANGUAGES)  # a field for every language that content has
