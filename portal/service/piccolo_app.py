"""The migration stream of the service storey."""

from portal.core.base.schema import storey

TABLE_MODULES = (
    "portal.service.sharing.tables",
    "portal.service.connect.tables",
)
APP_CONFIG = storey("service", TABLE_MODULES, below=("certification.piccolo_app", "portal.core.piccolo_app"))
