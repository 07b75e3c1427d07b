"""Pages: the hall of fame, one's own standing, review to publication and correction, nominations; both languages."""

from collections.abc import Callable
from typing import Any

from certification.certificates import queries as certificates
from portal.core.base.clock import now
from portal.core.base.database import counting_queries, reading, writing
from portal.core.people.tables import Person
from portal.core.stores.tables import Store
from portal.service.awards import cycles, publishing, queries, winners
from portal.service.awards.cycles import Cycle
from portal.service.awards.panels import badge_on_poster
from portal.service.awards.rules import APPEAL_WITHIN
from portal.service.stars.spans import end_of, month_before, month_of
from tests import make
from tests.browse import Browser
from tests.cast import Cast
from tests.service.awards import make as awards
from tests.service.stars import make as stars

Open = Callable[[], Browser]


def last_month() -> str:
    return month_before(month_of(now()))


async def _frozen(cast: Cast, *, published_stars: bool = True) -> Cycle:
    """Olive's store and three more, last month ranked and looked at."""
    until = end_of(last_month())
    async with writing():
        await Store.update({Store.opened_at: until - 400 * stars.DAY}, force=True)
    opened = until - 400 * stars.DAY
    await awards.shop("Olive", until, owner=cast.olive, opened_at=opened, manager_id=None)
    for n in range(2):
        await awards.shop(f"店{n}", until, orders=32, ratings=20, low=n + 1)
    if published_stars:
        await stars.published(last_month(), now(), cast.ada, cast.alan)
    else:
        await stars.reckoned(last_month(), now())
    return await awards.frozen(last_month(), at=now())


async def _published(cast: Cast) -> Cycle:
    at = now()
    cycle = await awards.closed(await awards.opened(await _frozen(cast), cast.dora, at), at)
    viewer = await make.viewer(cast.ada)
    await publishing.propose(viewer.actor, cast.ada, cycle.ref, at + APPEAL_WITHIN)
    await publishing.confirm(viewer.actor, cast.alan, cycle.ref, at + APPEAL_WITHIN)
    return await awards.again(cycle)


async def test_from_review_to_the_hall_of_fame_and_back_by_a_correction(
    browser: Browser, cast: Cast, open_browser: Open
) -> None:
    cycle = await _frozen(cast)
    here = f"/admin/awards/{cycle.ref}"
    lead, ada, alan = [await make.sign_in(open_browser(), who) for who in (cast.dora, cast.ada, cast.alan)]
    assert here in (await lead.get("/admin/awards")).links
    page = await lead.get(here)
    async with reading():
        ranked = await queries.leaders(cycle.id, 3)
    path = f"/admin/awards/candidates/{ranked[1].id}"
    assert path in page.links
    shown = await lead.submit(await lead.get(path), f"{path}/ruling", reason="看")
    assert shown.status == 422
    shown = await lead.submit(shown, f"{path}/ruling", ruling="out", reason="回访记录是事后补的。")
    assert "回访记录是事后补的" in shown
    assert "已排除" in await lead.get(f"{here}?show=out")
    page = await lead.submit(await lead.get(here), f"{here}/window")
    assert "申诉期已打开" in page
    await make.sign_in(browser, ranked[1].person_id)
    mine = f"/awards/mine/{cycle.ref}"
    assert mine in (await browser.get("/awards/mine")).links
    standing = await browser.get(mine)
    assert "回访记录是事后补的" in standing
    standing = await browser.submit(standing, f"{mine}/objection", text="每次都打了电话，有记录。")
    assert "每次都打了电话" in standing
    listed = await ada.get("/admin/awards/objections")
    objection = next(link for link in listed.links if link.startswith("/admin/awards/objections/"))
    assert "您排除的" in await lead.get(objection)
    page = await ada.submit(
        await ada.get(objection), f"{objection}/decision", decision="upheld", reason="通话记录对得上。"
    )
    assert "申诉成立" in page
    assert "您已恢复参评" in await browser.get("/notices")
    await awards.closed(cycle, now())
    await _into_the_hall(ada, alan, open_browser, cycle, cast)
    await _handed_and_corrected(ada, alan, open_browser(), cycle)


async def _into_the_hall(ada: Browser, alan: Browser, open_browser: Open, cycle: Cycle, cast: Cast) -> None:
    here = f"/admin/awards/{cycle.ref}"
    page = await ada.submit(await ada.get(here), f"{here}/proposal")
    assert f"{here}/publication" not in page.html
    assert (await open_browser().get(f"/awards/{cycle.ref}")).status == 404
    page = await alan.submit(await alan.get(here), f"{here}/publication")
    assert "已公布" in page
    hall = await open_browser().get("/awards")
    assert f"/awards/{cycle.ref}" in hall.links
    assert "冠军" in hall
    assert "O****" in hall
    consent = await make.sign_in(open_browser(), cast.olive.person_id)
    agreed = await consent.submit(await consent.get("/awards/mine"), "/awards/mine/consent", shown="full", story="yes")
    assert "冠军" in agreed
    assert "Olive" in await open_browser().get(f"/awards/{cycle.ref}")


