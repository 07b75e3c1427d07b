"""The ways of each role: what stands in the tab bar and in the side of every layout."""

from collections.abc import Mapping
from dataclasses import dataclass

from portal.core.web.navigation import Place
from portal.core.web.viewer import Viewer


@dataclass(frozen=True, slots=True)
class Way:
    """A way in the navigation: address, icon, catalog key, and the capability that it takes.

    `badge` names the fact that is counted on it; `when` and `unless` name a fact that must, or must not, hold; `group`
    is the heading that it stands under in the side.
    """

    href: str
    icon: str
    key: str
    needs: str | None = None
    badge: str | None = None
    when: str | None = None
    unless: str | None = None
    group: str | None = None


# An owner without VIPs learns; one who has them serves them, and finds her lessons on her home page.
OWNER_TABS = (
    Way("/", "home", "home.nav.home"),
    Way("/learn", "learn", "home.nav.learn", "learn", unless="serves"),
    Way("/orders", "orders", "home.nav.orders", "serve_vips", "needs", when="serves"),
    Way("/share", "share", "home.nav.share", "share"),
    Way("/vips", "people", "home.nav.vips", "serve_vips"),
    Way("/me", "me", "home.nav.me", badge="unread"),
)
_WORK, _DESK, _PEOPLE, _LEARNING = "home.group.work", "home.group.desk", "home.group.people", "home.group.learning"
_TRADE, _CONNECT, _OVERSIGHT, _OWN = "home.group.trade", "home.group.connect", "home.group.oversight", "home.group.own"
STAFF_WAYS = (
    Way("/", "home", "home.nav.home"),
    Way("/desk", "chat", "home.nav.desk", "desk.work", "desk", group=_WORK),
    Way("/desk/load", "people", "home.nav.load", "desk.lead", group=_WORK),
    Way("/desk/approvals", "yuan", "home.nav.approvals", "compensation.approve", "approvals", group=_WORK),
    Way("/desk/actions", "check", "home.nav.actions", "complaints.see", group=_WORK),
    Way("/desk/calls", "bell", "home.nav.calls", "desk.work", group=_WORK),
    Way("/manage", "people", "home.nav.team", "see.team", group=_WORK),
    Way("/manage/figures", "chart", "home.nav.team_figures", "see.team", group=_WORK),
    Way("/manage/assign", "calendar", "home.nav.assign", "assign.team", group=_WORK),
    Way("/complaints", "alert", "home.nav.complaints", "see.team", group=_WORK),
    Way("/manage/stars", "star", "home.nav.team_stars", "see.team", group=_WORK),
    Way("/manage/nominations", "award", "home.nav.nominations", "awards.nominate", group=_WORK),
    Way("/manage/groups", "people", "home.nav.groups", "see.team", group=_WORK),
    Way("/admin/proposals", "appeal", "home.nav.proposals", "violation.decide", "proposals", group=_WORK),
    Way("/admin/share-reports", "share", "home.nav.share_reports", "violation.propose", "share_reports", group=_WORK),
    Way("/admin/inquiries", "truck", "home.nav.inquiries", "see.all", group=_WORK),
    Way("/admin/returns", "return", "home.nav.returns", "see.all", group=_WORK),
    Way("/desk/inspections", "eye", "home.nav.inspections", "inspections", group=_DESK),
    Way("/desk/causes", "search", "home.nav.causes", "complaints.see", group=_DESK),
    Way("/desk/archive", "paper", "home.nav.archive", "complaints.see", group=_DESK),
    Way("/desk/payments", "yuan", "home.nav.payments", "compensation.approve", group=_DESK),
    Way("/desk/grants", "yuan", "home.nav.grants", "complaints.see", group=_DESK),
    Way("/desk/quality", "star", "home.nav.quality", "complaints.see", group=_DESK),
    Way("/desk/insight", "chart", "home.nav.desk_insight", "figures.see", group=_DESK),
    Way("/desk/figures", "chart", "home.nav.figures", "complaints.see", group=_DESK),
    Way("/desk/roster", "calendar", "home.nav.roster", "complaints.see", group=_DESK),
    Way("/desk/knowledge", "book", "home.nav.knowledge", "knowledge.write", group=_DESK),
    Way("/desk/templates", "chat", "home.nav.templates", "knowledge.write", group=_DESK),
    Way("/admin/authority", "lock", "home.nav.authority", "desk.settings", group=_DESK),
    Way("/desk/grant-reviews", "check", "home.nav.grant_reviews", "quality.review", group=_DESK),
    Way("/desk/cases", "book", "home.nav.desk_cases", "complaints.see", group=_DESK),
    Way("/admin/vouchers", "seal", "home.nav.vouchers", "desk.settings", group=_DESK),
    Way("/admin/checklist", "check", "home.nav.checklist", "desk.settings", group=_DESK),
    Way("/admin/promise", "clock", "home.nav.promise", "desk.settings", group=_DESK),
    Way("/admin/rights", "seal", "home.nav.rights", "see.all", group=_PEOPLE),
    Way("/admin/stores", "orders", "home.nav.stores", "stores.manage", group=_PEOPLE),
    Way("/admin/stars", "star", "home.nav.stars", "stars.see", group=_PEOPLE),
    Way("/admin/awards", "award", "home.nav.awards", "stars.see", group=_PEOPLE),
    Way("/admin/star-criteria", "star", "home.nav.star_criteria", "criteria.set", group=_PEOPLE),
    Way("/admin/people", "me", "home.nav.people", "people.manage", group=_PEOPLE),
    Way("/admin/groups", "people", "home.nav.groups", "see.all", group=_PEOPLE),
    Way("/admin/buyers", "people", "home.nav.buyers", "people.manage", group=_PEOPLE),
    Way("/manage/assign", "calendar", "home.nav.assign", "assign.all", group=_LEARNING),
    Way("/admin/courses", "learn", "home.nav.courses", "author", group=_LEARNING),
    Way("/admin/orders", "orders", "home.nav.orders", "see.all", group=_TRADE),
    Way("/admin/products", "parcel", "home.nav.products", "see.all", group=_TRADE),
    Way("/admin/suppliers", "truck", "home.nav.suppliers", "see.all", group=_TRADE),
    Way("/admin/register", "truck", "home.nav.register", "suppliers.see", group=_TRADE),
    Way("/admin/visits", "pin", "home.nav.visits", "suppliers.keep", group=_TRADE),
    Way("/admin/assessments", "check", "home.nav.assessments", "suppliers.see", group=_TRADE),
    Way("/admin/carrier-hours", "clock", "home.nav.carrier_hours", "criteria.set", group=_TRADE),
    Way("/admin/product-slots", "parcel", "home.nav.product_slots", "criteria.set", group=_TRADE),
    Way("/admin/criteria", "paper", "home.nav.criteria", "criteria.set", group=_TRADE),
    Way("/admin/registers", "paper", "home.nav.registers", "see.all", group=_TRADE),
    Way("/admin/earnings", "yuan", "home.nav.earnings", "see.all", group=_TRADE),
    Way("/admin/webhooks", "globe", "home.nav.webhooks", "connect", group=_CONNECT),
    Way("/admin/keys", "lock", "home.nav.keys", "connect", group=_CONNECT),
    Way("/admin/imports", "download", "home.nav.imports", "import", group=_CONNECT),
    Way("/admin/reconciliation", "check", "home.nav.reconciliation", "connect", group=_CONNECT),
    Way("/admin/messages", "chat", "home.nav.messages", "connect", group=_CONNECT),
    Way("/admin/figures", "chart", "home.nav.whole", "figures.see", group=_OVERSIGHT),
    Way("/admin/exports", "download", "home.nav.exports", "see.all", group=_OVERSIGHT),
    Way("/admin/audit", "paper", "home.nav.audit", "audit.read", group=_OVERSIGHT),
    Way("/admin/reveals", "eye", "home.nav.reveals", "audit.read", group=_OVERSIGHT),
    Way("/learn", "learn", "home.nav.learn", "learn", group=_OWN),
    Way("/cases", "book", "home.nav.cases", group=_OWN),
    Way("/notices", "bell", "home.nav.notices", badge="unread", group=_OWN),
    Way("/me", "me", "home.nav.me", group=_OWN),
)
MORE = Way("/more", "more", "home.nav.more")
MOST_TABS = 5


