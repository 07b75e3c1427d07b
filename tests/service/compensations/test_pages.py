"""The pages: an agent proposes, an approver decides, a buyer answers, lead and admin see the books."""

import asyncio
from collections.abc import Callable
from datetime import timedelta

import pytest

from portal.core.base.audit import Actor
from portal.core.base.clock import now
from portal.core.base.database import counting_queries, reading
from portal.core.people.rules import Scope
from portal.core.web.frame import Frame
from portal.core.web.paging import Cut
from portal.service.compensations import approving, queries, reviews, sweeps, told, vouchers
from portal.service.compensations.rules import Kind, State
from portal.service.compensations.tables import Authority, VoucherCode
from portal.service.complaints import history
from portal.service.complaints.rules import FiledBy
from portal.service.complaints.told import told_proposal
from tests import make
from tests.browse import Browser
from tests.cast import Cast
from tests.service.compensations import make as given
from tests.service.connect.shop import open_shop, set_secret

Opens = Callable[[], Browser]


async def inside(open_browser: Opens, person: int) -> Browser:
    return await make.sign_in(open_browser(), person)


async def test_an_agent_proposes_within_her_authority(cast: Cast, open_browser: Opens) -> None:
    case = await given.case()
    agent, base = await inside(open_browser, case.agent), f"/desk/complaints/{case.info.ref}/proposals"
    page = await agent.get(base)
    assert page.status == 200
    assert "¥20.00" in page
    assert "¥200.00" in page
    await agent.submit(page, base, kind="refund", yuan="15", said=given.SAID)
    async with reading():
        made = (await queries.proposals_of(case.info.id))[0]
    assert (made.state, made.amount_fen) == (State.SENT, 1_500)
    page = await agent.get(base)
    assert given.SAID in page
    await agent.submit(page, f"{base}/{made.ref}/withdrawal", reason="换一个办法")
    assert (await given.proposal(made)).state is State.WITHDRAWN


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        ({"kind": "refund", "yuan": "", "said": given.SAID}, "这一项还没填"),
        ({"kind": "refund", "yuan": "abc", "said": given.SAID}, "请填大于零的金额"),
        ({"kind": "refund", "yuan": "-3", "said": given.SAID}, "请填大于零的金额"),
        ({"kind": "voucher", "yuan": "0", "said": given.SAID}, "请填大于零的金额"),
        ({"kind": "", "yuan": "3", "said": given.SAID}, "errors"),
        ({"kind": "refund", "yuan": "3", "said": "好"}, "errors"),
    ],
)
async def test_what_is_wrong_stands_beside_its_field_and_her_words_stay(
    cast: Cast, open_browser: Opens, typed: dict[str, str], sentence: str
) -> None:
    case = await given.case()
    agent, base = await inside(open_browser, case.agent), f"/desk/complaints/{case.info.ref}/proposals"
    page = await agent.visit_and_submit(base, base, **typed)
    assert page.status == 422
    assert 'class="errors"' in page.html
    assert sentence in page or "errors" in sentence
    assert page.form(base).fields["said"].strip() == typed["said"]


async def test_two_proposals_at_once(cast: Cast, open_browser: Opens) -> None:
    """From two tabs: one proposal goes out, the other tab shows it with the words that were typed there."""
    case = await given.case()
    base = f"/desk/complaints/{case.info.ref}/proposals"
    hands = [await inside(open_browser, case.agent) for _ in range(2)]
    pages = [await hand.get(base) for hand in hands]
    said = ["坏的这盒我们退您，今天就办。", "我们给您重新寄一盒，明天就到。"]
    answers = await asyncio.gather(
        *(
            hand.submit(page, base, kind="refund", yuan=str(15 - n), said=said[n])
            for n, (hand, page) in enumerate(zip(hands, pages, strict=True))
        )
    )
    assert sorted(page.status for page in answers) == [200, 409]
    lost = next(n for n, page in enumerate(answers) if page.status == 409)
    assert said[lost] in answers[lost]
    assert said[1 - lost] in answers[lost]
    async with reading():
        made = await queries.proposals_of(case.info.id)
    assert [each.said for each in made] == [said[1 - lost]]


