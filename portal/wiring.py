"""Where the rooms are joined: hooks, slots, worker. With `routes.py`, the only file that knows every room."""

from datetime import datetime
from typing import Any

from certification.certificates import pages as certificates
from certification.exams.section import ExamSection
from certification.exams.slots import join_passed_ways
from certification.exams.standing import exam_states
from certification.rights import actions as right_actions
from certification.rights import queries as right_queries
from certification.rights import slots as right_slots
from certification.rights.panels import store_panel
from certification.rights.passing import passed_ways
from courses.assignment import actions as assignment_actions
from courses.cases import slots as case_slots
from courses.catalogue import importing
from courses.progress import slots as progress_slots
from courses.progress.slots import join_exam_states
from portal.core.base import events, hooks
from portal.core.base.public_links import Door
from portal.core.base.worker import REGISTRY
from portal.core.people.entrance import load_program, load_viewer
from portal.core.stores import actions as store_actions
from portal.core.stores import pages as stores
from portal.core.stores import vip_pages as vips
from portal.core.supply import actions as supply_actions
from portal.core.supply import pages as supply
from portal.core.web.frame import Entrance
from portal.core.web.i18n import t
from portal.core.web.navigation import Facts, Navigation, Place
from portal.core.web.viewer import Viewer
from portal.exports import KINDS as EXPORTS
from portal.personal import ROOMS
from portal.schedule import KINDS, SWEEPS, TOPICS
from portal.service.archive import casing as archive_casing
from portal.service.archive import panels as archive_panels
from portal.service.assessments import panels as assessment_panels
from portal.service.assessments import public_pages as assessment_own
from portal.service.assessments import rating_pages as owner_marks
from portal.service.assessments import ratings as assessment_ratings
from portal.service.assessments import told as assessment_told
from portal.service.awards import panels as award_panels
from portal.service.awards import stories as award_stories
from portal.service.awards import told as award_told
from portal.service.care import actions as care_actions
from portal.service.care import bulk_pages as care_bulk_pages
from portal.service.care import pages as care_pages
from portal.service.care import queries as care_queries
from portal.service.causes import actions as cause_actions
from portal.service.causes import loops as cause_loops
from portal.service.causes import panels as cause_panels
from portal.service.causes import party_pages as cause_party_pages
from portal.service.causes import queries as cause_queries
from portal.service.compensations import actions as compensation_actions
from portal.service.compensations import panels as compensation_panels
from portal.service.compensations import standing as compensation_standing
from portal.service.compensations import told as compensation_told
from portal.service.complaints import ending as complaint_ending
from portal.service.complaints import leaving as complaint_leaving
from portal.service.complaints import panels as complaint_panels
from portal.service.complaints import queries as complaint_queries
from portal.service.complaints import slots as complaint_slots
from portal.service.complaints import told as complaint_told
from portal.service.connect import outgoing
from portal.service.connect.actions import ensure_configured_endpoint
from portal.service.connect.rates import count_call
from portal.service.earnings import actions as earning_actions
from portal.service.earnings import ledger as earning_ledger
from portal.service.earnings import panels as earning_panels
from portal.service.facts import gathering as fact_gathering
from portal.service.facts import keeping as fact_keeping
from portal.service.home import queries as home_queries
from portal.service.home.ways import MORE, OWNER_TABS, STAFF_WAYS, places
from portal.service.inquiries import following as inquiry_following
from portal.service.inquiries import panels as inquiry_panels
from portal.service.inquiries import slots as inquiry_slots
from portal.service.inquiries import told as inquiry_told
from portal.service.insight import exporting as insight_exporting
from portal.service.insight import keeping as insight_keeping
from portal.service.mandates import codes as mandate_codes
from portal.service.mandates import pages as mandates
from portal.service.mandates import slots as mandate_slots
from portal.service.mandates.rules import Matter
from portal.service.messages import queries as message_queries
from portal.service.messages import told as message_told
from portal.service.messages import wording as message_wording
from portal.service.orders import actions as order_actions
from portal.service.orders import follow_ups as order_follow_ups
from portal.service.orders import list_pages as order_list
from portal.service.orders import pages as order_pages
from portal.service.orders import parcel_watch
from portal.service.orders import queries as order_queries
from portal.service.privacy import erasing as privacy_erasing
from portal.service.privacy.registry import PERSONAL
from portal.service.returns import actions as return_actions
from portal.service.returns import panels as return_panels
from portal.service.returns import queries as return_queries
from portal.service.returns import told as return_told
from portal.service.roster import panels as roster_panels
from portal.service.roster import slots as roster_slots
from portal.service.sharing import actions as share_actions
from portal.service.sharing import pausing as share_pausing
from portal.service.sharing import poster_words
from portal.service.sharing import product_pages as product_sharing
from portal.service.stars import honour as star_honour
from portal.service.stars import pages as stars
from portal.service.suppliers import grace as supplier_grace
from portal.service.suppliers import held as supplier_held
from portal.service.suppliers import slots as supplier_slots
from portal.service.voices import actions as voice_actions
from portal.service.voices import owner_pages as voice_pages
from portal.service.voices import pages as buyer_pages
from portal.service.voices import stories, talk

