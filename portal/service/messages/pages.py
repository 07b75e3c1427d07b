"""What buyers were told, for those who see to it that messages arrive."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from litestar import Controller, Request, get, post
from litestar.params import FromPath

from portal.core.base.clock import now
from portal.core.base.database import reading
from portal.core.base.settings import settings
from portal.core.people.policy import Capability
from portal.core.web import forms
from portal.core.web.pages import Answer, page
from portal.core.web.paging import cut_of, next_link
from portal.core.web.state import state
from portal.service.messages import actions, queries
from portal.service.messages.queries import MessageInfo
from portal.service.messages.rules import State, channel_of
from portal.service.messages.wording import sentence_for_staff

AnyRequest = Request[Any, Any, Any]


@dataclass(frozen=True, slots=True)
class Line:
    """A message as staff see it: masked, without the secrets that were in it."""

    id: int
    name: str
    phone: str
    sentence: str | None
    kind: str
    linked: bool
    at: datetime
    due_at: datetime
    sent_at: datetime | None
    state: State
    failed: str | None


def _line(message: MessageInfo) -> Line:
    return Line(
        id=message.id,
        name=message.vip_name,
        phone=message.phone,
        sentence=sentence_for_staff(message),
        kind=message.kind,
        linked=message.way is not None,
        at=message.at,
        due_at=message.due_at,
        sent_at=message.sent_at,
        state=message.state,
        failed=message.failed,
    )


class MessagesDesk(Controller):
    """Every message; the failed ones can be sent again."""

    path = "/admin/messages"
    opt = {"needs": Capability.SEE_ALL}  # noqa: RUF012 - Litestar's own form

    @get()
    async def index(self, request: AnyRequest) -> Answer:
        failed = request.query_params.get("show") == "failed"
        async with reading():
            found = await queries.messages(cut_of(request), failed=failed)
        return await page(
            request,
            "service/messages/index.html",
            lines=[_line(message) for message in found.items],
            failed=failed,
            channel=channel_of(settings().buyer_messages),
            more=next_link(request, found),
            now=now(),
        )

    @post("/{message_id:int}/sending")
    async def send_again(self, request: AnyRequest, message_id: FromPath[int]) -> Answer:
        viewer = state().viewer
        assert viewer is not None  # the entry guard has seen to it
        actor = viewer.actor

        async def act() -> str:
            await actions.send_again(actor, message_id, now())
            return "/admin/messages?show=failed"

        return await forms.once(request, act, toast="messages.toast.again")


ROUTES: list[Any] = [MessagesDesk]
