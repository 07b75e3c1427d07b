"""portal restore: a buyer who was erased after the backup does not come back with it."""

from pathlib import Path

import pytest

from portal import wiring
from portal.core.base.audit import SYSTEM
from portal.core.base.clock import now
from portal.core.base.database import reading
from portal.core.base.worker import drain
from portal.core.stores import queries as stores
from portal.service.privacy import erasing
from portal.service.privacy.rules import EraseReason
from tests import make
from tests.commands.conftest import Site
from tests.service.orders import make as orders

pytestmark = pytest.mark.usefixtures("unattended")


async def _sell() -> str:
    wiring.join()
    buyer = await orders.vip(await make.owner("Olive"), name="Mary Poppins")
    return buyer.external_id


async def _name(external_id: str) -> str:
    async with reading():
        found = await stores.vip_by_external_id(external_id)
    assert found is not None
    return found.name


@pytest.mark.parametrize("lost", [False, True], ids=["database there", "database lost"])
def test_who_was_erased_since_is_erased_again(site: Site, tmp_path: Path, lost: bool) -> None:
    vip = site.do(_sell)
    file = tmp_path / "backup.tar"
    assert site.run("backup", file).code == 0

    async def erase() -> None:
        await erasing.erase(SYSTEM, vip, EraseReason.HER_WISH, now())
        if lost:  # only the note in the file store tells of it then
            await drain()

    site.do(erase)
    if lost and site.settings.sqlite_path is not None:
        site.settings.sqlite_path.unlink()
    ran = site.run("restore", file, *(() if lost and site.settings.sqlite_path else ("--force",)))
    assert (ran.code, ran.err) == (0, "")
    assert "1 erasures repeated" in ran.out

    async def name() -> str:
        return await _name(vip)

    assert site.do(name) != "Mary Poppins"
