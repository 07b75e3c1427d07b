"""Publishing a month: one admin proposes, another confirms; then every owner hears of hers, in batches, each once."""

from datetime import datetime

from portal.core.base import audit
from portal.core.base.audit import Actor
from portal.core.base.database import hold, reading, writing
from portal.core.base.refusals import NotFound, Refused
from portal.core.notices.actions import notify
from portal.core.stores import honours
from portal.service.stars import runs
from portal.service.stars.runs import RunInfo, State
from portal.service.stars.tables import StarResult, StarRun

BATCH = 200


def way_of(month: str) -> str:
    return f"/admin/stars/{month}"


async def _held(month: str) -> RunInfo:
    found = await runs.run_of(month)
    if found is None:
        raise NotFound
    await hold("star_runs", found.id)
    return await runs.run_by_id(found.id)


async def propose(actor: Actor, person_id: int, month: str, at: datetime) -> None:
    """Say that a month may be published as it stands. Raises NotFound; Refused `stars_not_ready`."""
    async with writing():
        run = await _held(month)
        rows = (
            await StarRun.update(
                {StarRun.state: str(State.PROPOSED), StarRun.proposed_by: person_id, StarRun.proposed_at: at}
            )
            .where(StarRun.id == run.id, StarRun.state == str(State.READY))
            .returning(StarRun.id)
        )
        if not rows:
            raise Refused("stars_not_ready", way=way_of(month))
        await audit.record(actor, "stars.proposed", ("star_run", run.id), at, {"month": month})


async def take_back(actor: Actor, person_id: int, month: str, at: datetime) -> None:
    """What was proposed is not published. Raises NotFound; Refused `stars_not_proposed`."""
    async with writing():
        run = await _held(month)
        rows = (
            await StarRun.update(
                {StarRun.state: str(State.READY), StarRun.proposed_by: None, StarRun.proposed_at: None}
            )
            .where(StarRun.id == run.id, StarRun.state == str(State.PROPOSED))
            .returning(StarRun.id)
        )
        if not rows:
            raise Refused("stars_not_proposed", way=way_of(month))
        await audit.record(actor, "stars.taken_back", ("star_run", run.id), at, {"month": month, "by": person_id})


async def confirm(actor: Actor, person_id: int, month: str, at: datetime) -> None:
    """Publish what another has proposed; the first owners hear of it at once.

    Raises NotFound; Refused: `stars_own_proposal` (403), `stars_not_proposed`.
    """
    async with writing():
        run = await _held(month)
        if run.state is not State.PROPOSED:
            raise Refused("stars_not_proposed", way=way_of(month))
        if run.proposed_by == person_id:
            raise Refused("stars_own_proposal", way=way_of(month), status=403)
        await StarRun.update(
            {
                StarRun.state: str(State.PUBLISHING),
                StarRun.confirmed_by: person_id,
                StarRun.confirmed_at: at,
                StarRun.after_store: 0,
                StarRun.done: 0,
            }
        ).where(StarRun.id == run.id)
        await audit.record(actor, "stars.confirmed", ("star_run", run.id), at, {"month": month})
        while await _batch(run.id, at) and run.total <= BATCH:
            pass


async def work(run_id: int, at: datetime) -> bool:
    """Publish the next batch; False where nothing is left."""
    async with writing():
        return await _batch(run_id, at)


_NEXT = (
    "SELECT r.store, r.owner, r.star, r.outcome, i.before_star FROM star_results r"
    " JOIN star_inputs i ON i.id = r.input_of WHERE r.run = {} AND r.store > {}"
    " AND r.superseded_at IS NULL ORDER BY r.store LIMIT {}"
)


async def _batch(run_id: int, at: datetime) -> bool:
    await hold("star_runs", run_id)
    run = await runs.run_by_id(run_id)
    if run.state is not State.PUBLISHING:
        return False
    rows = await StarResult.raw(_NEXT, run.id, run.after, BATCH)
    if not rows:
        await runs.advance(run, State.PUBLISHED, 0, run.done, published_at=at)
        return False
    if await runs.advance(run, State.PUBLISHING, rows[-1]["store"], run.done + len(rows)):
        await honours.publish_stars(run.month, [(row["store"], row["star"]) for row in rows], runs.MONTH_CAUSE, at)
        for row in rows:
            if row["star"] is None and row["before_star"] is None:
                continue  # no star then, none now: that is no news
            params = {"month": run.month, "star": row["star"] or 0}
            await notify(row["owner"], f"star_{row['outcome']}", params, at, way="/stars", email=False)
    return True


async def publishing() -> list[int]:
    """The runs that are being published."""
    async with reading():
        rows = await StarRun.raw("SELECT id FROM star_runs WHERE state = {} ORDER BY id", str(State.PUBLISHING))
    return [int(row["id"]) for row in rows]
