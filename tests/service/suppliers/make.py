"""What tests of the register begin with."""

import struct
import zlib
from datetime import datetime, timedelta

from portal.core.base.audit import SYSTEM
from portal.core.base.clock import now
from portal.core.base.database import reading
from portal.core.supply import actions as supply
from portal.core.supply import queries as supply_queries
from portal.core.supply.rules import SupplierFacts, SupplierKind
from portal.service.suppliers import files, recording, visiting, visits
from portal.service.suppliers.recording import Place
from portal.service.suppliers.rules import Mark, Result
from portal.service.suppliers.visiting import Plan
from portal.service.suppliers.visits import VisitInfo
from tests import make
from tests.cast import Cast

DAY = timedelta(days=1)


def png(shade: int) -> bytes:
    """A small picture of one grey."""

    def chunk(kind: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

    rows = (b"\0" + bytes([shade]) * 4) * 4
    head = chunk(b"IHDR", struct.pack(">IIBBBBB", 4, 4, 8, 0, 0, 0, 0))
    return b"\x89PNG\r\n\x1a\n" + head + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")


async def supplier(*categories: str, kind: SupplierKind = SupplierKind.GOODS) -> str:
    """A supplier that the shop has told of; returns its external id."""
    external = make.serial("supplier")
    await supply.put_supplier(SYSTEM, SupplierFacts(external, "秦岭蜂业", kind, categories or ("food",)), now())
    return external


async def supplier_id(external: str) -> int:
    async with reading():
        found = await supply_queries.supplier_by_external_id(external)
    assert found is not None
    return found.id


async def planned(cast: Cast, external: str, at: datetime | None = None) -> str:
    """A visit of today by Ada and Dora; returns its ref."""
    ada = await make.viewer(cast.ada)
    at = at or now()
    return await visiting.plan(ada, external, Plan(at, cast.ada, cast.dora), at)


async def visit(ref: str) -> VisitInfo:
    async with reading():
        found = await visits.by_ref(ref)
    assert found is not None
    return found


async def recorded(cast: Cast, external: str, at: datetime | None = None, **flaws: Mark) -> str:
    """A visit with every part but the result."""
    at = at or now()
    ref, ada = await planned(cast, external, at), await make.viewer(cast.ada)
    async with reading():
        points = (await visits.record(await visit_in(ref))).checklist.points
    await recording.save_place(ada, ref, Place(34.2741, 107.7508, 12), at)
    marks = {point.key: (flaws.get(point.key, Mark.GOOD), None) for point in points}
    await recording.save_marks(ada, ref, marks, at)
    await recording.add_photos(ada, ref, await files.keep_photos([png(shade) for shade in (10, 20, 30)]), at)
    await recording.sign(ada, ref, "王秦岭", None, at)
    return ref


async def visit_in(ref: str) -> VisitInfo:
    found = await visits.by_ref(ref)
    assert found is not None
    return found


async def visited(cast: Cast, external: str, result: Result = Result.PASSED, at: datetime | None = None) -> str:
    """A visit from plan to confirmation."""
    at = at or now()
    ref = await recorded(cast, external, at)
    ada, dora = await make.viewer(cast.ada), await make.viewer(cast.dora)
    if result is Result.ACTIONS:
        await recording.add_action(ada, ref, "冷库加温度记录", at + 10 * DAY, at)
    await visiting.conclude(ada, ref, result, "现场和资料一致。", at)
    await visiting.confirm(dora, ref, at)
    return ref
