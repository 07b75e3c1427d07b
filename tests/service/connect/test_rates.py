"""How much one key may write in a while."""

from portal.core.base.clock import now
from portal.core.base.database import writing
from portal.core.base.tables import Throttle
from portal.core.people.rules import seconds_left, window_start
from portal.core.web.frame import Frame
from portal.service.connect.rates import WRITES
from tests.service.connect.shop import Shop, move_clock, open_shop, product


async def use_up(left: int) -> None:
    """Let the first key have written so much that `left` writes are free."""
    async with writing():
        await Throttle.insert(Throttle(bucket="api:1", window_start=window_start(now()), count=WRITES - left))


async def test_a_key_that_writes_too_much_waits_and_others_do_not(app: Frame, shop: Shop) -> None:
    move_clock(f"+{seconds_left(now()) + 1}s")  # so that no window ends in the middle
    await use_up(left=1)
    assert (await shop.put("/products/honey", product())).status_code == 200
    full = await shop.put("/products/honey", product())
    assert full.status_code == 429
    assert full.headers["content-type"] == "application/problem+json"
    assert full.json()["title"] == "slow_down"
    assert 0 < int(full.headers["retry-after"]) <= 900
    other = await open_shop(app)
    assert (await other.put("/products/tea", product())).status_code == 200
    await other.client.aclose()
    move_clock("+1h")
    assert (await shop.put("/products/honey", product())).status_code == 200


async def test_reading_is_not_counted(shop: Shop) -> None:
    await use_up(left=-10)
    assert (await shop.get("/api/v1/owners/nobody/share-right")).status_code == 404
