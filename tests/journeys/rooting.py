"""Second half: whose fault it was, the points, the course and exam, the mending seen by another, the end for all."""

from datetime import timedelta

from portal.commands.demo_data import LICENSED
from portal.core.base.clock import local, now
from tests.journeys.desk import DeskStory, heard, send
from tests.journeys.learning import she_reads_the_rest
from tests.journeys.sitting import she_passes


async def the_agent_finds_the_cause(story: DeskStory) -> None:
    """The owner's promise: proposed as a violation; and what she is to mend, until when."""
    agent, cause = story.agent, f"{story.case}/cause"
    await agent.go(cause)
    form = agent.at("form[action$='/cause/finding']")
    await form.locator("select[name=code]").select_option("owner_medical_claim")
    await send(agent, "/cause/finding", evidence=story.words["evidence"])
    plan = agent.at("form[action$='/cause/actions']")
    await plan.locator("select[name=responsible]").select_option(str(await story.owner_id()))
    due = (local(now()) + timedelta(days=7)).date().isoformat()
    await send(agent, "/cause/actions", what=story.words["plan"], due_on=due)
    await agent.says(story.words["plan"], "main .cells")
    await agent.snap("cause and what mends it", main=True)
    await story.owner.go(f"/loops/{story.found['ref']}")
    assert story.words["evidence"] not in await story.owner.text(), "nothing is said before it is decided"


async def another_decides(story: DeskStory) -> None:
    """The second pair of eyes; the points end her sharing, and the shop hears it."""
    admin = story.staff["admin"]
    await admin.go("/admin/proposals")
    sheet = admin.at("section.sheet").filter(has_text=story.words["evidence"])
    await sheet.wait_for()
    await admin.snap("a violation to be decided")
    await sheet.locator("[name=note]").fill(story.words["decision"])
    await sheet.locator("button[value=confirm]").tap()
    await admin.at("#toasts .toast").wait_for()
    await heard(story, "share_right.changed", owner=LICENSED, may_share=False)
    told = (await story.shop.get(f"/api/v1/owners/{LICENSED}/share-right")).body
    assert (told["status"], told["may_share"], told["permit"]) == ("suspended", False, None)


async def she_knows_why_and_learns(story: DeskStory) -> None:
    """Why, from which complaint, and the way back: the course, its exam, and the right is hers again."""
    owner = story.owner
    await owner.go("/share")
    await owner.says(story.t("rights.own.suspended"), "h1")
    await owner.snap("her sharing is suspended", main=True)
    await owner.go(f"/loops/{story.found['ref']}")
    await owner.says(story.t("causes.code.owner_medical_claim"))
    await owner.snap("the loop, from her end", main=True)
    await owner.go("/learn")
    await owner.snap("a course because of a complaint")
    await she_reads_the_rest(story, "remedial")
    await she_passes(story, "exam passed", 2)
    await heard(story, "share_right.changed", owner=LICENSED, may_share=True)
    told = (await story.shop.get(f"/api/v1/owners/{LICENSED}/share-right")).body
    assert (told["status"], told["may_share"]) == ("licensed", True)
    assert told["permit"]
    await owner.go("/share")
    await owner.at("a[href='/share/products/green-tea']").wait_for()


async def she_mends_it(story: DeskStory) -> None:
    """What she was given to do stands in her notices; she says what she did."""
    owner = story.owner
    await owner.go("/notices")
    await owner.snap("what she was told")
    await owner.at("main .cells button").filter(has_text=story.t("notice.corrective_action.title")).first.tap()
    await owner.page.wait_for_url(lambda url: "/actions/" in url)
    story.found["action"] = owner.path
    await owner.snap("what she is to mend", main=True)
    await send(owner, "/done", words=story.words["done"])
    await owner.says(story.words["done"])


async def another_verifies(story: DeskStory) -> None:
    """Not the agent, whose plan it was: she may not, and is told so."""
    agent, lead, action = story.agent, story.lead, story.found["action"]
    await agent.go(action)
    await agent.says(story.t("causes.verify.another"))
    assert await agent.at(f"form[action='{action}/verification']").count() == 0
    await lead.go("/desk/actions?show=verify")
    await lead.tap_to(f"a[href='{action}']", action)
    await lead.snap("somebody else looks", main=True)
    await send(lead, "/verification", {"verdict": "yes"}, words=story.words["verified"])
    await lead.says(story.words["verified"])


async def it_ends_for_all(story: DeskStory) -> None:
    """Closed; the buyer says how it was; the archive has it; every page says the end."""
    agent, buyer, owner, ref = story.agent, story.buyer, story.owner, story.found["ref"]
    await agent.go(story.case)
    await send(agent, "/closure")
    await agent.says(story.t("complaints.state.closed"))
    await agent.snap("closed")
    await agent.go(f"/loops/{ref}")
    await agent.snap("the whole loop", main=True)
    await buyer.page.goto(story.found["door"])
    await buyer.says(story.t("complaints.survey.title"))
    await send(buyer, "/survey", {"satisfaction": "5", "effort": "4"}, text=story.words["survey"])
    await buyer.says(story.t("complaints.survey.said", satisfaction=5, effort=4))
    await buyer.snap("the buyer says how it was", main=True)
    await agent.go(f"/desk/archive?q={story.words['search']}")
    await agent.says(story.t("causes.code.owner_medical_claim"), "tbody")
    await agent.at(f"tbody a[href='{story.case}']").wait_for()
    await agent.snap("found in the archive")
    await owner.go(f"/complaints/{ref}")
    await owner.says(story.words["survey"])
    await owner.snap("the end, from the owner's side", main=True)
