"""The yearly evaluation: weights by version, two people score without seeing each other's marks, the mean stands."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from portal.core.base import audit
from portal.core.base.audit import Actor
from portal.core.base.clock import local
from portal.core.base.database import hold, writing
from portal.core.base.refusals import Refused
from portal.core.web.viewer import Viewer
from portal.service.suppliers.dates import set_date
from portal.service.suppliers.dossier import found_supplier, way_of
from portal.service.suppliers.rules import SCORERS, WEIGHTS, YEAR, Criterion, Matter, score, weights_fit
from portal.service.suppliers.tables import Evaluation, EvaluationCriteria, EvaluationScore

Marks = Mapping[Criterion, int]


@dataclass(frozen=True, slots=True)
class Weighing:
    """A version of the weights; number 0 is the shipped one."""

    number: int
    weights: Mapping[Criterion, int]
    reason: str = ""
    made_at: datetime | None = None
    made_by: str | None = None


@dataclass(frozen=True, slots=True)
class Given:
    """What one person gave."""

    evaluation_id: int
    person_id: int
    name: str
    marks: Marks
    words: str
    at: datetime


@dataclass(frozen=True, slots=True)
class EvaluationInfo:
    """A year's evaluation with what was given so far."""

    id: int
    year: int
    criteria: int
    score: int | None
    closed_at: datetime | None
    given: tuple[Given, ...]

    def seen_by(self, person_id: int) -> tuple[Given, ...]:
        """What she may see: everything once it is closed, before that only her own."""
        return (
            self.given if self.closed_at is not None else tuple(one for one in self.given if one.person_id == person_id)
        )

    def waits_for(self, person_id: int) -> bool:
        return self.closed_at is None and all(one.person_id != person_id for one in self.given)


def _marks(written: Any) -> Marks:
    plain = json.loads(written) if isinstance(written, str) else written
    return {Criterion(name): int(mark) for name, mark in plain.items()}


_WEIGHINGS = (
    "SELECT c.number, c.weights, c.reason, c.made_at, p.name AS made_by FROM supplier_criteria c"
    " JOIN persons p ON p.id = c.made_by"
)


async def weighings(limit: int = 20) -> list[Weighing]:
    """The versions of the weights, the newest first. Inside a door."""
    rows = await EvaluationCriteria.raw(f"{_WEIGHINGS} ORDER BY c.number DESC LIMIT {{}}", limit)
    return [*(Weighing(**{**row, "weights": _marks(row["weights"])}) for row in rows), Weighing(0, WEIGHTS)]


async def _weighing(number: int) -> Weighing:
    rows = await EvaluationCriteria.raw(f"{_WEIGHINGS} WHERE c.number = {{}}", number) if number else []
    return Weighing(**{**rows[0], "weights": _marks(rows[0]["weights"])}) if rows else Weighing(0, WEIGHTS)


async def evaluations(supplier_id: int, limit: int = 10) -> list[EvaluationInfo]:
    """A supplier's evaluations, the newest first, in one query. Inside a door."""
    rows = await Evaluation.raw(
        "SELECT e.id, e.year, e.criteria, e.score, e.closed_at, g.person, p.name, g.marks, g.words, g.at"
        " FROM supplier_evaluations e LEFT JOIN supplier_evaluation_scores g ON g.evaluation = e.id"
        " LEFT JOIN persons p ON p.id = g.person WHERE e.supplier = {} ORDER BY e.year DESC, g.id LIMIT {}",
        supplier_id,
        limit * SCORERS,
    )
    found: dict[int, EvaluationInfo] = {}
    for row in rows:
        one = found.get(row["id"]) or EvaluationInfo(
            row["id"], row["year"], row["criteria"], row["score"], row["closed_at"], ()
        )
        given = one.given
        if row["person"] is not None:
            mark = Given(row["id"], row["person"], row["name"], _marks(row["marks"]), row["words"], row["at"])
            given = (*given, mark)
        found[row["id"]] = EvaluationInfo(one.id, one.year, one.criteria, one.score, one.closed_at, given)
    return list(found.values())


async def give(viewer: Viewer, external_id: str, marks: Marks, words: str, at: datetime) -> int | None:
    """Score a supplier for this year; the score of both once the second has given hers.

    Raises NotFound; Refused: `evaluation_given` (she has scored already), `evaluation_closed`.
    """
    async with writing():
        supplier = await found_supplier(external_id)
        info = await _of_year(supplier.id, at)
        await hold("supplier_evaluations", info.id)
        info = next(one for one in await evaluations(supplier.id) if one.id == info.id)
        if info.closed_at is not None:
            raise Refused("evaluation_closed", field="words")
        if not info.waits_for(viewer.person_id):
            raise Refused("evaluation_given", field="words")
        row = EvaluationScore(evaluation=info.id, person=viewer.person_id, marks=_plain(marks), words=words, at=at)
        await EvaluationScore.insert(row)
        await audit.record(viewer.actor, "supplier.scored", ("supplier_evaluation", info.id), at)
        if len(info.given) + 1 < SCORERS:
            return None
        return await _close(
            viewer.actor, supplier.id, external_id, info, [*(one.marks for one in info.given), marks], at
        )


def _plain(marks: Mapping[Criterion, int]) -> str:
    return json.dumps({str(criterion): mark for criterion, mark in marks.items()})


async def _of_year(supplier_id: int, at: datetime) -> EvaluationInfo:
    year = local(at).year
    number = (await weighings(1))[0].number
    await Evaluation.raw(
        "INSERT INTO supplier_evaluations (supplier, year, criteria, opened_at) VALUES ({}, {}, {}, {})"
        " ON CONFLICT DO NOTHING RETURNING id",
        supplier_id,
        year,
        number,
        at,
    )
    return next(one for one in await evaluations(supplier_id) if one.year == year)


async def _close(
    actor: Actor, supplier_id: int, external_id: str, info: EvaluationInfo, given: list[Marks], at: datetime
) -> int:
    total = score((await _weighing(info.criteria)).weights, given)
    await Evaluation.update({Evaluation.score: total, Evaluation.closed_at: at}).where(Evaluation.id == info.id)
    await set_date(supplier_id, Matter.EVALUATION, supplier_id, at + YEAR, way_of(external_id), at)
    await audit.record(actor, "supplier.evaluated", ("supplier_evaluation", info.id), at, {"score": total})
    return total


async def weigh(
    actor: Actor, person_id: int, weights: Mapping[Criterion, int], reason: str, seen: int, at: datetime
) -> int:
    """Make the next version of the weights; returns its number. Evaluations that have begun keep theirs.

    Raises Refused: `evaluation_weights` (422) unless they add up to a hundred, `site_checklist_moved_on` (409).
    """
    if not weights_fit(weights):
        raise Refused("evaluation_weights", field="quality", status=422)
    async with writing():
        meanwhile = Refused("site_checklist_moved_on", way="/admin/register/rules")
        if (await weighings(1))[0].number != seen:
            raise meanwhile
        rows = await EvaluationCriteria.raw(
            "INSERT INTO supplier_criteria (number, weights, reason, made_by, made_at) VALUES ({}, {}, {}, {}, {})"
            " ON CONFLICT DO NOTHING RETURNING id",
            seen + 1,
            _plain(weights),
            reason,
            person_id,
            at,
        )
        if not rows:
            raise meanwhile
        facts = {"number": seen + 1, **{str(name): weight for name, weight in weights.items()}}
        await audit.record(actor, "supplier.criteria", ("supplier_criteria", rows[0]["id"]), at, facts)
        return seen + 1
