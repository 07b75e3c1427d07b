"""What runs in the background: jobs by kind, messages by topic, sweeps by the clock."""

from typing import Any

from certification.exams.sweeps import seal_overdue
from certification.rights import actions as right_actions
from certification.rights import staffing
from courses.assignment import bulk as assignment_bulk
from courses.assignment import sweeps as assignment_sweeps
from courses.cases import sharing as case_sharing
from courses.catalogue import sweeps as catalogue_sweeps
from portal.core.base import events
from portal.core.base.audit import sequence
from portal.core.notices import actions as notice_actions
from portal.core.notices import mail
from portal.core.people.links import LINK_TOPIC, RECOVERY_TOPIC, prepare_recovery
from portal.core.people.sweeps import tidy
from portal.service.assessments import letters as assessment_letters
from portal.service.assessments import sweeps as assessment_sweeps
from portal.service.assessments.telling import TOPIC as ASSESSMENT_MAIL
from portal.service.awards import sweeps as award_sweeps
from portal.service.care import actions as care_actions
from portal.service.care import bulk as care_bulk
from portal.service.care import sweeps as care_sweeps
from portal.service.causes import gathering as cause_gathering
from portal.service.causes import letters as cause_letters
from portal.service.causes import sweeps as cause_sweeps
from portal.service.compensations import sweeps as compensation_sweeps
from portal.service.complaints import drafts as complaint_drafts
from portal.service.complaints import ladder as complaint_ladder
from portal.service.complaints import leaving as complaint_leaving
from portal.service.complaints import moving as complaint_moving
from portal.service.complaints import tally as complaint_tally
from portal.service.connect import deliveries
from portal.service.connect import sweeps as connect_sweeps
from portal.service.connect.imports import runs as import_runs
from portal.service.connect.queries import WEBHOOK
from portal.service.earnings import sweeps as earning_sweeps
from portal.service.facts import keeping as fact_keeping
from portal.service.inquiries import letters as inquiry_letters
from portal.service.inquiries import sweeps as inquiry_sweeps
from portal.service.inquiries.telling import MAIL_TOPIC as INQUIRY_MAIL
from portal.service.insight import running as insight_exports
from portal.service.insight import sweeps as insight_sweeps
from portal.service.knowledge import sweeps as knowledge_sweeps
from portal.service.mandates import sweeps as mandate_sweeps
from portal.service.messages import actions as message_actions
from portal.service.messages import sending as message_sending
from portal.service.orders import follow_ups as order_follow_ups
from portal.service.orders import parcel_watch
from portal.service.orders import sweeps as order_sweeps
from portal.service.privacy import erasing as privacy_erasing
from portal.service.quality import sweeps as quality_sweeps
from portal.service.returns import sweeps as return_sweeps
from portal.service.roster import presence as roster_presence
from portal.service.sharing import pausing as share_pausing
from portal.service.sharing import reporting as share_reporting
from portal.service.sharing import sampling as share_sampling
from portal.service.stars import sweeps as star_sweeps
from portal.service.suppliers import dates as supplier_dates
from portal.service.suppliers import held as supplier_held
from portal.service.voices import sweeps as voice_sweeps

