"""The pages of stores, groups and VIPs, as admins, managers and owners meet them."""

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest

from portal.core.base.audit import SYSTEM
from portal.core.base.clock import local, now
from portal.core.base.database import counting_queries, reading
from portal.core.people import queries as people
from portal.core.people.rules import Role
from portal.core.stores import actions, groups, queries
from portal.core.stores.pages import STORE_PANELS
from portal.core.stores.rules import State
from portal.core.web.paging import Cut
from portal.core.web.viewer import Viewer
from tests.browse import Browser
from tests.core.stores.scene import OPENED, bind, make_person, open_store, sign_in, signed_in_as, the_store

Open = Callable[[], Browser]
TYPED = {
    "external_id": "store-9",
    "name": "Corner shop",
    "region": "Xi'an",
    "kit_sku": "kit-298",
    "kit_paid": "298.00",
    "owner_external_id": "owner-9",
    "owner_name": "He Xiaomei",
    "owner_phone": "138 1234 5678",
    "owner_email": "He@Shop.test",
    "owner_language": "zh-Hans",
}


async def _by_id(external_id: str) -> queries.StoreInfo | None:
    async with reading():
        return await queries.store_by_external_id(external_id)


async def test_an_admin_opens_a_store_by_hand(browser: Browser) -> None:
    mona = await make_person(Role.MANAGER, "Mona")
    await signed_in_as(browser, Role.ADMIN)
    page = await browser.visit_and_submit("/admin/stores/new", "/admin/stores/new", **TYPED, manager=str(mona))
    assert (page.status, page.path) == (200, "/admin/stores/store-9")
    for text in ("Corner shop", "He Xiaomei", "Mona", "kit-298", "\u00a5298.00"):
        assert text in page
    store = await _by_id("store-9")
    assert store is not None
    assert (store.kit_paid_fen, store.manager_id, store.region, store.state) == (29_800, mona, "Xi'an", State.OPEN)
    async with reading():
        owner = await people.person(store.owner_id)
    assert owner is not None
    assert (owner.phone, owner.email, owner.language) == ("13812345678", "he@shop.test", "zh-Hans")


async def test_the_form_sent_twice_opens_one_store(browser: Browser) -> None:
    await signed_in_as(browser, Role.ADMIN)
    form = await browser.get("/admin/stores/new")
    first = await browser.submit(form, "/admin/stores/new", **TYPED)
    second = await browser.submit(form, "/admin/stores/new", **TYPED)
    assert first.path == second.path == "/admin/stores/store-9"
    async with reading():
        assert len((await queries.stores(Cut())).items) == 1


@pytest.mark.parametrize(
    ("field", "typed"),
    [
        ("external_id", ""),
        ("external_id", "a/b"),
        ("external_id", "store-1"),
        ("name", ""),
        ("name", "x" * 121),
        ("opened_on", "2999-01-01"),
        ("opened_on", "yesterday"),
        ("kit_paid", "two"),
        ("kit_paid", "99999999"),
        ("owner_phone", "12"),
        ("owner_email", "he"),
        ("owner_email", "owner-1@shop.test"),
        ("owner_external_id", "owner-1"),
        ("owner_language", "fr"),
        ("manager", "999"),
        ("manager", "x"),
    ],
)
async def test_what_is_wrong_stands_beside_its_field_and_what_was_typed_is_still_there(
    browser: Browser, field: str, typed: str
) -> None:
    await open_store(1)
    await signed_in_as(browser, Role.ADMIN)
    page = await browser.visit_and_submit("/admin/stores/new", "/admin/stores/new", **{**TYPED, field: typed})
    assert page.status == 422
    assert f'id="f-{field}-error"' in page
    assert page.html.count('class="error"') == 1
    kept = "kit_sku" if field != "kit_sku" else "name"
    assert page.form("/admin/stores/new").fields[kept] == TYPED[kept]
    assert await _by_id("store-9") is None


async def test_stores_are_searched_filtered_and_paged(browser: Browser) -> None:
    for number in range(1, 33):
        await open_store(number)
    await open_store(40, name="Tea house", closed_at=OPENED + timedelta(days=1))
    await signed_in_as(browser, Role.ADMIN)
    page = await browser.get("/admin/stores")
    assert "store-40" in page
    assert "store-2<" not in page
    older = next(link for link in page.links if "after=" in link)
    assert "store-2<" in await browser.get(older)
    found = await browser.get("/admin/stores", params={"q": "tea", "state": "closed"})
    assert "Tea house" in found
    assert "store-32" not in found
    none = await browser.get("/admin/stores", params={"q": "<script>alert(1)</script>", "state": "strange"})
    assert none.status == 200
    assert "<script>alert(1)" not in none
    assert (await browser.get("/admin/stores?after=-1&limit=x")).status == 200


