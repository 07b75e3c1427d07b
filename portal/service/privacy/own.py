"""What the portal knows of a person with an account, for herself. Call inside a door."""

from typing import Any

from portal.service.privacy.tables import Reveal

MOST = 5_000
# By name: what is hers, the oldest first. Nothing that opens a door (hashes, links, codes) is among it.
_PARTS = {
    "account": "SELECT external_id, name, phone, email, language, created_at FROM persons WHERE id = {}",
    "roles": "SELECT role, granted_at, ended_at, certified_until FROM roles WHERE person = {} ORDER BY id",
    "sign_ins": (
        "SELECT device, address, created_at, last_seen_at, revoked_at FROM sign_ins WHERE person = {} ORDER BY id"
    ),
    "stores": "SELECT external_id, name, region, opened_at, closed_at FROM stores WHERE owner = {} ORDER BY id",
    "learning": (
        "SELECT k.code AS course, e.started_at, e.completed_at FROM enrolments e JOIN courses k ON k.id = e.course"
        " WHERE e.person = {} ORDER BY e.id"
    ),
    "exams": "SELECT number, started_at, sealed_at, score_bp, passed FROM attempts WHERE person = {} ORDER BY id",
    "certificates": (
        "SELECT number, holder_name, store_name, score_bp, issued_at, valid_until, revoked_at FROM certificates"
        " WHERE person = {} ORDER BY id"
    ),
    "decisions": (
        "SELECT d.decided_at, d.cause, d.status, d.may_share, d.reasons FROM gate_decisions d"
        " JOIN stores s ON s.id = d.store WHERE s.owner = {} ORDER BY d.id"
    ),
    "links": (
        "SELECT l.code, p.title AS product, l.made_at FROM share_links l JOIN stores s ON s.id = l.store"
        " LEFT JOIN products p ON p.id = l.product WHERE s.owner = {} ORDER BY l.id"
    ),
    "notices": "SELECT kind, params, at, read_at FROM notices WHERE person = {} ORDER BY id",
    "desk_profile": (
        "SELECT level, products, functions, languages, capacity FROM desk_agents WHERE person = {} ORDER BY id"
    ),
    "shifts": "SELECT starts_at, ends_at, cancelled_at FROM desk_shifts WHERE person = {} ORDER BY id",
    "absences": "SELECT starts_at, ends_at, reason FROM desk_absences WHERE person = {} ORDER BY id",
    "presences": "SELECT state, reason, since, ended_at FROM desk_presences WHERE person = {} ORDER BY id",
    "numbers_seen": "SELECT kind, reason, note, at FROM reveals WHERE person = {} ORDER BY id",
}


async def known_of(person_id: int) -> dict[str, Any]:
    """All of it, part by part; each part is bounded."""
    return {
        name: [dict(row) for row in await Reveal.raw(f"{sql} LIMIT {{}}", person_id, MOST)]
        for name, sql in _PARTS.items()
    }
