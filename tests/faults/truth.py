"""What must hold of a database whatever has happened to it (the invariants of reliability)."""

from portal.core.base.audit import check_chain, sequence
from portal.core.base.database import DB, connect, disconnect, reading
from portal.core.supply.tables import Product


async def titles(url: str) -> dict[str, str]:
    """The products of the database at `url`, which is checked on the way."""
    await connect(url)
    try:
        await sequence()
        report = await check_chain()
        assert report.broken_at is None
        assert report.waiting == 0
        async with reading():
            await _references_hold()
            await _one_entry_a_change()
            rows = await Product.select(Product.external_id, Product.title)
    finally:
        await disconnect()
    return {row["external_id"]: row["title"] for row in rows}


async def _references_hold() -> None:
    if DB.engine_type == "sqlite":
        assert (await DB.fetch("PRAGMA integrity_check", [])) == [{"integrity_check": "ok"}]
        assert (await DB.fetch("PRAGMA foreign_key_check", [])) == []


async def _one_entry_a_change() -> None:
    """A product and the audit entry of its making were one transaction."""
    rows = await DB.fetch(
        "SELECT (SELECT count(*) FROM products) AS made,"
        " (SELECT count(*) FROM audit_entries WHERE action = 'supply.product_created') AS told",
        [],
    )
    assert rows[0]["made"] == rows[0]["told"], rows


def number_of(title: str) -> int:
    return int(title.removeprefix("title "))


def missing(acknowledged: dict[str, str], present: dict[str, str]) -> list[str]:
    """Acknowledged writes that are not there. A later one may be, whose answer was lost on its way."""
    return [
        code
        for code, title in acknowledged.items()
        if code not in present or number_of(present[code]) < number_of(title)
    ]