async def test_a_page_that_moved_on_shows_the_fresh_state_with_her_text(cast: Cast, open_browser: Opens) -> None:
    case = await given.case()
    agent, base = await inside(open_browser, case.agent), f"/desk/complaints/{case.info.ref}/proposals"
    page = await agent.get(base)
    await case.propose(1_000)
    again = await agent.submit(page, base, kind="refund", yuan="12", said="另外一句话，请留着")
    assert again.status == 409
    assert "另外一句话，请留着" in again
    assert "¥10.00" in again


async def test_others_read_it_and_do_not_propose(cast: Cast, open_browser: Opens) -> None:
    case = await given.case()
    base = f"/desk/complaints/{case.info.ref}/proposals"
    other = await (await inside(open_browser, cast.abe)).get(base)
    assert other.status == 200
    assert not [form for form in other.forms if form.action == base]
    assert (await (await inside(open_browser, cast.olive.person_id)).get(base)).status == 403
    assert (await (await inside(open_browser, cast.abe)).get("/desk/complaints/none/proposals")).status == 404


async def test_an_approver_sees_the_case_and_lowers_the_sum(cast: Cast, open_browser: Opens) -> None:
    case = await given.case()
    made = await case.propose(9_000)
    lead = await inside(open_browser, cast.dora)
    page = await lead.get("/desk/approvals")
    assert "¥90.00" in page
    way = f"/desk/approvals/{made.ref}"
    assert case.info.text in await lead.get(way)
    wrong = await lead.visit_and_submit(way, f"{way}/approval", yuan="95")
    assert wrong.status == 422
    assert wrong.form(f"{way}/approval").fields["yuan"] == "95"
    done = await lead.visit_and_submit(way, f"{way}/approval", yuan="60")
    assert done.path == "/desk/approvals"
    assert (await given.proposal(made)).amount_fen == 6_000


async def test_an_approver_refuses_with_a_reason_or_is_told_to_give_one(cast: Cast, open_browser: Opens) -> None:
    case = await given.case()
    made = await case.propose(9_000)
    lead, way = await inside(open_browser, cast.dora), f"/desk/approvals/{made.ref}"
    assert (await lead.visit_and_submit(way, f"{way}/refusal", reason="")).status == 422
    await lead.visit_and_submit(way, f"{way}/refusal", reason="先补发一盒")
    assert (await given.proposal(made)).state is State.REFUSED
    agent = await inside(open_browser, case.agent)
    assert "先补发一盒" in await agent.get(f"/desk/complaints/{case.info.ref}/proposals")


async def test_who_comes_second_sees_what_was_decided_and_keeps_her_words(cast: Cast, open_browser: Opens) -> None:
    case = await given.case()
    made = await case.propose(9_000)
    lead, way = await inside(open_browser, cast.dora), f"/desk/approvals/{made.ref}"
    page = await lead.get(way)
    await approving.approve(Actor("person", cast.ada), cast.ada, made.ref, None, case.at)
    late = await lead.submit(page, f"{way}/refusal", reason="我觉得太多了")
    assert late.status == 409
    assert "我觉得太多了" in late


@pytest.mark.parametrize("language", ["zh-CN", "en"])
async def test_a_buyer_accepts_on_her_page(cast: Cast, app: Frame, language: str) -> None:
    case = await given.case()
    made = await case.propose(1_500)
    way, buyer = await case.link(), Browser(app, language=language)
    page = await buyer.get(way)
    assert given.SAID in page
    assert "¥15.00" in page
    after = await buyer.submit(page, f"{way}/proposals/{made.ref}/acceptance")
    assert after.path == way
    assert (await given.proposal(made)).state is State.ACCEPTED
    assert ("待付" if language == "zh-CN" else "To be paid") in after
    again = await buyer.submit(page, f"{way}/proposals/{made.ref}/acceptance")
    assert again.path == way
    assert len(await case.grants()) == 1
    await buyer.close()


