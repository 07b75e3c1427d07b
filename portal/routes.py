"""Every room's doors: the controllers that the application is made of."""

from typing import Any

from certification.certificates import pages as certificates
from certification.exams import pages as exams
from certification.rights import api as rights_api
from certification.rights import appeal_pages as appeals
from certification.rights import pages as rights
from certification.rights import violation_pages as violations
from courses.assignment import pages as assignments
from courses.cases import pages as cases
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
from portal.service.archive import pages as archive
from portal.service.assessments import act_pages as standing_acts
from portal.service.assessments import criteria_pages as assessment_criteria
from portal.service.assessments import pages as assessments
from portal.service.assessments import public_pages as standing_answers
from portal.service.assessments import rating_pages as owner_marks
from portal.service.assessments import slot_pages as product_slots
from portal.service.awards import admin_pages as award_admin
from portal.service.awards import judge_pages as award_judges
from portal.service.awards import nomination_pages as award_nominations
from portal.service.awards import pages as awards
from portal.service.awards import prize_pages as award_results
from portal.service.care import bulk_pages as care_bulk_pages
from portal.service.care import pages as care_pages
from portal.service.causes import action_pages as corrective_actions
from portal.service.causes import figure_pages as cause_figures
from portal.service.causes import inspection_pages as inspections
from portal.service.causes import pages as causes
from portal.service.causes import party_pages as party_answers
from portal.service.compensations import admin_pages as compensation_admin
from portal.service.compensations import api as compensations_api
from portal.service.compensations import approval_pages as compensation_approvals
from portal.service.compensations import buyer_pages as compensation_answers
from portal.service.compensations import desk_pages as compensation_proposals
from portal.service.compensations import grant_pages as compensation_grants
from portal.service.compensations import review_pages as compensation_reviews
from portal.service.complaints import api as complaints_api
from portal.service.complaints import buyer_pages as complaint_buyers
from portal.service.complaints import call_pages as complaint_calls
from portal.service.complaints import desk_act_pages as complaint_acts
from portal.service.complaints import desk_pages as complaint_desk
from portal.service.complaints import filing_pages as complaint_filing
from portal.service.complaints import lead_pages as complaint_lead
from portal.service.complaints import owner_pages as complaint_owners
from portal.service.complaints import promise_pages
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
from portal.service.facts import pages as carrier_hours
from portal.service.home import admin_pages, team_pages
from portal.service.home import pages as home
from portal.service.inquiries import admin_pages as inquiry_admin
from portal.service.inquiries import api as inquiries_api
from portal.service.inquiries import pages as inquiries
from portal.service.inquiries import public_pages as inquiry_answers
from portal.service.inquiries import show_pages as inquiry_pages
from portal.service.insight import desk_pages as desk_insight
from portal.service.insight import export_pages as table_exports
from portal.service.insight import pages as whole_figures
from portal.service.insight import team_pages as team_figures
from portal.service.knowledge import gap_pages as knowledge_gaps
from portal.service.knowledge import help_pages as knowledge_help
from portal.service.knowledge import pages as knowledge
from portal.service.knowledge import template_pages as reply_templates
from portal.service.mandates import pages as mandates
from portal.service.messages import pages as messages
from portal.service.orders import act_pages as order_acts
from portal.service.orders import admin_pages as order_desk
from portal.service.orders import list_pages as order_list
from portal.service.orders import pages as order_pages
from portal.service.privacy import buyer_pages as privacy_buyers
from portal.service.privacy import own_pages as own_data
from portal.service.privacy import pages as privacy
from portal.service.quality import figure_pages as quality_figures
from portal.service.quality import pages as quality
from portal.service.quality import review_pages as quality_reviews
from portal.service.quality import training_pages as quality_trainings
from portal.service.returns import admin_pages as return_desk
from portal.service.returns import api as returns_api
from portal.service.returns import filing_pages as return_filing
from portal.service.returns import pages as returns
from portal.service.returns import register_pages as registers
from portal.service.roster import pages as roster
from portal.service.sharing import pages as sharing
from portal.service.sharing import product_pages as product_sharing
from portal.service.sharing import report_pages as share_reports
from portal.service.sharing import sample_pages as share_samples
from portal.service.sharing import staff_pages as share_desk
from portal.service.stars import admin_pages as star_admin
from portal.service.stars import judge_pages as star_appeals
from portal.service.stars import pages as stars
from portal.service.stars import team_pages as star_teams
from portal.service.suppliers import dossier_pages as supplier_dossiers
from portal.service.suppliers import planning_pages as site_visit_plans
from portal.service.suppliers import register_pages as supplier_register
from portal.service.suppliers import rules_pages as supplier_rules
from portal.service.suppliers import visit_pages as site_visits
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
    *archive.ROUTES,
    *assessment_criteria.ROUTES,
    *assessments.ROUTES,
    *assignments.ROUTES,
    *award_admin.ROUTES,
    *award_judges.ROUTES,
    *award_nominations.ROUTES,
    *award_results.ROUTES,
    *awards.ROUTES,
    *buyer_pages.ROUTES,
    *care_bulk_pages.ROUTES,
    *care_pages.ROUTES,
    *carrier_hours.ROUTES,
    *cases.ROUTES,
    *catalogue.ROUTES,
    *cause_figures.ROUTES,
    *causes.ROUTES,
    *certificates.ROUTES,
    *complaint_acts.ROUTES,
    *complaint_buyers.ROUTES,
    *complaint_calls.ROUTES,
    *complaint_desk.ROUTES,
    *complaint_filing.ROUTES,
    *complaint_lead.ROUTES,
    *complaint_owners.ROUTES,
    *complaints_api.ROUTES,
    *compensation_admin.ROUTES,
    *compensation_answers.ROUTES,
    *compensation_approvals.ROUTES,
    *compensation_grants.ROUTES,
    *compensation_reviews.ROUTES,
    *compensation_proposals.ROUTES,
    *compensations_api.ROUTES,
    *connect.ROUTES,
    *corrective_actions.ROUTES,
    *desk_insight.ROUTES,
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
    *inspections.ROUTES,
    *party_answers.ROUTES,
    *knowledge.ROUTES,
    *knowledge_gaps.ROUTES,
    *knowledge_help.ROUTES,
    *mandates.ROUTES,
    *messages.ROUTES,
    *metrics.ROUTES,
    *notices.ROUTES,
    *order_acts.ROUTES,
    *order_desk.ROUTES,
    *order_list.ROUTES,
    *order_pages.ROUTES,
    *own_data.ROUTES,
    *owner_marks.ROUTES,
    *people.ROUTES,
    *privacy.ROUTES,
    *privacy_buyers.ROUTES,
    *product_sharing.ROUTES,
    *product_slots.ROUTES,
    *progress.ROUTES,
    *promise_pages.ROUTES,
    *quality.ROUTES,
    *quality_figures.ROUTES,
    *quality_reviews.ROUTES,
    *quality_trainings.ROUTES,
    *reconciliation_pages.ROUTES,
    *registers.ROUTES,
    *return_desk.ROUTES,
    *return_filing.ROUTES,
    *reply_templates.ROUTES,
    *returns.ROUTES,
    *returns_api.ROUTES,
    *rights.ROUTES,
    *rights_api.ROUTES,
    *roster.ROUTES,
    *share_desk.ROUTES,
    *share_reports.ROUTES,
    *share_samples.ROUTES,
    *sharing.ROUTES,
    *standing_acts.ROUTES,
    *standing_answers.ROUTES,
    *star_admin.ROUTES,
    *star_appeals.ROUTES,
    *star_teams.ROUTES,
    *stars.ROUTES,
    *site_visit_plans.ROUTES,
    *site_visits.ROUTES,
    *stores.ROUTES,
    *supplier_dossiers.ROUTES,
    *supplier_register.ROUTES,
    *supplier_rules.ROUTES,
    *supply.ROUTES,
    *supply_api.ROUTES,
    *table_exports.ROUTES,
    *team_figures.ROUTES,
    *team_pages.ROUTES,
    *violations.ROUTES,
    *appeals.ROUTES,
    *vips.ROUTES,
    *voice_pages.ROUTES,
    *whole_figures.ROUTES,
]
