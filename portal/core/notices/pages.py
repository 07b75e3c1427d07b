"""The inbox: what is new, each on its way; everything read at once; mail or no mail."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from litestar import Controller, Request, get, post
from litestar.params import FromPath

from portal.core.base.clock import now
from portal.core.base.database import reading
from portal.core.notices import actions, queries
from portal.core.notices.queries import NoticeInfo
from portal.core.notices.texts import Words, words_of
from portal.core.people import queries as people
from portal.core.people.doorway import signed_in
from portal.core.people.rules import masked_email
from portal.core.web import forms
from portal.core.web.pages import Answer, local_path, page
from portal.core.web.paging import cut_of, next_link

AnyRequest = Request[Any, Any, Any]
INBOX = "/notices"


@dataclass(frozen=True, slots=True)
class Line:
    """A notice in the inbox, in words."""

    id: int
    words: Words
    way: str | None
    at: datetime
    unread: bool


class NoticePages(Controller):
    """A person's own notices. They are opened by POST, since opening marks them read."""

    path = INBOX

    @get()
    async def index(self, request: AnyRequest) -> Answer:
        viewer = signed_in()
        async with reading():
            notices = await queries.inbox(viewer.person_id, cut_of(request))
            unread = await queries.unread_count(viewer.person_id)
            by_email = await queries.wants_email(viewer.person_id)
            person = await people.person(viewer.person_id)
            return await page(
                request,
                "core/notices/index.html",
                lines=[_line(notice) for notice in notices.items],
                unread=unread,
                by_email=by_email,
                email=masked_email(person.email) if person and person.email else None,
                more=next_link(request, notices),
                first="after" not in request.query_params,
                now=now(),
            )

    @post("/{notice_id:int}/reading")
    async def read(self, request: AnyRequest, notice_id: FromPath[int]) -> Answer:
        async def act() -> str:
            return local_path(await actions.mark_read(signed_in(), notice_id, now()), INBOX)

        return await forms.once(request, act)

    @post("/reading")
    async def read_all(self, request: AnyRequest) -> Answer:
        async def act() -> str:
            await actions.mark_all_read(signed_in(), now())
            return INBOX

        return await forms.once(request, act, toast="notices.all_read")

    @post("/preference")
    async def prefer(self, request: AnyRequest) -> Answer:
        wanted = (await forms.read(request)).value("by_email") == "yes"

        async def act() -> str:
            await actions.prefer_email(signed_in(), wanted=wanted)
            return INBOX

        return await forms.once(request, act, toast="notices.email.kept_on" if wanted else "notices.email.kept_off")


def _line(notice: NoticeInfo) -> Line:
    return Line(notice.id, words_of(notice.kind, notice.params), notice.way, notice.at, notice.read_at is None)


ROUTES: list[Any] = [NoticePages]
