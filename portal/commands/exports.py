"""What can be exported: kinds, their tables and columns. Secrets are never among them."""

import csv
import json
from collections.abc import AsyncIterator, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TextIO

from piccolo.columns import Column
from piccolo.table import Table

from certification.certificates.tables import Certificate
from certification.exams.tables import Attempt, AttemptItem, Exam, ExamVersion
from certification.rights.appeal_tables import Correction, ViolationAppeal
from certification.rights.tables import Decision, Measure, Override, ShareRight, Violation
from courses.assignment.tables import Assignment, Extension, Reminder
from courses.cases.tables import Case, CaseReader, CaseTelling
from courses.catalogue.tables import Course, CourseVersion, Curriculum, CurriculumVersion, Lesson
from courses.progress.tables import Enrolment, LessonProgress
from courses.questions.tables import Bank, Question, QuestionVersion
from portal.core.base.database import reading
from portal.core.base.tables import AuditEntry, AuditLink
from portal.core.people.tables import Person, RoleGrant
from portal.core.stores.tables import Group, GroupMember, Stewardship, Store, Vip
from portal.core.supply.tables import Product, Supplier
from portal.core.web.format import masked_phone
from portal.service.care.tables import CallBack, VipLevel, VipNote
from portal.service.causes.tables import (
    ActionWords,
    CorrectiveAction,
    Finding,
    Inspection,
    InspectionComplaint,
    PartyAnswer,
    PartyRecord,
)
from portal.service.compensations.tables import Approval, Authority, Grant, GrantReview, Proposal
from portal.service.complaints.tables import (
    Complaint,
    ComplaintClock,
    ComplaintEvent,
    ComplaintLine,
    ComplaintRung,
    FollowUpCall,
    InCharge,
    PromisePolicy,
    Survey,
    Turn,
)
from portal.service.earnings.tables import EarningLine, LedgerEntry, LedgerTransaction
from portal.service.inquiries.tables import BuyerWish, Inquiry, InquiryAnswer, InquiryStep
from portal.service.knowledge.tables import (
    Article,
    ArticleAnswer,
    ArticleEdition,
    ArticleReads,
    ArticleVersion,
    HelpSearch,
    ReplyTemplate,
    ReplyText,
)
from portal.service.mandates.tables import Mandate
from portal.service.messages.tables import BuyerMessage
from portal.service.orders.tables import FollowUp, Order, OrderEvent, OrderFlag, OrderLine, OrderNeed, Parcel, Trace
from portal.service.privacy.tables import Erasure, Reveal
from portal.service.quality.tables import AgentFigure, QualityAppeal, QualityDraw, Review, ReviewMark, Sample, Training
from portal.service.returns.tables import RegisterEntry, Return, ReturnClass, ReturnLine, ReturnStep
from portal.service.roster.tables import Absence, Agent, Presence, Shift
from portal.service.sharing.tables import (
    BindingProof,
    LinkVisits,
    ProductLesson,
    ShareLink,
    SharePause,
    ShareReport,
    ShareSample,
)
from portal.service.voices.tables import Rating, Thread, ThreadMessage

BATCH = 1000
FORMULA = ("=", "+", "-", "@", "\t", "\r")


@dataclass(frozen=True, slots=True)
class Kind:
    """One table as a file: which columns are left out, and which are masked unless all is asked for."""

    table: type[Table]
    without: frozenset[str] = frozenset()
    masked: frozenset[str] = frozenset()

    @property
    def columns(self) -> list[Column]:
        return [column for column in self.table._meta.columns if column._meta.name not in self.without]


