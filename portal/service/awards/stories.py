"""How a winner is named, and her story: a case of the case library, reviewed there, told only if she agrees."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from courses.cases import actions as cases
from courses.cases import queries as case_queries
from courses.cases.actions import Draft
from courses.cases.queries import CaseInfo
from courses.cases.rules import Kind, Known, State, Telling, Topic, named
from portal.core.base import audit
from portal.core.base.audit import Actor
from portal.core.base.database import hold, placeholders, writing
from portal.core.base.refusals import NotFound, Refused
from portal.service.awards import winners
from portal.service.awards.tables import AwardConsent, AwardStory

SOURCE = "award:"


class Shown(StrEnum):
    """How she is named in the hall of fame."""

    FULL = "full"
    STORE = "store"
    MASKED = "masked"


@dataclass(frozen=True, slots=True)
class Consent:
    """What she agreed to; before she says anything, her name is starred and her story is not told."""

    shown: Shown = Shown.MASKED
    story: bool = False


async def consent_of(person_id: int) -> Consent:
    """Inside a door."""
    rows = await AwardConsent.raw("SELECT shown, story FROM award_consents WHERE person = {}", person_id)
    return Consent(Shown(rows[0]["shown"]), bool(rows[0]["story"])) if rows else Consent()


async def agree(actor: Actor, person_id: int, consent: Consent, at: datetime) -> None:
    """She says how she is named, and may think better of it at any time."""
    async with writing():
        await AwardConsent.raw(
            "INSERT INTO award_consents (person, shown, story, at) VALUES ({}, {}, {}, {}) ON CONFLICT (person)"
            " DO UPDATE SET shown = excluded.shown, story = excluded.story, at = excluded.at",
            person_id,
            str(consent.shown),
            consent.story,
            at,
        )
        facts = {"shown": str(consent.shown), "story": consent.story}
        await audit.record(actor, "awards.consent", ("person", person_id), at, facts)


async def known(source: str) -> Known | None:
    """Whom a winner's story may not name: for the room of cases. Inside a door."""
    number = source.removeprefix(SOURCE)
    if not source.startswith(SOURCE) or not number.isdigit() or len(number) > 18:
        return None
    found = await winners.result(int(number))
    if found is None:
        return None
    rows = await AwardStory.raw("SELECT phone FROM persons WHERE id = {}", found.person_id)
    return Known(names=named([found.person_name, found.store_name]), phones=named(row["phone"] for row in rows))


async def tell(actor: Actor, person_id: int, result_id: int, telling: dict[str, Telling], at: datetime) -> str:
    """Make a winner's story a case and hand it to its reviewers; returns the case's ref.

    Raises NotFound, Refused: `award_not_standing`, `award_no_consent`, `award_story_twice`, and as cases do.
    """
    async with writing():
        await hold("award_results", result_id)
        found = await winners.result(result_id)
        if found is None:
            raise NotFound
        if not found.standing:
            raise Refused("award_not_standing")
        if not found.story:
            raise Refused("award_no_consent")
        if found.case_ref is not None:
            raise Refused("award_story_twice")
        draft = Draft(Kind.GOOD_SERVICE, Topic.SERVICE, None, telling)
        ref = await cases.make(actor, draft, at, source=f"{SOURCE}{result_id}")
        made = await cases.required(ref)
        await cases.submit(actor, ref, made.mark, at)
        await AwardStory.insert(AwardStory(result=result_id, case_ref=ref, made_by=person_id, at=at))
        await audit.record(actor, "awards.story", ("award_result", result_id), at, {"case": ref})
        return ref


async def told(case_refs: Collection[str]) -> dict[str, CaseInfo]:
    """The published stories of these. Inside a door."""
    if not case_refs:
        return {}
    marks = placeholders(case_refs)
    found = await case_queries.cases(f"c.ref IN ({marks})", *case_refs)
    return {each.ref: each for each in found if each.state is State.PUBLISHED}
