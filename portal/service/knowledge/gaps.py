"""Searches that tell of a missing article, and what the desk makes of them."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from portal.core.base import audit
from portal.core.base.audit import Actor
from portal.core.base.database import writing
from portal.core.base.refusals import NotFound, Refused
from portal.core.web.paging import Cut, Page, paged
from portal.service.knowledge.rules import Audience, GapState
from portal.service.knowledge.tables import Article, HelpSearch

LARGEST = 2**63 - 1


@dataclass(frozen=True, slots=True)
class Gap:
    """A query that found nothing (`found` 0) or of which nobody opened anything."""

    id: int
    query: str
    language: str
    audience: Audience
    searched: int
    found: int
    last_at: datetime
    rank: int
    state: GapState


_COLUMNS = "id, query, language, audience, searched, found, last_at, rank, state"


def _gap(row: dict[str, object]) -> Gap:
    plain = {**row, "audience": Audience(str(row["audience"])), "state": GapState(str(row["state"]))}
    return Gap(**plain)  # type: ignore[arg-type]


async def open_gaps(cut: Cut) -> Page[Gap]:
    """What is asked for most often first. Call inside a door."""
    rows = await HelpSearch.raw(
        f"SELECT {_COLUMNS} FROM help_searches WHERE gap AND state = 'open' AND rank < {{}}"  # noqa: S608 - own words
        " ORDER BY rank DESC LIMIT {}",
        cut.after or LARGEST,
        cut.fetch,
    )
    return paged([_gap(row) for row in rows], cut, lambda one: one.rank)


async def gap(gap_id: int) -> Gap | None:
    rows = await HelpSearch.raw(f"SELECT {_COLUMNS} FROM help_searches WHERE id = {{}}", gap_id)  # noqa: S608
    return _gap(rows[0]) if rows else None


async def count_open() -> int:
    """How many wait; at most a hundred are counted. Call inside a door."""
    rows = await HelpSearch.raw(
        "SELECT count(*) AS n FROM (SELECT 1 FROM help_searches WHERE gap AND state = 'open' LIMIT 100) g"
    )
    return int(rows[0]["n"])


async def not_needed(actor: Actor, gap_id: int, reason: str, at: datetime) -> None:
    """No article will be written for it, for this reason."""
    await _decide(actor, gap_id, GapState.NOT_NEEDED, at, reason=reason)


async def written(actor: Actor, gap_id: int, ref: str, at: datetime) -> None:
    """An article is being written for it, in the caller's transaction."""
    rows = await Article.select(Article.id).where(Article.ref == ref)
    await _decide(actor, gap_id, GapState.WRITTEN, at, article=rows[0]["id"])


async def _decide(actor: Actor, gap_id: int, state: GapState, at: datetime, **more: Any) -> None:
    async with writing():
        changes: dict[Any, Any] = {"state": str(state), "decided_by": actor.id, "decided_at": at, **more}
        rows = (
            await HelpSearch.update(changes)
            .where(HelpSearch.id == gap_id, HelpSearch.state == str(GapState.OPEN))
            .returning(HelpSearch.id)
        )
        if not rows:
            if await gap(gap_id) is None:
                raise NotFound
            raise Refused("gap_decided")
        await audit.record(actor, "help_gap.decided", ("help_search", gap_id), at, {"state": str(state)})
