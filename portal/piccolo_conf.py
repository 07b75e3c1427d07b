"""Where Piccolo finds our engine and our four streams of migrations."""

from piccolo.conf.apps import AppRegistry

from portal.core.base.database import DB

APP_REGISTRY = AppRegistry(
    apps=[
        "portal.core.piccolo_app",
        "courses.piccolo_app",
        "certification.piccolo_app",
        "portal.service.piccolo_app",
    ]
)

__all__ = ["APP_REGISTRY", "DB"]
