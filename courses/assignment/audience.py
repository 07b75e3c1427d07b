"""Who can be given what, and by whom: the reach of a manager or admin, the people meant, what each already has."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import msgspec

from courses.assignment import rules
from courses.assignment.queries import IS_OPEN, AssignmentInfo, assignment
from courses.assignment.rules import Candidate, Skip
from courses.assignment.tables import Assignment
from courses.catalogue import queries as catalogue
from portal.core.base.database import placeholders
from portal.core.base.refusals import Forbidden, NotFound, Refused
from portal.core.people.policy import Capability
from portal.core.people.rules import normal_identifier
from portal.core.stores import groups
from portal.core.stores import queries as stores
from portal.core.web.paging import Cut
from portal.core.web.viewer import Viewer

MOST_PEOPLE = 20_000
SHOWN = 50


@dataclass(frozen=True, slots=True)
class Reach:
    """Whom somebody may assign to and remind: the owners of one manager's team, or everybody (`manager_id` None)."""

    manager_id: int | None

    def covers(self) -> tuple[str, list[object]]:
        """A condition on `p` (persons), and what fills it."""
        if self.manager_id is None:
            return "1 = 1", []
        return _IN_TEAM, [self.manager_id]


# The team as `stores.team_owners` has it: the owners of open stores whose current manager she is.
_IN_TEAM = (
    "EXISTS (SELECT 1 FROM stewardships w JOIN stores s ON s.id = w.store WHERE w.until IS NULL"
    " AND s.closed_at IS NULL AND s.kit_returned_at IS NULL AND w.manager = {} AND s.owner = p.id)"
)


class Audience(msgspec.Struct, frozen=True):
    """Whom an order names: `people` by their ids, a `group` or a `team` (its manager) by `id`, a `role` by its name."""

    kind: str
    id: int = 0
    role: str = ""
    people: tuple[int, ...] = ()


class Subject(msgspec.Struct, frozen=True):
    """What is given: the newest version of a curriculum, or a course (`version_id` None)."""

    id: int
    version_id: int | None = None

    @property
    def key(self) -> str:
        return f"curriculum-{self.id}" if self.version_id is not None else f"course-{self.id}"


@dataclass(frozen=True, slots=True)
class SubjectInfo:
    """A subject as it is shown. Days: to finish it, and how long a completed one counts (0: for good)."""

    subject: Subject
    title: str
    due_days: int = 0
    valid_days: int = 0


@dataclass(frozen=True, slots=True)
class Outcome:
    """What an order does, or would: how many get it, how many are left out by reason, the first of those by name."""

    total: int
    given: int
    skipped: dict[Skip, int]
    who: tuple[tuple[str, Skip], ...]


def reach_of(viewer: Viewer) -> Reach:
    """How far this person may reach. Raises Forbidden."""
    if viewer.may(Capability.ASSIGN_ALL):
        return Reach(None)
    if viewer.may(Capability.ASSIGN_TEAM):
        return Reach(viewer.person_id)
    raise Forbidden


async def reachable(reach: Reach, assignment_id: int) -> AssignmentInfo:
    """An assignment of somebody within reach. Raises NotFound."""
    found = await assignment(assignment_id)
    if found is None or found.person_id not in await within(reach, [found.person_id]):
        raise NotFound
    return found


async def within(reach: Reach, person_ids: Iterable[int]) -> frozenset[int]:
    """Those of the people whom the reach covers."""
    ids = sorted(set(person_ids))
    if not ids:
        return frozenset()
    condition, values = reach.covers()
    sql = f"SELECT p.id FROM persons p WHERE p.id IN ({placeholders(ids)}) AND {condition}"  # noqa: S608 - our own conditions
    rows = await Assignment.raw(sql, *ids, *values)
    return frozenset(row["id"] for row in rows)


async def subject_info(subject: Subject, language: str) -> SubjectInfo:
    """A subject by its id, as it is now. Raises NotFound for one that is not to be assigned."""
    offered = {info.subject.key: info for info in await subjects(language)}
    found = offered.get(subject.key)
    if found is None:
        raise NotFound
    if found.subject.version_id is None:
        return found
    version = await catalogue.curriculum_version(found.subject.version_id, language)
    assert version is not None
    return SubjectInfo(found.subject, version.title, version.due_days, version.valid_days)


async def subjects(language: str) -> list[SubjectInfo]:
    """Everything that can be assigned: curricula first."""
    curricula = await catalogue.assignable_curricula(language)
    courses = await catalogue.assignable_courses(language)
    return [SubjectInfo(Subject(one.id, one.version_id), one.title) for one in curricula] + [
        SubjectInfo(Subject(one.id), one.title) for one in courses
    ]


