"""First half: filed for a VIP with her consent, talked about, proposed, approved, accepted, paid once."""

from tests.journeys.desk import (
    CODE,
    COMPLAINT,
    CONSENT,
    GIVEN_FEN,
    LIMIT_FEN,
    NUMBER,
    DeskStory,
    heard,
    message,
    ref_in,
    send,
    tea,
    the_shop_tells,
)
from tests.journeys.phone import Phone


async def the_agent_takes_work(story: DeskStory) -> None:
    """Her shift runs; from now on what presses finds her there."""
    agent = story.agent
    await agent.go("/desk")
    await agent.tap("form[action='/desk/presence'] button")
    await agent.at("form[action='/desk/presence'] input[value=done]").first.wait_for(state="attached")
    await agent.snap("the agent takes work")


async def she_files_in_three_steps(story: DeskStory) -> None:
    """From the order's page, in her buyer's name, with a photograph; the buyer is asked on her own phone."""
    owner = story.owner
    story.found |= {"asked": str(len(story.site.told(CONSENT))), "links": str(len(story.site.told(COMPLAINT)))}
    await owner.go(f"/orders/{NUMBER}")
    await owner.tap_to("a[href^='/complaints/new']", "/complaints/new")
    await owner.at("form[action^='/complaints/new']").wait_for()
    await owner.snap("step one: the goods", main=True)
    await _on(owner, "step=2")
    await owner.tap("label.answer:has(input[value=not_as_described])")
    await owner.fill(text=story.words["story"])
    await owner.page.set_input_files("[name=files]", files=tea())
    await owner.snap("step two: what happened", main=True)
    await _on(owner, "step=3")
    await owner.tap("label.answer:has(input[name=wanted][value=refund])")
    await owner.snap("step three: what she wants", main=True)
    await owner.tap("form[action^='/complaints/new'] button.btn")
    await owner.page.wait_for_url(lambda url: "/complaints/" in url and "/complaints/new" not in url)
    story.found["ref"] = ref_in(owner.path)
    await owner.says(story.words["story"])
    await owner.snap("filed, and her buyer is asked")


async def _on(owner: Phone, step: str) -> None:
    await owner.tap("form[action^='/complaints/new'] button.btn")
    await owner.page.wait_for_url(lambda url: step in url)


async def the_buyer_consents(story: DeskStory) -> None:
    """She reads what is said in her name, has a code sent, and confirms; the owner never sees it."""
    buyer, owner = story.buyer, story.owner
    await buyer.page.goto(await message(story, CONSENT, int(story.found["asked"])))
    await buyer.says(story.words["story"][:20])
    await buyer.snap("the buyer reads what is said for her", main=True)
    before = len(story.site.told(CODE))
    await buyer.tap(f"form[action='{buyer.path}/code'] button")
    await buyer.at("input[name=code]").wait_for()
    code = await message(story, CODE, before)
    await buyer.fill(code=code)
    await buyer.tap("#confirm button.btn")
    await buyer.at("form[action$='/revocation']").wait_for(state="attached")
    await buyer.snap("the buyer consents")
    await owner.go(f"/complaints/{story.found['ref']}")
    await owner.says(story.t("complaints.owner.consent.confirmed"))
    assert code not in await owner.page.content()


async def the_buyer_follows_it(story: DeskStory) -> None:
    """By her link, without an account: the clocks, her agent, and a word of her own."""
    buyer = story.buyer
    story.found["door"] = await message(story, COMPLAINT, int(story.found["links"]))
    await buyer.page.goto(story.found["door"])
    await buyer.says(story.t("complaints.talk.title"))
    await buyer.snap("her complaint's page", main=True)
    await send(buyer, "/turns", text=story.words["hers"])
    await buyer.says(story.words["hers"], "#talk")


