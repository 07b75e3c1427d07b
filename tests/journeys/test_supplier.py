"""A supplier from its first complaint to the blacklist, and back after its appeal, in a real browser.

Three buyers complain, the desk finds whose fault it was, a day is judged; the supplier reads why by its link, sends too
little, runs out of time. Two people end it, every door shuts; somebody else finds that they were wrong. Once in Chinese
on SQLite and once in English on PostgreSQL, on the demo's data, with its clock moved on.
"""

import os
from pathlib import Path

import pytest

from tests.journeys import mending
from tests.journeys.supplying import SHEETS, beginning

pytestmark = [pytest.mark.browser, pytest.mark.slow]


@pytest.mark.parametrize(
    ("language", "database_url"), [("zh-Hans", "sqlite"), ("en", "postgres")], indirect=["database_url"]
)
async def test_a_supplier_from_its_first_complaint_to_the_blacklist_and_back(
    language: str, database_url: str, tmp_path: Path
) -> None:
    async with beginning(language, database_url, tmp_path) as story:
        await mending.the_shop_sells_its_bowls(story)
        await mending.the_desk_finds_whose_fault_it_was(story)
        await mending.it_is_judged_and_reads_why(story)
        await mending.it_sends_too_little(story)
        await mending.two_people_end_it(story)
        await mending.its_goods_are_shared_no_more(story)
        await mending.it_appeals(story)
        await mending.somebody_else_looks_again(story)
        await mending.it_is_back(story)
    folder = Path(os.environ.get("PORTAL_SHEETS") or tmp_path / "sheets")
    story.album.sheet("light", folder / f"{SHEETS[language]}.png")
