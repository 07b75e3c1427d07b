"""Where the rooms are joined: hooks, slots, worker. With `routes.py`, the only file that knows every room."""

from datetime import datetime
from typing import Any

from certification.certificates import pages as certificates
from certification.exams.section import ExamSection
from certification.exams.slots import join_passed_ways
from certification.exams.standing import exam_states
from certification.exams.sweeps import seal_overdue
from certification.rights import actions as right_actions
from certification.rights import queries as right_queries
from certification.rights.panels import store_panel
from certification.rights.passing import passed_ways
from courses.assignment import actions as assignment_actions
from courses.assignment import bulk as assignment_bulk
from courses.assignment import sweeps as assignment_sweeps
from courses.catalogue import importing
from courses.catalogue import sweeps as catalogue_sweeps
from courses.progress.slots import join_exam_states
from portal.core.base import events, hooks
from portal.core.base.audit import sequence
from portal.core.base.worker import REGISTRY
from portal.core.notices import actions as notice_actions
from portal.core.notices import mail
from portal.core.people.entrance import load_program, load_viewer
from portal.core.people.links import LINK_TOPIC, RECOVERY_TOPIC, prepare_recovery
from portal.core.people.sweeps import tidy
from portal.core.stores import pages as stores
from portal.core.stores import personal as stores_personal
from portal.core.stores import vip_pages as vips
from portal.core.supply import pages as supply
from portal.core.web.frame import Entrance
from portal.core.web.i18n import t
from portal.core.web.navigation import Facts, Navigation, Place
from portal.core.web.viewer import Viewer
from portal.service.care import actions as care_actions
from portal.service.care import bulk as care_bulk
from portal.service.care import bulk_pages as care_bulk_pages
from portal.service.care import pages as care_pages
from portal.service.care import personal as care_personal
from portal.service.care import queries as care_queries
from portal.service.care import sweeps as care_sweeps
from portal.service.connect import deliveries, outgoing
from portal.service.connect import sweeps as connect_sweeps
from portal.service.connect.actions import ensure_configured_endpoint
from portal.service.connect.imports import runs as import_runs
from portal.service.connect.queries import WEBHOOK
from portal.service.connect.rates import count_call
from portal.service.earnings import actions as earning_actions
from portal.service.earnings import ledger as earning_ledger
from portal.service.earnings import panels as earning_panels
from portal.service.earnings import sweeps as earning_sweeps
from portal.service.home import queries as home_queries
from portal.service.home.ways import MORE, OWNER_TABS, STAFF_WAYS, places
from portal.service.inquiries import following as inquiry_following
from portal.service.inquiries import letters as inquiry_letters
from portal.service.inquiries import panels as inquiry_panels
from portal.service.inquiries import personal as inquiries_personal
from portal.service.inquiries import sweeps as inquiry_sweeps
from portal.service.inquiries import told as inquiry_told
from portal.service.inquiries.telling import MAIL_TOPIC as INQUIRY_MAIL
from portal.service.mandates import codes as mandate_codes
from portal.service.mandates import pages as mandates
from portal.service.mandates import personal as mandates_personal
from portal.service.mandates import slots as mandate_slots
from portal.service.mandates import sweeps as mandate_sweeps
from portal.service.messages import actions as message_actions
from portal.service.messages import personal as messages_personal
from portal.service.messages import queries as message_queries
from portal.service.messages import sending as message_sending
from portal.service.messages import told as message_told
from portal.service.messages import wording as message_wording
from portal.service.orders import actions as order_actions
from portal.service.orders import follow_ups as order_follow_ups
from portal.service.orders import list_pages as order_list
from portal.service.orders import pages as order_pages
from portal.service.orders import parcel_watch
from portal.service.orders import personal as orders_personal
from portal.service.orders import queries as order_queries
from portal.service.orders import sweeps as order_sweeps
from portal.service.privacy import erasing as privacy_erasing
from portal.service.privacy import personal as privacy_personal
from portal.service.privacy.registry import PERSONAL, Personal
from portal.service.returns import actions as return_actions
from portal.service.returns import panels as return_panels
from portal.service.returns import personal as returns_personal
from portal.service.returns import queries as return_queries
from portal.service.returns import sweeps as return_sweeps
from portal.service.returns import told as return_told
from portal.service.sharing import pausing as share_pausing
from portal.service.sharing import product_pages as product_sharing
from portal.service.sharing import reporting as share_reporting
from portal.service.sharing import sampling as share_sampling
from portal.service.voices import actions as voice_actions
from portal.service.voices import owner_pages as voice_pages
from portal.service.voices import pages as buyer_pages
from portal.service.voices import personal as voices_personal
from portal.service.voices import stories, talk
from portal.service.voices import sweeps as voice_sweeps

