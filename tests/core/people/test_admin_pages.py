"""The admin's pages about people and keys."""

import re
from dataclasses import replace

import pytest

from portal.core.base.audit import SYSTEM
from portal.core.base.clock import now
from portal.core.base.database import counting_queries, reading
from portal.core.base.settings import Settings, use_settings
from portal.core.base.worker import drain
from portal.core.people import actions
from portal.core.people.rules import Role, Scope
from portal.core.people.second_factor import factor_state
from tests.browse import Browser
from tests.core.people.arrange import NOON, audited, let_in, move_clock, rows, someone
from tests.core.people.test_second_factor import code_at


@pytest.fixture
async def admin(browser: Browser) -> Browser:
    return await let_in(browser, await someone("ada@demo.test", Role.ADMIN, name="Ada"))


async def roles(person_id: int) -> list[object]:
    found = await rows("SELECT role FROM roles WHERE person = {} AND ended_at IS NULL ORDER BY id", person_id)
    return [row["role"] for row in found]


async def test_people_are_listed_searched_and_masked(admin: Browser) -> None:
    await someone(name="He Xiaomei", phone="13800002210")
    await someone("li@demo.test", Role.MANAGER, name="Li Fang")
    page = await admin.get("/admin/people")
    assert page.status == 200
    assert "138****2210" in page
    assert "13800002210" not in page
    found = await admin.get("/admin/people?q=2210")
    assert "He Xiaomei" in found
    assert "Li Fang" not in found
    assert "Li Fang" in await admin.get("/admin/people?role=manager")
    assert (await admin.get("/admin/people?role=nonsense&after=-1&limit=x")).status == 200
    assert "没有找到" in await admin.get("/admin/people?q=nobody%25")


async def test_the_list_takes_the_same_few_queries_for_thirty_as_for_one(admin: Browser) -> None:
    counts = []
    for many in (29, 0):
        with counting_queries() as queries:
            await admin.get("/admin/people")
        counts.append(len(queries))
        for n in range(many):
            await someone(f"p{n}@demo.test", joined=False)
    assert counts[0] == counts[1] <= 12


async def test_staff_is_invited_and_mailed(admin: Browser) -> None:
    page = await admin.visit_and_submit(
        "/admin/people/new",
        "/admin/people/new",
        name="Abe",
        email="ABE@demo.test",
        role="agent",
        language="en",
        phone="",
    )
    assert re.fullmatch(r"/admin/people/\d+", page.path)
    assert "邀请已发出" in page
    made = (await rows("SELECT id, email, language FROM persons WHERE name = 'Abe'"))[0]
    assert (made["email"], made["language"]) == ("abe@demo.test", "en")
    assert await roles(int(str(made["id"]))) == ["agent"]
    assert "/invitations/" not in page.html
    await drain()
    assert len(await rows("SELECT id FROM outbox WHERE topic = 'people.link' AND done_at IS NOT NULL")) == 1


async def test_what_is_wrong_with_a_new_account_stands_beside_its_field(admin: Browser) -> None:
    await someone()
    page = await admin.visit_and_submit(
        "/admin/people/new", "/admin/people/new", name="", email="nonsense", role="", phone="x1"
    )
    assert page.status == 422
    assert "f-name-error" in page
    assert "f-role-error" in page
    page = await admin.visit_and_submit(
        "/admin/people/new", "/admin/people/new", name="Abe", email="nonsense", role="agent", phone="x1"
    )
    assert page.status == 422
    assert "f-email-error" in page
    assert "f-phone-error" in page
    taken = await admin.visit_and_submit(
        "/admin/people/new", "/admin/people/new", name="Abe", email="he@demo.test", role="agent"
    )
    assert taken.status == 409
    assert "f-email-error" in taken
    assert taken.form("/admin/people/new").fields["name"] == "Abe"


async def test_an_owner_is_not_made_by_hand(admin: Browser) -> None:
    page = await admin.visit_and_submit(
        "/admin/people/new", "/admin/people/new", name="Abe", email="abe@demo.test", role="owner"
    )
    assert page.status == 422
    her = await someone("li@demo.test", Role.MANAGER)
    shown = await admin.get(f"/admin/people/{her}")
    sent = shown.form(f"/admin/people/{her}/roles").fields | {"role": "owner"}
    assert (await admin.post(f"/admin/people/{her}/roles", sent)).status == 422
    assert await roles(her) == ["manager"]


async def test_roles_are_given_and_ended(admin: Browser) -> None:
    her = await someone("li@demo.test", Role.MANAGER)
    here = f"/admin/people/{her}"
    await admin.visit_and_submit(here, f"{here}/roles", role="agent")
    assert await roles(her) == ["manager", "agent"]
    await admin.visit_and_submit(here, f"{here}/roles/manager/removal")
    assert await roles(her) == ["agent"]
    assert (await admin.post(f"{here}/roles/owner/removal", (await admin.get(here)).form().fields)).status == 404
    assert [entry["actor_id"] for entry in await audited("people.role_ended")] == [1]


async def test_an_account_is_closed_and_opened_again(admin: Browser) -> None:
    her = await someone()
    here = f"/admin/people/{her}"
    assert "已停用" in await admin.visit_and_submit(here, f"{here}/closure")
    assert "账号已恢复" in await admin.visit_and_submit(here, f"{here}/reopening")
    assert len(await audited("people.disabled")) == len(await audited("people.restored")) == 1


