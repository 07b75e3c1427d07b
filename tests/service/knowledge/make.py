"""Makers of this room: articles as they are written and published."""

from collections.abc import Sequence
from typing import Any

from portal.core.base.clock import now
from portal.service.knowledge import actions
from portal.service.knowledge.actions import Text
from portal.service.knowledge.rules import Audience, Function
from tests import make

BODY = "## 先看这里\n\n打开订单链接，选退换货。"
BODY_EN = "## Look here first\n\nOpen your order’s link and choose return."


def text(title: str = "退款多久到账", title_en: str = "When a refund arrives", **changes: Any) -> Text:
    """A whole text for buyers."""
    plain: dict[str, Any] = {
        "titles": {"zh-Hans": title, "en": title_en},
        "bodies": {"zh-Hans": BODY, "en": BODY_EN},
        "audiences": (Audience.BUYER,),
        "topic": Function.REFUND,
        "product": None,
        "months": 6,
    }
    return Text(**plain | changes)


async def published(title: str = "退款多久到账", audiences: Sequence[Audience] = (Audience.BUYER,), **more: Any) -> str:
    """An article that an agent wrote and a lead published; returns its ref."""
    writer, lead = await make.person("agent", "Wen"), await make.person("desk_lead", "Lea")
    at = more.pop("at", None) or now()
    actor = (await make.viewer(writer)).actor
    ref = await actions.make(actor, text(title, audiences=tuple(audiences), **more), at)
    await actions.submit(actor, ref, at)
    await actions.publish((await make.viewer(lead)).actor, ref, 1, at)
    return ref