ENTRANCE = Entrance(viewer=load_viewer, program=load_program)
GUARDS: list[Any] = [count_call]


def join() -> None:
    """Join everything once more; joining twice changes nothing."""
    _join_hooks()
    REGISTRY.kinds.update(KINDS)
    REGISTRY.topics.update(TOPICS)
    REGISTRY.sweeps.update(SWEEPS)
    _join_events()
    _join_slots()
    _join_desk()


async def start(at: datetime) -> None:
    """What serving and working begin with, on an open, current database; again changes nothing."""
    await ensure_configured_endpoint(at)
    await supplier_grace.begin(at)


def _join_hooks() -> None:
    hooks.store_opened.join(assignment_actions.on_store_opened)
    hooks.store_opened.join(right_actions.on_store)
    hooks.store_changed.join(right_actions.on_store)
    hooks.store_changed.join(insight_keeping.on_store)
    hooks.course_completed.join(right_actions.on_learning)
    hooks.exam_graded.join(right_actions.on_learning)
    hooks.order_changed.join(order_follow_ups.on_order)
    hooks.order_changed.join(parcel_watch.on_order)
    hooks.order_changed.join(inquiry_following.on_order)
    hooks.order_changed.join(return_actions.on_order)
    hooks.order_changed.join(earning_actions.on_order)
    hooks.order_changed.join(voice_actions.on_order)
    hooks.order_changed.join(care_actions.on_order)
    hooks.order_changed.join(supplier_held.on_order)
    hooks.order_changed.join(privacy_erasing.on_order)
    hooks.order_changed.join(fact_keeping.on_order)


def _join_events() -> None:
    events.RENDERERS.update(assessment_told.RENDERERS)
    events.RENDERERS.update(award_told.RENDERERS)
    events.RENDERERS.update(compensation_told.RENDERERS)
    events.RENDERERS.update(complaint_told.RENDERERS)
    events.RENDERERS.update(inquiry_told.RENDERERS)
    events.RENDERERS.update(message_told.RENDERERS)
    events.RENDERERS.update(outgoing.RENDERERS)
    events.RENDERERS.update(return_told.RENDERERS)


def _join_slots() -> None:
    _join_pages()
    _join_orders()
    _join_mandates()


def _join_pages() -> None:
    importing.SECTIONS["exams"] = ExamSection()
    join_exam_states(exam_states)
    progress_slots.LEARN_NOTES[:] = [roster_panels.licence_note, cause_panels.learn_note]
    join_passed_ways(passed_ways)
    certificates.STANDINGS[:] = [_standing]
    stores.STORE_PANELS[:] = [store_panel]
    PERSONAL.update(ROOMS)
    poster_words.STARS[:] = [star_honour.star_on_poster]
    poster_words.BADGES[:] = [award_panels.badge_on_poster]
    stars.STAR_PANELS[:] = [award_panels.stars_panel]
    share_pausing.EARLY_RETURNS[:] = [return_queries.early_returns]
    store_actions.REGION_MOVED[:] = [fact_keeping.on_store, insight_keeping.on_region]
    share_actions.VISITED[:] = [insight_keeping.on_visit]
    insight_exporting.SOURCES.update(EXPORTS)
    supply_actions.PRODUCT_MOVED[:] = [fact_keeping.on_product]
    supply.PRODUCT_PANELS[:] = [product_sharing.product_panel]
    Navigation.facts = home_queries.nav_facts
    Navigation.tabs = _tabs
    Navigation.side = _side
    vips.VIP_CARDS[:] = [care_pages.vip_cards]
    vips.VIP_WAYS[:] = [care_pages.vip_ways]


