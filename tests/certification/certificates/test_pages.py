"""A certificate as its holder and as a stranger sees it."""

from datetime import timedelta

import pytest

from certification.certificates import actions, queries
from certification.certificates.rules import end_of_validity, force
from portal.core.base.audit import SYSTEM
from portal.core.base.clock import now
from portal.core.base.database import reading
from portal.core.base.ids import read_number
from tests import make
from tests.browse import Browser
from tests.make import START, Owner

pytestmark = pytest.mark.usefixtures("a_window_ahead")

DAY = timedelta(days=1)

VALIDITY = [
    ("the first", START, None, START + 365 * DAY),
    ("renewed early", START, START + 10 * DAY, START + 375 * DAY),
    ("renewed on the last day of the window", START, START + 30 * DAY, START + 395 * DAY),
    ("renewed too early", START, START + 31 * DAY, START + 365 * DAY),
    ("renewed late", START, START - DAY, START + 365 * DAY),
    ("renewed at the very end", START, START, START + 365 * DAY),
]


@pytest.mark.parametrize(("name", "issued", "previous", "end"), VALIDITY, ids=[row[0] for row in VALIDITY])
def test_how_long_a_certificate_is_good_for(name, issued, previous, end) -> None:  # type: ignore[no-untyped-def]
    assert end_of_validity(issued, 365, previous) == end


def test_what_a_certificate_is_worth() -> None:
    assert force(START, False, START - DAY) == "in_force"
    assert force(START, False, START) == "expired"
    assert force(START, True, START - DAY) == "revoked"


NUMBERS = [
    ("K7QM-2XFA-9DTN-4WBE-H3RP", "K7QM-2XFA-9DTN-4WBE-H3RP"),
    (" k7qm 2xfa 9dtn 4wbe h3rp ", "K7QM-2XFA-9DTN-4WBE-H3RP"),
    ("K7QM2XFA9DTN4WBEH3R", None),
    ("OIL7-0000-0000-0000-0000", "0117-0000-0000-0000-0000"),
    ("", None),
    ("' OR 1=1 --", None),
]


@pytest.mark.parametrize(("typed", "number"), NUMBERS)
def test_a_number_is_read_as_people_type_it(typed: str, number: str | None) -> None:
    assert read_number(typed) == number


@pytest.fixture
async def holder(school: None) -> Owner:
    return await make.licensed_owner("何晓梅", now() - 5 * DAY)


async def number_of(owner: Owner) -> str:
    async with reading():
        return (await queries.of_person(owner.person_id))[0].number


async def test_her_certificate_carries_seal_number_and_code(browser: Browser, holder: Owner) -> None:
    await make.sign_in(browser, holder.person_id)
    page = await browser.get("/certificates")
    number = await number_of(holder)
    assert number in page
    assert 'class="seal"' in page.html
    assert "何晓梅" in page
    code = await browser.client.get(f"/verify/{number}/qr.png")
    assert code.content.startswith(b"\x89PNG")


async def test_a_stranger_sees_that_it_is_real_and_little_else(browser: Browser, holder: Owner) -> None:
    number = await number_of(holder)
    page = await browser.get(f"/verify/{number.lower().replace('-', ' ')}")
    assert page.status == 200
    assert "现在有效" in page
    assert "何**" in page
    assert "何晓梅" not in page.text.replace("何晓梅的小店", "")
    assert "店主现在可以分享商品" in page
    assert "138" not in page.text


async def test_a_revoked_certificate_says_so(browser: Browser, holder: Owner) -> None:
    number = await number_of(holder)
    async with reading():
        certificate = await queries.by_number(number)
    assert certificate is not None
    assert await actions.revoke(SYSTEM, certificate.id, "fraud", now())
    assert not await actions.revoke(SYSTEM, certificate.id, "fraud", now())
    page = await browser.get(f"/verify/{number}")
    assert "已被撤销" in page
    assert 'class="seal"' not in page.html


async def test_an_unknown_number_is_said_beside_the_field_and_what_was_typed_stays(
    browser: Browser, holder: Owner
) -> None:
    page = await browser.get("/verify?number=K7QM-2XFA-9DTN-4WBE-H3RP")
    assert page.status == 404
    assert "K7QM-2XFA-9DTN-4WBE-H3RP" in page
    assert "没有查到这个编号" in page


async def test_guessing_numbers_is_slowed(browser: Browser, holder: Owner) -> None:
    for _ in range(30):
        assert (await browser.get("/verify/AAAA-AAAA-AAAA-AAAA-AAAA")).status == 404
    slowed = await browser.get("/verify/AAAA-AAAA-AAAA-AAAA-AAAB")
    assert slowed.status == 429
    assert slowed.response.headers["retry-after"]
    assert (await browser.get(f"/verify/{await number_of(holder)}")).status == 200
