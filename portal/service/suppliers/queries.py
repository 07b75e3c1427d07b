"""The register as pages show it. Call inside a door."""

import json
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from portal.core.base.database import placeholders
from portal.core.base.files import FileInfo
from portal.core.base.refusals import NotFound
from portal.core.supply import standings
from portal.core.supply.rules import Standing, SupplierKind, must_be_visited
from portal.core.web.paging import Cut, Page, paged
from portal.service.suppliers.rules import Stage
from portal.service.suppliers.tables import Contact, Contract, HeldOrder, Paper, Selection

BEYOND = 2**62


@dataclass(frozen=True, slots=True)
class Row:
    """A supplier or carrier in the register's list. `must`: visited before it sells."""

    id: int
    external_id: str
    name: str
    kind: SupplierKind
    categories: tuple[str, ...]
    stage: Stage | None
    standing: Standing
    cleared_until: datetime | None
    planned_at: datetime | None
    contract_until: str | None
    score: int | None
    must: bool
    contact_name: str | None
    contact_phone: str | None

    def held(self, at: datetime) -> bool:
        """Whether its food may not be shared now."""
        return self.must and (self.cleared_until is None or self.cleared_until <= at)


_ROW = (
    "SELECT s.id, s.external_id, s.name, s.kind, s.categories, s.contact_name, s.contact_phone,"
    " (SELECT e.stage FROM supplier_selections e WHERE e.supplier = s.id ORDER BY e.id DESC LIMIT 1) AS stage,"
    " (SELECT t.standing FROM supplier_standings t WHERE t.supplier = s.id AND t.until IS NULL) AS standing,"
    " (SELECT max(c.until) FROM supplier_clearances c WHERE c.supplier = s.id) AS cleared_until,"
    " (SELECT v.planned_at FROM site_visits v WHERE v.supplier = s.id AND v.state IN ('planned', 'recorded'))"
    " AS planned_at,"
    " (SELECT max(k.until_day) FROM supplier_contracts k WHERE k.supplier = s.id AND k.ended_at IS NULL)"
    " AS contract_until,"
    " (SELECT y.score FROM supplier_evaluations y WHERE y.supplier = s.id AND y.score IS NOT NULL"
    " ORDER BY y.year DESC LIMIT 1) AS score FROM suppliers s"
)


def _moment(value: Any) -> datetime | None:
    return datetime.fromisoformat(value) if isinstance(value, str) else value


async def _rows(sql: str, *values: object) -> list[Row]:
    found = await Selection.raw(sql, *values)
    first, sold = await standings.visited_first(), await _sold([row["id"] for row in found])
    return [_row(row, first, sold.get(row["id"], [])) for row in found]


def _row(row: dict[str, Any], first: Collection[str], sold: list[str]) -> Row:
    categories, kind = tuple(json.loads(row["categories"])), SupplierKind(row["kind"])
    return Row(
        id=row["id"],
        external_id=row["external_id"],
        name=row["name"],
        kind=kind,
        categories=categories,
        stage=Stage(row["stage"]) if row["stage"] else None,
        standing=Standing(row["standing"] or Standing.GOOD),
        cleared_until=_moment(row["cleared_until"]),
        planned_at=_moment(row["planned_at"]),
        contract_until=row["contract_until"],
        score=row["score"],
        must=kind is SupplierKind.GOODS and must_be_visited([*categories, *sold], first),
        contact_name=row["contact_name"],
        contact_phone=row["contact_phone"],
    )


async def _sold(supplier_ids: Collection[int]) -> dict[int, list[str]]:
    """The categories of what these sell."""
    if not supplier_ids:
        return {}
    places = placeholders(supplier_ids)
    rows = await Selection.raw(
        f"SELECT DISTINCT supplier, category FROM products WHERE retired_at IS NULL AND supplier IN ({places})",  # noqa: S608
        *supplier_ids,
    )
    found: dict[int, list[str]] = {}
    for row in rows:
        found.setdefault(row["supplier"], []).append(row["category"])
    return found


async def register(cut: Cut, search: str, kind: SupplierKind | None, *, held: bool, at: datetime) -> Page[Row]:
    """Suppliers and carriers, the newest first. `held`: only those who must be visited and are not cleared."""
    where, values = ["s.id < {}"], [cut.after or BEYOND]
    more: list[Any] = []
    if kind is not None:
        where.append("s.kind = {}")
        more.append(str(kind))
    if search:
        where.append("(lower(s.name) LIKE {} ESCAPE '\\' OR lower(s.external_id) LIKE {} ESCAPE '\\')")
        more += [f"%{literal(search.lower())}%"] * 2
    if held:
        sql, bound = await unvisited(at)
        where.append(sql)
        more += bound
    sql = f"{_ROW} WHERE {' AND '.join(where)} ORDER BY s.id DESC LIMIT {{}}"
    return paged(await _rows(sql, *values, *more, cut.fetch), cut, lambda row: row.id)


