"""The best-service award: a manager writes up an owner's service; two reviewers judge it not knowing whose it is."""

from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from courses.cases.rules import Known, named, traces_of_people
from portal.core.base import audit
from portal.core.base.audit import Actor
from portal.core.base.database import hold, placeholders, writing
from portal.core.base.refusals import Forbidden, NotFound, Refused
from portal.core.stores import queries as stores
from portal.service.awards import cycles
from portal.service.awards.cycles import Cycle
from portal.service.awards.queries import BEYOND
from portal.service.awards.rules import JUDGES, NOMINATED_IN, Scope, Subject, lot_of, mean_mark
from portal.service.awards.tables import AwardJudgement, AwardNomination

HERE = "/manage/nominations"
Marks = tuple[int, int, int]


@dataclass(frozen=True, slots=True)
class Writeup:
    """What a manager tells, naming nobody: what happened, what was done, what it did for the buyer."""

    title: str
    happened: str
    done: str
    effect: str

    @property
    def parts(self) -> dict[str, str]:
        return {name: getattr(self, name) for name in ("title", "happened", "done", "effect")}


@dataclass(frozen=True, slots=True)
class Nomination:
    """A write-up with whose it is; judges' pages leave out the latter."""

    id: int
    cycle_id: int
    ref: str
    label: str
    store_id: int
    store_name: str
    person_id: int
    person_name: str
    by_id: int
    by_name: str
    writeup: Writeup
    at: datetime
    withdrawn_at: datetime | None
    marks: tuple[Marks, ...] = ()
    judges: frozenset[int] = frozenset()

    @property
    def mean(self) -> int:
        """Of a hundred; 0 until two have judged."""
        return mean_mark(self.marks)

    @property
    def open(self) -> bool:
        """Whether a judge is still wanted."""
        return len(self.judges) < JUDGES


_NOMINATION = (
    "SELECT n.id, n.cycle AS cycle_id, c.ref, c.label, n.store AS store_id, s.name AS store_name,"
    " n.person AS person_id, p.name AS person_name, n.by_person AS by_id, m.name AS by_name, n.title, n.happened,"
    " n.done, n.effect, n.at, n.withdrawn_at FROM award_nominations n JOIN award_cycles c ON c.id = n.cycle"
    " JOIN stores s ON s.id = n.store JOIN persons p ON p.id = n.person JOIN persons m ON m.id = n.by_person"
)


async def nominations(condition: str, *values: object) -> list[Nomination]:
    """Nominations by a condition on `n` and `c` (with order and limit), with their marks; two queries."""
    rows: list[dict[str, Any]] = await AwardNomination.raw(f"{_NOMINATION} WHERE {condition}", *values)
    judged = await _judged([row["id"] for row in rows])
    found = []
    for row in rows:
        plain = {name: value for name, value in row.items() if name not in ("title", "happened", "done", "effect")}
        writeup = Writeup(row["title"], row["happened"], row["done"], row["effect"])
        marks = judged.get(row["id"], {})
        found.append(Nomination(**plain, writeup=writeup, marks=tuple(marks.values()), judges=frozenset(marks)))
    return found


async def _judged(ids: list[int]) -> dict[int, dict[int, Marks]]:
    if not ids:
        return {}
    rows = await AwardJudgement.raw(
        "SELECT nomination, by_person, effort, effect, example FROM award_judgements WHERE nomination IN"  # noqa: S608
        f" ({placeholders(ids)}) ORDER BY id",
        *ids,
    )
    found: dict[int, dict[int, Marks]] = defaultdict(dict)
    for row in rows:
        found[row["nomination"]][row["by_person"]] = (row["effort"], row["effect"], row["example"])
    return found


async def nomination(nomination_id: int) -> Nomination | None:
    found = await nominations("n.id = {}", nomination_id) if 0 < nomination_id < BEYOND else []
    return found[0] if found else None


async def of_cycle(cycle_id: int) -> list[Nomination]:
    """What stands of a cycle."""
    return await nominations("n.cycle = {} AND n.withdrawn_at IS NULL ORDER BY n.id LIMIT 500", cycle_id)


async def to_judge(person_id: int, limit: int = 50) -> list[Nomination]:
    """What waits for a judge whom it does not concern and who has not judged it."""
    return await nominations(
        "n.withdrawn_at IS NULL AND n.by_person <> {} AND n.person <> {}"
        " AND c.state IN ('planned', 'taking', 'ranking', 'looking', 'review') AND (SELECT COUNT(*)"
        " FROM award_judgements j WHERE j.nomination = n.id) < {} AND NOT EXISTS (SELECT 1 FROM award_judgements j"
        " WHERE j.nomination = n.id AND j.by_person = {}) ORDER BY n.id LIMIT {}",
        person_id,
        person_id,
        JUDGES,
        person_id,
        limit,
    )


