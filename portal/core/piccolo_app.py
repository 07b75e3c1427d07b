"""The migration stream of the ground storey."""

from portal.core.base.schema import storey

TABLE_MODULES = (
    "portal.core.base.tables",
    "portal.core.people.tables",
    "portal.core.notices.tables",
    "portal.core.supply.tables",
    "portal.core.stores.tables",
)
APP_CONFIG = storey("core", TABLE_MODULES)
