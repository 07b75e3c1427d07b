"""Certificates as pages and the gate read them. Call inside a door."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from certification.certificates.rules import Force, carries_until, force
from certification.certificates.tables import Certificate
from portal.core.base.database import placeholders


@dataclass(frozen=True, slots=True)
class CertificateInfo:
    """A certificate with what its curriculum is called by rule and version. `score_bp` in basis points."""

    id: int
    number: str
    person_id: int
    assignment_id: int
    curriculum_id: int
    curriculum_version_id: int
    purpose: str
    version_label: str
    holder_name: str
    store_name: str
    score_bp: int | None
    issued_at: datetime
    valid_until: datetime
    revoked_at: datetime | None

    def force(self, now: datetime) -> Force:
        return force(self.valid_until, self.revoked_at is not None, now)


@dataclass(frozen=True, slots=True)
class CountingCertificate:
    """The certificate that the gate looks at, and what has come after its curriculum version, if anything."""

    info: CertificateInfo
    newer_version_at: datetime | None
    newer_grace_days: int | None


_SELECT = (
    "SELECT c.id, c.number, c.person, c.assignment, v.curriculum, c.curriculum_version, u.purpose, v.label,"
    " c.holder_name, c.store_name, c.score_bp, c.issued_at, c.valid_until, c.revoked_at"
    " FROM certificates c JOIN curriculum_versions v ON v.id = c.curriculum_version"
    " JOIN curricula u ON u.id = v.curriculum"
)
# The first newer version is what starts the holders' grace; a later one does not lengthen it.
_COUNTING = (
    "SELECT c.id, c.number, c.person, c.assignment, v.curriculum, c.curriculum_version, u.purpose, v.label,"
    " c.holder_name, c.store_name, c.score_bp, c.issued_at, c.valid_until, c.revoked_at,"
    " n.published_at AS newer_at, n.grace_days AS newer_grace"
    " FROM certificates c JOIN curriculum_versions v ON v.id = c.curriculum_version"
    " JOIN curricula u ON u.id = v.curriculum"
    " LEFT JOIN curriculum_versions n ON n.curriculum = v.curriculum AND n.number = v.number + 1"
    " WHERE c.person = {} AND u.purpose = {}"
    " ORDER BY (c.revoked_at IS NOT NULL), v.number DESC, c.valid_until DESC LIMIT 1"
)


def _info(row: dict[str, Any]) -> CertificateInfo:
    return CertificateInfo(
        id=row["id"],
        number=row["number"],
        person_id=row["person"],
        assignment_id=row["assignment"],
        curriculum_id=row["curriculum"],
        curriculum_version_id=row["curriculum_version"],
        purpose=row["purpose"],
        version_label=row["label"],
        holder_name=row["holder_name"],
        store_name=row["store_name"],
        score_bp=row["score_bp"],
        issued_at=row["issued_at"],
        valid_until=row["valid_until"],
        revoked_at=row["revoked_at"],
    )


async def counting(person_id: int, purpose: str) -> CountingCertificate | None:
    """The certificate that counts for a purpose: not revoked before revoked, newest version, longest validity."""
    rows = await Certificate.raw(_COUNTING, person_id, purpose)
    if not rows:
        return None
    return CountingCertificate(_info(rows[0]), rows[0]["newer_at"], rows[0]["newer_grace"])


# The first newer version starts the holders' grace here too.
_CARRYING = (
    "SELECT c.person, c.valid_until, c.issued_at, n.published_at AS newer_at, n.grace_days FROM certificates c"
    " JOIN curriculum_versions v ON v.id = c.curriculum_version JOIN curricula u ON u.id = v.curriculum"
    " LEFT JOIN curriculum_versions n ON n.curriculum = v.curriculum AND n.number = v.number + 1"
    " WHERE c.revoked_at IS NULL AND u.purpose = {}"
)


async def longest(person_id: int, purpose: str) -> datetime | None:
    """Until when the longest of her certificates for a purpose carries her, a newer version's grace counted; None
    where she holds none, or revoked ones."""
    return (await longest_of([person_id], purpose)).get(person_id)


async def longest_of(person_ids: Sequence[int], purpose: str) -> dict[int, datetime]:
    """The same of several people in one query."""
    if not person_ids:
        return {}
    marks = placeholders(person_ids)
    found: dict[int, datetime] = {}
    for row in await Certificate.raw(f"{_CARRYING} AND c.person IN ({marks})", purpose, *person_ids):
        until = carries_until(row["valid_until"], row["issued_at"], row["newer_at"], row["grace_days"] or 0)
        found[row["person"]] = max(until, found.get(row["person"], until))
    return found


async def of_person(person_id: int) -> list[CertificateInfo]:
    """All of a person's certificates, newest first."""
    rows = await Certificate.raw(f"{_SELECT} WHERE c.person = {{}} ORDER BY c.id DESC LIMIT 50", person_id)
    return [_info(row) for row in rows]


async def by_number(number: str) -> CertificateInfo | None:
    rows = await Certificate.raw(f"{_SELECT} WHERE c.number = {{}}", number)
    return _info(rows[0]) if rows else None


async def of_assignment(assignment_id: int) -> CertificateInfo | None:
    rows = await Certificate.raw(f"{_SELECT} WHERE c.assignment = {{}}", assignment_id)
    return _info(rows[0]) if rows else None
