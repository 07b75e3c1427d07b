"""What readers, writers and reviewers may send."""

from collections.abc import Iterable
from typing import Annotated, Literal

from msgspec import Meta, Struct

from courses.cases.actions import Draft
from courses.cases.queries import CaseInfo
from courses.cases.rules import (
    LANGUAGES,
    LONGEST_PART,
    LONGEST_TITLE,
    PARTS,
    Kind,
    Known,
    Telling,
    Topic,
    Trace,
    faults,
)
from portal.core.web import forms
from portal.core.web.forms import Form
from portal.core.web.i18n import t

Title = Annotated[str, Meta(max_length=LONGEST_TITLE)]
Part = Annotated[str, Meta(max_length=LONGEST_PART)]
SUFFIX = dict(zip(LANGUAGES, ("zh", "en"), strict=True))


class CaseForm(Struct):
    """A draft; what is not written yet may stay blank until it is reviewed."""

    kind: Kind
    topic: Topic
    goods: Annotated[str, Meta(max_length=80)] | None = None
    title_zh: Title = ""
    happened_zh: Part = ""
    done_zh: Part = ""
    take_along_zh: Part = ""
    questions_zh: Part = ""
    title_en: Title = ""
    happened_en: Part = ""
    done_en: Part = ""
    take_along_en: Part = ""
    questions_en: Part = ""
    mark: Annotated[int, Meta(ge=0, le=1_000_000)] = 0
    of: Annotated[str, Meta(max_length=32)] | None = None

    def draft(self) -> Draft:
        tellings = {
            language: Telling(*(getattr(self, f"{part}_{suffix}") for part in PARTS))
            for language, suffix in SUFFIX.items()
        }
        return Draft(self.kind, self.topic, self.goods, tellings)


class MarkForm(Struct):
    """An act on a case as it was seen."""

    mark: Annotated[int, Meta(ge=0, le=1_000_000)]


class VerdictForm(Struct):
    """A reviewer's yes or no; a no says why."""

    verdict: Literal["publish", "back"]
    mark: Annotated[int, Meta(ge=0, le=1_000_000)]
    note: Annotated[str, Meta(max_length=1000)] = ""


class HelpedForm(Struct):
    """Whether a case helped."""

    helped: Literal["yes", "no"]


class SharingForm(Struct):
    """For whom, and a word to them; no group: all her owners."""

    group: Annotated[int, Meta(ge=1)] | None = None
    words: Annotated[str, Meta(max_length=200)] = ""


def check(form: Form, draft: Draft, known: Known | None) -> None:
    """Note a missing title, and beside each part what in it would betray somebody."""
    if all(one.blank for one in draft.tellings.values()):
        form.add("title_zh", "required")
    for (language, part), traces in faults(draft.tellings, known).items():
        form.add(f"{part}_{SUFFIX[language]}", "cases.fault.traces", traces=_told(traces))


def _told(traces: Iterable[Trace]) -> str:
    return t("cases.fault.and").join(
        t("cases.fault.trace", kind=t(f"cases.trace.{one.kind}"), found=one.found) for one in list(traces)[:5]
    )


def of_case(info: CaseInfo) -> Form:
    """The form of a case as it stands."""
    form = forms.blank({"kind": info.kind, "topic": info.topic, "goods": info.goods, "mark": info.mark})
    for language, telling in info.tellings.items():
        form.typed |= {f"{part}_{SUFFIX[language]}": [text] for part, text in telling.parts.items()}
    return form
