"""Every table of every storey, in an order in which a row's references come before it."""

from graphlib import TopologicalSorter

from piccolo.table import Table

from portal.core.base.database import DB
from portal.piccolo_conf import APP_REGISTRY


def all_tables() -> list[type[Table]]:
    """Tables of our streams, referenced ones first; Piccolo's own record of migrations is not among them."""
    found = [table for config in APP_REGISTRY.app_configs.values() for table in config.table_classes]
    graph = {table: _above(table) for table in found}
    return list(TopologicalSorter(graph).static_order())


def _above(table: type[Table]) -> set[type[Table]]:
    """The tables that this one's rows point at, itself aside."""
    return {key._foreign_key_meta.resolved_references for key in table._meta.foreign_key_columns} - {table}


async def count_rows() -> dict[str, int]:
    """Rows by table, in the open door's snapshot."""
    counts = {}
    for table in all_tables():
        name = table._meta.tablename
        rows = await DB.fetch(f'SELECT count(*) AS n FROM "{name}"', [])  # noqa: S608 - our own names
        counts[name] = int(rows[0]["n"])
    return counts


async def has_rows() -> bool:
    """Whether any table of ours holds anything."""
    for table in all_tables():
        if await DB.fetch(f'SELECT 1 AS one FROM "{table._meta.tablename}" LIMIT 1', []):  # noqa: S608 - our own names
            return True
    return False
