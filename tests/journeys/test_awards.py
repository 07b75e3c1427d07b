"""An award month from its freeze to the hall of fame, and what comes after, in a real browser.

The month's stars are frozen and published by two; a manager nominates and is judged unseen; what looks like gaming is
ruled on, one stays and another does not; she objects and is answered; two publish. The winner agrees to her story, has
her prize once, and a wrong place is corrected in the open. In Chinese on SQLite, in English on PostgreSQL.
"""

import os
from pathlib import Path

import pytest

from tests.journeys.awarding import (
    GAMER,
    MASKED,
    SECOND,
    STAFF,
    WINNER,
    Story,
    beginning,
    enter,
    stands,
)

pytestmark = [pytest.mark.browser, pytest.mark.slow]

SHEETS = {"zh-Hans": "awards-zh", "en": "awards-en"}


async def the_month_freezes(story: Story) -> None:
    """Twelve hours after its end the figures are kept; two admins publish the stars, and not one alone."""
    path, admin, second = f"/admin/stars/{story.month}", story["admin"], story["second-admin"]
    story.site.skip(hours=26)
    await enter(story, "winner", "gamer", *STAFF)
    await stands(story, "admin", path, story.t("stars.run.ready"))
    await admin.tap(f"form[action='{path}/proposal'] button")
    await admin.says(story.t("stars.publish.own"))
    await second.go(path)
    await second.tap(f"form[action='{path}/publication'] button")
    await second.says(story.t("stars.run.published"))
    await story["winner"].go("/stars")
    await story["winner"].says(story.month, ".over")
    await stands(story, "admin", story.cycle, story.t("awards.state.review"))
    await admin.says(GAMER, "tbody tr:first-child")
    await admin.snap("the month is frozen and ranked")


async def a_manager_nominates(story: Story) -> None:
    """Words that name somebody are refused and kept; two judges mark what was done, not knowing whose it is."""
    manager, words = story["manager"], story.words
    await manager.go("/manage/nominations")
    await manager.page.select_option("[name=cycle]", story.ref)
    await manager.page.select_option("[name=store]", "he-qing")
    await manager.fill(**{name: words[name] for name in ("title", "happened", "done")}, effect=words["named"])
    await manager.tap("form[action='/manage/nominations'] button.btn")
    await manager.says(story.t("refusal.award_nomination_names", found=SECOND), ".errors")
    assert await manager.page.input_value("[name=done]") == words["done"]
    await manager.fill(effect=words["effect"])
    await manager.tap("form[action='/manage/nominations'] button.btn")
    await manager.says(words["title"], "section h2")
    for part in ("desk-lead", "admin"):
        judge = story[part]
        await judge.go("/admin/awards/nominations")
        await judge.tap_to(f"main a:has-text({words['title']!r})", "/admin/awards/nominations/")
        assert SECOND not in await judge.text("main")
        for name in ("effort", "effect", "example"):
            await judge.tap(f"label.answer:has(input[name={name}][value='4'])")
        if part == "admin":
            await judge.snap("marks for what was done")
        await judge.tap("form[action$='/judgement'] button.btn")
        await judge.at("#toasts .toast").wait_for()


async def what_looks_like_gaming(story: Story) -> None:
    """The window opens only when somebody has looked at both; an office is none, one telephone for six is."""
    lead, words = story["desk-lead"], story.words
    for name, ruling, reason in ((GAMER, "gaming", words["gaming"]), (SECOND, "keep", words["office"])):
        await lead.go(f"{story.cycle}?show=signals")
        assert await lead.at("form[action$='/window']").count() == 0
        await lead.tap_to(f"tbody a:has-text({name!r})", "/admin/awards/candidates/")
        await lead.tap(f"label.answer:has(input[value={ruling}])")
        await lead.fill(reason=reason)
        if ruling == "gaming":
            await lead.snap("six orders, one telephone, the same words", main=True)
        await lead.tap("form[action$='/ruling'] button.btn")
        await lead.says(reason, "section")
    await lead.go(story.cycle)
    await lead.tap("form[action$='/window'] button")
    await lead.says(story.t("awards.state.appeal"), ".wide-head")


async def she_objects_and_is_answered(story: Story) -> None:
    """Within the week, once; not by the one who left her out."""
    gamer, lead, admin, words = story["gamer"], story["desk-lead"], story["admin"], story.words
    mine = f"/awards/mine/{story.ref}"
    await gamer.go("/stars")
    await gamer.tap_to(f"a[href='{mine}']", mine)
    await gamer.says(words["gaming"])
    await gamer.fill(text=words["objection"])
    await gamer.tap("form[action$='/objection'] button.btn")
    await gamer.says(story.t("awards.objection.yours"))
    await lead.go("/admin/awards/objections")
    await lead.tap_to("main a[href^='/admin/awards/objections/']", "/admin/awards/objections/")
    await lead.says(story.t("refusal.award_own_ruling"))
    await admin.go(lead.path)
    await admin.tap("label.answer:has(input[value=rejected])")
    await admin.fill(reason=words["answer"])
    await admin.tap("form[action$='/decision'] button.btn")
    await admin.says(story.t("awards.objection.rejected"), "h2")
    await gamer.go(mine)
    await gamer.says(words["answer"])
    await gamer.snap("left out, objected, answered")