def read_subject(text: str) -> Subject | None:
    """The subject that a form's choice (`Subject.key`) names; its version is looked up by `subject_info`."""
    kind, _, number = text.partition("-")
    if kind not in ("curriculum", "course") or not number.isascii() or not number.isdigit() or len(number) > 18:
        return None
    return Subject(int(number), 0 if kind == "curriculum" else None)


async def found_people(reach: Reach, typed: Sequence[str]) -> tuple[list[int], list[str]]:
    """Who is meant by e-mail addresses, phone numbers or external ids, and the lines that name nobody within reach."""
    plain = {line: normal_identifier(line) for line in typed}
    if not plain:
        return [], []
    some = [*plain, *plain.values()]
    condition, values = reach.covers()
    any_of = placeholders(some)
    sql = (  # our own conditions
        "SELECT p.id, p.external_id, p.email, p.phone FROM persons p WHERE p.erased_at IS NULL"  # noqa: S608
        f" AND (p.external_id IN ({any_of}) OR p.email IN ({any_of}) OR p.phone IN ({any_of}))"
        f" AND {condition}"
    )
    by_name: dict[str, int] = {}
    for row in await Assignment.raw(sql, *some, *some, *some, *values):
        by_name |= {row[name]: row["id"] for name in ("external_id", "email", "phone") if row[name]}
    people = {line: by_name.get(line) or by_name.get(plain[line]) for line in plain}
    return [found for found in people.values() if found], [line for line, found in people.items() if not found]


async def own_groups(reach: Reach) -> list[tuple[int, str]]:
    """The groups that may be chosen: a manager's own, for an admin all; the newest hundred."""
    page = await groups.groups(Cut(limit=100), reach.manager_id)
    return [(group.id, group.name) for group in page.items]


async def members(audience: Audience) -> list[int]:
    """The ids of the people meant, ascending. Raises Refused for more than a job should carry."""
    match audience.kind:
        case "group":
            found = await groups.group_people(audience.id)
        case "team":
            found = await stores.team_owners(audience.id)
        case "role":
            found = await _with_role(audience.role)
        case _:
            found = list(audience.people)
    if len(found) > MOST_PEOPLE:
        raise Refused("too_many_people", {"limit": MOST_PEOPLE})
    return sorted(set(found))


async def _with_role(role: str) -> list[int]:
    rows = await Assignment.raw(
        "SELECT DISTINCT r.person FROM roles r WHERE r.ended_at IS NULL AND r.role = {} ORDER BY r.person LIMIT {}",
        role,
        MOST_PEOPLE + 1,
    )
    return [row["person"] for row in rows]


async def candidates(reach: Reach, subject: Subject, person_ids: Sequence[int]) -> list[Candidate]:
    """What each of these people already has of the subject, in one query, by id."""
    if not person_ids:
        return []
    column = "curriculum" if subject.version_id is not None else "course"
    done = "curriculum_version" if subject.version_id is not None else "course"
    condition, values = reach.covers()
    sql = (  # our own columns and conditions
        "SELECT p.id, p.name, p.disabled_at, p.erased_at, d.completed_at,"  # noqa: S608
        f" CASE WHEN {condition} THEN 1 ELSE 0 END AS in_reach,"
        f" CASE WHEN EXISTS (SELECT 1 FROM assignments a WHERE a.person = p.id AND a.{column} = {{}} AND {IS_OPEN})"
        " THEN 1 ELSE 0 END AS has_open"
        " FROM persons p LEFT JOIN assignments d ON d.id = (SELECT max(x.id) FROM assignments x"
        f" WHERE x.person = p.id AND x.{done} = {{}} AND x.completed_at IS NOT NULL)"
        f" WHERE p.id IN ({placeholders(person_ids)}) ORDER BY p.id"
    )
    version = subject.version_id if subject.version_id is not None else subject.id
    rows = await Assignment.raw(sql, *values, subject.id, version, *person_ids)
    return [_candidate(row) for row in rows]


def _candidate(row: Mapping[str, Any]) -> Candidate:
    return Candidate(
        person_id=row["id"],
        name=row["name"],
        disabled=row["disabled_at"] is not None or row["erased_at"] is not None,
        in_reach=bool(row["in_reach"]),
        has_open=bool(row["has_open"]),
        completed_at=row["completed_at"],
    )


async def preview(reach: Reach, info: SubjectInfo, audience: Audience, again: bool, at: datetime) -> Outcome:
    """What assigning would do now."""
    people = await candidates(reach, info.subject, await members(audience))
    reasons = [(one, rules.skip_reason(one, info.valid_days, again, at)) for one in people]
    left_out = [(one.name, reason) for one, reason in reasons if reason is not None]
    counted = {reason: sum(1 for _, other in left_out if other == reason) for reason in Skip}
    return Outcome(
        total=len(people),
        given=len(people) - len(left_out),
        skipped={reason: count for reason, count in counted.items() if count},
        who=tuple(left_out[:SHOWN]),
    )
