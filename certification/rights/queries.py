"""The gate's facts, gathered in one snapshot, and what has been decided. Call inside a door."""

import json
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import msgspec

from certification.certificates import queries as certificates
from certification.certificates.queries import CountingCertificate
from certification.rights.rules import (
    CertificateFact,
    Decision,
    Facts,
    MeasureFact,
    Reason,
    Status,
    decide,
    replay,
)
from certification.rights.tables import Decision as DecisionRow
from certification.rights.tables import Measure
from portal.core.base.settings import settings
from portal.core.stores import queries as stores
from portal.core.stores.queries import StoreInfo
from portal.core.web.paging import Cut

PURPOSE = "owner_licence"


@dataclass(frozen=True, slots=True)
class Standing:
    """What the gate says of a store now, from which facts, and the last decision kept of it."""

    store: StoreInfo
    facts: Facts
    decision: Decision
    kept: "KeptDecision | None"

    @property
    def is_news(self) -> bool:
        """Whether this answer differs from the one last kept."""
        return self.kept is None or not self.kept.decision.says_the_same(self.decision)


@dataclass(frozen=True, slots=True)
class KeptDecision:
    """A decision as stored, with all that replaying it takes."""

    id: int
    decided_at: datetime
    cause: str
    rules_version: str
    facts: Facts
    decision: Decision


@dataclass(frozen=True, slots=True)
class PartEvidence:
    """A part of the assigned curriculum and whether it is done in this very registration."""

    part_id: int
    kind: str
    choice: int | None
    done: bool


@dataclass(frozen=True, slots=True)
class Evidence:
    """What a registration proves so far; alternatives count once."""

    courses_done: int
    courses_required: int
    exams_passed: int
    exams_required: int

    @property
    def whole(self) -> bool:
        some = self.courses_required + self.exams_required > 0
        return some and self.courses_done >= self.courses_required and self.exams_passed >= self.exams_required


# One look at everything below: parts of the assigned version, each with its completion in this registration only.
_EVIDENCE = (
    "SELECT a.id AS assignment, p.id, p.kind, p.choice, CASE p.kind"
    " WHEN 'course' THEN EXISTS (SELECT 1 FROM enrolments e WHERE e.assignment = a.id AND e.course = p.course"
    " AND e.completed_at IS NOT NULL)"
    " WHEN 'exam' THEN EXISTS (SELECT 1 FROM attempts t JOIN exam_versions v ON v.id = t.exam_version"
    " WHERE t.assignment = a.id AND v.part = p.id AND t.passed)"
    " ELSE FALSE END AS done"
    " FROM assignments a JOIN curriculum_parts p ON p.version = a.curriculum_version"
)
_OF_ASSIGNMENT = f"{_EVIDENCE} WHERE a.id = {{}} ORDER BY p.position"
# Without a certificate, what counts is the registration that she is working on.
_OF_PERSON = (
    f"{_EVIDENCE} WHERE a.id = (SELECT b.id FROM assignments b JOIN curricula c ON c.id = b.curriculum"  # noqa: S608
    " WHERE b.person = {} AND c.purpose = {} AND b.cancelled_at IS NULL"
    " ORDER BY (b.completed_at IS NOT NULL), b.id DESC LIMIT 1) ORDER BY p.position"
)
_IN_WAY = (
    "SELECT 'measure' AS what, id, kind, cause, started_at, ends_at, remedial FROM measures"
    " WHERE store = {} AND lifted_at IS NULL"
    " UNION ALL SELECT 'bridge', id, kind, '', confirmed_at, until, NULL FROM overrides"
    " WHERE store = {} AND kind = 'bridge' AND confirmed_at IS NOT NULL AND declined_at IS NULL"
)


async def part_evidence(assignment_id: int) -> list[PartEvidence]:
    return _parts(await DecisionRow.raw(_OF_ASSIGNMENT, assignment_id))


def _parts(rows: list[dict[str, Any]]) -> list[PartEvidence]:
    return [PartEvidence(row["id"], row["kind"], row["choice"], bool(row["done"])) for row in rows]


def weigh(parts: list[PartEvidence]) -> Evidence:
    """Count what is required and done; of alternatives (one `choice`) one done is enough."""
    counts = {"course": [0, 0], "exam": [0, 0]}
    seen: dict[tuple[str, object], bool] = {}
    for part in parts:
        key = (part.kind, ("choice", part.choice) if part.choice is not None else part.part_id)
        seen[key] = seen.get(key, False) or part.done
    for (kind, _), done in seen.items():
        tally = counts.setdefault(kind, [0, 0])
        tally[0] += done
        tally[1] += 1
    return Evidence(counts["course"][0], counts["course"][1], counts["exam"][0], counts["exam"][1])


async def evidence(assignment_id: int) -> Evidence:
    return weigh(await part_evidence(assignment_id))


def _moment(value: Any) -> datetime:
    return datetime.fromisoformat(value) if isinstance(value, str) else value


def _maybe_moment(value: Any) -> datetime | None:
    return None if value is None else _moment(value)


