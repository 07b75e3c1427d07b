"""Results as they were given and corrected, with what their people agreed to. Inside a door."""

from dataclasses import dataclass
from datetime import datetime

from portal.core.web.format import masked_name
from portal.service.awards.queries import BEYOND
from portal.service.awards.rules import Award
from portal.service.awards.tables import AwardResult


@dataclass(frozen=True, slots=True)
class Result:
    """An award as it was given, or corrected; `shown` and `story`: what its holder agreed to."""

    id: int
    cycle_id: int
    award: Award
    candidate_id: int | None
    nomination_id: int | None
    person_id: int
    person_name: str
    person_external: str | None
    store_id: int | None
    store_name: str | None
    store_external: str | None
    taken_back: bool
    corrects: int | None
    reason: str | None
    at: datetime
    superseded_at: datetime | None
    shown: str
    story: bool
    case_ref: str | None

    @property
    def standing(self) -> bool:
        return self.superseded_at is None and not self.taken_back

    @property
    def public_name(self) -> str:
        """Her name as she agreed: whole with her store, the store alone, or starred."""
        if self.shown == "full":
            return f"{self.person_name} · {self.store_name}" if self.store_name else self.person_name
        if self.shown == "store" and self.store_name:
            return self.store_name
        return masked_name(self.person_name)


_RESULT = (
    "SELECT r.id, r.cycle AS cycle_id, r.award, r.candidate AS candidate_id, r.nomination AS nomination_id,"
    " r.person AS person_id, p.name AS person_name, p.external_id AS person_external, r.store AS store_id,"
    " s.name AS store_name, s.external_id AS store_external, r.taken_back, r.corrects, r.reason, r.at,"
    " r.superseded_at, coalesce(c.shown, 'masked') AS shown, c.story, y.case_ref FROM award_results r"
    " JOIN persons p ON p.id = r.person LEFT JOIN stores s ON s.id = r.store"
    " LEFT JOIN award_consents c ON c.person = r.person LEFT JOIN award_stories y ON y.result = r.id"
)


async def results(condition: str, *values: object) -> list[Result]:
    """Results by a condition on `r` (with order and limit)."""
    rows = await AwardResult.raw(f"{_RESULT} WHERE {condition}", *values)
    return [
        Result(**row | {"award": Award(row["award"]), **{name: bool(row[name]) for name in ("taken_back", "story")}})
        for row in rows
    ]


async def result(result_id: int) -> Result | None:
    found = await results("r.id = {}", result_id) if 0 < result_id < BEYOND else []
    return found[0] if found else None
