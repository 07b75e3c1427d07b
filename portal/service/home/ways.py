"""The ways of each role: what stands in the tab bar and in the side of every layout."""

from collections.abc import Mapping
from dataclasses import dataclass

from portal.core.web.navigation import Place
from portal.core.web.viewer import Viewer


@dataclass(frozen=True, slots=True)
class Way:
    """A way in the navigation: address, icon, catalog key, and the capability that it takes."""

    href: str
    icon: str
    key: str
    needs: str | None = None
    badge: str | None = None


OWNER_TABS = (
    Way("/", "home", "home.nav.home"),
    Way("/learn", "learn", "home.nav.learn", "learn"),
    Way("/share", "share", "home.nav.share", "share"),
    Way("/vips", "people", "home.nav.vips", "serve_vips"),
    Way("/me", "me", "home.nav.me", badge="unread"),
)
STAFF_WAYS = (
    Way("/", "home", "home.nav.home"),
    Way("/manage", "people", "home.nav.team", "see.team"),
    Way("/manage/assign", "calendar", "home.nav.assign", "assign.team"),
    Way("/manage/groups", "people", "home.nav.groups", "see.team"),
    Way("/admin/proposals", "appeal", "home.nav.proposals", "violation.decide", "proposals"),
    Way("/admin/rights", "seal", "home.nav.rights", "see.all"),
    Way("/admin/stores", "orders", "home.nav.stores", "stores.manage"),
    Way("/admin/people", "me", "home.nav.people", "people.manage"),
    Way("/admin/groups", "people", "home.nav.groups", "see.all"),
    Way("/manage/assign", "calendar", "home.nav.assign", "assign.all"),
    Way("/admin/courses", "learn", "home.nav.courses", "author"),
    Way("/admin/products", "parcel", "home.nav.products", "see.all"),
    Way("/admin/suppliers", "truck", "home.nav.suppliers", "see.all"),
    Way("/admin/webhooks", "globe", "home.nav.webhooks", "connect"),
    Way("/admin/keys", "lock", "home.nav.keys", "connect"),
    Way("/admin/audit", "paper", "home.nav.audit", "audit.read"),
    Way("/learn", "learn", "home.nav.learn", "learn"),
    Way("/notices", "bell", "home.nav.notices", badge="unread"),
    Way("/me", "me", "home.nav.me"),
)


def _current(href: str, path: str) -> bool:
    return path == href if href == "/" else path == href or path.startswith(f"{href}/")


def _count(facts: Mapping[str, object], name: str | None) -> int:
    value = facts.get(name, 0) if name else 0
    return value if isinstance(value, int) else 0


def open_ways(ways: tuple[Way, ...], viewer: Viewer) -> list[Way]:
    """The ways that this person may go, each address once."""
    found: dict[str, Way] = {}
    for way in ways:
        if way.needs is None or viewer.may(way.needs):
            found.setdefault(way.href, way)
    return list(found.values())


def is_staff(viewer: Viewer) -> bool:
    return bool(viewer.roles - {"owner"})


def places(
    viewer: Viewer, path: str, facts: Mapping[str, object], text: Mapping[str, str], *, wide: bool
) -> list[Place]:
    """The navigation of a layout; `text` gives each key's words. Sharing shows a lock until the gate says yes."""
    ways = open_ways(STAFF_WAYS if wide or is_staff(viewer) else OWNER_TABS, viewer)
    longest = max((way.href for way in ways if _current(way.href, path)), key=len, default=None)
    made = [
        Place(
            way.href,
            "lock" if way.href == "/share" and not facts.get("may_share") else way.icon,
            text[way.key],
            way.href == longest,
            _count(facts, way.badge),
            way.href == "/share" and not facts.get("may_share"),
        )
        for way in ways
    ]
    return made if wide else made[:5]