def _join_orders() -> None:
    message_queries.ORDER_NUMBER[:] = [_order_number]
    message_wording.FILLERS[mandate_codes.CODE] = mandate_codes.fill
    order_pages.ORDER_PANELS[:] = [
        mandates.order_panel,
        complaint_panels.order_panel,
        return_panels.order_panel,
        inquiry_panels.order_panel,
        voice_pages.order_panel,
        earning_panels.order_panel,
    ]
    order_pages.ORDER_ACTS[:] = [
        inquiry_panels.order_acts,
        return_panels.order_acts,
        complaint_panels.order_acts,
        voice_pages.order_acts,
        owner_marks.order_acts,
    ]
    fact_gathering.MORE_RATINGS[:] = [assessment_ratings.for_facts]
    supplier_slots.SUPPLIER_PANELS[:] = [assessment_panels.supplier_panel]
    order_pages.INQUIRY_OF[:] = [inquiry_panels.open_inquiry]
    order_pages.VIP_LEVELS[:] = [care_queries.level_words]
    order_list.BULK_BARS[:] = [care_bulk_pages.bulk_bar]
    buyer_pages.STORIES[:] = [
        inquiry_panels.buyer_panel,
        stories.returns_story,
        complaint_panels.buyer_story,
    ]
    talk.KEY_VIP[:] = [care_queries.is_key]
    order_actions.KEY_VIP[:] = [care_queries.is_key]
    order_actions.NOTED[:] = [fact_keeping.on_noted]


def _join_mandates() -> None:
    for matter in return_panels.MATTERS:
        mandate_slots.PROGRESS[matter] = return_panels.mandate_progress


def _join_desk() -> None:
    buyer_pages.WAYS[:] = [complaint_panels.BUYER_WAY]
    earning_ledger.HOLDS[:] = [return_queries.open_for_lines, complaint_queries.open_for_lines]
    mandate_slots.ON_CONFIRMED[:] = [return_actions.on_confirmed, complaint_ending.on_confirmed]
    mandate_slots.ON_REVOKED[:] = [return_actions.on_revoked, complaint_ending.on_revoked]
    mandate_slots.PROGRESS[Matter.COMPLAINT] = complaint_panels.mandate_progress
    complaint_slots.BUYER_PANELS[:] = [compensation_panels.buyer_panel]
    complaint_slots.DESK_PANELS[:] = [compensation_panels.desk_panel, cause_panels.desk_panel]
    complaint_slots.INNER_EVENTS.update(compensation_actions.INNER_EVENTS)
    complaint_slots.OFFERED[:] = [compensation_panels.offered]
    complaint_slots.ON_MOVED[:] = [compensation_actions.on_moved]
    complaint_slots.OWNER_PANELS[:] = [compensation_panels.owner_panel, cause_panels.owner_panel]
    complaint_slots.INNER_EVENTS.update(cause_actions.INNER_EVENTS)
    complaint_slots.SIDE_PANELS[:] = [archive_panels.side_panel]
    case_slots.BEGUN[:] = [archive_casing.begun]
    case_slots.KNOWN[:] = [archive_casing.known, award_stories.known]
    complaint_slots.NOTED[:] = [fact_keeping.on_complaint]
    complaint_slots.UNCLOSED[:] = [cause_queries.unclosed]
    complaint_slots.UNRESOLVED[:] = [compensation_standing.unresolved]
    inquiry_slots.PARTY_PAGES.update(
        {
            Door.INSPECTION: cause_party_pages.shown,
            Door.ACTION: cause_party_pages.shown,
            Door.STANDING: assessment_own.shown,
        }
    )
    right_slots.VIOLATION_WAYS[:] = [cause_loops.ways_of_violations]
    roster_slots.ON_ABSENCE[:] = [complaint_leaving.on_absence]
    roster_slots.ON_PRESENT[:] = [complaint_leaving.on_present]
    complaint_told.PROPOSAL_DATA[:] = [compensation_told.proposal_data]


async def _standing(person_id: int, at: datetime) -> str | None:
    standing = await right_queries.standing_of_person(person_id, at)
    return str(standing.decision.status) if standing else None


async def _order_number(order_id: int) -> str | None:
    order = await order_queries.order(order_id)
    return order.number if order else None


def _words() -> dict[str, str]:
    ways = (*OWNER_TABS, *STAFF_WAYS, MORE)
    return {key: t(key) for way in ways for key in (way.key, way.group) if key}


def _tabs(viewer: Viewer, path: str, facts: Facts) -> list[Place]:
    return places(viewer, path, facts, _words(), wide=False)


def _side(viewer: Viewer, path: str, facts: Facts) -> list[Place]:
    return places(viewer, path, facts, _words(), wide=True)
