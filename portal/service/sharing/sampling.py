"""Looking at what owners share: every week some links are drawn by chance, and a person checks each."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from portal.core.base import audit
from portal.core.base.audit import SYSTEM
from portal.core.base.clock import local, now
from portal.core.base.database import reading, writing
from portal.core.base.ids import new_ref
from portal.core.base.refusals import NotFound, Refused
from portal.core.web.paging import Cut, Page, paged
from portal.core.web.viewer import Viewer
from portal.service.sharing import reporting
from portal.service.sharing.reporting import Told
from portal.service.sharing.rules import SAMPLE_SIZE, Found, Source, What, drawn, weight
from portal.service.sharing.tables import SampleDraw, ShareSample

UPHELD_FOR = timedelta(days=180)
BEYOND = 2**62
# Links that somebody opened within the week: there is something to look at.
_CANDIDATES = (
    "SELECT l.id, l.store, (SELECT count(*) FROM share_reports r WHERE r.store = l.store AND r.state = 'upheld'"
    " AND r.decided_at > {}) AS upheld FROM share_links l JOIN share_rights g ON g.store = l.store"
    " WHERE g.may_share AND EXISTS (SELECT 1 FROM link_visits v WHERE v.link = l.id AND v.day >= {}) ORDER BY l.id"
)


def week_of(at: datetime) -> date:
    """The Monday of the week of the site's calendar."""
    today = local(at).date()
    return today - timedelta(days=today.weekday())


async def draw_week() -> int:
    """Sweep: draw this week's links if nobody has; returns how many. Weeks of downtime are not made up for."""
    at = now()
    week = week_of(at).isoformat()
    async with reading():
        if await SampleDraw.exists().where(SampleDraw.week == week):
            return 0
        since = (local(at).date() - timedelta(days=7)).isoformat()
        links = await SampleDraw.raw(_CANDIDATES, at - UPHELD_FOR, since)
    found = {int(row["id"]): (int(row["store"]), weight(int(row["upheld"]))) for row in links}
    return await _keep(week, found, at)


async def _keep(week: str, links: Mapping[int, tuple[int, int]], at: datetime) -> int:
    seed = new_ref()
    chosen = drawn(seed, {link: heavy for link, (_, heavy) in links.items()}, SAMPLE_SIZE)
    async with writing():
        rows = await SampleDraw.raw(
            "INSERT INTO share_sample_draws (week, seed, candidates, drawn, at) VALUES ({}, {}, {}, {}, {})"
            " ON CONFLICT DO NOTHING RETURNING id",
            week,
            seed,
            len(links),
            len(chosen),
            at,
        )
        if not rows:
            return 0
        draw_id = int(rows[0]["id"])
        for link in chosen:
            store, heavy = links[link]
            await ShareSample.insert(ShareSample(draw=draw_id, link=link, store=store, weight=heavy, state="open"))
        facts = {"candidates": len(links), "drawn": len(chosen)}
        await audit.record(SYSTEM, "share.sampled", ("share_sample_draw", draw_id), at, facts)
    return len(chosen)


@dataclass(frozen=True, slots=True)
class SampleInfo:
    """A drawn link with its product and owner, and what looking at it found."""

    id: int
    week: str
    link_code: str
    store_name: str
    store_external_id: str
    owner_id: int
    owner_name: str
    product_title: str | None
    share_copy: str | None
    weight: int
    state: str
    note: str | None
    checked_by: str | None
    report_ref: str | None

    @property
    def copy_lines(self) -> list[str]:
        return [line for line in (self.share_copy or "").splitlines() if line]


_SAMPLE = (
    "SELECT m.id, d.week, l.code AS link_code, s.name AS store_name, s.external_id AS store_external_id,"
    " s.owner AS owner_id, o.name AS owner_name, p.title AS product_title, p.share_copy, m.weight, m.state, m.note,"
    " c.name AS checked_by, r.ref AS report_ref FROM share_samples m JOIN share_sample_draws d ON d.id = m.draw"
    " JOIN share_links l ON l.id = m.link JOIN stores s ON s.id = m.store JOIN persons o ON o.id = s.owner"
    " LEFT JOIN products p ON p.id = l.product LEFT JOIN persons c ON c.id = m.checked_by"
    " LEFT JOIN share_reports r ON r.id = m.report"
)


async def samples(cut: Cut, *, only_open: bool) -> Page[SampleInfo]:
    """Drawn links, the newest first. Call inside a door."""
    where, values = "m.id < {}", list[Any]([cut.after or BEYOND])
    if only_open:
        where += " AND m.state = 'open'"
    rows = await ShareSample.raw(f"{_SAMPLE} WHERE {where} ORDER BY m.id DESC LIMIT {{}}", *values, cut.fetch)
    return paged([SampleInfo(**row) for row in rows], cut, lambda row: row.id)


async def sample(sample_id: int) -> SampleInfo:
    """One drawn link. Raises NotFound. Call inside a door."""
    rows = await ShareSample.raw(f"{_SAMPLE} WHERE m.id = {{}}", sample_id)
    if not rows:
        raise NotFound
    return SampleInfo(**rows[0])


async def check(viewer: Viewer, sample_id: int, found: Found, what: What | None, note: str, at: datetime) -> str | None:
    """Keep what looking at a share found; one that misleads becomes a report, whose ref is returned.

    Raises Refused: `own_right` for her own store, `share_sample_words` (422), `decided_already`.
    """
    if found is Found.MISLEADING and (what is None or len(note) < 5):
        raise Refused("share_sample_words", field="note", status=422)
    async with writing():
        drawn_link = await sample(sample_id)
        if drawn_link.owner_id == viewer.person_id:
            raise Refused("own_right", status=403)
        values: dict[str, Any] = {
            "state": str(found),
            "note": note or None,
            "checked_by": viewer.person_id,
            "checked_at": at,
        }
        moved = (
            await ShareSample.update(**values)
            .where(ShareSample.id == sample_id, ShareSample.state == "open")
            .returning(ShareSample.id)
        )
        if not moved:
            raise Refused("decided_already")
        facts = {"found": str(found)}
        await audit.record(viewer.actor, "share.sample_checked", ("share_sample", sample_id), at, facts)
        if found is not Found.MISLEADING or what is None:
            return None
        told = Told(what, note)
        ref = await reporting.report(viewer.actor, drawn_link.link_code, told, [], Source.SAMPLE, at)
        await ShareSample.raw(
            "UPDATE share_samples SET report = (SELECT id FROM share_reports WHERE ref = {}) WHERE id = {}",
            ref,
            sample_id,
        )
    return ref
