"""portal recount-facts: a site's figures from its orders."""

from portal.core.base.database import writing
from portal.service.facts import recounting
from portal.service.facts.tables import OrderFact
from tests.commands.conftest import Site


def test_a_bulk_loaded_site_is_reckoned_and_a_spoilt_day_mended(site: Site) -> None:
    assert site.run("sample-data", "--owners", 10, "--orders", 60).code == 0
    assert "orders and 10 stores differed; every day was summed up again." in site.run("recount-facts").out
    assert site.run("recount-facts").out == "0 orders and 0 stores differed; every day was summed up again.\n"
    assert not site.do(recounting.check).apart

    async def spoil() -> None:
        async with writing():
            await OrderFact.raw("UPDATE order_days SET paid_fen = paid_fen + 1 WHERE scope = 'store'")

    site.do(spoil)
    assert site.do(recounting.check).apart
    site.run("recount-facts")
    assert not site.do(recounting.check).apart