_PHONE = frozenset({"phone"})
# A share code opens a buyer's invitation and is printed on posters: it is no secret. Passwords' hashes are.
KINDS: Mapping[str, Kind] = {
    "people": Kind(Person, without=frozenset({"password_hash"}), masked=_PHONE),
    "roles": Kind(RoleGrant),
    "stores": Kind(Store),
    "stewardships": Kind(Stewardship),
    "groups": Kind(Group),
    "group-members": Kind(GroupMember),
    "vips": Kind(Vip, masked=_PHONE),
    "products": Kind(Product),
    "suppliers": Kind(Supplier, masked=frozenset({"contact_phone"})),
    "courses": Kind(Course),
    "course-versions": Kind(CourseVersion),
    "lessons": Kind(Lesson),
    "curricula": Kind(Curriculum),
    "curriculum-versions": Kind(CurriculumVersion),
    "banks": Kind(Bank),
    "questions": Kind(Question),
    "question-versions": Kind(QuestionVersion),
    "assignments": Kind(Assignment),
    "extensions": Kind(Extension),
    "reminders": Kind(Reminder),
    "enrolments": Kind(Enrolment),
    "lesson-progress": Kind(LessonProgress),
    "exams": Kind(Exam),
    "exam-versions": Kind(ExamVersion),
    "attempts": Kind(Attempt),
    "attempt-items": Kind(AttemptItem),
    "certificates": Kind(Certificate),
    "rights": Kind(ShareRight),
    "decisions": Kind(Decision),
    "violations": Kind(Violation),
    "violation-appeals": Kind(ViolationAppeal),
    "violation-corrections": Kind(Correction),
    "measures": Kind(Measure),
    "overrides": Kind(Override),
    "share-links": Kind(ShareLink),
    "link-visits": Kind(LinkVisits),
    "bindings": Kind(BindingProof),
    "share-reports": Kind(ShareReport),
    "share-samples": Kind(ShareSample),
    "share-pauses": Kind(SharePause),
    "product-lessons": Kind(ProductLesson),
    "orders": Kind(Order, without=frozenset({"search"}), masked=frozenset({"address_phone"})),
    "order-lines": Kind(OrderLine),
    "order-events": Kind(OrderEvent),
    "order-flags": Kind(OrderFlag),
    "order-needs": Kind(OrderNeed),
    "follow-ups": Kind(FollowUp),
    "parcels": Kind(Parcel),
    "parcel-traces": Kind(Trace),
    "inquiries": Kind(Inquiry, masked=frozenset({"new_phone"})),
    "inquiry-steps": Kind(InquiryStep),
    "inquiry-answers": Kind(InquiryAnswer),
    "buyer-wishes": Kind(BuyerWish),
    "mandates": Kind(Mandate, without=frozenset({"code_nonce"})),
    "buyer-messages": Kind(BuyerMessage, without=frozenset({"params", "way", "digest"})),
    "returns": Kind(Return),
    "return-lines": Kind(ReturnLine),
    "return-steps": Kind(ReturnStep),
    "return-classes": Kind(ReturnClass),
    "registers": Kind(RegisterEntry),
    "ratings": Kind(Rating),
    "threads": Kind(Thread),
    "thread-messages": Kind(ThreadMessage),
    "vip-levels": Kind(VipLevel),
    "call-backs": Kind(CallBack),
    "vip-notes": Kind(VipNote),
    "articles": Kind(Article),
    "article-versions": Kind(ArticleVersion),
    "article-editions": Kind(ArticleEdition),
    "article-reads": Kind(ArticleReads),
    "article-answers": Kind(ArticleAnswer),
    "help-searches": Kind(HelpSearch),
    "reply-templates": Kind(ReplyTemplate),
    "reply-texts": Kind(ReplyText),
    "agents": Kind(Agent),
    "shifts": Kind(Shift),
    "absences": Kind(Absence),
    "presences": Kind(Presence),
    "promise-policies": Kind(PromisePolicy),
    "complaints": Kind(Complaint),
    "complaint-lines": Kind(ComplaintLine),
    "complaint-events": Kind(ComplaintEvent),
    "complaint-clocks": Kind(ComplaintClock),
    "complaint-rungs": Kind(ComplaintRung),
    "complaint-agents": Kind(InCharge),
    "complaint-turns": Kind(Turn),
    "complaint-surveys": Kind(Survey),
    "complaint-calls": Kind(FollowUpCall),
    "authorities": Kind(Authority),
    "proposals": Kind(Proposal),
    "approvals": Kind(Approval),
    "grants": Kind(Grant),
    "grant-reviews": Kind(GrantReview),
    "findings": Kind(Finding),
    "corrective-actions": Kind(CorrectiveAction),
    "corrective-action-words": Kind(ActionWords),
    "party-records": Kind(PartyRecord),
    "inspections": Kind(Inspection),
    "inspection-complaints": Kind(InspectionComplaint),
    "party-answers": Kind(PartyAnswer),
    "quality-draws": Kind(QualityDraw),
    "quality-samples": Kind(Sample),
    "quality-reviews": Kind(Review),
    "quality-marks": Kind(ReviewMark),
    "agent-figures": Kind(AgentFigure),
    "quality-trainings": Kind(Training),
    "quality-appeals": Kind(QualityAppeal),
    "cases": Kind(Case),
    "case-tellings": Kind(CaseTelling),
    "case-readers": Kind(CaseReader),
    "earnings": Kind(EarningLine),
    "ledger": Kind(LedgerTransaction),
    "ledger-entries": Kind(LedgerEntry),
    "reveals": Kind(Reveal),
    "erasures": Kind(Erasure),
    "audit": Kind(AuditEntry),
    "audit-chain": Kind(AuditLink),
}


async def batches(kind: Kind, size: int = BATCH) -> AsyncIterator[list[dict[str, object]]]:
    """The table's rows by key, `size` at a time, each batch a snapshot of its own: no writer waits for an export."""
    key = next(column for column in kind.table._meta.columns if column._meta.primary_key)
    after = 0
    while True:
        async with reading(long=True):
            rows = await kind.table.select(*kind.columns).where(key > after).order_by(key).limit(size)
        if rows:
            yield rows
        if len(rows) < size:
            return
        after = rows[-1]["id"]


def cell(value: object) -> str:
    """A value as a spreadsheet may take it: never as a formula."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, (dict, list)):
        value = json.dumps(value, ensure_ascii=False)
    text = str(value)
    return f"'{text}" if isinstance(value, str) and text.startswith(FORMULA) else text


class Sheet:
    """Writes rows of a kind as CSV."""

    def __init__(self, kind: Kind, out: TextIO, *, full: bool) -> None:
        self.names = [column._meta.name for column in kind.columns]
        self.masked = frozenset() if full else kind.masked
        self.writer = csv.writer(out)
        self.writer.writerow(self.names)

    def add(self, rows: Iterable[Mapping[str, object]]) -> None:
        self.writer.writerows([self._cell(name, row[name]) for name in self.names] for row in rows)

    def _cell(self, name: str, value: object) -> str:
        if name in self.masked:
            return masked_phone(str(value)) if value else ""
        return cell(value)
