"""Makers: what a test needs to be there, made through the rooms' own actions. Plain functions, no surprises."""

import itertools
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from certification.exams import actions as exams
from certification.exams.tables import AttemptItem
from courses.assignment import queries as assigned
from courses.catalogue import commands
from courses.catalogue import queries as catalogue
from courses.progress import actions as progress
from courses.progress.tables import Enrolment
from courses.questions import queries as questions
from courses.questions.content import Matching, Multiple, Numeric, Question, Short, Single, TrueFalse
from courses.questions.rules import shown_answer
from portal.core.base.audit import SYSTEM
from portal.core.base.clock import now
from portal.core.base.database import reading, writing
from portal.core.base.ids import new_token, token_hash
from portal.core.people import actions as people
from portal.core.people.policy import capabilities
from portal.core.people.rules import Scope
from portal.core.people.tables import RoleGrant, SignIn
from portal.core.stores import actions as stores
from portal.core.stores.actions import StoreOpening
from portal.core.supply import actions as supply
from portal.core.supply import standings
from portal.core.supply.rules import ProductFacts
from portal.core.web.frame import SIGN_IN_COOKIE, cookie_name
from portal.core.web.viewer import Viewer
from tests.browse import Browser

_numbers = itertools.count(1)
START = datetime(2026, 11, 1, 2, 0, tzinfo=UTC)


def serial(prefix: str) -> str:
    """A name that no other test thing has."""
    return f"{prefix}-{next(_numbers)}"


async def person(role: str, name: str, at: datetime | None = None, **more: Any) -> int:
    """An account with one role, reachable by e-mail; she has no password."""
    email = more.pop("email", f"{serial(role)}@example.test")
    return await people.create_person(SYSTEM, name=name, role=role, at=at or now(), email=email, **more)


@dataclass(frozen=True)
class Owner:
    """An owner with her store."""

    person_id: int
    external_id: str
    store_id: int
    store_external_id: str


async def owner(name: str, at: datetime | None = None, manager_id: int | None = None, **changes: Any) -> Owner:
    """An owner who has just bought the starter kit."""
    at = at or now()
    external = serial("owner")
    plain: dict[str, Any] = {
        "external_id": f"store-of-{external}",
        "name": f"{name}的小店",
        "opened_at": at,
        "kit_sku": "kit-298",
        "kit_paid_fen": 29_800,
        "owner_external_id": external,
        "owner_name": name,
        "owner_phone": f"138{next(_numbers):08d}",
        "owner_email": f"{external}@example.test",
    }
    put = await stores.put_store(SYSTEM, StoreOpening(**plain | changes), at)
    if manager_id is not None:
        await stores.appoint_manager(SYSTEM, put.store_id, manager_id, at)
    return Owner(put.owner_id, external, put.store_id, f"store-of-{external}")


async def viewer(person_id: int) -> Viewer:
    """A person as pages see her, without a browser."""
    async with reading():
        rows = await RoleGrant.select(RoleGrant.role).where(RoleGrant.person == person_id, RoleGrant.ended_at.is_null())
    roles = frozenset(row["role"] for row in rows)
    return Viewer(
        person_id=person_id,
        name="",
        sign_in_id=0,
        roles=roles,
        capabilities=capabilities(roles),
        language="zh-Hans",
        theme="system",
        care=False,
        factor_missing=False,
        confirmed_until=None,
    )


async def sign_in(browser: Browser, person_id: int, at: datetime | None = None) -> Browser:
    """Sign a browser in without typing a password; freshly confirmed, so that sensitive pages open."""
    token, at = new_token(), at or now()
    async with writing():
        await SignIn.insert(
            SignIn(
                token_hash=token_hash(token),
                person=person_id,
                device="test",
                created_at=at,
                last_seen_at=at,
                expires_at=at + timedelta(days=30),
                confirmed_until=at + timedelta(minutes=15),
            )
        )
    browser.client.cookies.set(cookie_name(SIGN_IN_COOKIE), token)
    return browser


async def product(at: datetime | None = None, **changes: Any) -> str:
    """A product that the shop has sent; returns its external id."""
    external = serial("product")
    plain: dict[str, Any] = {
        "title": "秦岭洋槐蜜 500 克",
        "price_fen": 5_900,
        "commission_bp": 1_200,
        "supplier": "qinling",
        "category": "food",
        "url": f"https://shop.example/p/{external}",
        "share_copy": ("今年的洋槐蜜到了，味道偏淡，泡水正好。", "检测报告在详情页第三张图。"),
    }
    visited = changes.pop("visited", True)
    made = await supply.put_product(SYSTEM, ProductFacts(external_id=external, **plain | changes), at or now())
    if visited:  # its supplier may sell food
        await standings.clear(SYSTEM, made.supplier_id, made.changed_at + timedelta(days=3_650), "visit:0", now())
    return external


async def curricula(at: datetime = START) -> None:
    """The shipped curricula, through the door that users have."""
    await commands.ensure_shipped(at)


def right_answer(question: Question) -> Any:
    """The answer that earns everything, in stored numbering."""
    body = question.body
    if isinstance(body, Single):
        return [max(range(len(body.choices)), key=lambda index: body.choices[index].share)]
    if isinstance(body, Multiple):
        return [index for index, choice in enumerate(body.choices) if choice.share > 0]
    if isinstance(body, TrueFalse):
        return body.right
    if isinstance(body, Numeric):
        return body.answers[0].value
    if isinstance(body, Short):
        return body.accepted[0].text
    assert isinstance(body, Matching)
    return {str(left): body.rights.index(pair.right) for left, pair in enumerate(body.pairs)}