async def test_an_invitation_is_sent_again_and_shown_only_where_no_mail_goes(
    admin: Browser, own_settings: Settings
) -> None:
    her = await someone("new@demo.test", Role.AGENT, joined=False)
    here = f"/admin/people/{her}"
    sent = await admin.visit_and_submit(here, f"{here}/invitation")
    assert "邀请已发出" in sent
    assert "/invitations/" not in sent.html
    use_settings(replace(own_settings, smtp_url=None))
    page = await admin.get(here)
    shown = await admin.submit(page, f"{here}/invitation")
    assert "http://127.0.0.1:8000/invitations/" in shown.html
    again = await admin.submit(page, f"{here}/invitation")
    assert "/invitations/" not in again.html.replace(f"{here}/invitation", "")
    joined = await someone()
    answer = await admin.post(f"/admin/people/{joined}/invitation", page.form(f"{here}/invitation").fields)
    assert answer.status == 409


async def test_the_second_factor_of_somebody_who_lost_it_is_taken_away(admin: Browser) -> None:
    her = await someone("li@demo.test", Role.AGENT)
    await actions.begin_factor(her, SYSTEM, NOON)
    async with reading():
        seed = (await factor_state(her)).seed
    assert seed is not None
    await actions.confirm_factor(her, code_at(seed), SYSTEM, NOON)
    here = f"/admin/people/{her}"
    page = await admin.visit_and_submit(here, f"{here}/second-factor/removal")
    assert "还没启用" in page
    assert (await audited("people.factor_ended"))[0]["actor_id"] == 1


async def test_her_own_account_is_another_admins_matter(admin: Browser) -> None:
    page = await admin.get("/admin/people/1")
    assert "这是您自己的账号" in page
    other = await someone()
    fields = (await admin.get(f"/admin/people/{other}")).form(f"/admin/people/{other}/closure").fields
    for act in ("closure", "roles/admin/removal"):
        answer = await admin.post(f"/admin/people/1/{act}", fields | {"_key": act})
        assert answer.status == 403
    assert await roles(1) == ["admin"]


async def test_nobody_there_is_not_found(admin: Browser) -> None:
    for number in (0, 999, 2**63, 10**40):
        assert (await admin.get(f"/admin/people/{number}")).status == 404


async def test_a_key_is_made_shown_once_used_and_revoked(admin: Browser) -> None:
    page = await admin.get("/admin/keys")
    made = await admin.submit(page, "/admin/keys", name="shop", scopes=["orders:write", "events:read"])
    found = re.search(r"key_[\w-]{32}", made.html)
    assert found is not None
    again = await admin.submit(page, "/admin/keys", name="shop", scopes=["orders:write", "events:read"])
    assert found[0] not in again.html
    assert len(await rows("SELECT id FROM api_keys")) == 1
    assert found[0] not in str(await rows("SELECT * FROM api_keys")) + str(await rows("SELECT * FROM audit_entries"))
    listed = await admin.get("/admin/keys")
    assert "orders:write" in listed
    assert found[0] not in listed.html
    revoked = await admin.submit(listed, "/admin/keys/1/revocation")
    assert "密钥已作废" in revoked
    assert (await rows("SELECT revoked_at FROM api_keys"))[0]["revoked_at"] is not None
    assert (await admin.post("/admin/keys/99/revocation", page.form("/admin/keys").fields)).status == 404


async def test_a_key_wants_a_name_and_known_scopes(admin: Browser) -> None:
    page = await admin.get("/admin/keys")
    for values in (
        {"name": "shop"},
        {"name": "", "scopes": ["orders:write"]},
        {"name": "shop", "scopes": ["all:write"]},
    ):
        assert (await admin.submit(page, "/admin/keys", **values)).status == 422
    assert await rows("SELECT id FROM api_keys") == []


async def test_the_keys_page_by_key(admin: Browser) -> None:
    for n in range(3):
        await actions.make_api_key(SYSTEM, f"program {n}", [Scope.EVENTS_READ], now())
    first = await admin.get("/admin/keys?limit=2")
    assert "program 2" in first
    assert "program 0" not in first
    assert "program 0" in await admin.get("/admin/keys?limit=2&after=2")


async def test_without_a_fresh_password_pages_are_read_only(admin: Browser, own_settings: Settings) -> None:
    her = await someone()
    page = await admin.get(f"/admin/people/{her}")
    keys = await admin.get("/admin/keys")
    move_clock(own_settings, "+16m")
    assert [form.action for form in (await admin.get(f"/admin/people/{her}")).forms if "/admin/" in form.action] == []
    assert (await admin.submit(page, f"/admin/people/{her}/closure")).path == "/me/confirm"
    assert (await admin.submit(keys, "/admin/keys", name="shop", scopes=["events:read"])).path == "/me/confirm"
    assert await audited("people.disabled") == []
    assert await rows("SELECT id FROM api_keys") == []


PAGES = ["/me", "/me/devices", "/me/password", "/me/confirm", "/me/second-factor", "/recovery", "/recovery?asked=yes"]
ADMIN_PAGES = [
    "/admin/people",
    "/admin/people?q=none",
    "/admin/people/1",
    "/admin/people/2",
    "/admin/people/new",
    "/admin/keys",
]


async def test_every_page_reads_in_both_languages(admin: Browser) -> None:
    await someone()
    await actions.make_api_key(SYSTEM, "shop", list(Scope), now())
    for language, chinese in (("zh-Hans", True), ("en", False)):
        await actions.set_preferences(1, language=language)
        for path in (*PAGES, *ADMIN_PAGES, "/invitations/none", "/recovery/none"):
            page = await admin.get(path)
            assert page.status in (200, 410), path
            words = page.text.replace("中文", "")  # the switch names each language in itself
            assert bool(re.search(r"[\u4e00-\u9fff]", words)) is chinese, path