# What the worker does when it is told to (jobs by kind, messages by topic) and by the clock (sweeps: every how many
# seconds).
KINDS: dict[str, Any] = {
    assignment_bulk.ASSIGN: assignment_bulk.assign_many,
    assignment_bulk.REMIND: assignment_bulk.remind_many,
    care_actions.PLACE: care_actions.place_orders,
    care_bulk.BULK: care_bulk.do_many,
    complaint_moving.MOVE: complaint_moving.move_many,
    import_runs.KIND: import_runs.take_table,
    insight_exports.KIND: insight_exports.write,
}
TOPICS: dict[str, Any] = {
    ASSESSMENT_MAIL: assessment_letters.deliver,
    INQUIRY_MAIL: inquiry_letters.deliver,
    cause_letters.TOPIC: cause_letters.deliver,
    case_sharing.TOPIC: case_sharing.deliver,
    LINK_TOPIC: mail.deliver_link,
    RECOVERY_TOPIC: prepare_recovery,
    WEBHOOK: deliveries.deliver,
    events.TOPIC: deliveries.fan_out,
    message_actions.TOPIC: message_sending.deliver,
    notice_actions.TOPIC: mail.deliver_notice,
    privacy_erasing.TOPIC: privacy_erasing.keep_outside,
}
SWEEPS: dict[str, tuple[Any, int]] = {
    "assessments.judge": (assessment_sweeps.judge, 300),
    "assessments.praise": (assessment_sweeps.praise, 3600),
    "assessments.remind": (assessment_sweeps.remind, 300),
    "assignment.owners": (assignment_sweeps.assign_owners, 600),
    "assignment.remind": (assignment_sweeps.remind_due, 600),
    "audit.sequence": (sequence, 1),
    "awards.go_on": (award_sweeps.go_on, 300),
    "care.recount": (care_sweeps.recount_due, 3600),
    "care.remind": (care_sweeps.remind_calls, 3600),
    "catalogue.tidy": (catalogue_sweeps.tidy, 1800),
    "causes.gather": (cause_gathering.gather, 60),
    "causes.remind": (cause_sweeps.remind, 300),
    "compensations.approvals": (compensation_sweeps.climb, 60),
    "compensations.draw": (compensation_sweeps.draw, 3600),
    "compensations.unpaid": (compensation_sweeps.tell_unpaid, 300),
    "complaints.count": (complaint_tally.fold, 60),
    "complaints.drain": (complaint_ladder.drain, 15),
    "complaints.ladder": (complaint_ladder.climb, 60),
    "complaints.leave": (complaint_leaving.leave, 300),
    "complaints.tidy": (complaint_drafts.tidy, 3600),
    "complaints.uncleared": (complaint_leaving.tell_uncleared, 300),
    "connect.tidy": (connect_sweeps.tidy, 86_400),
    "earnings.release": (earning_sweeps.release_due, 60),
    "earnings.statements": (earning_sweeps.tell_statements, 3600),
    "events.sequence": (events.sequence, 1),
    "exams.seal": (seal_overdue, 5),
    "facts.keep": (fact_keeping.keep, 5),
    "facts.notice": (fact_keeping.notice, 30),
    "inquiries.ladder": (inquiry_sweeps.climb, 60),
    "inquiries.wishes": (inquiry_sweeps.ask_again, 300),
    "insight.count": (insight_sweeps.count, 30),
    "insight.forget": (insight_sweeps.forget, 3600),
    "insight.keep": (insight_sweeps.keep, 30),
    "insight.miss": (insight_sweeps.miss, 3600),
    "knowledge.review": (knowledge_sweeps.tell_due, 3600),
    "knowledge.tidy": (knowledge_sweeps.forget_old, 86_400),
    "mandates.expire": (mandate_sweeps.expire, 300),
    "orders.follow_ups": (order_follow_ups.raise_due, 60),
    "orders.parcels": (parcel_watch.watch_due, 60),
    "orders.turn": (order_sweeps.turn_due, 60),
    "people.tidy": (tidy, 3600),
    "quality.draw": (quality_sweeps.draw, 3600),
    "quality.months": (quality_sweeps.take, 3600),
    "returns.deadlines": (return_sweeps.watch_deadlines, 60),
    "rights.recheck": (right_actions.recheck_due, 60),
    "rights.staff": (staffing.keep_staff, 60),
    "roster.presences": (roster_presence.close_over, 60),
    "sharing.pause": (share_pausing.pause_by_returns, 86_400),
    "sharing.sample": (share_sampling.draw_week, 3600),
    "sharing.settle": (share_reporting.settle_decided, 60),
    "stars.reckon": (star_sweeps.reckon, 300),
    "suppliers.held": (supplier_held.tell_held, 300),
    "suppliers.remind": (supplier_dates.remind, 300),
    "voices.escalate": (voice_sweeps.escalate_ratings, 300),
    "voices.remind": (voice_sweeps.remind_waiting, 300),
}
