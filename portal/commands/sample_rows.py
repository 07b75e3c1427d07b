"""Rows of made-up owners in bulk: enough of each that every list, figure and decision holds, thousands a second."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TypeVar

from piccolo.table import Table

from certification.certificates.tables import Certificate
from certification.exams import queries as exams
from certification.exams.queries import ExamInfo
from certification.exams.tables import Attempt
from courses.assignment.tables import Assignment
from courses.catalogue import queries as catalogue
from courses.catalogue.queries import CurriculumInfo
from courses.progress.tables import Enrolment
from portal.commands.demo_data import demo_data
from portal.core.base.ids import new_number, new_ref
from portal.core.base.settings import settings
from portal.core.people.tables import Person, RoleGrant
from portal.core.stores.tables import Stewardship, Store, Vip
from portal.service.sharing.tables import ShareLink

Made = TypeVar("Made", bound=Table)
PREFIX = "sample-"
OWNERS_A_MANAGER = 200
VIPS_EACH = 2
ROWS_AT_ONCE = 200
SPREAD_DAYS = 500
FIRST_DAYS = 300  # since the first owner opened, whose list is the longest
# Of ten owners: six have their certificate (the oldest have let it run out), two are learning, two have not begun.
LICENSED, LEARNING = 6, 8


@dataclass(frozen=True, slots=True)
class Ground:
    """What every row stands on: the curriculum, its exam, its courses' versions, and the hour of the load."""

    curriculum: CurriculumInfo
    exam: ExamInfo
    versions: dict[int, int]
    at: datetime


@dataclass(frozen=True, slots=True)
class Sample:
    """One made-up owner by her number, as far as her rows are known."""

    number: int
    at: datetime
    person_id: int = 0
    store_id: int = 0
    assignment_id: int = 0

    @property
    def external_id(self) -> str:
        return f"{PREFIX}{self.number:07d}"

    @property
    def licensed(self) -> bool:
        return self.number % 10 < LICENSED

    @property
    def courses_done(self) -> int | None:
        """How many courses she has finished; None for all."""
        if self.licensed:
            return None
        return 1 + self.number % 5 if self.number % 10 < LEARNING else 0

    @property
    def opened_at(self) -> datetime:
        days = 1 + (FIRST_DAYS + self.number * 61) % SPREAD_DAYS
        return self.at - timedelta(days=days, minutes=self.number % 1440)

    @property
    def licensed_at(self) -> datetime:
        return self.opened_at + timedelta(hours=9)

    @property
    def name(self) -> str:
        owners = demo_data().owners
        return f"{owners[self.number % len(owners)].name} {self.number}"

    @property
    def store_name(self) -> str:
        owners = demo_data().owners
        return f"{owners[self.number // 7 % len(owners)].store} {self.number}"

    @property
    def region(self) -> str:
        owners = demo_data().owners
        return owners[self.number // 3 % len(owners)].region


async def insert(rows: Sequence[Made]) -> list[int]:
    """Insert rows of one table in a few statements; their ids, in order (the sequence gives them so)."""
    ids: list[int] = []
    for start in range(0, len(rows), ROWS_AT_ONCE):
        chunk = rows[start : start + ROWS_AT_ONCE]
        ids += sorted(int(row["id"]) for row in await type(rows[0]).insert(*chunk))
    return ids


async def ground(at: datetime) -> Ground:
    """The current licence curriculum and what hangs on it; inside a door."""
    curriculum = await catalogue.current_curriculum("owner_licence", settings().language)
    assert curriculum is not None
    part = next(part for part in curriculum.parts if part.kind == "exam")
    exam = await exams.exam_of_part(part.id)
    assert exam is not None
    versions = {course: await catalogue.current_course_version(course) or 0 for course in curriculum.course_ids}
    return Ground(curriculum, exam, versions, at)


def person(sample: Sample) -> Person:
    return Person(
        external_id=sample.external_id,
        name=sample.name,
        phone=f"100{sample.number:08d}",
        language="zh-Hans",
        theme="system",
        created_at=sample.opened_at,
    )


def role(sample: Sample) -> RoleGrant:
    return RoleGrant(person=sample.person_id, role="owner", granted_at=sample.opened_at)


def store(sample: Sample) -> Store:
    return Store(
        external_id=sample.external_id,
        owner=sample.person_id,
        name=sample.store_name,
        region=sample.region,
        opened_at=sample.opened_at,
        kit_sku="starter-kit",
        kit_paid_fen=29_800,
        changed_at=sample.opened_at,
    )


def stewardship(sample: Sample, managers: Sequence[int]) -> Stewardship:
    manager = managers[sample.number // OWNERS_A_MANAGER % len(managers)]
    return Stewardship(store=sample.store_id, manager=manager, since=sample.opened_at)


def assignment(sample: Sample, on: Ground) -> Assignment:
    return Assignment(
        person=sample.person_id,
        curriculum=on.curriculum.curriculum_id,
        curriculum_version=on.curriculum.version_id,
        cause="new_owner",
        assigned_at=sample.opened_at,
        due_at=sample.opened_at + timedelta(days=on.curriculum.due_days),
        completed_at=sample.licensed_at if sample.licensed else None,
    )


def enrolments(sample: Sample, on: Ground) -> list[Enrolment]:
    done_at = sample.opened_at + timedelta(hours=6)
    return [
        Enrolment(
            person=sample.person_id,
            assignment=sample.assignment_id,
            course=course,
            version=version,
            started_at=sample.opened_at,
            moved_at=done_at,
            completed_at=done_at,
        )
        for course, version in list(on.versions.items())[: sample.courses_done]
    ]


def attempt(sample: Sample, on: Ground) -> Attempt:
    most = on.exam.blueprint.max_points
    missed = sample.number % 5
    return Attempt(
        ref=new_ref(),
        person=sample.person_id,
        assignment=sample.assignment_id,
        exam_version=on.exam.version_id,
        number=1,
        language="zh-Hans",
        state="graded",
        started_at=sample.licensed_at - timedelta(minutes=20),
        deadline_at=sample.licensed_at + timedelta(minutes=20),
        sealed_at=sample.licensed_at,
        sealed_by="person",
        points=most - missed,
        max_points=most,
        score_bp=(most - missed) * 10_000 // most,
        must_missed=0,
        passed=True,
    )


def certificate(sample: Sample, on: Ground) -> Certificate:
    return Certificate(
        number=new_number(),
        person=sample.person_id,
        assignment=sample.assignment_id,
        curriculum_version=on.curriculum.version_id,
        holder_name=sample.name,
        store_name=sample.store_name,
        score_bp=9_000,
        issued_at=sample.licensed_at,
        valid_until=sample.licensed_at + timedelta(days=on.curriculum.valid_days),
    )


def vips(sample: Sample) -> list[Vip]:
    since = sample.licensed_at + timedelta(days=1)
    return [
        Vip(
            external_id=f"{sample.external_id}-vip-{count}",
            name=demo_data().vips[(sample.number + count) % len(demo_data().vips)].name,
            phone=f"101{sample.number * VIPS_EACH + count:08d}",
            store=sample.store_id,
            registered_at=since,
            bound_at=since,
            bound_via="owner",
        )
        for count in range(VIPS_EACH)
    ]


def invitation(sample: Sample, decision_id: int) -> ShareLink:
    return ShareLink(
        code=new_ref(), store=sample.store_id, product=None, made_at=sample.licensed_at, decision=decision_id
    )
