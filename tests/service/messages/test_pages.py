"""What an admin sees of the messages to buyers."""

import pytest

from portal.core.base.database import writing
from portal.core.base.worker import drain
from portal.service.mandates.codes import code_of
from portal.service.messages.tables import BuyerMessage
from tests import make
from tests.browse import Browser
from tests.cast import Cast
from tests.service.messages import make as messages


async def fail(message_id: int) -> None:
    async with writing():
        await BuyerMessage.update({BuyerMessage.failed: "refused", BuyerMessage.failed_at: messages.noon()}).where(
            BuyerMessage.id == message_id
        )


async def test_only_staff_who_see_all_come_in(browser: Browser, cast: Cast) -> None:
    for person_id in (cast.olive.person_id, cast.mona, cast.abe):
        await make.sign_in(browser, person_id)
        assert (await browser.get("/admin/messages")).status == 403


async def test_messages_are_masked_and_keep_their_secrets(browser: Browser, cast: Cast) -> None:
    await make.sign_in(browser, cast.ada)
    assert "还没有给买家发过消息" in await browser.get("/admin/messages")
    buyer = await messages.buyer()
    await messages.tell(buyer)
    await messages.tell(buyer, kind="mandate_code", params={"nonce": "n", "minutes": 15})
    page = await browser.get("/admin/messages")
    assert "139****5678" in page
    assert "13912345678" not in page
    assert "王芳" not in page
    assert "••••••" in page
    assert code_of("n") not in page


async def test_a_failed_one_is_sent_again_from_its_list(browser: Browser, cast: Cast) -> None:
    await make.sign_in(browser, cast.ada)
    buyer = await messages.buyer()
    fine, failed = await messages.tell(buyer), await messages.tell(buyer, order_id=1)
    await fail(failed)
    page = await browser.get("/admin/messages?show=failed")
    assert "网关拒收" in page
    assert f"/admin/messages/{fine}/sending" not in page
    again = await browser.submit(page, f"/admin/messages/{failed}/sending")
    assert "没有未送达的消息" in again
    await drain()
    assert (await messages.message(failed)).sent_at is not None


@pytest.mark.parametrize(("language", "said"), [("zh-CN", "手机号只显示首尾"), ("en", "Phone numbers are masked")])
async def test_the_page_speaks_both_languages(browser: Browser, cast: Cast, language: str, said: str) -> None:
    await make.sign_in(browser, cast.ada)
    await messages.tell(await messages.buyer())
    async with writing():
        await BuyerMessage.raw(
            "UPDATE persons SET language = {} WHERE id = {}", language.replace("zh-CN", "zh-Hans"), cast.ada
        )
    assert said in await browser.get("/admin/messages")
