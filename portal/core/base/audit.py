"""The audit trail: every act that matters, and a hash chain over it that shows any later change.

Acts write entries inside their own transaction; the sequencer alone gives positions, after the commit, so that
writers do not queue behind the chain.
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from portal.core.base.database import in_turn, reading, writing
from portal.core.base.tables import AuditEntry, AuditLink

GENESIS = "0" * 64
_BATCH = 500


@dataclass(frozen=True, slots=True)
class Actor:
    """Who acts: a person, an API key, a buyer with a link, or the system itself."""

    kind: str
    id: int | None = None
    address: str | None = None
    request_ref: str | None = None

    @property
    def name(self) -> str:
        return f"{self.kind}:{self.id or 0}"


SYSTEM = Actor("system")


async def record(
    actor: Actor, action: str, subject: tuple[str, int], at: datetime, facts: Mapping[str, Any] | None = None
) -> int:
    """Write one entry in the caller's transaction; `facts` holds references, codes and field names only."""
    rows = await AuditEntry.insert(
        AuditEntry(
            at=at,
            actor_kind=actor.kind,
            actor_id=actor.id,
            address=actor.address,
            action=action,
            subject_kind=subject[0],
            subject_id=subject[1],
            facts=json.dumps(facts or {}, sort_keys=True, ensure_ascii=False, default=str),
            request_ref=actor.request_ref,
        )
    )
    return int(rows[0]["id"])


_UNCHAINED = (
    "SELECT e.id, e.at, e.actor_kind, e.actor_id, e.address, e.action, e.subject_kind, e.subject_id, e.facts,"
    " e.request_ref FROM audit_entries e LEFT JOIN audit_chain c ON c.entry = e.id"
    " WHERE c.id IS NULL ORDER BY e.id LIMIT {}"
)


def link_hash(previous: str, position: int, entry: Mapping[str, Any]) -> str:
    """SHA-256 over the previous hash, the position and every field of the entry."""
    facts = entry["facts"]
    fields = [entry["id"], entry["at"].isoformat(), entry["actor_kind"], entry["actor_id"], entry["address"]]
    fields += [entry["action"], entry["subject_kind"], entry["subject_id"], json.loads(facts), entry["request_ref"]]
    body = json.dumps([previous, position, *fields], sort_keys=True, ensure_ascii=False)
    return hashlib.sha256(body.encode()).hexdigest()


async def sequence() -> int:
    """Give positions to entries that have none; returns how many. Safe to run twice at once: positions are unique."""
    linked = 0
    while True:
        async with writing():
            await in_turn("audit chain")
            last = await AuditLink.raw("SELECT position, hash FROM audit_chain ORDER BY position DESC LIMIT 1")
            position, previous = (last[0]["position"], last[0]["hash"]) if last else (0, GENESIS)
            entries = await AuditEntry.raw(_UNCHAINED, _BATCH)
            links = []
            for entry in entries:
                position += 1
                digest = link_hash(previous, position, entry)
                links.append(AuditLink(position=position, entry=entry["id"], previous_hash=previous, hash=digest))
                previous = digest
            if links:
                await AuditLink.insert(*links)
        linked += len(links)
        if len(links) < _BATCH:
            return linked


@dataclass(frozen=True, slots=True)
class ChainReport:
    """What checking the chain found: links read, entries not yet chained, the first broken position if any."""

    links: int
    waiting: int
    broken_at: int | None


_CHAINED = (
    "SELECT c.position, c.previous_hash, c.hash, e.id, e.at, e.actor_kind, e.actor_id, e.address, e.action,"
    " e.subject_kind, e.subject_id, e.facts, e.request_ref FROM audit_chain c JOIN audit_entries e ON e.id = c.entry"
    " WHERE c.position > {} ORDER BY c.position LIMIT {}"
)


async def check_chain() -> ChainReport:
    """Recompute the whole chain in one snapshot."""
    position, previous = 0, GENESIS
    async with reading(long=True):
        while batch := await AuditLink.raw(_CHAINED, position, _BATCH):
            for row in batch:
                position += 1
                if row["position"] != position or row["previous_hash"] != previous:
                    return ChainReport(position - 1, 0, position)
                previous = link_hash(previous, position, row)
                if previous != row["hash"]:
                    return ChainReport(position - 1, 0, position)
        total = (await AuditEntry.raw("SELECT count(*) AS n FROM audit_entries"))[0]["n"]
    return ChainReport(position, int(total) - position, None)
