"""The migration stream of the service storey."""

from portal.core.base.schema import storey

TABLE_MODULES = (
    "portal.service.sharing.tables",
    "portal.service.messages.tables",
    "portal.service.orders.tables",
    "portal.service.inquiries.tables",
    "portal.service.mandates.tables",
    "portal.service.returns.tables",
    "portal.service.voices.tables",
    "portal.service.care.tables",
    "portal.service.knowledge.tables",
    "portal.service.roster.tables",
    "portal.service.complaints.tables",
    "portal.service.compensations.tables",
    "portal.service.causes.tables",
    "portal.service.archive.tables",
    "portal.service.quality.tables",
    "portal.service.earnings.tables",
    "portal.service.facts.tables",
    "portal.service.suppliers.tables",
    "portal.service.assessments.tables",
    "portal.service.stars.tables",
    "portal.service.awards.tables",
    "portal.service.connect.tables",
    "portal.service.insight.tables",
    "portal.service.privacy.tables",
)
APP_CONFIG = storey("service", TABLE_MODULES, below=("certification.piccolo_app", "portal.core.piccolo_app"))