def _current(href: str, path: str) -> bool:
    return path == href if href == "/" else path == href or path.startswith(f"{href}/")


def _count(facts: Mapping[str, object], name: str | None) -> int:
    value = facts.get(name, 0) if name else 0
    return value if isinstance(value, int) else 0


def open_ways(ways: tuple[Way, ...], viewer: Viewer, facts: Mapping[str, object]) -> list[Way]:
    """The ways that this person may go, each address once."""
    found: dict[str, Way] = {}
    for way in ways:
        if (way.needs is None or viewer.may(way.needs)) and _fits(way, facts):
            found.setdefault(way.href, way)
    return list(found.values())


def _fits(way: Way, facts: Mapping[str, object]) -> bool:
    return (way.when is None or bool(facts.get(way.when))) and (way.unless is None or not facts.get(way.unless))


def is_staff(viewer: Viewer) -> bool:
    return bool(viewer.roles - {"owner"})


def places(
    viewer: Viewer, path: str, facts: Mapping[str, object], text: Mapping[str, str], *, wide: bool
) -> list[Place]:
    """The navigation of a layout; `text` gives each key's words. Sharing shows a lock until the gate says yes.

    `wide`: all of it, under headings; else the tabs, the last of which leads to what has no tab.
    """
    staff = wide or is_staff(viewer)
    ways = open_ways(STAFF_WAYS if staff else OWNER_TABS, viewer, facts)
    if not wide and len(ways) > MOST_TABS:
        ways = [*ways[: MOST_TABS - 1], MORE]
    longest = max((way.href for way in ways if _current(way.href, path)), key=len, default=None)
    return [_place(way, facts, text, current=way.href == longest) for way in ways]


def _place(way: Way, facts: Mapping[str, object], text: Mapping[str, str], *, current: bool) -> Place:
    locked = way.href == "/share" and not facts.get("may_share")
    return Place(
        way.href,
        "lock" if locked else way.icon,
        text[way.key],
        current,
        _count(facts, way.badge),
        locked,
        text[way.group] if way.group else "",
    )