async def _handed_and_corrected(ada: Browser, alan: Browser, visitor: Browser, cycle: Cycle) -> None:
    async with reading():
        champion = (await winners.results("r.cycle = {} AND r.award = 'champion'", cycle.id))[0]
    here = f"/admin/awards/results/{champion.id}"
    page = await ada.submit(await ada.get(here), f"{here}/prizes", what="按摩椅", worth="1999.5")
    assert "按摩椅" in page
    assert "¥1,999.50" in page
    handing = next(form.action for form in page.forms if form.action.endswith("/handing"))
    wrong = await ada.submit(page, handing, proof="")
    assert wrong.status == 422
    page = await ada.submit(wrong, handing, proof="SF123，本人签收")
    assert "SF123" in page
    story: dict[str, Any] = {
        "title": "雨夜送药",
        "happened": "买家半夜发烧，订的药没到。",
        "done": "冒雨送过去。",
        "take_along": "先问人，再问货。",
        "questions": "换了您会怎么做？",
    }
    named = await ada.submit(page, f"{here}/story", **story | {"happened": "Olive 送的药，半夜也去。"})
    assert named.status == 422
    page = await ada.submit(named, f"{here}/story", **story)
    assert "等审核" in page
    page = await ada.submit(page, f"{here}/correction", reason="事后查实刷单。", move_up="yes")
    assert f"{here}/correction/confirmation" not in page.html
    page = await alan.submit(await alan.get(here), f"{here}/correction/confirmation")
    assert "已更正" in page
    shown = await visitor.get(f"/awards/{cycle.ref}")
    assert "事后查实刷单" in shown
    assert "更正记录" in shown


async def test_a_manager_nominates_and_judges_see_no_names(browser: Browser, cast: Cast, open_browser: Open) -> None:
    await awards.planned(month_of(now()), at=now())
    await make.sign_in(browser, cast.mona)
    page = await browser.get("/manage/nominations")
    told: dict[str, Any] = {
        "title": "雨夜送药",
        "happened": "买家半夜发烧，订的药没到。",
        "done": "冒雨送过去。",
        "effect": "第二天好多了。",
    }
    wrong = await browser.submit(page, "/manage/nominations", **told | {"done": "Olive 冒雨送过去。"})
    assert wrong.status == 422
    assert 'id="f-done-error"' in wrong.html
    page = await browser.submit(wrong, "/manage/nominations", **told)
    assert "等打分" in page
    lead = await make.sign_in(open_browser(), cast.dora)
    listed = await lead.get("/admin/awards/nominations")
    path = next(link for link in listed.links if link.startswith("/admin/awards/nominations/"))
    shown = await lead.get(path)
    assert "冒雨送过去" in shown
    assert "Olive" not in shown.html
    assert "Mona" not in shown.html
    wrong = await lead.submit(shown, f"{path}/judgement", effort="5")
    assert wrong.status == 422
    page = await lead.submit(wrong, f"{path}/judgement", effort="5", effect="4", example="5")
    assert "没有等您打分的事例" in page
    assert "已经打过分" in await lead.get(path)
    other = await make.sign_in(open_browser(), cast.milo)
    assert "雨夜送药" not in await other.get("/manage/nominations")
    assert (await other.get("/admin/awards")).status == 403


async def test_an_admin_plans_a_region_and_everybody_reads_the_rules(
    browser: Browser, cast: Cast, open_browser: Open
) -> None:
    async with writing():
        await Store.update({Store.region: "浙江省"}, force=True)
    await make.sign_in(browser, cast.ada)
    page = await browser.get("/admin/awards/plans")
    wrong = await browser.submit(page, subject="agent", period="month", scope="region", region="浙江省")
    assert wrong.status == 422
    page = await browser.submit(wrong, subject="owner", period="month", scope="region", region="浙江省")
    assert "浙江省" in page
    async with reading():
        assert any(one.scope_key == "浙江省" for one in await cycles.wanted())
    ending = next(form.action for form in page.forms if form.action.endswith("/end"))
    await browser.submit(page, ending)
    async with reading():
        assert all(one.plan is None for one in await cycles.wanted())
    rules = await open_browser().get("/awards/rules")
    assert "怎样排名" in rules
    assert "还没有公布过评优结果" in await open_browser().get("/awards")


async def test_badges_stand_on_poster_and_stars_page_and_files_stream(
    browser: Browser, cast: Cast, open_browser: Open
) -> None:
    cycle = await _published(cast)
    await make.sign_in(browser, cast.olive.person_id)
    stars_page = await browser.get("/stars")
    assert f"/awards/{cycle.ref}" in stars_page.links
    assert "/awards/mine" in stars_page.links
    assert await badge_on_poster(cast.olive.store_id, now())
    ada = await make.sign_in(open_browser(), cast.ada)
    file = await ada.get(f"/admin/awards/{cycle.ref}/candidates.csv")
    assert "Olive" in file.html
    assert (await ada.get(f"/admin/awards/{cycle.ref}/candidates.xlsx")).status == 200
    for path in (f"/admin/awards/{cycle.ref}", f"/awards/{cycle.ref}", "/admin/awards"):
        with counting_queries() as count:
            await ada.get(path)
        assert len(count) <= 12


ENGLISH = {
    "/awards": "Hall of fame",
    "/awards/rules": "How awards are reckoned",
    "/awards/mine": "My awards",
    "/manage/nominations": "Nominate for best service",
    "/admin/awards": "Figures are frozen by themselves",
}


async def test_pages_in_english(cast: Cast, open_browser: Open) -> None:
    async with writing():
        await Person.update({Person.language: "en"}, force=True)
    for path, text in ENGLISH.items():
        who = {"/manage/nominations": cast.mona, "/admin/awards": cast.ada}.get(path, cast.olive.person_id)
        browser = await make.sign_in(open_browser(), who)
        assert text in await browser.get(path)


async def test_the_certificate_shows_what_was_won(browser: Browser, cast: Cast) -> None:
    await _published(cast)
    async with reading():
        held = await certificates.of_person(cast.olive.person_id)
    assert "评优冠军" in await browser.get(f"/verify/{held[0].number}")
