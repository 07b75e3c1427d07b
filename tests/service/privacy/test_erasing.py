"""A buyer's data: found by exact number, given as one file, erased everywhere, and kept erased."""

import json
from datetime import timedelta

import obstore
import pytest

from portal.commands.tables import all_tables
from portal.core.base.audit import SYSTEM
from portal.core.base.clock import now
from portal.core.base.database import DB, reading, writing
from portal.core.base.files import store
from portal.core.base.refusals import NotFound, Refused
from portal.core.base.worker import drain
from portal.core.stores import queries as stores
from portal.service.orders import queries as order_queries
from portal.service.orders.rules import ParcelState, Status
from portal.service.privacy import erasing
from portal.service.privacy.registry import PERSONAL
from portal.service.privacy.rules import EraseReason
from portal.service.privacy.tables import Erasure
from tests import make
from tests.browse import Browser
from tests.cast import Cast
from tests.service.orders import make as orders

NAME, PHONE, STREET = "欧阳秋实", "13912345678", "文三路 1 号"


async def everything() -> str:
    """Every value of every table, as text."""
    found = []
    async with reading():
        for table in all_tables():
            name = table._meta.tablename
            found += [str(dict(row)) for row in await DB.fetch(f'SELECT * FROM "{name}"', [])]
    return "\n".join(found)


async def bought(name: str = NAME) -> orders.Bought:
    owner = await make.owner("李芳")
    buyer = await orders.vip(owner, name=name)
    made = await orders.order(buyer)
    await orders.parcel(made, now(), ParcelState.ACCEPTED)
    return await orders.move(made, now() + timedelta(minutes=1), status=Status.COMPLETED)


async def test_nothing_of_her_is_left_but_what_names_nobody(cast: Cast) -> None:
    mine = await bought()
    before = await everything()
    for known in (NAME, PHONE, STREET):
        assert known in before
    await erasing.erase(SYSTEM, mine.info.vip, EraseReason.HER_WISH, now())
    after = await everything()
    for known in (NAME, PHONE, STREET, "包裹状态"):
        assert known not in after, known
    async with reading():
        kept = await order_queries.order(mine.id)
    assert kept is not None
    assert (kept.paid_fen, kept.number, len(kept.lines)) == (11_800, mine.number, 1)
    with pytest.raises(Refused, match="buyer_erased_already"):
        await erasing.erase(SYSTEM, mine.info.vip, EraseReason.HER_WISH, now())
    with pytest.raises(NotFound):
        await erasing.erase(SYSTEM, "nobody", EraseReason.HER_WISH, now())


async def test_what_the_shop_tells_later_is_erased_as_it_comes(cast: Cast) -> None:
    mine = await bought()
    await erasing.erase(SYSTEM, mine.info.vip, EraseReason.SHOP_ASKED, now())
    later = now() + timedelta(hours=1)
    moved = await orders.move(mine, later, status=Status.REFUNDED)
    await orders.parcel(mine, later, ParcelState.ACCEPTED, ParcelState.DELIVERED)
    assert moved.info.status is Status.REFUNDED
    after = await everything()
    for known in (NAME, PHONE, STREET, "包裹状态"):
        assert known not in after, known


async def test_an_open_order_asks_twice(cast: Cast) -> None:
    buyer = await orders.vip(await make.owner("李芳"), name=NAME)
    await orders.order(buyer)
    with pytest.raises(Refused, match="buyer_orders_open"):
        await erasing.erase(SYSTEM, buyer.external_id, EraseReason.LEGAL, now())
    await erasing.erase(SYSTEM, buyer.external_id, EraseReason.LEGAL, now(), anyway=True)
    async with reading():
        found = await stores.vip_by_external_id(buyer.external_id)
    assert found is not None
    assert NAME not in (found.name, found.phone)


async def test_an_admin_finds_exports_and_erases_her(browser: Browser, cast: Cast) -> None:
    mine = await bought()
    await make.sign_in(browser, cast.ada)
    for search in (mine.info.vip, PHONE, "139 1234 5678"):
        found = await browser.get(f"/admin/buyers?q={search}")
        assert f"/admin/buyers/{mine.info.vip}" in found.links, search
        assert NAME not in found.html
        assert found.html.count(PHONE) <= 1  # what was typed
    assert "没有找到" in await browser.get(f"/admin/buyers?q={PHONE[:8]}")
    path = f"/admin/buyers/{mine.info.vip}"
    page = await browser.get(path)
    given = await browser.submit(page, f"{path}/export")
    assert given.response.headers["content-disposition"].startswith("attachment")
    told = json.loads(given.html)
    assert set(told) == {"exported_at", *PERSONAL}
    assert told["stores"]["buyer"]["phone"] == PHONE
    assert told["orders"]["orders"][0]["street"] == STREET
    wrong = await browser.submit(page, f"{path}/erasure", reason="her_wish", confirmation="vip")
    assert wrong.status == 422
    assert "f-confirmation-error" in wrong.html
    done = await browser.submit(page, f"{path}/erasure", reason="her_wish", confirmation=mine.info.vip)
    assert "已删除" in done
    assert not any(form.action == f"{path}/erasure" for form in done.forms)


async def test_the_password_is_asked_first_and_others_are_kept_out(browser: Browser, open_browser, cast: Cast) -> None:  # type: ignore[no-untyped-def]
    mine = await bought()
    path = f"/admin/buyers/{mine.info.vip}"
    stale = await make.sign_in(browser, cast.ada, now() - timedelta(hours=1))
    page = await stale.get(path)
    assert not any(form.action.startswith(path) for form in page.forms)
    token = str((await stale.get("/me")).form("/sign-out").fields["_csrf"])
    for act in ("export", "erasure"):
        sent = await stale.post(f"{path}/{act}", {"_csrf": token, "reason": "legal", "confirmation": mine.info.vip})
        assert sent.response.headers["location"].startswith("/me/confirm"), act
    desk = await make.sign_in(open_browser(), cast.dora)
    assert (await desk.get(path)).status == 403
    async with reading():
        assert await Erasure.count() == 0


async def test_a_restored_backup_is_erased_again_from_the_note_outside(cast: Cast) -> None:
    mine = await bought()
    await erasing.erase(SYSTEM, mine.info.vip, EraseReason.HER_WISH, now())
    await drain()
    noted = await erasing.kept_outside()
    assert [one.vip for one in noted] == [mine.info.vip]
    async with writing():  # what a backup of before brings back
        await Erasure.raw("DELETE FROM erasures")
        await Erasure.raw("UPDATE vips SET name = {}, phone = {} WHERE external_id = {}", NAME, PHONE, mine.info.vip)
    again = await erasing.replay([*noted, *noted, erasing.Noted("x", "bound-later", "legal", now())], now())
    assert (again.erased, again.unknown) == (1, 1)
    assert NAME not in await everything()
    assert await erasing.replay(noted, now()) == erasing.Replayed(0, 0)
    assert [len(batch) for batch in obstore.list(store(), prefix="erasures")] == [1]
