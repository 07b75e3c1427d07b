"""Beside the work: the buyer's like complaints while an agent types, the proposal in a reply, a film that plays."""

from portal.core.base.clock import now
from portal.core.base.database import reading, writing
from portal.core.web.i18n import speaking
from portal.service.compensations import panels
from portal.service.complaints import finding, moving
from portal.service.complaints.desk_rules import MOST_MOVED
from portal.service.complaints.moving import MOST_TOLD, Report, Task
from portal.service.complaints.tables import Complaint
from tests import make
from tests.browse import Browser
from tests.cast import Cast
from tests.service.compensations.make import agreed, case
from tests.service.complaints.make import agent_ready, complaint, scene


async def test_an_agent_sees_what_the_buyer_told_before_like_it(browser: Browser, cast: Cast) -> None:
    agent = await agent_ready("林晓月", now())
    there = await scene(cast.olive)
    first = await complaint(there, text="两盒杨梅都压碎了，汁流了一箱子")
    other = await complaint(await scene(cast.olive), text="两盒杨梅都压碎了，汁流了一箱子")
    async with reading():
        found = await finding.alike_of(first.vip_id, "杨梅压碎了，汁都流出来了", "damaged")
        nothing = await finding.alike_of(first.vip_id, "发票抬头写错", "other")
        latest = await finding.alike_of(first.vip_id, "", "")
    assert ([info.id for info in found], nothing, [info.id for info in latest]) == ([first.id], [], [first.id])
    assert other.vip_id != first.vip_id
    await make.sign_in(browser, agent)
    start = f"/desk/complaints/new?vip={there.vip}&order={there.bought.number}"
    page = await browser.visit_and_submit(start, "/desk/complaints/new", channel="phone")
    assert f"/desk/complaints/{first.ref}" in page.links
    token = page.form("/desk/complaints/new").fields["_csrf"]
    sent = {"_csrf": token, "text": "杨梅压碎了", "function_category": "damaged"}
    way = f"/desk/complaints/new/alike?vip={there.vip}"
    part = await browser.post(way, sent, headers={"HX-Request": "true", "HX-Target": "hers_alike"})
    assert part.html.count("<html") == 0
    assert f"/desk/complaints/{first.ref}" in part.links
    assert (await browser.post(way.replace("vip=", "vip=no"), sent)).status == 404


async def test_a_reply_is_filled_from_what_lies_with_the_buyer(cast: Cast) -> None:
    one = await case()
    with speaking("en"):
        async with reading():
            assert await panels.offered(await one.now()) is None
        await one.propose(1_500)
        async with reading():
            assert "15" in (await panels.offered(await one.now()) or "")
        two = await case()
        await two.propose(5_000_000 // 100)  # above her authority: others are asked, the buyer hears nothing yet
        async with reading():
            assert await panels.offered(await two.now()) is None
        three, _ = await agreed(fen=1_200)
        async with reading():
            assert "12" in (await panels.offered(await three.now()) or "")


async def test_more_than_a_page_leaves_an_agents_hands_at_once(cast: Cast) -> None:
    agent = await agent_ready("林晓月", now())
    info = await complaint(await scene(cast.olive))
    names = [column._meta.name for column in Complaint._meta.columns if column._meta.name not in ("id", "ref")]
    listed = ", ".join(f'"{name}"' for name in names)
    async with writing():
        for number in range(MOST_MOVED):
            await Complaint.raw(
                f"INSERT INTO complaints (ref, {listed}) SELECT {{}}, {listed} FROM complaints WHERE id = {{}}",
                f"copy-{number}",
                info.id,
            )
    async with reading():
        assert len(await moving.all_of(agent)) == MOST_MOVED + 1


async def test_a_report_names_the_first_refusals_and_counts_all(cast: Cast) -> None:
    await agent_ready("林晓月", now())
    info = await complaint(await scene(cast.olive))
    task, report = Task(cast.dora, cast.mona, "换人", (info.id,)), Report()
    async with writing():
        for _ in range(MOST_TOLD + 5):  # no agent can have it there
            await moving._one(task, info.id, report, now())
    assert (report.done, report.stayed, len(report.left)) == (0, MOST_TOLD + 5, MOST_TOLD)
