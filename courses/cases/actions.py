"""Writing a case, a reviewer's yes or no, taking it back; that it was read, and whether it helped."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from courses.cases import slots
from courses.cases.queries import SEARCHED, CaseInfo, case
from courses.cases.rules import LANGUAGES, PARTS, Kind, State, Telling, Topic, faults, lacking, may_decide
from courses.cases.tables import Case, CaseReader, CaseTelling
from portal.core.base import audit, search
from portal.core.base.audit import Actor
from portal.core.base.database import writing
from portal.core.base.ids import new_ref
from portal.core.base.refusals import NotFound, Refused
from portal.core.notices.actions import notify


@dataclass(frozen=True, slots=True)
class Draft:
    """What a writer gives."""

    kind: Kind
    topic: Topic
    goods: str | None
    tellings: Mapping[str, Telling]


def _person(actor: Actor) -> int | None:
    return actor.id if actor.kind == "person" else None


async def required(ref: str) -> CaseInfo:
    """The case. Raises NotFound."""
    found = await case(ref)
    if found is None:
        raise NotFound
    return found


async def _unnamed(source: str | None, tellings: Mapping[str, Telling]) -> None:
    """Raises Refused("case_names_people") where the words would betray somebody; nothing of them is kept."""
    if faults(tellings, await slots.known_of(source)):
        raise Refused("case_names_people", status=422)


async def make(actor: Actor, draft: Draft, at: datetime, *, source: str | None = None, ref: str | None = None) -> str:
    """A new draft; returns its ref. Raises Refused("case_names_people")."""
    async with writing():
        await _unnamed(source, draft.tellings)
        by = _person(actor)
        row = Case(
            ref=ref or new_ref()[:12],
            kind=str(draft.kind),
            topic=str(draft.topic),
            goods=draft.goods,
            source=source,
            state=str(State.DRAFT),
            author=by,
            changed_by=by,
            made_at=at,
            changed_at=at,
        )
        case_id = int((await Case.insert(row))[0]["id"])
        await _tell(case_id, draft.tellings)
        await audit.record(actor, "case.made", ("case", case_id), at, {"source": source} if source else None)
    return str(row.ref)


async def _tell(case_id: int, tellings: Mapping[str, Telling]) -> None:
    await CaseTelling.delete().where(CaseTelling.of_case == case_id)
    for language in LANGUAGES:
        one = tellings.get(language, Telling())
        if not one.blank:
            values: dict[str, Any] = {"of_case": case_id, "language": language, **one.parts}
            await CaseTelling.insert(CaseTelling(**values))


async def save(actor: Actor, ref: str, draft: Draft, mark: int, at: datetime) -> None:
    """Write a draft anew. Raises Refused: `case_moved_on` where it was changed since, or is no draft."""
    async with writing():
        found = await required(ref)
        await _unnamed(found.source, draft.tellings)
        changes: dict[Any, Any] = {
            Case.kind: str(draft.kind),
            Case.topic: str(draft.topic),
            Case.goods: draft.goods,
            Case.shipped: None,
        }
        await _move(actor, found, State.DRAFT, State.DRAFT, mark, at, changes)
        await _tell(found.id, draft.tellings)
        await audit.record(actor, "case.saved", ("case", found.id), at)


async def _move(
    actor: Actor,
    found: CaseInfo,
    before: State,
    after: State,
    mark: int,
    at: datetime,
    changes: Mapping[Any, Any] | None = None,
) -> None:
    """The guarded step: only from the state and the words that were seen."""
    by: dict[Any, Any] = {Case.changed_by: _person(actor)} if after == before == State.DRAFT else {}
    rows = (
        await Case.update({Case.state: str(after), Case.mark: mark + 1, Case.changed_at: at, **by, **(changes or {})})
        .where(Case.id == found.id, Case.state == str(before), Case.mark == mark)
        .returning(Case.id)
    )
    if not rows:
        raise Refused("case_moved_on")


async def submit(actor: Actor, ref: str, mark: int, at: datetime) -> None:
    """Ask for a reviewer's yes. Raises Refused: `case_incomplete`, `case_names_people`, `case_moved_on`."""
    async with writing():
        found = await required(ref)
        if (no := lacking(found.tellings)) is not None:
            raise Refused(no)
        await _unnamed(found.source, found.tellings)
        await _move(actor, found, State.DRAFT, State.SUBMITTED, mark, at, {Case.note: None})
        await audit.record(actor, "case.submitted", ("case", found.id), at)