async def the_agent_answers(story: DeskStory) -> None:
    """It is hers by the rule: same buyer, same kind of trouble. She sees what is due first, and answers."""
    agent, case = story.agent, story.case
    await agent.go("/desk")
    await agent.at(f"a[href='{case}']").first.wait_for()
    await agent.snap("the desk, what is due first", main=True)
    await agent.tap_to(f"a[href='{case}']", case)
    await agent.says(story.words["hers"])
    await agent.at("#proposal").wait_for()
    await agent.snap("the complaint at the desk", main=True)
    await send(agent, "/turns", text=story.words["reply"])
    await agent.says(story.words["reply"], "#desk_live, main")
    await story.buyer.page.reload()
    await story.buyer.says(story.words["reply"])
    await send(story.buyer, "/turns", text=story.words["thanks"])
    await story.buyer.says(story.words["thanks"], "#talk")
    await story.buyer.snap("the buyer is answered")


async def she_proposes_above_her_limit(story: DeskStory) -> None:
    """It does not go out on her own word: somebody else is asked, and the page says who and until when."""
    agent, case = story.agent, story.case
    assert GIVEN_FEN > LIMIT_FEN
    await agent.go(f"{case}/proposals")
    await send(agent, "/proposals", {"kind": "refund"}, yuan=str(GIVEN_FEN // 100), said=story.words["proposal"])
    await agent.page.wait_for_url(lambda url: url.endswith(case))
    await agent.says(story.t("compensations.state.awaiting_approval"), "#proposal")
    await agent.go(f"{case}/proposals")
    await agent.snap("above her limit: another is asked")
    await story.buyer.page.reload()
    await story.buyer.at("#talk").wait_for()
    assert story.words["proposal"] not in await story.buyer.text()


async def the_lead_approves(story: DeskStory) -> None:
    lead = story.lead
    await lead.go("/desk/approvals")
    await lead.says(story.words["story"][:20], "tbody")
    await lead.snap("what waits for an approval")
    await lead.at("tbody tr").filter(has_text=story.words["story"][:20]).locator("th a").tap()
    await lead.page.wait_for_url(lambda url: "/desk/approvals/" in url)
    await lead.snap("the lead looks at it", main=True)
    await send(lead, "/approval")
    await lead.at("#toasts .toast").wait_for()


async def the_buyer_accepts(story: DeskStory) -> None:
    buyer = story.buyer
    await buyer.page.goto(story.found["door"])
    await buyer.says(story.words["proposal"])
    await buyer.snap("the buyer is offered it", main=True)
    await send(buyer, "/acceptance")
    await buyer.says(story.t("compensations.buyer.due.refund"))
    await buyer.snap("the buyer accepts")


async def the_shop_pays_once(story: DeskStory) -> None:
    """It hears what to pay, says twice that it has, and once more by the API; another payment of it is refused."""
    due = await heard(story, "compensation.approved", complaint=story.found["ref"])
    assert (due["amount_fen"], due["state"], due["order"]) == (GIVEN_FEN, "due", NUMBER)
    paid = {"amount_fen": GIVEN_FEN, "payment_ref": "R-1002"}
    await the_shop_tells(story, "compensation.paid", {"ref": due["ref"], **paid})
    way = f"/api/v1/compensations/{due['ref']}/payment"
    again = await story.shop.client.post(way, json=paid)
    assert (again.status_code, again.json()["state"], again.json()["payment_ref"]) == (200, "paid", "R-1002")
    other = await story.shop.client.post(way, json={**paid, "payment_ref": "R-1003"})
    assert other.status_code == 409, other.text
    await story.buyer.page.reload()
    await story.buyer.says(story.t("compensations.buyer.paid.refund"))
    await story.buyer.snap("the money is on its way back")
    agent = story.agent
    await agent.go(story.case)
    await agent.says(story.t("compensations.paid.paid"), "#proposal")
    await send(agent, "/resolution")
    await agent.at("form[action$='/closure']").wait_for(state="attached")
    await agent.snap("settled with the buyer")
