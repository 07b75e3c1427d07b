"""Issuing and revoking. Issuing is part of the transaction of the last condition; it never happens by itself."""

from dataclasses import dataclass
from datetime import datetime

from certification.certificates import queries
from certification.certificates.rules import end_of_validity
from certification.certificates.tables import Certificate
from portal.core.base import audit
from portal.core.base.audit import Actor
from portal.core.base.database import writing
from portal.core.base.ids import new_number


@dataclass(frozen=True, slots=True)
class Earned:
    """What a finished curriculum proves, ready to be certified."""

    person_id: int
    assignment_id: int
    curriculum_version_id: int
    purpose: str
    valid_days: int
    holder_name: str
    store_name: str
    score_bp: int | None


async def issue(actor: Actor, earned: Earned, at: datetime) -> int | None:
    """Certify; None where this assignment has its certificate already."""
    async with writing():
        previous = await queries.counting(earned.person_id, earned.purpose)
        previous_end = previous.info.valid_until if previous and previous.info.revoked_at is None else None
        rows = await Certificate.raw(
            "INSERT INTO certificates (number, person, assignment, curriculum_version, holder_name, store_name,"
            " score_bp, issued_at, valid_until) VALUES ({}, {}, {}, {}, {}, {}, {}, {}, {})"
            " ON CONFLICT (assignment) DO NOTHING RETURNING id",
            new_number(),
            earned.person_id,
            earned.assignment_id,
            earned.curriculum_version_id,
            earned.holder_name,
            earned.store_name,
            earned.score_bp,
            at,
            end_of_validity(at, earned.valid_days, previous_end),
        )
        if not rows:
            return None
        certificate_id = int(rows[0]["id"])
        facts = {"assignment": earned.assignment_id, "curriculum_version": earned.curriculum_version_id}
        await audit.record(actor, "certificate.issued", ("certificate", certificate_id), at, facts)
    return certificate_id


async def revoke(actor: Actor, certificate_id: int, code: str, at: datetime) -> bool:
    """Revoke for good; False where it was revoked already. The caller has the gate reconsider its holder."""
    async with writing():
        rows = (
            await Certificate.update({Certificate.revoked_at: at, Certificate.revoked_code: code})
            .where(Certificate.id == certificate_id, Certificate.revoked_at.is_null())
            .returning(Certificate.id)
        )
        if rows:
            await audit.record(actor, "certificate.revoked", ("certificate", certificate_id), at, {"code": code})
    return bool(rows)
