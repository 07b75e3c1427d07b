"""A complaint from the owner's phone to its root and back: filed for a VIP, proposed, approved, paid, traced to the
owner's promise, learned from, mended, closed. As five people and a shop live it, in a real browser.

Once in Chinese on SQLite and once in English on PostgreSQL, on the demo's data, with its clock moved on.
"""

import os
from pathlib import Path

import pytest

from tests.journeys import complaining, rooting
from tests.journeys.desk import SHEETS, beginning

pytestmark = [pytest.mark.browser, pytest.mark.slow]


@pytest.mark.parametrize(
    ("language", "database_url"), [("zh-Hans", "sqlite"), ("en", "postgres")], indirect=["database_url"]
)
async def test_a_complaint_from_her_phone_to_its_root_and_her_right_restored(
    language: str, database: str, tmp_path: Path
) -> None:
    async with beginning(language, database, tmp_path) as story:
        await complaining.the_agent_takes_work(story)
        await complaining.she_files_in_three_steps(story)
        await complaining.the_buyer_consents(story)
        await complaining.the_buyer_follows_it(story)
        await complaining.the_agent_answers(story)
        await complaining.she_proposes_above_her_limit(story)
        await complaining.the_lead_approves(story)
        await complaining.the_buyer_accepts(story)
        await complaining.the_shop_pays_once(story)
        await rooting.the_agent_finds_the_cause(story)
        await rooting.another_decides(story)
        await rooting.she_knows_why_and_learns(story)
        await rooting.she_mends_it(story)
        await rooting.another_verifies(story)
        await rooting.it_ends_for_all(story)
    folder = Path(os.environ.get("PORTAL_SHEETS") or tmp_path / "sheets")
    story.album.sheet("light", folder / f"{SHEETS[language]}.png")
