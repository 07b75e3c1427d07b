"""Every room's doors: the controllers that the application is made of."""

from typing import Any

from certification.certificates import pages as certificates
from certification.exams import pages as exams
from certification.rights import api as rights_api
from certification.rights import pages as rights
from certification.rights import violation_pages as violations
from courses.assignment import pages as assignments
from courses.catalogue import pages as catalogue
from courses.progress import pages as progress
from portal.core.notices import pages as notices
from portal.core.people import pages as people
from portal.core.stores import group_pages as groups
from portal.core.stores import pages as stores
from portal.core.stores import vip_pages as vips
from portal.core.supply import api as supply_api
from portal.core.supply import pages as supply
from portal.core.web import health, metrics
from portal.service.care import bulk_pages as care_bulk_pages
from portal.service.care import pages as care_pages
from portal.service.connect import (
    api_adapters,
    api_batches,
    api_events,
    api_orders,
    api_reconciliations,
    api_stores,
    api_vips,
    api_webhooks,
    import_pages,
    reconciliation_pages,
)
from portal.service.connect import pages as connect
from portal.service.earnings import admin_pages as earning_admin
from portal.service.earnings import pages as earnings
from portal.service.home import admin_pages, team_pages
from portal.service.home import pages as home
from portal.service.inquiries import admin_pages as inquiry_admin
from portal.service.inquiries import api as inquiries_api
from portal.service.inquiries import pages as inquiries
from portal.service.inquiries import public_pages as inquiry_answers
from portal.service.inquiries import show_pages as inquiry_pages
from portal.service.mandates import pages as mandates
from portal.service.messages import pages as messages
from portal.service.orders import act_pages as order_acts
from portal.service.orders import admin_pages as order_desk
from portal.service.orders import list_pages as order_list
from portal.service.orders import pages as order_pages
from portal.service.privacy import buyer_pages as privacy_buyers
from portal.service.privacy import own_pages as own_data
from portal.service.privacy import pages as privacy
from portal.service.returns import admin_pages as return_desk
from portal.service.returns import api as returns_api
from portal.service.returns import filing_pages as return_filing
from portal.service.returns import pages as returns
from portal.service.returns import register_pages as registers
from portal.service.sharing import pages as sharing
from portal.service.sharing import product_pages as product_sharing
from portal.service.sharing import report_pages as share_reports
from portal.service.sharing import sample_pages as share_samples
from portal.service.sharing import staff_pages as share_desk
from portal.service.voices import owner_pages as voice_pages
from portal.service.voices import pages as buyer_pages

ROUTES: list[Any] = [
    *admin_pages.ROUTES,
    *api_adapters.ROUTES,
    *api_batches.ROUTES,
    *api_events.ROUTES,
    *api_orders.ROUTES,
    *api_reconciliations.ROUTES,
    *api_stores.ROUTES,
    *api_vips.ROUTES,
    *api_webhooks.ROUTES,
    *assignments.ROUTES,
    *buyer_pages.ROUTES,
    *care_bulk_pages.ROUTES,
    *care_pages.ROUTES,
    *catalogue.ROUTES,
    *certificates.ROUTES,
    *connect.ROUTES,
    *earning_admin.ROUTES,
    *earnings.ROUTES,
    *exams.ROUTES,
    *groups.ROUTES,
    *health.ROUTES,
    *home.ROUTES,
    *import_pages.ROUTES,
    *inquiries.ROUTES,
    *inquiries_api.ROUTES,
    *inquiry_admin.ROUTES,
    *inquiry_answers.ROUTES,
    *inquiry_pages.ROUTES,
    *mandates.ROUTES,
    *messages.ROUTES,
    *metrics.ROUTES,
    *notices.ROUTES,
    *order_acts.ROUTES,
    *order_desk.ROUTES,
    *order_list.ROUTES,
    *order_pages.ROUTES,
    *own_data.ROUTES,
    *people.ROUTES,
    *privacy.ROUTES,
    *privacy_buyers.ROUTES,
    *product_sharing.ROUTES,
    *progress.ROUTES,
    *reconciliation_pages.ROUTES,
    *registers.ROUTES,
    *return_desk.ROUTES,
    *return_filing.ROUTES,
    *returns.ROUTES,
    *returns_api.ROUTES,
    *rights.ROUTES,
    *rights_api.ROUTES,
    *share_desk.ROUTES,
    *share_reports.ROUTES,
    *share_samples.ROUTES,
    *sharing.ROUTES,
    *stores.ROUTES,
    *supply.ROUTES,
    *supply_api.ROUTES,
    *team_pages.ROUTES,
    *violations.ROUTES,
    *vips.ROUTES,
    *voice_pages.ROUTES,
]