def _measures(rows: list[dict[str, Any]]) -> tuple[MeasureFact, ...]:
    return tuple(
        MeasureFact(
            id=row["id"],
            kind=row["kind"],
            cause=row["cause"],
            started_at=_moment(row["started_at"]),
            ends_at=_maybe_moment(row["ends_at"]),
            remedial_id=row["remedial"],
        )
        for row in rows
        if row["what"] == "measure"
    )


def _certificate_fact(counting: CountingCertificate, proved: Evidence) -> CertificateFact:
    info = counting.info
    grace = None
    if counting.newer_version_at is not None:
        # Whoever finished the old version after the new one came out has the same grace, from her own day.
        since = max(counting.newer_version_at, info.issued_at)
        grace = since + timedelta(days=counting.newer_grace_days or 0)
    return CertificateFact(
        id=info.id,
        assignment_id=info.assignment_id,
        issued_at=info.issued_at,
        valid_until=info.valid_until,
        revoked=info.revoked_at is not None,
        evidence_holds=proved.whole,
        version_grace_until=grace,
    )


def _go_live_grace(store: StoreInfo) -> datetime | None:
    """Stores that were open before go-live have a published grace; later ones never had one."""
    begun = settings().go_live_at
    return settings().go_live_grace_until if begun is not None and store.opened_at < begun else None


async def load_facts(store: StoreInfo) -> Facts:
    """All facts of a store, in three queries."""
    in_way = await Measure.raw(_IN_WAY, store.id, store.id)
    counting = await certificates.counting(store.owner_id, PURPOSE)
    if counting is not None:
        rows = await DecisionRow.raw(_OF_ASSIGNMENT, counting.info.assignment_id)
    else:
        rows = await DecisionRow.raw(_OF_PERSON, store.owner_id, PURPOSE)
    proved = weigh(_parts(rows))
    bridges = [_moment(row["ends_at"]) for row in in_way if row["what"] == "bridge"]
    return Facts(
        store_open=store.open,
        kit_returned=store.kit_returned_at is not None,
        courses_done=proved.courses_done,
        courses_required=proved.courses_required,
        exams_passed=proved.exams_passed,
        exams_required=proved.exams_required,
        assignment_id=rows[0]["assignment"] if rows else None,
        certificate=_certificate_fact(counting, proved) if counting else None,
        measures=_measures(in_way),
        bridge_until=max(bridges, default=None),
        go_live_grace_until=_go_live_grace(store),
    )


async def standing(store_id: int, at: datetime) -> Standing | None:
    """The gate's answer for a store at this instant, decided afresh."""
    store = await stores.store(store_id)
    return await standing_of(store, at) if store else None


async def standing_of(store: StoreInfo, at: datetime) -> Standing:
    facts = await load_facts(store)
    return Standing(store, facts, decide(facts, at), await last_decision(store.id))


async def standing_of_person(person_id: int, at: datetime) -> Standing | None:
    """The answer for a person's store (her open one, else her last), or None if she never had one."""
    store = await stores.store_of_owner(person_id)
    return await standing_of(store, at) if store else None


def _kept(row: dict[str, Any]) -> KeptDecision:
    reasons = msgspec.convert(json.loads(row["reasons"]), tuple[Reason, ...])
    decision = Decision(Status(row["status"]), bool(row["may_share"]), reasons, row["valid_until"], None)
    facts = msgspec.convert(json.loads(row["facts"]), Facts)
    return KeptDecision(row["id"], row["decided_at"], row["cause"], row["rules_version"], facts, decision)


_DECISION = "SELECT id, decided_at, cause, rules_version, facts, status, may_share, reasons, valid_until"


async def last_decision(store_id: int) -> KeptDecision | None:
    sql = f"{_DECISION} FROM gate_decisions WHERE store = {{}} ORDER BY id DESC LIMIT 1"
    rows = await DecisionRow.raw(sql, store_id)
    return _kept(rows[0]) if rows else None


async def decision(decision_id: int) -> KeptDecision | None:
    sql = f"{_DECISION} FROM gate_decisions WHERE id = {{}}"
    rows = await DecisionRow.raw(sql, decision_id)
    return _kept(rows[0]) if rows else None


async def held_at(store_id: int, at: datetime) -> int | None:
    """The decision under which a store held the right at a moment gone by; None where it did not.

    It is the last one kept by then, and what its facts say of that very moment: an end that came before anybody
    decided afresh counts from its own instant.
    """
    sql = f"{_DECISION} FROM gate_decisions WHERE store = {{}} AND decided_at <= {{}} ORDER BY id DESC LIMIT 1"
    rows = await DecisionRow.raw(sql, store_id, at)
    kept = _kept(rows[0]) if rows else None
    return kept.id if kept and replay(kept.rules_version, kept.facts, at).may_share else None


async def decisions(store_id: int, cut: Cut) -> list[KeptDecision]:
    """A store's decisions, newest first, from below the key `cut.after`."""
    before = cut.after or 2**62
    sql = f"{_DECISION} FROM gate_decisions WHERE store = {{}} AND id < {{}} ORDER BY id DESC LIMIT {{}}"
    return [_kept(row) for row in await DecisionRow.raw(sql, store_id, before, cut.fetch)]
