"""Taking an answer: one counts, for half an hour it may be put right, a late one is kept and marked."""

from datetime import datetime

from portal.core.base import audit
from portal.core.base.audit import Actor
from portal.core.base.database import writing
from portal.core.base.refusals import Refused
from portal.service.inquiries import telling
from portal.service.inquiries.actions import required
from portal.service.inquiries.queries import AnswerInfo, InquiryInfo
from portal.service.inquiries.rules import End, Said, Via, fitting, follow_at, may_correct, said_faults
from portal.service.inquiries.tables import Inquiry, InquiryAnswer
from portal.service.orders.actions import held


async def answer(
    actor: Actor,
    inquiry_id: int,
    said: Said,
    via: Via,
    at: datetime,
    *,
    person_id: int | None = None,
    source: str | None = None,
) -> InquiryInfo:
    """Take what a party says; the same again changes nothing.

    Raises Refused: "inquiry_answer_unfit" for what `said_faults` would have told, "inquiry_answered" where another
    answer counts already, "inquiry_settled" where the parcel has given it meanwhile.
    """
    async with writing():
        info = await required(inquiry_id)
        await held(info.number)
        info = await required(inquiry_id)
        for field, _, _ in said_faults(info.kind, said, at):
            raise Refused("inquiry_answer_unfit", field=field, status=422)
        said = fitting(said)
        if info.answer is not None:
            if info.answer.said == said:
                return info
            await _replace(info, info.answer, via, at)
        elif not info.open:
            raise Refused("inquiry_settled")
        await _keep(info, said, via, at, person_id, source)
        facts = {"answer": str(said.answer), "via": str(via), "late": at > info.due_at}
        await audit.record(actor, "inquiry.answered", ("inquiry", inquiry_id), at, facts)
        await telling.answered(info, said, at, person_id)
        return await required(inquiry_id)


async def _replace(info: InquiryInfo, before: AnswerInfo, via: Via, at: datetime) -> None:
    if not may_correct(before.at, before.via, via, at):
        raise Refused("inquiry_answered")
    taken = (
        await InquiryAnswer.update({InquiryAnswer.replaced_at: at})
        .where(InquiryAnswer.id == before.id, InquiryAnswer.replaced_at.is_null())
        .returning(InquiryAnswer.id)
    )
    if not taken:
        raise Refused("inquiry_answered")
    await telling.unsaid(info, before.said.answer, at)


async def _keep(
    info: InquiryInfo, said: Said, via: Via, at: datetime, person_id: int | None, source: str | None
) -> None:
    """Write the answer that counts and end the inquiry with it; the unique index lets one through."""
    rows = await InquiryAnswer.raw(
        "INSERT INTO inquiry_answers (inquiry, answer, ships_by, tracking, text, at, via, by_person, source, late)"
        " VALUES ({}, {}, {}, {}, {}, {}, {}, {}, {}, {}) ON CONFLICT DO NOTHING RETURNING id",
        info.id,
        str(said.answer),
        said.ships_by,
        said.tracking,
        said.text,
        at,
        str(via),
        person_id,
        source,
        at > info.due_at,
    )
    if not rows:
        raise Refused("inquiry_answered")
    await Inquiry.update(
        {
            Inquiry.ended_at: at,
            Inquiry.ended_why: str(End.ANSWERED),
            Inquiry.next_at: follow_at(said.answer, said.ships_by, at),
        }
    ).where(Inquiry.id == info.id)
