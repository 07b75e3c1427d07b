"""Makers of this room: cases as they are written and published."""

from typing import Any

from courses.cases import actions, queries
from courses.cases.actions import Draft
from courses.cases.queries import CaseInfo
from courses.cases.rules import Kind, Telling, Topic
from portal.core.base.clock import now
from portal.core.base.database import reading
from tests import make

TOLD = Telling(
    "冰袋化了",
    "买家收到时冰袋已经化了。\n\n她很着急。",
    "客服先道歉，再退款。",
    "先处理人。",
    "您会先说什么？\n为什么？",
)
ENGLISH = Telling(
    "Melted ice", "The ice had melted.", "An apology, then a refund.", "See to the person.", "What first?"
)


def draft(telling: Telling = TOLD, **changes: Any) -> Draft:
    plain: dict[str, Any] = {
        "kind": Kind.COMPLAINT,
        "topic": Topic.DELIVERY,
        "goods": None,
        "tellings": {"zh-Hans": telling, "en": ENGLISH},
    }
    return Draft(**plain | changes)


async def fresh(ref: str) -> CaseInfo:
    async with reading():
        found = await queries.case(ref)
    assert found is not None
    return found


async def submitted(**changes: Any) -> tuple[str, int]:
    """A case that waits for its reviewer, and its mark."""
    actor = (await make.viewer(await make.person("agent", "Wen"))).actor
    ref = await actions.make(actor, draft(**changes), now())
    await actions.submit(actor, ref, 1, now())
    return ref, 2


async def published(**changes: Any) -> str:
    ref, mark = await submitted(**changes)
    lead = await make.person("desk_lead", "Lea")
    await actions.publish((await make.viewer(lead)).actor, ref, mark, now())
    return ref