async def two_admins_publish(story: Story) -> None:
    admin, second, path = story["admin"], story["second-admin"], story.cycle
    story.site.skip(days=7, hours=1)
    await enter(story, "desk-lead", "admin", "second-admin")
    await stands(story, "admin", path, story.t("awards.publish.propose"))
    await admin.tap(f"form[action='{path}/proposal'] button")
    await admin.says(story.t("awards.publish.own"))
    await second.go(path)
    await second.tap(f"form[action='{path}/publication'] button")
    await second.says(story.t("awards.state.published"), ".wide-head")
    for name, key in ((WINNER, "champion"), (SECOND, "runner_up")):
        link = second.at(f"section a[href^='/admin/awards/results/']:has-text({name!r})").first
        story.found[key] = str(await link.get_attribute("href"))


async def the_hall_of_fame(story: Story) -> None:
    """Open to everybody, names as their people wish; a notice, the star's page and the certificate tell of it."""
    winner, visitor = story["winner"], story["visitor"]
    await visitor.go("/awards")
    await visitor.tap_to(f"a[href='/awards/{story.ref}']", f"/awards/{story.ref}")
    await visitor.says(MASKED)
    assert WINNER not in await visitor.text()
    await winner.go("/notices")
    await winner.says(story.t("notice.award_champion.title", label=story.month))
    await winner.go("/awards/mine")
    await winner.tap("label.answer:has(input[value=full])")
    await winner.tap("label.answer:has(input[name=story])")
    await winner.snap("how she is named")
    await winner.tap("form[action='/awards/mine/consent'] button.btn")
    await winner.at("#toasts .toast").wait_for()
    await winner.go("/certificates")
    verify = await winner.at("a[href^='/verify/']").first.get_attribute("href")
    await visitor.go(str(verify))
    await visitor.says(story.t("certificates.badge.champion", label=story.month), ".chip")
    await winner.go("/share/products/green-tea")
    await winner.tap_to("form[action='/share/links'] button", "/share/links/")
    poster = await winner.context.request.get(f"{winner.base}{winner.path}/poster.png")
    assert (poster.status, poster.headers["content-type"]) == (200, "image/png")


async def her_story_is_told(story: Story) -> None:
    """One writes it, another lets it through; it stands in the hall and in the case library."""
    lead, admin, winner, words = story["desk-lead"], story["admin"], story["winner"], story.words
    await lead.go(story.found["champion"])
    await lead.page.select_option("[name=language]", story.language)
    await lead.fill(
        title=words["story"],
        happened=words["happened"],
        done=words["done"],
        take_along=words["effect"],
        questions=words["office"],
    )
    await lead.tap("form[action$='/story'] button")
    await lead.says(story.t("awards.story.waiting"))
    await admin.go(story.found["champion"])
    await admin.tap_to("a[href^='/desk/cases/']", "/desk/cases/")
    ref = admin.path.rpartition("/")[2]
    await admin.tap("label.answer:has(input[value=publish])")
    await admin.tap("form[action$='/verdict'] button.btn")
    await admin.at("#toasts .toast").wait_for()
    await story["visitor"].go(f"/awards/{story.ref}")
    await story["visitor"].says(words["story"], "h2")
    await story["visitor"].says(WINNER)
    await story["visitor"].snap("the hall of fame", main=True)
    await winner.go(f"/cases/{ref}")
    await winner.says(words["story"], "h1")


async def a_prize_once(story: Story) -> None:
    """Two admins have it open; who taps second is told that it is handed out."""
    admin, second, words, path = story["admin"], story["second-admin"], story.words, story.found["champion"]
    await admin.go(path)
    await admin.fill(what=words["prize"], worth="1200")
    await admin.tap(f"form[action='{path}/prizes'] button")
    await admin.says(words["prize"], "section")
    await second.go(path)
    for one in (admin, second):
        await one.fill(proof=words["proof"])
        await one.tap("form[action$='/handing'] button")
    await second.says(story.t("refusal.award_prize_handed"))
    await admin.go(path)
    assert (await admin.text("main")).count(words["proof"]) == 1
    await admin.snap("a prize, handed out once")


async def a_correction_in_the_open(story: Story) -> None:
    """The second place is taken back by two; the third moves up; the old row stays and the new one names it."""
    admin, second, words, path = story["admin"], story["second-admin"], story.words, story.found["runner_up"]
    await admin.go(path)
    await admin.page.fill("form[action$='/correction'] [name=reason]", words["wrong"])
    await admin.tap("form[action$='/correction'] button")
    await admin.says(story.t("awards.publish.own"))
    await second.go(path)
    await second.tap("form[action$='/correction/confirmation'] button")
    await second.says(story.t("awards.taken_back"))
    await story["visitor"].go(f"/awards/{story.ref}")
    await story["visitor"].says(words["wrong"])
    await story["visitor"].says(story.t("awards.corrected"))
    assert story.t("awards.vacant") not in await story["visitor"].text("main")
    await story["visitor"].snap("corrected in the open")


@pytest.mark.parametrize(
    ("language", "database_url"), [("zh-Hans", "sqlite"), ("en", "postgres")], indirect=["database_url"]
)
async def test_an_award_month_from_freeze_to_hall_of_fame(language: str, database_url: str, tmp_path: Path) -> None:
    async with beginning(language, database_url, tmp_path, SHEETS[language]) as story:
        await the_month_freezes(story)
        await a_manager_nominates(story)
        await what_looks_like_gaming(story)
        await she_objects_and_is_answered(story)
        await two_admins_publish(story)
        await the_hall_of_fame(story)
        await her_story_is_told(story)
        await a_prize_once(story)
        await a_correction_in_the_open(story)
    folder = Path(os.environ.get("PORTAL_SHEETS") or tmp_path / "sheets")
    story.album.sheet("light", folder / f"{SHEETS[language]}.png")
