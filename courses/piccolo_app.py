"""The migration stream of learning."""

from portal.core.base.schema import storey

TABLE_MODULES = (
    "courses.questions.tables",
    "courses.cases.tables",
    "courses.catalogue.tables",
    "courses.assignment.tables",
    "courses.progress.tables",
)
APP_CONFIG = storey("courses", TABLE_MODULES, below=("portal.core.piccolo_app",))
