"""Cases as readers and the desk see them. Call inside a door."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from courses.cases.rules import LANGUAGES, PARTS, Kind, State, Telling, Topic
from courses.cases.tables import Case, CaseReader
from portal.core.base import search
from portal.core.base.database import placeholders
from portal.core.web.paging import Cut, Page, paged

BEYOND = 2**62
SEARCHED = "case"
SUMMARY = 90  # characters of what happened beside a title


@dataclass(frozen=True, slots=True)
class CaseInfo:
    """A case with its tellings by language."""

    id: int
    ref: str
    kind: Kind
    topic: Topic
    goods: str | None
    source: str | None
    state: State
    mark: int
    author: int | None
    author_name: str | None
    changed_by: int | None
    made_at: datetime
    changed_at: datetime
    decided_by: int | None
    decided_by_name: str | None
    decided_at: datetime | None
    note: str | None
    published_at: datetime | None
    shipped: str | None
    tellings: dict[str, Telling]

    def language(self, wanted: str) -> str:
        """The wanted language, or the one there is."""
        there = [one for one in LANGUAGES if one in self.tellings and not self.tellings[one].blank]
        return wanted if wanted in there else there[0] if there else wanted

    def telling(self, wanted: str) -> Telling:
        return self.tellings.get(self.language(wanted), Telling())


@dataclass(frozen=True, slots=True)
class Figures:
    """How often it was read, by how many it was answered, and how many it helped."""

    readers: int = 0
    answers: int = 0
    helped: int = 0


_CASE = (
    "SELECT c.id, c.ref, c.kind, c.topic, c.goods, c.source, c.state, c.mark, c.author, a.name AS author_name,"
    " c.changed_by, c.made_at, c.changed_at, c.decided_by, d.name AS decided_by_name, c.decided_at, c.note,"
    " c.published_at, c.shipped FROM cases c LEFT JOIN persons a ON a.id = c.author"
    " LEFT JOIN persons d ON d.id = c.decided_by"
)


async def cases(condition: str, *values: object) -> list[CaseInfo]:
    """Cases by a condition on `c` (with order and limit), for this room and those above; two queries."""
    rows = [dict(row) for row in await Case.raw(f"{_CASE} WHERE {condition}", *values)]
    told = await _tellings([row["id"] for row in rows])
    return [_case(row, told.get(row["id"], {})) for row in rows]


def _case(row: dict[str, Any], tellings: dict[str, Telling]) -> CaseInfo:
    kind, topic, state = Kind(row.pop("kind")), Topic(row.pop("topic")), State(row.pop("state"))
    return CaseInfo(kind=kind, topic=topic, state=state, tellings=tellings, **row)


async def _tellings(ids: Sequence[int]) -> dict[int, dict[str, Telling]]:
    if not ids:
        return {}
    rows = await Case.raw(
        "SELECT of_case, language, title, happened, done, take_along, questions FROM case_tellings"  # noqa: S608 - places
        f" WHERE of_case IN ({placeholders(ids)})",
        *ids,
    )
    found: dict[int, dict[str, Telling]] = {}
    for row in rows:
        found.setdefault(row["of_case"], {})[row["language"]] = Telling(*(row[part] for part in PARTS))
    return found


async def case(ref: str) -> CaseInfo | None:
    found = await cases("c.ref = {}", ref[:60])
    return found[0] if found else None


async def of_source(source: str) -> list[CaseInfo]:
    """Cases that were made of a complaint."""
    return await cases("c.source = {} ORDER BY c.id LIMIT 10", source)


async def library(cut: Cut, topic: Topic | None = None, query: str = "") -> Page[CaseInfo]:
    """What readers see, the newest first."""
    where, values = ["c.state = 'published'", "c.id < {}"], [cut.after or BEYOND]
    return await _found(cut, topic, query, where, values)


async def desk(cut: Cut, state: State | None, topic: Topic | None = None, query: str = "") -> Page[CaseInfo]:
    """What writers and reviewers see."""
    where: list[str] = ["c.id < {}"]
    values: list[Any] = [cut.after or BEYOND]
    if state is not None:
        where.append("c.state = {}")
        values.append(str(state))
    return await _found(cut, topic, query, where, values)


async def _found(cut: Cut, topic: Topic | None, query: str, where: list[str], values: list[Any]) -> Page[CaseInfo]:
    if topic is not None:
        where.append("c.topic = {}")
        values.append(str(topic))
    match = search.matching(SEARCHED, query)
    if match is not None:
        where.append(f"c.id IN {match.sql}")
        values.append(match.arg)
    found = await cases(f"{' AND '.join(where)} ORDER BY c.id DESC LIMIT {{}}", *values, cut.fetch)
    return paged(found, cut, lambda one: one.id)


async def topics() -> dict[Topic, int]:
    """How many cases each topic has for readers; topics without any are left out."""
    rows = await Case.raw("SELECT topic, count(*) AS n FROM cases WHERE state = 'published' GROUP BY topic")
    counts = {row["topic"]: int(row["n"]) for row in rows}
    return {topic: counts[topic] for topic in Topic if topic in counts}


async def counts() -> dict[State, int]:
    rows = await Case.raw("SELECT state, count(*) AS n FROM cases GROUP BY state")
    return {State(row["state"]): int(row["n"]) for row in rows}


async def figures(ids: Sequence[int]) -> dict[int, Figures]:
    """Of a page of cases, one query for all."""
    if not ids:
        return {}
    rows = await Case.raw(
        "SELECT of_case, count(*) AS readers, count(helped) AS answers, sum(coalesce(helped, 0)) AS helped"  # noqa: S608
        f" FROM case_readers WHERE of_case IN ({placeholders(ids)}) GROUP BY of_case",
        *ids,
    )
    found = {row["of_case"]: Figures(int(row["readers"]), int(row["answers"]), int(row["helped"])) for row in rows}
    return {each: found.get(each, Figures()) for each in ids}


async def helped(case_id: int, person_id: int) -> bool | None:
    """What she has said of it."""
    rows = await CaseReader.select(CaseReader.helped).where(
        CaseReader.of_case == case_id, CaseReader.person == person_id
    )
    return bool(rows[0]["helped"]) if rows and rows[0]["helped"] is not None else None