def wrong_answer(question: Question) -> Any:
    """An answer of the right shape that earns nothing."""
    body = question.body
    if isinstance(body, Single):
        return [min(range(len(body.choices)), key=lambda index: body.choices[index].share)]
    if isinstance(body, Multiple):
        return [index for index, choice in enumerate(body.choices) if choice.share < 0]
    if isinstance(body, TrueFalse):
        return not body.right
    if isinstance(body, Numeric):
        return "-987654"
    if isinstance(body, Short):
        return "不知道"
    assert isinstance(body, Matching)
    right = right_answer(question)
    return {left: (place + 1) % len(body.rights) for left, place in right.items()}


async def learn_course(person_id: int, assignment_id: int, course_id: int, at: datetime) -> datetime:
    """Read every lesson of a course long enough and answer its checkpoints; returns when she was done."""
    enrolment = await progress.begin_course(person_id, assignment_id, course_id, at)
    async with reading():
        row = await Enrolment.objects().get(Enrolment.id == enrolment)
        assert row is not None
        course = await catalogue.course(row.version, "zh-Hans")
    assert course is not None
    actor = (await viewer(person_id)).actor
    for lesson in course.lessons:
        await progress.open_lesson(enrolment, lesson.id, at)
        at += timedelta(minutes=5)
        if lesson.kind == "checkpoint":
            await _answer_checkpoint(actor, enrolment, lesson.id, at)
        else:
            await progress.complete_lesson(actor, enrolment, lesson.id, at)
    return at


async def _answer_checkpoint(actor: Any, enrolment: int, lesson_id: int, at: datetime) -> None:
    async with reading():
        asked = await catalogue.lesson_questions(lesson_id)
        found = await questions.editions(asked, "zh-Hans")
    for position, version in enumerate(asked, 1):
        given = right_answer(found[version].question)
        await progress.answer_checkpoint(actor, enrolment, lesson_id, position, given=given, at=at)


async def learn_all(person_id: int, assignment_id: int, at: datetime) -> datetime:
    """Finish every course of an assignment; returns when she was done."""
    async with reading():
        given = await assigned.assignment(assignment_id)
        assert given is not None
        assert given.curriculum_version_id is not None
        curriculum = await catalogue.curriculum_version(given.curriculum_version_id, "zh-Hans")
    assert curriculum is not None
    async with writing():
        for course_id in curriculum.course_ids:
            at = await learn_course(person_id, assignment_id, course_id, at)
    return at


async def exam_part(assignment_id: int) -> int:
    """The part of an assignment that is its exam."""
    async with reading():
        given = await assigned.assignment(assignment_id)
        assert given is not None
        assert given.curriculum_version_id is not None
        curriculum = await catalogue.curriculum_version(given.curriculum_version_id, "zh-Hans")
    assert curriculum is not None
    return next(part.id for part in curriculum.parts if part.kind == "exam")


async def sit_exam(person_id: int, assignment_id: int, at: datetime, *, well: bool = True) -> str:
    """Sit the assignment's exam, answering everything right or everything wrong; returns the attempt's ref."""
    seen = await viewer(person_id)
    attempt = await exams.start_attempt(seen, assignment_id, await exam_part(assignment_id), "zh-Hans", at)
    for position, given in (await answers_of(attempt.id, well=well)).items():
        await exams.save_answer(
            attempt.ref, seen, position, given, seq=None, device="test", at=at + timedelta(seconds=position)
        )
    await exams.submit(attempt.ref, seen, at + timedelta(minutes=10))
    return attempt.ref


async def answers_of(attempt_id: int, *, well: bool = True) -> dict[int, Any]:
    """Right (or wrong) answers to a frozen attempt by position, numbered as on the screen."""
    async with reading():
        items = await AttemptItem.objects().where(AttemptItem.attempt == attempt_id).order_by(AttemptItem.position)
        found = await questions.editions_by_id([item.edition for item in items])
    answers = {}
    for item in items:
        question = found[item.edition].question
        order = tuple(_as_list(item.option_order))
        given = right_answer(question) if well else wrong_answer(question)
        answers[item.position] = shown_answer(question, order, given)
    return answers


def _as_list(value: Any) -> list[int]:
    import json  # noqa: PLC0415 - only here

    return list(json.loads(value)) if isinstance(value, str) else list(value)


async def open_assignment(person_id: int, purpose: str = "owner_licence") -> int:
    """Her open registration for a purpose."""
    async with reading():
        given = await assigned.open_assignments(person_id)
    return next(one.id for one in given if one.purpose == purpose)


async def licensed_owner(name: str, at: datetime = START, manager_id: int | None = None) -> Owner:
    """An owner who really went the whole way: store, courses, exam, certificate. Needs `curricula()` first."""
    async with writing():  # one wait for the disk instead of two hundred
        made = await owner(name, at, manager_id)
        assignment = await open_assignment(made.person_id)
        done = await learn_all(made.person_id, assignment, at + timedelta(hours=1))
        await sit_exam(made.person_id, assignment, done)
    return made


async def api_key(*scopes: str) -> dict[str, str]:
    """The header of a program with these scopes."""
    admin = await person("admin", "Keyholder")
    actor = (await viewer(admin)).actor
    _, key = await people.make_api_key(actor, serial("program"), [Scope(scope) for scope in scopes], now())
    return {"Authorization": f"Bearer {key}"}
