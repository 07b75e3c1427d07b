"""Sharing as an owner and her friend see it, and every door while the right rests."""

import io
from datetime import timedelta

import pytest
from PIL import Image

from certification.rights import measures
from certification.rights.rules import Category
from portal.core.base.audit import SYSTEM
from portal.core.base.clock import now
from portal.core.base.database import reading
from portal.core.base.refusals import Refused
from portal.service.sharing import actions, queries
from portal.service.sharing.tables import LinkVisits, ShareLink
from tests import make
from tests.browse import Browser
from tests.cast import Cast
from tests.make import Owner

pytestmark = pytest.mark.usefixtures("school")


async def licensed(browser: Browser) -> Owner:
    owner = await make.licensed_owner("李芳", now() - timedelta(days=5))
    await make.sign_in(browser, owner.person_id)
    return owner


async def suspend(owner: Owner, cast: Cast) -> None:
    ada, alan = await make.viewer(cast.ada), await make.viewer(cast.alan)
    violation = await measures.report_violation(
        ada, owner.store_id, Category.MEDICAL_CLAIM, now(), "写了包治失眠", now()
    )
    await measures.decide_violation(alan, violation, confirm=True, note="", at=now())


async def test_a_learner_is_told_what_is_missing_and_where_to_go(browser: Browser) -> None:
    owner = await make.owner("何晓梅")
    await make.sign_in(browser, owner.person_id)
    page = await browser.get("/share")
    assert page.status == 403
    assert "再走 3 步" in page
    assert "/learn" in page.links
    assert "/exams" in page.links
    assert "G-" in page


async def test_she_makes_a_product_link_with_poster_and_code(browser: Browser) -> None:
    await licensed(browser)
    product = await make.product()
    page = await browser.get(f"/share/products/{product}")
    assert "¥59.00" in page
    assert "¥7.08" in page  # 12 % of 5,900 fen
    link = await browser.submit(page, "/share/links")
    assert link.path.startswith("/share/links/")
    code = link.path.rsplit("/", 1)[1]
    assert f"/s/{code}" in link.html
    for name, size in (("poster.png", (750, 1240)), ("qr.png", None)):
        answer = await browser.client.get(f"{link.path}/{name}")
        assert answer.headers["content-type"] == "image/png"
        picture = Image.open(io.BytesIO(answer.content))
        assert size is None or picture.size == size
    again = await browser.submit(page, "/share/links")
    assert again.path == link.path
    async with reading():
        assert await ShareLink.count() == 1


async def test_a_friend_sees_the_product_and_the_code_goes_along(browser: Browser, open_browser) -> None:  # type: ignore[no-untyped-def]
    await licensed(browser)
    product = await make.product()
    link = await browser.visit_and_submit(f"/share/products/{product}", "/share/links")
    code = link.path.rsplit("/", 1)[1]
    friend = open_browser()
    page = await friend.get(f"/s/{code}")
    assert page.status == 200
    assert "秦岭洋槐蜜" in page
    assert "李*" in page
    assert "李芳" not in page
    assert f"https://shop.example/p/{product}?share_code={code}" in page.links
    assert not friend.client.cookies
    await friend.get(f"/s/{code}")
    async with reading():
        visits = await LinkVisits.select(LinkVisits.visits)
    assert [row["visits"] for row in visits] == [2]


async def test_an_unknown_code_is_not_found(browser: Browser) -> None:
    assert (await browser.get("/s/nosuchcode")).status == 404


async def test_every_door_shuts_with_the_suspension_and_says_why(browser: Browser, open_browser, cast: Cast) -> None:  # type: ignore[no-untyped-def]
    owner = await licensed(browser)
    product = await make.product()
    link = await browser.visit_and_submit(f"/share/products/{product}", "/share/links")
    code = link.path.rsplit("/", 1)[1]
    await suspend(owner, cast)

    for path in ("/share", link.path, f"/share/products/{product}"):
        page = await browser.get(path)
        assert page.status == 403, path
        assert "补课" in page, path
    for path in (f"{link.path}/poster.png", f"{link.path}/qr.png"):
        answer = await browser.client.get(path)
        assert answer.status_code == 403, path
        assert answer.headers["content-type"].startswith("text/html")
    friend = await open_browser().get(f"/s/{code}")
    assert friend.status == 410
    assert "shop.example" not in friend.html
    assert "李" not in friend.text
    with pytest.raises(Refused, match="share_right"):
        await actions.make_link(SYSTEM, owner.store_id, None, now())
    binding = actions.Binding("vip-new", "张三", "13800000000", now(), code, None)
    with pytest.raises(Refused, match="share_right"):
        await actions.bind(SYSTEM, binding, now())


async def test_somebody_elses_link_is_not_found(browser: Browser, open_browser) -> None:  # type: ignore[no-untyped-def]
    await licensed(browser)
    product = await make.product()
    link = await browser.visit_and_submit(f"/share/products/{product}", "/share/links")
    other = open_browser()
    await licensed(other)
    assert (await other.get(link.path)).status == 404
    assert (await other.get(f"{link.path}/poster.png")).status == 404


async def test_the_first_binding_wins_and_keeps_its_proof(browser: Browser) -> None:
    first, second = await licensed(browser), await make.licensed_owner("王芳", now() - timedelta(days=5))
    link = await actions.make_link(SYSTEM, first.store_id, None, now())
    binding = actions.Binding("vip-1", "张三", "13800000000", now(), link.code, None)
    vip, created = await actions.bind(SYSTEM, binding, now())
    assert created
    assert vip.store_id == first.store_id
    late = actions.Binding("vip-1", "张三", "13800000000", now(), None, second.external_id)
    again, created = await actions.bind(SYSTEM, late, now())
    assert not created
    assert again.store_id == first.store_id
    async with reading():
        found = await queries.link_by_code(link.code)
    assert found is not None
    assert found.bound == 1


async def test_a_retired_product_shows_nothing_to_buy(browser: Browser, open_browser) -> None:  # type: ignore[no-untyped-def]
    from portal.core.supply import actions as supply  # noqa: PLC0415 - only here

    await licensed(browser)
    product = await make.product()
    link = await browser.visit_and_submit(f"/share/products/{product}", "/share/links")
    await supply.retire_product(SYSTEM, product, now())
    friend = await open_browser().get(f"/s/{link.path.rsplit('/', 1)[1]}")
    assert friend.status == 410
    assert (await browser.get(f"/share/products/{product}")).status == 404
