"""Whose figures are looked at: everybody's, a region's, a manager's team, a group. Call inside a door."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import urlencode

from portal.core.base.refusals import NotFound
from portal.core.people import queries as people
from portal.core.stores import groups
from portal.core.web.viewer import Viewer
from portal.service.insight.rules import PERIODS, USUAL
from portal.service.insight.tables import InsightDay

OFFERED = 200  # names in a choice
LARGEST = 2**62
# A region is large, so each row asks for its own store's; a team's or group's stores are few and are found first.
_REGION = " AND EXISTS (SELECT 1 FROM stores s WHERE s.id = {column} AND coalesce(s.region, '') = {{}})"
_STORES: Mapping[str, str] = {
    "manager": "SELECT w.store FROM stewardships w WHERE w.manager = {} AND w.until IS NULL",
    "group": (
        "SELECT s.id FROM group_members x JOIN groups g ON g.id = x.group_of JOIN stores s ON s.owner = x.person"
        " LEFT JOIN stewardships w ON w.store = s.id AND w.until IS NULL WHERE x.group_of = {}"
        " AND s.closed_at IS NULL AND s.kit_returned_at IS NULL AND (g.manager IS NULL OR w.manager = g.manager)"
    ),
}


@dataclass(frozen=True, slots=True)
class Scope:
    """`kind`: platform, region, manager or group; `name` as people call it."""

    kind: str = "platform"
    key: str = ""
    name: str = ""

    @property
    def summed(self) -> bool:
        """Whether sums are kept of it; a team or group is small enough to be added up as it is."""
        return self.kind in ("platform", "region")

    @property
    def values(self) -> list[Any]:
        """What `stores()` takes."""
        if self.kind == "platform":
            return []
        return [self.key if self.kind == "region" else int(self.key)]

    def stores(self, column: str) -> str:
        """A condition that the store in `column` belongs to it, for the end of a WHERE; it takes `values`."""
        if self.kind == "region":
            return _REGION.format(column=column)
        return "" if self.kind == "platform" else f" AND {column} IN ({_STORES[self.kind]})"


EVERYBODY = Scope()


@dataclass(frozen=True, slots=True)
class Asked:
    """What a page was asked to show; `query` leads to other pages of the same figures."""

    days: int
    scope: Scope
    home: Scope = EVERYBODY  # what is shown where nothing else is asked for

    @property
    def query(self) -> str:
        parts = {"period": str(self.days)} if self.days != USUAL else {}
        if self.scope != self.home:
            parts[self.scope.kind] = self.scope.key
        return urlencode(parts)

    def with_days(self, days: int) -> "Asked":
        return replace(self, days=days)

    def to(self, path: str, **more: object) -> str:
        """A page with the same filter."""
        parts = [part for part in (self.query, urlencode(more)) if part]
        return f"{path}?{'&'.join(parts)}" if parts else path


def days_asked(query: Mapping[str, str]) -> int:
    wanted = query.get("period", "")
    return int(wanted) if wanted in {str(days) for days in PERIODS} else USUAL


async def asked(query: Mapping[str, str]) -> Asked:
    """What the query asks for; a group before a manager before a region, nonsense is everybody."""
    return Asked(days_asked(query), await _scope(query))


async def own(query: Mapping[str, str], viewer: Viewer) -> Asked:
    """A manager's own team, or a group of hers. Raises NotFound for anybody else's."""
    team = Scope("manager", str(viewer.person_id), viewer.name)
    if query.get("region") or query.get("manager", team.key) not in ("", team.key):
        raise NotFound
    wanted = query.get("group", "")
    return Asked(days_asked(query), await _own_group(wanted, viewer) if wanted else team, team)


async def _own_group(wanted: str, viewer: Viewer) -> Scope:
    found = await groups.group(int(wanted)) if wanted.isascii() and wanted.isdigit() and len(wanted) < 19 else None
    if found is None or found.manager_id != viewer.person_id:
        raise NotFound
    return Scope("group", str(found.id), found.name)


async def own_groups(viewer: Viewer) -> list[tuple[int, str]]:
    """The first groups of a manager, to choose from."""
    rows = await InsightDay.raw(
        "SELECT id, name FROM groups WHERE manager = {} AND ended_at IS NULL ORDER BY name, id LIMIT {}",
        viewer.person_id,
        OFFERED,
    )
    return [(row["id"], row["name"]) for row in rows]


async def _scope(query: Mapping[str, str]) -> Scope:
    for kind, find in (("group", _group), ("manager", _manager)):
        wanted = query.get(kind, "")
        if wanted.isascii() and wanted.isdigit() and int(wanted) < LARGEST:
            name = await find(int(wanted))
            if name is not None:
                return Scope(kind, str(int(wanted)), name)
    region = query.get("region")
    return Scope("region", region[:120], region[:120]) if region else EVERYBODY


async def _group(group_id: int) -> str | None:
    found = await groups.group(group_id)
    return found.name if found else None


async def _manager(person_id: int) -> str | None:
    found = await people.person(person_id)
    return found.name if found else None


@dataclass(frozen=True, slots=True)
class Choices:
    """What one may choose from: the first names of each kind."""

    regions: list[str]
    groups: list[tuple[int, str]]
    managers: list[tuple[int, str]]


async def choices() -> Choices:
    """In one query."""
    rows = await InsightDay.raw(
        "SELECT * FROM (SELECT 'region' AS what, 0 AS id, d.key AS name FROM insight_days d"
        " WHERE d.scope = 'region' AND d.key <> '' GROUP BY d.key ORDER BY d.key LIMIT {}) r"
        " UNION ALL SELECT * FROM (SELECT 'group' AS what, g.id, g.name FROM groups g WHERE g.ended_at IS NULL"
        " ORDER BY g.name, g.id LIMIT {}) g"
        " UNION ALL SELECT * FROM (SELECT 'manager' AS what, p.id, p.name FROM roles m JOIN persons p"
        " ON p.id = m.person WHERE m.role = 'manager' AND m.ended_at IS NULL ORDER BY p.name, p.id LIMIT {}) m",
        OFFERED,
        OFFERED,
        OFFERED,
    )
    named = {
        kind: [(row["id"], row["name"]) for row in rows if row["what"] == kind]
        for kind in ("region", "group", "manager")
    }
    return Choices([name for _, name in named["region"]], named["group"], named["manager"])