async def test_a_store_changes_managers_and_shows_its_past(browser: Browser) -> None:
    mona, otto = await make_person(Role.MANAGER, "Mona"), await make_person(Role.MANAGER, "Otto")
    made = await open_store()
    await actions.appoint_manager(SYSTEM, made.store_id, mona, now())
    await signed_in_as(browser, Role.ADMIN)
    path = "/admin/stores/store-1"
    page = await browser.visit_and_submit(path, f"{path}/stewardship", manager=str(otto))
    assert page.path == path
    assert "Mona" in page.text
    assert (await the_store(made.store_id)).manager_id == otto
    await browser.visit_and_submit(path, f"{path}/stewardship", manager="")
    assert (await the_store(made.store_id)).manager_id is None
    wrong = await browser.visit_and_submit(path, f"{path}/stewardship", manager=str(made.owner_id))
    assert wrong.status == 422
    assert 'id="f-manager-error"' in wrong


@pytest.mark.parametrize(
    ("act", "field", "state"),
    [("closure", "closed_on", State.CLOSED), ("kit-return", "returned_on", State.KIT_RETURNED)],
)
async def test_a_store_is_ended_once_and_not_before_it_began(
    browser: Browser, act: str, field: str, state: State
) -> None:
    made = await open_store()
    await signed_in_as(browser, Role.ADMIN)
    path = "/admin/stores/store-1"
    page = await browser.get(path)
    tomorrow = (local(now()) + timedelta(days=1)).date().isoformat()
    for wrong in (tomorrow, "2026-10-01", "soon", ""):
        refused = await browser.submit(page, f"{path}/{act}", **{field: wrong})
        assert refused.status == 422
        assert f'id="f-{field}-error"' in refused
    assert (await the_store(made.store_id)).open
    stale = await browser.get(path)
    done = await browser.submit(page, f"{path}/{act}", **{field: "2026-11-02"})
    assert (done.status, done.path) == (200, path)
    assert (await the_store(made.store_id)).state is state
    again = await browser.submit(stale, f"{path}/{act}", **{field: "2026-11-03"})
    assert again.status == 422
    assert f"{path}/{act}" not in again


@pytest.fixture
def panel() -> Iterator[None]:
    async def shown(viewer: Viewer, store_id: int, at: datetime) -> str:
        return f"<section>panel of {store_id} for {viewer.name}</section>"

    STORE_PANELS.append(shown)
    yield
    STORE_PANELS.remove(shown)


async def test_panels_of_upper_rooms_stand_on_a_stores_page(browser: Browser, panel: None) -> None:
    made = await open_store()
    await signed_in_as(browser, Role.ADMIN, "Ada")
    page = await browser.get("/admin/stores/store-1")
    assert f"<section>panel of {made.store_id} for Ada</section>" in page


@pytest.mark.parametrize("role", [Role.OWNER, Role.MANAGER, Role.AGENT, Role.DESK_LEAD])
async def test_stores_are_the_admins_matter(browser: Browser, role: Role) -> None:
    await open_store()
    await signed_in_as(browser, role)
    for path in ("/admin/stores", "/admin/stores/new", "/admin/stores/store-1", "/admin/groups"):
        assert (await browser.get(path)).status == 403


async def test_an_unknown_store_is_not_found(browser: Browser) -> None:
    await signed_in_as(browser, Role.ADMIN)
    assert (await browser.get("/admin/stores/none")).status == 404


