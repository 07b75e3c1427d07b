"""Makers of what earnings rest on: decisions of the gate as it keeps them, and links made under them."""

from datetime import datetime, timedelta

import msgspec

from certification.rights.rules import RULES_VERSION, CertificateFact, Facts, MeasureFact, decide
from certification.rights.tables import Decision
from portal.core.base.database import writing
from portal.core.base.ids import new_ref
from portal.service.sharing.tables import ShareLink


async def decision(store_id: int, at: datetime, *, until: datetime, suspended: bool = False) -> int:
    """The gate decides on a store at a moment: certified until a day, suspended or not."""
    certificate = CertificateFact(1, 1, at - timedelta(days=1), until, revoked=False, evidence_holds=True)
    measures = (MeasureFact(1, "suspension", "admin", at),) if suspended else ()
    facts = Facts(True, False, 1, 1, 1, 1, 1, certificate, measures)
    decided = decide(facts, at)
    async with writing():
        rows = await Decision.insert(
            Decision(
                store=store_id,
                decided_at=at,
                cause="test",
                rules_version=RULES_VERSION,
                facts=msgspec.json.encode(facts).decode(),
                status=decided.status,
                may_share=decided.may_share,
                reasons=msgspec.json.encode(decided.reasons).decode(),
                valid_until=decided.valid_until,
            )
        )
    return int(rows[0]["id"])


async def link(store_id: int, decision_id: int, at: datetime) -> str:
    """A store's invitation, made under a decision; returns its code."""
    code = new_ref()
    async with writing():
        await ShareLink.insert(ShareLink(code=code, store=store_id, product=None, made_at=at, decision=decision_id))
    return code
