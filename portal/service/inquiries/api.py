"""The shop's door to hurries: which wait, and what the supplier answered."""

from datetime import datetime
from typing import Annotated, Any, Literal

import msgspec
from litestar import Controller, Request, get, post
from litestar.params import JSONBody, PathParameter, QueryParameter
from litestar.response import Response

from portal.core.base.clock import now
from portal.core.base.database import reading
from portal.core.base.refusals import NotFound
from portal.core.people.rules import Scope
from portal.core.web.openapi import PROBLEM_RESPONSES, ProgramOperation
from portal.core.web.paging import MOST, PAGE, Cut
from portal.core.web.programs import HANDLERS, IdempotencyKey, IllShaped, Reply, caller, once, tidied
from portal.core.web.shapes import Fault
from portal.service.inquiries import queries
from portal.service.inquiries.answers import answer
from portal.service.inquiries.forms import HurryAnswerBody
from portal.service.inquiries.queries import InquiryInfo
from portal.service.inquiries.rules import Kind, Via, said_faults

AnyRequest = Request[Any, Any, Any]
After = Annotated[int, QueryParameter(ge=0, le=2**53 - 1, description="`next` of the page before; 0: from the start.")]
Limit = Annotated[int, QueryParameter(ge=1, le=MOST, description="How many hurries at most.")]
State = Annotated[
    Literal["open", "answered", "settled"] | None,
    QueryParameter(name="state", description="`settled`: the parcel or the shop gave the answer. Left out: all."),
]
PathRef = Annotated[str, PathParameter(max_length=32, description="The hurry's ref, from the event or the list.")]


class HurryAnswer(msgspec.Struct):
    """What the supplier answered; `late`: after the deadline."""

    answer: str
    at: datetime
    late: bool
    ships_by: datetime | None
    tracking_number: str | None
    text: str | None


class HurryRecord(msgspec.Struct):
    """A hurry. `supplier` is an external id, `lines` are line ids; `level`: rungs of the ladder, 4 is broken."""

    ref: str
    order: str
    supplier: str
    lines: list[str]
    asked_at: datetime
    due_at: datetime
    level: int
    state: str
    ended_at: datetime | None
    ended_why: str | None
    answer: HurryAnswer | None


class HurryList(msgspec.Struct):
    """Hurries, the oldest first; `next` is null on the last page."""

    hurries: list[HurryRecord]
    next: int | None


def record(info: InquiryInfo) -> HurryRecord:
    """A hurry in the words of the API."""
    said, kept = (info.answer.said, info.answer) if info.answer else (None, None)
    given = (
        HurryAnswer(str(said.answer), kept.at, kept.late, said.ships_by, said.tracking, said.text)
        if said and kept
        else None
    )
    return HurryRecord(
        ref=info.ref,
        order=info.number,
        supplier=info.party or "",
        lines=list(info.lines),
        asked_at=info.asked_at,
        due_at=info.due_at,
        level=info.level,
        state=info.state,
        ended_at=info.ended_at,
        ended_why=str(info.ended_why) if info.ended_why else None,
        answer=given,
    )


class HurryApi(Controller):
    """`/api/v1/hurries`."""

    path = "/api/v1/hurries"
    tags = ["hurries"]  # noqa: RUF012 - Litestar's own form
    exception_handlers = HANDLERS

    @get(
        opt={"scope": Scope.HURRIES_WRITE},
        include_in_schema=True,
        operation_class=ProgramOperation,
        responses=PROBLEM_RESPONSES,
    )
    async def get_hurries(self, wanted: State = None, after: After = 0, limit: Limit = PAGE) -> HurryList:
        """Hurries, the oldest first. Scope `hurries:write`."""
        async with reading():
            found = await queries.hurries(Cut(after, limit), wanted)
        return HurryList([record(info) for info in found.items], found.next_after)

    @post(
        "/{ref:str}/answer",
        status_code=200,
        opt={"scope": Scope.HURRIES_WRITE},
        include_in_schema=True,
        operation_class=ProgramOperation,
        responses=PROBLEM_RESPONSES,
    )
    async def answer_hurry(
        self,
        request: AnyRequest,
        ref: PathRef,
        data: JSONBody[HurryAnswerBody],
        idempotency_key: IdempotencyKey = None,
    ) -> Response[HurryRecord]:
        """Take the supplier's answer; the same again changes nothing. Scope `hurries:write`.

        409 where another answer counts already (it may be put right for half an hour), or the parcel settled it.
        """
        said, at = tidied(data).said(), now()
        if faults := [Fault(*fault) for fault in said_faults(Kind.HURRY, said, at)]:
            raise IllShaped(faults)

        async def act() -> Reply:
            found = await queries.inquiry_by_ref(ref)
            if found is None or found.kind is not Kind.HURRY:
                raise NotFound
            return Reply(record(await answer(caller(), found.id, said, Via.API, at)))

        return await once(request, idempotency_key, act)


ROUTES: list[Any] = [HurryApi]