async def test_a_manager_makes_a_group_and_fills_it_from_her_team(browser: Browser) -> None:
    mona = await make_person(Role.MANAGER, "Mona")
    mine, other = await open_store(1), await open_store(2)
    await actions.appoint_manager(SYSTEM, mine.store_id, mona, now())
    await sign_in(browser, mona)
    page = await browser.visit_and_submit("/manage/groups", "/manage/groups", name="New ones")
    assert "New ones" in page
    assert "Olive 1" in page
    assert "Olive 2" not in page
    members = f"{page.path}/members"
    joined = await browser.submit(page, members, person=[str(mine.owner_id)])
    assert f"/members/{mine.owner_id}/removal" in joined
    stranger = await browser.get(page.path)
    path = f"/members/{mine.owner_id}/removal"
    assert (await browser.submit(stranger, page.path + path)).status == 200
    fresh = await browser.get(page.path)
    refused = await browser.submit(fresh, members, person=[str(other.owner_id)])
    assert refused.status == 404
    empty = await browser.submit(await browser.get(page.path), members)
    assert empty.status == 422
    assert 'id="f-person-error"' in empty
    done = await browser.submit(await browser.get(page.path), f"{page.path}/ending")
    assert done.path == "/manage/groups"
    assert (await browser.get(page.path)).status == 404


async def test_a_group_of_somebody_else_is_not_found(open_browser: Open) -> None:
    mona, otto = await make_person(Role.MANAGER, "Mona"), await make_person(Role.MANAGER, "Otto")
    group = await groups.make_group(SYSTEM, "Hers", mona, now())
    ours = await groups.make_group(SYSTEM, "Ours", None, now())
    his = await sign_in(open_browser(), otto)
    for number in (group, ours, 99, 2**63 - 1):
        assert (await his.get(f"/manage/groups/{number}")).status == 404
    own = await his.visit_and_submit("/manage/groups", "/manage/groups", name="His")
    token = own.forms[-1].fields
    for act in ("members", "members/1/removal", "ending"):
        answer = await his.post(f"/manage/groups/{group}/{act}", {**token, "person": "1", "_key": act})
        assert answer.status == 404
    admin = await signed_in_as(open_browser(), Role.ADMIN)
    assert "Hers" in await admin.get("/admin/groups")
    assert (await admin.get(f"/admin/groups/{group}")).status == 200
    assert (await admin.get("/manage/groups")).status == 403


async def test_an_owner_sees_her_vips_with_their_phones_masked(open_browser: Open) -> None:
    mine, other = await open_store(1), await open_store(2)
    await bind(mine.store_id, 1, "Wang Ying", "13812345678")
    await bind(other.store_id, 2, "Chen Jing", "13912345678")
    browser = await sign_in(open_browser(), mine.owner_id)
    page = await browser.get("/vips")
    assert "Wang Ying" in page
    assert "138****5678" in page
    assert "13812345678" not in page.html
    assert "Chen Jing" not in page
    assert "Wang Ying" in await browser.get("/vips?q=5678")
    assert "Wang Ying" not in await browser.get("/vips?q=1234")


async def test_an_owner_without_vips_reads_how_they_come(open_browser: Open) -> None:
    made = await open_store()
    browser = await sign_in(open_browser(), made.owner_id)
    assert "/share" in (await browser.get("/vips")).links
    without = await signed_in_as(open_browser(), Role.OWNER)
    assert (await without.get("/vips")).status == 200


@pytest.mark.parametrize("role", [Role.MANAGER, Role.AGENT, Role.DESK_LEAD, Role.ADMIN])
async def test_vips_are_their_owners_matter(browser: Browser, role: Role) -> None:
    await signed_in_as(browser, role)
    assert (await browser.get("/vips")).status == 403


@pytest.mark.parametrize("items", [1, 30])
async def test_no_page_takes_more_than_twelve_queries(open_browser: Open, items: int) -> None:
    mona = await make_person(Role.MANAGER, "Mona")
    group = await groups.make_group(SYSTEM, "Hers", mona, now())
    made: dict[str, Any] = {}
    for number in range(1, items + 1):
        store = await open_store(number)
        await actions.appoint_manager(SYSTEM, store.store_id, mona, now())
        await bind((await open_store(1)).store_id, number)
        made[f"{number}"] = store.owner_id
    async with reading():
        info = await groups.group(group)
    assert info is not None
    await groups.add_members(SYSTEM, info, list(made.values()), now())
    admin, manager = await signed_in_as(open_browser(), Role.ADMIN), await sign_in(open_browser(), mona)
    owner = await sign_in(open_browser(), made["1"])
    visits = [
        *((admin, path) for path in ("/admin/stores", "/admin/stores/store-1", "/admin/stores/new", "/admin/groups")),
        *((manager, path) for path in ("/manage/groups", f"/manage/groups/{group}")),
        (owner, "/vips"),
    ]
    for browser, path in visits:
        with counting_queries() as count:
            assert (await browser.get(path)).status == 200
        assert len(count) <= 12, (path, count.queries)