async def send_back(actor: Actor, ref: str, mark: int, note: str, at: datetime) -> None:
    """A reviewer's no with its reason: it is a draft again."""
    async with writing():
        found = await required(ref)
        decided = {Case.note: note, Case.decided_by: _person(actor), Case.decided_at: at}
        await _move(actor, found, State.SUBMITTED, State.DRAFT, mark, at, decided)
        await audit.record(actor, "case.sent_back", ("case", found.id), at)
        await _tell_author(found, "case_sent_back", at)


async def publish(actor: Actor, ref: str, mark: int, at: datetime) -> None:
    """A reviewer's yes. Raises Refused: `case_own` for who wrote it, `case_names_people`, `case_moved_on`."""
    async with writing():
        found = await required(ref)
        editors = [found.changed_by] if found.changed_by is not None else []
        if not may_decide(found.author, _person(actor), editors):
            raise Refused("case_own")
        await _unnamed(found.source, found.tellings)
        await put_out(actor, found, State.SUBMITTED, mark, at)
        await _tell_author(found, "case_published", at)


async def put_out(
    actor: Actor, found: CaseInfo, before: State, mark: int, at: datetime, shipped: str | None = None
) -> None:
    """Make it what readers see, in the caller's transaction."""
    decided = {
        Case.decided_by: _person(actor),
        Case.decided_at: at,
        Case.note: None,
        Case.published_at: at,
        Case.shipped: shipped,
    }
    await _move(actor, found, before, State.PUBLISHED, mark, at, decided)
    text = " \n".join(part for one in found.tellings.values() for part in (getattr(one, name) for name in PARTS))
    await search.put_text(SEARCHED, found.id, f"{text} \n{found.goods or ''}")
    await audit.record(actor, "case.published", ("case", found.id), at)


async def revise(actor: Actor, ref: str, mark: int, at: datetime) -> None:
    """Take it back to its desk: it is a draft again, and readers see it when it has a new yes."""
    async with writing():
        found = await required(ref)
        if found.state in (State.DRAFT, State.SUBMITTED):
            raise Refused("case_moved_on")
        await _away(actor, found, State.DRAFT, mark, at)
        await audit.record(actor, "case.revised", ("case", found.id), at)


async def retire(actor: Actor, ref: str, mark: int, at: datetime) -> None:
    """Readers do not find it any more."""
    async with writing():
        found = await required(ref)
        if found.state != State.PUBLISHED:
            raise Refused("case_moved_on")
        await _away(actor, found, State.RETIRED, mark, at)
        await audit.record(actor, "case.retired", ("case", found.id), at)


async def _away(actor: Actor, found: CaseInfo, to: State, mark: int, at: datetime) -> None:
    await _move(actor, found, found.state, to, mark, at, {Case.shipped: None})
    await search.drop_text(SEARCHED, found.id)


async def _tell_author(found: CaseInfo, kind: str, at: datetime) -> None:
    if found.author is not None:
        way = f"/desk/cases/{found.ref}"
        await notify(found.author, kind, {"title": found.telling(LANGUAGES[0]).title}, at, way=way)


async def mark_read(case_id: int, person_id: int, at: datetime) -> None:
    """That she has opened it; once."""
    async with writing():
        await CaseReader.raw(
            "INSERT INTO case_readers (of_case, person, at) VALUES ({}, {}, {}) ON CONFLICT DO NOTHING",
            case_id,
            person_id,
            at,
        )


async def answer(case_id: int, person_id: int, at: datetime, *, helped: bool) -> None:
    """Whether it helped her; she may think better of it."""
    async with writing():
        await mark_read(case_id, person_id, at)
        await CaseReader.update({CaseReader.helped: int(helped)}).where(
            CaseReader.of_case == case_id, CaseReader.person == person_id
        )