ENTRANCE = Entrance(viewer=load_viewer, program=load_program)
GUARDS: list[Any] = [count_call]


def join() -> None:
    """Join everything once more; joining twice changes nothing."""
    _join_hooks()
    _join_worker()
    _join_events()
    _join_slots()


async def start(at: datetime) -> None:
    """What serving and working begin with, on an open, current database; again changes nothing."""
    await ensure_configured_endpoint(at)


def _join_hooks() -> None:
    hooks.store_opened.join(assignment_actions.on_store_opened)
    hooks.store_opened.join(right_actions.on_store)
    hooks.store_changed.join(right_actions.on_store)
    hooks.course_completed.join(right_actions.on_learning)
    hooks.exam_graded.join(right_actions.on_learning)
    hooks.order_changed.join(order_follow_ups.on_order)
    hooks.order_changed.join(parcel_watch.on_order)
    hooks.order_changed.join(inquiry_following.on_order)
    hooks.order_changed.join(return_actions.on_order)
    hooks.order_changed.join(earning_actions.on_order)
    hooks.order_changed.join(voice_actions.on_order)
    hooks.order_changed.join(care_actions.on_order)
    hooks.order_changed.join(privacy_erasing.on_order)


def _join_worker() -> None:
    REGISTRY.kinds[assignment_bulk.ASSIGN] = assignment_bulk.assign_many
    REGISTRY.kinds[assignment_bulk.REMIND] = assignment_bulk.remind_many
    REGISTRY.kinds[import_runs.KIND] = import_runs.take_table
    REGISTRY.sweeps["assignment.owners"] = (assignment_sweeps.assign_owners, 600)
    REGISTRY.sweeps["assignment.remind"] = (assignment_sweeps.remind_due, 600)
    REGISTRY.sweeps["audit.sequence"] = (sequence, 1)
    REGISTRY.sweeps["catalogue.tidy"] = (catalogue_sweeps.tidy, 1800)
    REGISTRY.sweeps["connect.tidy"] = (connect_sweeps.tidy, 86_400)
    REGISTRY.sweeps["events.sequence"] = (events.sequence, 1)
    REGISTRY.sweeps["earnings.release"] = (earning_sweeps.release_due, 60)
    REGISTRY.sweeps["exams.seal"] = (seal_overdue, 5)
    REGISTRY.sweeps["inquiries.ladder"] = (inquiry_sweeps.climb, 60)
    REGISTRY.sweeps["inquiries.wishes"] = (inquiry_sweeps.ask_again, 300)
    REGISTRY.topics[INQUIRY_MAIL] = inquiry_letters.deliver
    REGISTRY.sweeps["mandates.expire"] = (mandate_sweeps.expire, 300)
    REGISTRY.sweeps["orders.follow_ups"] = (order_follow_ups.raise_due, 60)
    REGISTRY.sweeps["orders.parcels"] = (parcel_watch.watch_due, 60)
    REGISTRY.sweeps["orders.turn"] = (order_sweeps.turn_due, 60)
    REGISTRY.sweeps["people.tidy"] = (tidy, 3600)
    REGISTRY.sweeps["returns.deadlines"] = (return_sweeps.watch_deadlines, 60)
    REGISTRY.sweeps["rights.recheck"] = (right_actions.recheck_due, 60)
    REGISTRY.sweeps["sharing.pause"] = (share_pausing.pause_by_returns, 86_400)
    REGISTRY.sweeps["sharing.sample"] = (share_sampling.draw_week, 3600)
    REGISTRY.sweeps["sharing.settle"] = (share_reporting.settle_decided, 60)
    REGISTRY.topics[LINK_TOPIC] = mail.deliver_link
    REGISTRY.topics[RECOVERY_TOPIC] = prepare_recovery
    REGISTRY.topics[WEBHOOK] = deliveries.deliver
    REGISTRY.topics[message_actions.TOPIC] = message_sending.deliver
    REGISTRY.topics[notice_actions.TOPIC] = mail.deliver_notice
    REGISTRY.topics[privacy_erasing.TOPIC] = privacy_erasing.keep_outside
    REGISTRY.topics[events.TOPIC] = deliveries.fan_out
    REGISTRY.sweeps["voices.escalate"] = (voice_sweeps.escalate_ratings, 300)
    REGISTRY.sweeps["voices.remind"] = (voice_sweeps.remind_waiting, 300)
    REGISTRY.kinds[care_actions.PLACE] = care_actions.place_orders
    REGISTRY.kinds[care_bulk.BULK] = care_bulk.do_many
    REGISTRY.sweeps["care.recount"] = (care_sweeps.recount_due, 3600)
    REGISTRY.sweeps["care.remind"] = (care_sweeps.remind_calls, 3600)


