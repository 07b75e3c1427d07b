"""Every week some shares are drawn and looked at; what misleads becomes a report."""

from datetime import timedelta

import pytest

from portal.core.base.audit import SYSTEM
from portal.core.base.clock import now
from portal.core.base.database import reading
from portal.core.base.refusals import Refused
from portal.core.supply import queries as supply
from portal.service.sharing import actions, reports, sampling
from portal.service.sharing.rules import SAMPLE_SIZE, Found, ReportState, What, drawn
from portal.service.sharing.tables import SampleDraw, ShareSample
from tests import make
from tests.browse import Browser
from tests.cast import Cast

pytestmark = pytest.mark.usefixtures("school")


async def opened_links(count: int) -> list[int]:
    owner = await make.licensed_owner("李芳", now() - timedelta(days=5))
    found = []
    for _ in range(count):
        external_id = await make.product()
        async with reading():
            product = await supply.product_by_external_id(external_id)
        assert product is not None
        link = await actions.make_link(SYSTEM, owner.store_id, product.id, now())
        await actions.count_visit(link.id, now())
        found.append(link.id)
    await actions.make_link(SYSTEM, owner.store_id, None, now())  # nobody opened this one
    return found


async def test_a_week_is_drawn_once_and_can_be_drawn_again_from_its_seed() -> None:
    links = await opened_links(SAMPLE_SIZE + 4)
    assert await sampling.draw_week() == SAMPLE_SIZE
    assert await sampling.draw_week() == 0
    async with reading():
        draw = (await SampleDraw.objects())[0]
        chosen = await ShareSample.select(ShareSample.link).order_by(ShareSample.link)
    assert draw.candidates == len(links)
    assert [row["link"] for row in chosen] == drawn(draw.seed, dict.fromkeys(links, 1), SAMPLE_SIZE)


async def test_each_is_looked_at_and_a_misleading_one_becomes_a_report(browser: Browser, cast: Cast) -> None:
    await opened_links(2)
    assert await sampling.draw_week() == 2
    await make.sign_in(browser, cast.dora)
    listed = await browser.get("/admin/share-samples")
    first, second = sorted(link for link in listed.links if link.startswith("/admin/share-samples/"))
    assert "泡水正好" in await browser.get(first)
    unsaid = await browser.visit_and_submit(first, f"{first}/finding", found="misleading")
    assert unsaid.status == 422
    assert "f-note-error" in unsaid.html
    report = await browser.visit_and_submit(
        first, f"{first}/finding", found="misleading", what="medical_claim", note="朋友圈写了降血糖"
    )
    assert report.path.startswith("/admin/share-reports/")
    assert "抽查" in report
    fine = await browser.visit_and_submit(second, f"{second}/finding", found="truthful")
    assert fine.path == "/admin/share-samples"
    assert "都看完了" in fine
    async with reading():
        found = await reports.report(report.path.rsplit("/", 1)[1])
    assert found is not None
    assert (found.state, found.source) == (ReportState.OPEN, "sample")
    with pytest.raises(Refused, match="decided_already"):
        viewer = await make.viewer(cast.dora)
        await sampling.check(viewer, int(first.rsplit("/", 1)[1]), Found.MISLEADING, What.OTHER, "再写一次试试", now())