def literal(text: str) -> str:
    """What is typed, for LIKE."""
    return "".join(f"\\{c}" if c in "\\%_" else c for c in text)


async def unvisited(at: datetime) -> tuple[str, list[Any]]:
    """SQL on `s`: must be visited first, and no passed visit is in force."""
    first = await standings.visited_first()
    sells = " OR ".join(["p.category = {} OR p.category LIKE {} ESCAPE '\\'"] * len(first))
    says = " OR ".join(["CAST(s.categories AS TEXT) LIKE {} ESCAPE '\\'"] * (2 * len(first)))
    sql = (
        "s.kind = 'goods' AND NOT EXISTS (SELECT 1 FROM supplier_clearances c WHERE c.supplier = s.id AND c.until > {})"  # noqa: S608
        f" AND ({says} OR EXISTS (SELECT 1 FROM products p WHERE p.supplier = s.id AND p.retired_at IS NULL"
        f" AND ({sells})))"
    )
    said = [pattern for each in first for pattern in (f'%"{literal(each)}"%', f'%"{literal(each)}/%')]
    sold = [value for each in first for value in (each, f"{literal(each)}/%")]
    return sql, [at, *said, *sold]


async def part(after: int, step: int = 500) -> list[Row]:
    """The register in parts, the oldest first: those beyond an id."""
    return await _rows(f"{_ROW} WHERE s.id > {{}} ORDER BY s.id LIMIT {{}}", after, step)


async def one(external_id: str) -> Row:
    """A supplier as the list shows it. Raises NotFound."""
    found = await _rows(f"{_ROW} WHERE s.external_id = {{}}", external_id[:80])
    if not found:
        raise NotFound
    return found[0]


# ---- the dossier ----


@dataclass(frozen=True, slots=True)
class Step:
    """A step of the selection."""

    id: int
    stage: Stage
    reason: str
    made_by: str
    at: datetime


async def steps(supplier_id: int) -> list[Step]:
    """The steps of its selection, the newest first."""
    rows = await Selection.raw(
        "SELECT e.id, e.stage, e.reason, p.name AS made_by, e.at FROM supplier_selections e"
        " JOIN persons p ON p.id = e.made_by WHERE e.supplier = {} ORDER BY e.id DESC LIMIT 50",
        supplier_id,
    )
    return [Step(**{**row, "stage": Stage(row["stage"])}) for row in rows]


@dataclass(frozen=True, slots=True)
class ContractInfo:
    """A contract; days as written."""

    id: int
    title: str
    since_day: str
    until_day: str
    ended_at: datetime | None


async def contracts(supplier_id: int) -> list[ContractInfo]:
    rows = await Contract.raw(
        "SELECT id, title, since_day, until_day, ended_at FROM supplier_contracts WHERE supplier = {}"
        " ORDER BY id DESC LIMIT 50",
        supplier_id,
    )
    return [ContractInfo(**row) for row in rows]


@dataclass(frozen=True, slots=True)
class ContactInfo:
    """Somebody to reach; erased, only the duty is left."""

    id: int
    duty: str
    name: str | None
    phone: str | None
    email: str | None
    erased_at: datetime | None


async def contacts(supplier_id: int) -> list[ContactInfo]:
    rows = await Contact.raw(
        "SELECT id, duty, name, phone, email, erased_at FROM supplier_contacts WHERE supplier = {}"
        " AND erased_at IS NULL ORDER BY id LIMIT 50",
        supplier_id,
    )
    return [ContactInfo(**row) for row in rows]


@dataclass(frozen=True, slots=True)
class PaperInfo:
    """A document of the dossier; `about`: what it belongs to."""

    id: int
    about: str
    title: str
    made_by: str
    at: datetime
    file: FileInfo


_PAPER = (
    "SELECT d.id AS paper, d.about, d.title, p.name AS made_by, d.at, f.id, f.ref, f.sha256, f.size, f.media_type,"
    " f.name"
    " FROM supplier_papers d JOIN files f ON f.id = d.file JOIN persons p ON p.id = d.made_by"
)


def _paper(row: dict[str, Any]) -> PaperInfo:
    told = dict(row)
    own = {name: told.pop(name) for name in ("about", "title", "made_by", "at")}
    return PaperInfo(id=told.pop("paper"), file=FileInfo(**told), **own)


async def papers(supplier_id: int) -> list[PaperInfo]:
    """The newest first."""
    rows = await Paper.raw(f"{_PAPER} WHERE d.supplier = {{}} ORDER BY d.id DESC LIMIT 100", supplier_id)
    return [_paper(row) for row in rows]


async def paper(supplier_id: int, paper_id: int) -> PaperInfo | None:
    rows = await Paper.raw(f"{_PAPER} WHERE d.supplier = {{}} AND d.id = {{}}", supplier_id, paper_id)
    return _paper(rows[0]) if rows else None


async def held_orders(supplier_id: int) -> int:
    """How many orders came although it was blacklisted."""
    return int(await HeldOrder.count().where(HeldOrder.supplier == supplier_id))