def _join_events() -> None:
    events.RENDERERS.update(inquiry_told.RENDERERS)
    events.RENDERERS.update(message_told.RENDERERS)
    events.RENDERERS.update(outgoing.RENDERERS)
    events.RENDERERS.update(return_told.RENDERERS)


def _join_slots() -> None:
    importing.SECTIONS["exams"] = ExamSection()
    join_exam_states(exam_states)
    join_passed_ways(passed_ways)
    message_queries.ORDER_NUMBER[:] = [_order_number]
    message_wording.FILLERS[mandate_codes.CODE] = mandate_codes.fill
    certificates.STANDINGS[:] = [_standing]
    order_pages.ORDER_PANELS[:] = [
        mandates.order_panel,
        return_panels.order_panel,
        inquiry_panels.order_panel,
        voice_pages.order_panel,
        earning_panels.order_panel,
    ]
    order_pages.ORDER_ACTS[:] = [inquiry_panels.order_acts, return_panels.order_acts, voice_pages.order_acts]
    order_pages.INQUIRY_OF[:] = [inquiry_panels.open_inquiry]
    stores.STORE_PANELS[:] = [store_panel]
    PERSONAL.update(_personal())
    share_pausing.EARLY_RETURNS[:] = [return_queries.early_returns]
    supply.PRODUCT_PANELS[:] = [product_sharing.product_panel]
    earning_ledger.HOLDS[:] = [return_queries.open_for_lines]
    mandate_slots.ON_CONFIRMED[:] = [return_actions.on_confirmed]
    mandate_slots.ON_REVOKED[:] = [return_actions.on_revoked]
    for matter in return_panels.MATTERS:
        mandate_slots.PROGRESS[matter] = return_panels.mandate_progress
    Navigation.facts = home_queries.nav_facts
    Navigation.tabs = _tabs
    Navigation.side = _side
    order_pages.VIP_LEVELS[:] = [care_queries.level_words]
    order_list.BULK_BARS[:] = [care_bulk_pages.bulk_bar]
    buyer_pages.STORIES[:] = [inquiry_panels.buyer_panel, stories.returns_story]
    talk.KEY_VIP[:] = [care_queries.is_key]
    order_actions.KEY_VIP[:] = [care_queries.is_key]
    vips.VIP_CARDS[:] = [care_pages.vip_cards]
    vips.VIP_WAYS[:] = [care_pages.vip_ways]


def _personal() -> dict[str, Personal]:
    """What each room knows of a buyer; erased in this order."""
    return {
        "stores": stores_personal,
        "messages": messages_personal,
        "orders": orders_personal,
        "inquiries": inquiries_personal,
        "mandates": mandates_personal,
        "returns": returns_personal,
        "voices": voices_personal,
        "care": care_personal,
        "privacy": privacy_personal,
    }


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
