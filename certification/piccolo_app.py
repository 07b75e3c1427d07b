"""The migration stream of certification."""

from portal.core.base.schema import storey

TABLE_MODULES = (
    "certification.exams.tables",
    "certification.certificates.tables",
    "certification.rights.tables",
    "certification.rights.appeal_tables",
)
APP_CONFIG = storey("certification", TABLE_MODULES, below=("courses.piccolo_app", "portal.core.piccolo_app"))