async def test_a_buyer_declines_with_what_would_be_right(cast: Cast, browser: Browser) -> None:
    case = await given.case()
    made = await case.propose()
    way = await case.link()
    after = await browser.visit_and_submit(way, f"{way}/proposals/{made.ref}/refusal", instead="想换一盒新的")
    assert "想换一盒新的" in after
    assert (await given.proposal(made)).state is State.DECLINED


async def test_a_buyer_whose_proposal_moved_on_keeps_her_words(cast: Cast, browser: Browser) -> None:
    case = await given.case()
    made = await case.propose()
    way = await case.link()
    page = await browser.get(way)
    await case.accept(made)
    late = await browser.submit(page, f"{way}/proposals/{made.ref}/refusal", instead="想换一盒新的")
    assert late.status == 409
    assert "想换一盒新的" in late
    assert late.response.headers["cache-control"] == "no-store"
    assert (await browser.get(f"{way}/proposals/{made.ref}/acceptance")).path == way


async def test_an_answer_to_nothing_is_not_found(cast: Cast, browser: Browser) -> None:
    case, other = await given.case(), await given.case()
    made = await other.propose()
    await case.propose()
    way = await case.link()
    page = await browser.get(way)
    token = next(form for form in page.forms if form.method == "post").fields["_csrf"]
    sent = await browser.post(f"{way}/proposals/{made.ref}/acceptance", {"_csrf": token})
    assert sent.status == 404
    gone = await browser.post(f"/c/none/proposals/{made.ref}/acceptance", {"_csrf": token})
    assert gone.status == 410


async def test_accepting_is_the_consent_that_was_missing(cast: Cast, browser: Browser) -> None:
    owner = await make.owner("Lin")
    case = await given.case(owner=owner, filed_by=FiledBy.OWNER, person_id=owner.person_id)
    made = await case.propose()
    way = await case.link()
    page = await browser.get(way)
    assert "您还没有确认" in page
    await browser.submit(page, f"{way}/proposals/{made.ref}/acceptance")
    async with reading():
        kinds = [event.kind for event in await history.events(case.info.id)]
    assert "consented_by_answer" in kinds


async def test_the_owner_reads_it_without_the_code(cast: Cast, open_browser: Opens) -> None:
    await vouchers.take_in(Actor("person", cast.ada), cast.ada, [vouchers.Code("SECRET-42", 1_000)], None, now())
    case, _ = await given.agreed(Kind.VOUCHER, 1_000)
    owner = await inside(open_browser, case.owner.person_id)
    seen = await owner.get(f"/complaints/{case.info.ref}")
    assert given.SAID in seen
    assert "SECRET-42" not in seen.html
    buyer = open_browser()
    assert "SECRET-42" in await buyer.get(await case.link())


async def test_the_books_by_day_agent_kind_and_goods(cast: Cast, open_browser: Opens) -> None:
    case, grant = await given.agreed(fen=1_500)
    lead, other = await inside(open_browser, cast.dora), await inside(open_browser, cast.abe)
    for by in ("day", "agent", "kind", "category", "nonsense"):
        page = await lead.get(f"/desk/grants?by={by}")
        assert page.status == 200
        assert "¥15.00" in page
    assert "¥15.00" not in await other.get("/desk/grants")
    assert (await other.get(f"/desk/grants/{grant.ref}")).status == 404
    own = await inside(open_browser, case.agent)
    assert given.SAID in await own.get(f"/desk/grants/{grant.ref}")
    assert (await own.get("/desk/approvals")).status == 403
    assert "¥15.00" in await lead.get("/desk/payments")