async def open_cycles() -> list[Cycle]:
    """For which a manager may nominate now, the latest first."""
    states = placeholders(NOMINATED_IN)
    return await cycles.cycles(
        f"subject = {{}} AND scope = {{}} AND state IN ({states}) ORDER BY since DESC, id LIMIT 12",
        str(Subject.OWNER),
        str(Scope.PLATFORM),
        *(str(state) for state in NOMINATED_IN),
    )


async def nominate(
    actor: Actor, manager_id: int, ref: str, store_external_id: str, writeup: Writeup, at: datetime
) -> int:
    """Nominate an owner of her team. Raises NotFound; Refused: `award_nomination_closed`, `award_nominated`,
    `award_nomination_names` (422, with the field) where the words would say who it is."""
    async with writing():
        cycle = await cycles.held(ref)
        store = await stores.store_by_external_id(store_external_id)
        if store is None or not await stores.manages(manager_id, store_id=store.id):
            raise Refused("award_nomination_team", field="store", status=422)
        if cycle.state not in NOMINATED_IN or cycle.subject is not Subject.OWNER or not cycle.whole:
            raise Refused("award_nomination_closed", way=HERE)
        await _unnamed(store, manager_id, writeup)
        rows = await AwardNomination.raw(
            "INSERT INTO award_nominations (cycle, store, person, by_person, title, happened, done, effect, at)"
            " VALUES ({}, {}, {}, {}, {}, {}, {}, {}, {}) ON CONFLICT DO NOTHING RETURNING id",
            cycle.id,
            store.id,
            store.owner_id,
            manager_id,
            *writeup.parts.values(),
            at,
        )
        if not rows:
            raise Refused("award_nominated", field="store", status=422)
        made = int(rows[0]["id"])
        await audit.record(actor, "awards.nominated", ("award_nomination", made), at, {"store": store.id})
        return made


async def _unnamed(store: stores.StoreInfo, manager_id: int, writeup: Writeup) -> None:
    phones = await AwardNomination.raw(
        "SELECT name, phone FROM persons WHERE id IN ({}, {})", store.owner_id, manager_id
    )
    known = Known(
        names=named([store.name, *(row["name"] for row in phones)]), phones=named(row["phone"] for row in phones)
    )
    for name, text in writeup.parts.items():
        traces = traces_of_people(text, known)
        if traces:
            raise Refused("award_nomination_names", {"found": traces[0].found}, field=name, status=422)


async def withdraw(actor: Actor, manager_id: int, nomination_id: int, at: datetime) -> None:
    """Take a nomination back while it is open. Raises NotFound, Refused `award_nomination_closed`."""
    async with writing():
        found = await nomination(nomination_id)
        if found is None or found.by_id != manager_id:
            raise NotFound
        cycle = await cycles.held(found.ref)
        rows = (
            await AwardNomination.update({AwardNomination.withdrawn_at: at})
            .where(AwardNomination.id == nomination_id, AwardNomination.withdrawn_at.is_null())
            .returning(AwardNomination.id)
        )
        if not rows or cycle.state not in NOMINATED_IN:
            raise Refused("award_nomination_closed", way=HERE)
        await audit.record(actor, "awards.nomination_withdrawn", ("award_nomination", nomination_id), at)


async def judge(actor: Actor, person_id: int, nomination_id: int, marks: Marks, note: str | None, at: datetime) -> None:
    """Mark a write-up, once each, two of them. Raises NotFound, Forbidden `award_own`, Refused: `award_judged`,
    `award_nomination_closed`."""
    async with writing():
        await hold("award_nominations", nomination_id)
        found = await nomination(nomination_id)
        if found is None or found.withdrawn_at is not None:
            raise NotFound
        if person_id in (found.by_id, found.person_id):
            raise Forbidden("award_own")
        if (await cycles.by_id(found.cycle_id)).state not in NOMINATED_IN:
            raise Refused("award_nomination_closed")
        if not found.open or person_id in found.judges:
            raise Refused("award_judged")
        await AwardJudgement.insert(
            AwardJudgement(
                nomination=nomination_id,
                by_person=person_id,
                effort=marks[0],
                effect=marks[1],
                example=marks[2],
                note=note,
                at=at,
            )
        )
        await audit.record(actor, "awards.judged", ("award_nomination", nomination_id), at)


def lots(cycle: Cycle, found: list[Nomination]) -> dict[int, str]:
    """What decides between two of the same mean."""
    return {each.id: lot_of(cycle.ref, f"nomination:{each.id}") for each in found}
