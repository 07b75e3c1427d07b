"""Reports of misleading shares as reporters and staff see them. Call inside a door."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from portal.core.base.files import FileInfo
from portal.core.web.paging import Cut, Page, paged
from portal.service.sharing.rules import ReportState, Source, What
from portal.service.sharing.tables import ReportPhoto, ShareReport

BEYOND = 2**62


@dataclass(frozen=True, slots=True)
class ReportInfo:
    """A report. `contact` is whole: the page of one report alone shows it, to staff."""

    id: int
    ref: str
    link_id: int
    link_code: str
    store_id: int
    store_external_id: str
    store_name: str
    owner_id: int
    product_id: int | None
    product_title: str | None
    what: What
    text: str
    seen_where: str | None
    contact: str | None
    source: Source
    at: datetime
    state: ReportState
    violation_id: int | None
    violation_state: str | None
    proposed_by: int | None
    decided_at: datetime | None
    answer: str | None
    photos: int


_REPORT = (
    "SELECT r.id, r.ref, r.link AS link_id, l.code AS link_code, r.store AS store_id,"
    " s.external_id AS store_external_id, s.name AS store_name, s.owner AS owner_id, r.product AS product_id,"
    " p.title AS product_title, r.what, r.text, r.seen_where, r.contact, r.source, r.at, r.state,"
    " r.violation AS violation_id, v.state AS violation_state, v.proposed_by, r.decided_at, r.answer,"
    " (SELECT count(*) FROM share_report_photos f WHERE f.report = r.id) AS photos"
    " FROM share_reports r JOIN share_links l ON l.id = r.link JOIN stores s ON s.id = r.store"
    " LEFT JOIN products p ON p.id = r.product LEFT JOIN violations v ON v.id = r.violation"
)


def _report(row: dict[str, Any]) -> ReportInfo:
    told = {"what": What(row["what"]), "source": Source(row["source"]), "state": ReportState(row["state"])}
    return ReportInfo(**{**row, **told})


async def report(ref: str) -> ReportInfo | None:
    rows = await ShareReport.raw(f"{_REPORT} WHERE r.ref = {{}}", ref)
    return _report(rows[0]) if rows else None


async def reports(cut: Cut, state: ReportState | None, manager_id: int | None = None) -> Page[ReportInfo]:
    """Reports, the newest first; of one state, or of the stores in a manager's team alone."""
    where, values = ["r.id < {}"], list[Any]([cut.after or BEYOND])
    if state is not None:
        where.append("r.state = {}")
        values.append(str(state))
    if manager_id is not None:
        where.append(
            "EXISTS (SELECT 1 FROM stewardships g WHERE g.store = r.store AND g.until IS NULL AND g.manager = {})"
        )
        values.append(manager_id)
    sql = f"{_REPORT} WHERE {' AND '.join(where)} ORDER BY r.id DESC LIMIT {{}}"
    rows = await ShareReport.raw(sql, *values, cut.fetch)
    return paged([_report(row) for row in rows], cut, lambda item: item.id)


async def decided_elsewhere(limit: int = 200) -> list[str]:
    """Refs of reports whose proposed breach has been decided since."""
    rows = await ShareReport.raw(
        "SELECT r.ref FROM share_reports r JOIN violations v ON v.id = r.violation"
        " WHERE r.state = 'proposed' AND v.state <> 'proposed' ORDER BY r.id LIMIT {}",
        limit,
    )
    return [row["ref"] for row in rows]


async def photo(report_id: int, position: int) -> FileInfo | None:
    """A report's picture by its place, counted from 1."""
    rows = await ReportPhoto.raw(
        "SELECT f.id, f.ref, f.sha256, f.size, f.media_type, f.name FROM share_report_photos p"
        " JOIN files f ON f.id = p.file WHERE p.report = {} AND p.position = {}",
        report_id,
        position,
    )
    return FileInfo(**rows[0]) if rows else None