@pytest.mark.parametrize("ending", ["csv", "xlsx"])
async def test_the_books_as_a_file(cast: Cast, open_browser: Opens, ending: str) -> None:
    _, grant = await given.agreed(fen=1_500)
    lead = await inside(open_browser, cast.dora)
    sent = (await lead.get(f"/desk/grants/grants.{ending}")).response
    assert sent.status_code == 200
    assert "attachment" in sent.headers["content-disposition"]
    if ending == "csv":
        lines = sent.content.decode("utf-8-sig").splitlines()
        assert len(lines) == 2
        assert grant.ref in lines[1]
        assert "15.00" in lines[1]
        assert "王芳" not in lines[1]


async def test_a_reviewer_judges_a_drawn_grant(cast: Cast, open_browser: Opens) -> None:
    case = await given.case(at=now() - timedelta(days=62))
    await given.agreed(case_=case)
    await sweeps.draw()
    async with reading():
        one = (await reviews.reviews(Cut(), only_open=True)).items[0]
    lead, way = await inside(open_browser, cast.dora), f"/desk/grant-reviews/{one.id}"
    assert "¥15.00" in await lead.get("/desk/grant-reviews")
    wrong = await lead.visit_and_submit(way, way, found="too_much", note="")
    assert wrong.status == 422
    done = await lead.visit_and_submit(way, way, found="too_much", note="补发就够了")
    assert done.path == "/desk/grant-reviews"
    assert "补发就够了" in await lead.get(way)
    assert (await (await inside(open_browser, cast.abe)).get(way)).status == 403


async def test_an_admin_sets_the_authority(cast: Cast, open_browser: Opens) -> None:
    admin, way = await inside(open_browser, cast.ada), "/admin/authority"
    typed = {"level": "junior", "category": "", "kind": "", "limit": "30", "day_limit": "300", "reason": "旺季放宽"}
    wrong = await admin.visit_and_submit(way, way, **(typed | {"day_limit": "20"}))
    assert wrong.status == 422
    assert wrong.form(way).fields["limit"] == "30"
    page = await admin.get(way)
    done = await admin.submit(page, way, **typed)
    assert "¥30.00" in done
    assert "旺季放宽" in done
    stale = await admin.submit(page, way, **(typed | {"limit": "31", "_key": "another"}))
    assert stale.status == 409
    async with reading():
        assert await Authority.count() == 1
    assert (await (await inside(open_browser, cast.dora)).get(way)).status == 403


async def test_an_admin_adds_codes_and_a_bad_list_is_not_taken(cast: Cast, open_browser: Opens) -> None:
    admin, way = await inside(open_browser, cast.ada), "/admin/vouchers"
    bad = await admin.visit_and_submit(way, way, codes="code,amount\nA-0001,10\nA-0001,10\nB-0002,abc\nx,5")
    assert bad.status == 422
    assert bad.html.count("第 ") >= 3
    async with reading():
        assert await VoucherCode.count() == 0
    good = await admin.visit_and_submit(way, way, codes="code,amount\nA-0001,10\nA-0002,10.00\nB-0001,35.40")
    assert "¥35.40" in good
    assert "A-0001" not in good.html
    page = await admin.get(way)
    upload = {"file": ("codes.csv", "A-0001,10\nC-0001,5\n".encode("utf-8-sig"), "text/csv")}
    assert "¥5.00" in await admin.submit(page, way, files=upload, codes="")
    async with reading():
        assert await VoucherCode.count() == 4


@pytest.mark.parametrize(
    "way",
    ["/desk/approvals", "/desk/payments", "/desk/grants", "/desk/grant-reviews", "/admin/authority", "/admin/vouchers"],
)
async def test_empty_pages_in_english(cast: Cast, app: Frame, way: str) -> None:
    admin = await make.sign_in(Browser(app, language="en"), cast.ada)
    assert (await admin.get(way)).status == 200
    await admin.close()


# ---- programs ----


