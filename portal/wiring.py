"""Where the rooms are joined: routes, hooks, slots, worker. Nothing else knows every room."""

from datetime import datetime
from typing import Any

from certification.certificates import pages as certificates
from certification.exams import pages as exams
from certification.exams.section import ExamSection
from certification.exams.slots import join_passed_ways
from certification.exams.standing import exam_states
from certification.exams.sweeps import seal_overdue
from certification.rights import actions as right_actions
from certification.rights import api as rights_api
from certification.rights import pages as rights
from certification.rights import queries as right_queries
from certification.rights import violation_pages as violations
from certification.rights.panels import store_panel
from certification.rights.passing import passed_ways
from courses.assignment import actions as assignment_actions
from courses.assignment import bulk as assignment_bulk
from courses.assignment import pages as assignments
from courses.assignment import sweeps as assignment_sweeps
from courses.catalogue import importing
from courses.catalogue import pages as catalogue
from courses.catalogue import sweeps as catalogue_sweeps
from courses.progress import pages as progress
from courses.progress.slots import join_exam_states
from portal.core.base import hooks
from portal.core.base.audit import sequence
from portal.core.base.worker import REGISTRY
from portal.core.notices import actions as notice_actions
from portal.core.notices import mail
from portal.core.notices import pages as notices
from portal.core.people import pages as people
from portal.core.people.entrance import load_program, load_viewer
from portal.core.people.links import LINK_TOPIC, RECOVERY_TOPIC, prepare_recovery
from portal.core.people.sweeps import tidy
from portal.core.stores import group_pages as groups
from portal.core.stores import pages as stores
from portal.core.stores import vip_pages as vips
from portal.core.supply import api as supply_api
from portal.core.supply import pages as supply
from portal.core.web import health, metrics
from portal.core.web.frame import Entrance
from portal.core.web.i18n import t
from portal.core.web.navigation import Facts, Navigation, Place
from portal.core.web.viewer import Viewer
from portal.service.connect import api_stores, api_vips, api_webhooks, deliveries
from portal.service.connect import pages as connect
from portal.service.connect import sweeps as connect_sweeps
from portal.service.connect.actions import ensure_configured_endpoint
from portal.service.connect.queries import WEBHOOK
from portal.service.connect.rates import count_write
from portal.service.home import admin_pages, team_pages
from portal.service.home import pages as home
from portal.service.home import queries as home_queries
from portal.service.home.ways import OWNER_TABS, STAFF_WAYS, places
from portal.service.sharing import pages as sharing

ROUTES: list[Any] = [
    *admin_pages.ROUTES,
    *assignments.ROUTES,
    *api_stores.ROUTES,
    *api_vips.ROUTES,
    *api_webhooks.ROUTES,
    *catalogue.ROUTES,
    *certificates.ROUTES,
    *connect.ROUTES,
    *exams.ROUTES,
    *groups.ROUTES,
    *health.ROUTES,
    *home.ROUTES,
    *metrics.ROUTES,
    *notices.ROUTES,
    *people.ROUTES,
    *progress.ROUTES,
    *rights.ROUTES,
    *rights_api.ROUTES,
    *sharing.ROUTES,
    *stores.ROUTES,
    *supply.ROUTES,
    *supply_api.ROUTES,
    *team_pages.ROUTES,
    *violations.ROUTES,
    *vips.ROUTES,
]
ENTRANCE = Entrance(viewer=load_viewer, program=load_program)
GUARDS: list[Any] = [count_write]


def join() -> None:
    """Join everything once more; joining twice changes nothing."""
    _join_hooks()
    _join_worker()
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


def _join_worker() -> None:
    REGISTRY.kinds[assignment_bulk.ASSIGN] = assignment_bulk.assign_many
    REGISTRY.kinds[assignment_bulk.REMIND] = assignment_bulk.remind_many
    REGISTRY.sweeps["assignment.owners"] = (assignment_sweeps.assign_owners, 600)
    REGISTRY.sweeps["assignment.remind"] = (assignment_sweeps.remind_due, 600)
    REGISTRY.sweeps["audit.sequence"] = (sequence, 1)
    REGISTRY.sweeps["catalogue.tidy"] = (catalogue_sweeps.tidy, 1800)
    REGISTRY.sweeps["connect.tidy"] = (connect_sweeps.tidy, 86_400)
    REGISTRY.sweeps["exams.seal"] = (seal_overdue, 5)
    REGISTRY.sweeps["people.tidy"] = (tidy, 3600)
    REGISTRY.sweeps["rights.recheck"] = (right_actions.recheck_due, 60)
    REGISTRY.topics[LINK_TOPIC] = mail.deliver_link
    REGISTRY.topics[RECOVERY_TOPIC] = prepare_recovery
    REGISTRY.topics[WEBHOOK] = deliveries.deliver
    REGISTRY.topics[notice_actions.TOPIC] = mail.deliver_notice
    REGISTRY.topics[right_actions.EVENT] = deliveries.fan_out


def _join_slots() -> None:
    importing.SECTIONS["exams"] = ExamSection()
    join_exam_states(exam_states)
    join_passed_ways(passed_ways)
    certificates.STANDINGS[:] = [_standing]
    stores.STORE_PANELS[:] = [store_panel]
    Navigation.facts = home_queries.nav_facts
    Navigation.tabs = _tabs
    Navigation.side = _side


async def _standing(person_id: int, at: datetime) -> str | None:
    standing = await right_queries.standing_of_person(person_id, at)
    return str(standing.decision.status) if standing else None


def _words() -> dict[str, str]:
    return {way.key: t(way.key) for way in (*OWNER_TABS, *STAFF_WAYS)}


def _tabs(viewer: Viewer, path: str, facts: Facts) -> list[Place]:
    return places(viewer, path, facts, _words(), wide=False)


def _side(viewer: Viewer, path: str, facts: Facts) -> list[Place]:
    return places(viewer, path, facts, _words(), wide=True)
