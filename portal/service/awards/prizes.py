"""Prizes: recorded with an award, handed out once, with who, when and what proof."""

from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from portal.core.base import audit
from portal.core.base.audit import Actor
from portal.core.base.database import hold, placeholders, writing
from portal.core.base.refusals import Forbidden, NotFound, Refused
from portal.core.notices.actions import notify
from portal.service.awards import cycles, winners
from portal.service.awards.tables import AwardPrize


@dataclass(frozen=True, slots=True)
class Prize:
    """What goes with an award; worth in fen."""

    id: int
    result_id: int
    what: str
    worth_fen: int
    made_by_name: str
    made_at: datetime
    handed_by_name: str | None
    handed_at: datetime | None
    proof: str | None
    ended_at: datetime | None


_PRIZE = (
    "SELECT z.id, z.result AS result_id, z.what, z.worth_fen, m.name AS made_by_name, z.made_at,"
    " h.name AS handed_by_name, z.handed_at, z.proof, z.ended_at FROM award_prizes z JOIN persons m"
    " ON m.id = z.made_by LEFT JOIN persons h ON h.id = z.handed_by"
)


async def of_results(result_ids: Collection[int]) -> dict[int, list[Prize]]:
    """Inside a door."""
    found: dict[int, list[Prize]] = defaultdict(list)
    if result_ids:
        marks = placeholders(result_ids)
        for row in await AwardPrize.raw(f"{_PRIZE} WHERE z.result IN ({marks}) ORDER BY z.id", *result_ids):
            found[row["result_id"]].append(Prize(**row))
    return found


async def record(actor: Actor, person_id: int, result_id: int, what: str, worth_fen: int, at: datetime) -> int:
    """Record what goes with a standing award. Raises NotFound, Forbidden `award_own`, Refused: `award_not_standing`,
    `award_prize_twice`."""
    async with writing():
        await hold("award_results", result_id)
        found = await winners.result(result_id)
        if found is None:
            raise NotFound
        if found.person_id == person_id:
            raise Forbidden("award_own")
        if not found.standing:
            raise Refused("award_not_standing")
        rows = await AwardPrize.raw(
            "INSERT INTO award_prizes (result, what, worth_fen, made_by, made_at) VALUES ({}, {}, {}, {}, {})"
            " ON CONFLICT DO NOTHING RETURNING id",
            result_id,
            what,
            worth_fen,
            person_id,
            at,
        )
        if not rows:
            raise Refused("award_prize_twice", field="what", status=422)
        made = int(rows[0]["id"])
        await audit.record(actor, "awards.prize_recorded", ("award_prize", made), at, {"fen": worth_fen})
        return made


async def hand_out(actor: Actor, person_id: int, prize_id: int, proof: str, at: datetime) -> None:
    """Say that a prize is handed out, once. Raises NotFound, Forbidden `award_own`, Refused `award_prize_handed`."""
    async with writing():
        rows = await AwardPrize.raw(f"{_PRIZE} WHERE z.id = {{}}", prize_id)
        found = await winners.result(rows[0]["result_id"]) if rows else None
        if found is None:
            raise NotFound
        if found.person_id == person_id:
            raise Forbidden("award_own")
        moved = (
            await AwardPrize.update(
                {AwardPrize.handed_by: person_id, AwardPrize.handed_at: at, AwardPrize.proof: proof}
            )
            .where(AwardPrize.id == prize_id, AwardPrize.handed_at.is_null(), AwardPrize.ended_at.is_null())
            .returning(AwardPrize.id)
        )
        if not moved:
            raise Refused("award_prize_handed")
        await audit.record(actor, "awards.prize_handed", ("award_prize", prize_id), at)
        cycle = await cycles.by_id(found.cycle_id)
        params = {"what": rows[0]["what"], "label": cycle.label}
        await notify(found.person_id, "award_prize", params, at, way=f"/awards/mine/{cycle.ref}", email=False)