async def test_the_shop_is_told_to_pay_and_confirms(cast: Cast, app: Frame) -> None:
    case, grant = await given.agreed(fen=1_500)
    event = await told.told_approved({"grant": grant.id}, case.info.subject)
    assert event is not None
    wanted = {"ref": grant.ref, "complaint": case.info.ref, "vip": case.buyer.external_id, "kind": "refund"}
    assert wanted.items() <= event.data.items()
    assert (event.data["amount_fen"], event.data["currency"], event.data["state"]) == (1_500, "CNY", "due")
    shop = await open_shop(app)
    path = f"/api/v1/compensations/{grant.ref}/payment"
    for _ in range(2):
        answer = await shop.client.post(
            path, json={"amount_fen": 1_500, "payment_ref": "p-1", "paid_at": now().isoformat()}
        )
        assert (answer.status_code, answer.json()["state"]) == (200, "paid")
    assert (await shop.client.post(path, json={"amount_fen": 1_499})).status_code == 409
    odd = await shop.client.post(path, json={"amount_fen": 1_500, "odd": 1})
    assert [one["field"] for one in odd.json()["errors"]] == ["odd"]
    assert (await shop.client.post("/api/v1/compensations/none/payment", json={"amount_fen": 1})).status_code == 404
    await shop.client.aclose()
    poor = await open_shop(app, Scope.ORDERS_READ)
    assert (await poor.client.post(path, json={"amount_fen": 1_500})).status_code == 403
    await poor.client.aclose()


async def test_a_webhook_confirms_too(cast: Cast, app: Frame) -> None:
    case, grant = await given.agreed(fen=1_500)
    shop = await open_shop(app)
    set_secret()
    wrong = await shop.webhook("compensation.paid", {"ref": grant.ref, "amount_fen": 1})
    assert wrong.status_code == 409
    done = await shop.webhook("compensation.paid", {"ref": grant.ref, "amount_fen": 1_500})
    assert (done.status_code, done.json()["status"]) == (200, "taken")
    assert str((await case.grants())[0].state) == "paid"
    await shop.client.aclose()


async def test_a_proposal_says_to_programs_what_it_is(cast: Cast) -> None:
    case = await given.case()
    made = await case.propose(1_500)
    at = case.at.isoformat()
    event = await told_proposal({"complaint": case.info.id, "proposal": made.id, "at": at}, case.info.subject)
    assert event is not None
    said = event.data["proposal"]
    assert isinstance(said, dict)
    assert (said["ref"], said["kind"], said["amount_fen"], said["text"]) == (made.ref, "refund", 1_500, given.SAID)


async def test_no_page_asks_more_than_twelve_questions(cast: Cast, open_browser: Opens) -> None:
    agent = await make.person("agent", "Ann")
    cases = [await given.case(agent, now() - timedelta(days=62 * (n == 0))) for n in range(4)]
    await given.agreed(case_=cases[0])
    await sweeps.draw()
    made = [await case.propose(9_000) for case in cases[1:]]
    await approving.approve(Actor("person", cast.dora), cast.dora, made[0].ref, None, now())
    async with reading():
        drawn = (await reviews.reviews(Cut(), only_open=True)).items[0]
    grant = (await cases[0].grants())[0]
    ways = {
        cast.dora: [
            "/desk/approvals",
            f"/desk/approvals/{made[1].ref}",
            "/desk/payments",
            "/desk/grants?by=agent",
            f"/desk/grants/{grant.ref}",
            "/desk/grant-reviews",
            f"/desk/grant-reviews/{drawn.id}",
        ],
        cast.ada: ["/admin/authority", "/admin/vouchers"],
        agent: [f"/desk/complaints/{cases[2].info.ref}/proposals"],
    }
    for person, paths in ways.items():
        browser = await inside(open_browser, person)
        for path in paths:
            with counting_queries() as asked:
                page = await browser.get(path)
            assert page.status == 200
            assert len(asked) <= 12, f"{path}: {len(asked)}" + "".join(f"\n  {each[:150]}" for each in asked.queries)
