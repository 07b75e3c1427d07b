"""The gate's rules, as pure functions of facts and an instant (mission A3–A7; the formula stands in `decide`)."""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from enum import StrEnum

import msgspec

RULES_VERSION = "2026-11"
RENEWAL_WINDOW = timedelta(days=30)
POINTS_THRESHOLD = 12
POINTS_WINDOW = timedelta(days=365)


class Status(StrEnum):
    """Where a store's share right stands, in the words of the API."""

    LEARNING = "learning"
    LICENSED = "licensed"
    DUE = "due"  # may share, but something of it runs out soon: renewal, version grace, bridge, go-live grace
    SUSPENDED = "suspended"
    EXPIRED = "expired"
    REVOKED = "revoked"
    CLOSED = "closed"


class Category(StrEnum):
    """What a violation can be."""

    FALSE_CLAIM = "false_claim"
    MEDICAL_CLAIM = "medical_claim"
    PRIVACY_LEAK = "privacy_leak"
    FAKE_ORDERS = "fake_orders"
    OVERPROMISE = "overpromise"


POINTS = {
    Category.FALSE_CLAIM: 6,
    Category.MEDICAL_CLAIM: 12,
    Category.PRIVACY_LEAK: 12,
    Category.FAKE_ORDERS: 6,
    Category.OVERPROMISE: 3,
}


class CertificateFact(msgspec.Struct, frozen=True):
    """The certificate that counts: the one of the newest validity that was not revoked, or else the revoked one.

    `evidence_holds`: every required course of its curriculum version is complete and every exam passed, in its own
    registration. `version_grace_until`: set once a newer version is out; until then the old one still counts.
    """

    id: int
    assignment_id: int
    issued_at: datetime
    valid_until: datetime
    revoked: bool
    evidence_holds: bool
    version_grace_until: datetime | None = None


class MeasureFact(msgspec.Struct, frozen=True):
    """A suspension or revocation that has not been lifted; it may end by itself."""

    id: int
    kind: str
    cause: str
    started_at: datetime
    ends_at: datetime | None = None
    remedial_id: int | None = None


class Facts(msgspec.Struct, frozen=True):
    """Everything that the gate looks at, for one store. Counts are of the registration that she is working on."""

    store_open: bool
    kit_returned: bool
    courses_done: int
    courses_required: int
    exams_passed: int
    exams_required: int
    assignment_id: int | None = None
    certificate: CertificateFact | None = None
    measures: tuple[MeasureFact, ...] = ()
    bridge_until: datetime | None = None
    go_live_grace_until: datetime | None = None


class Reason(msgspec.Struct, frozen=True):
    """One condition of the right: whether it is met, and in which way (its sentence is `rights.reason.<code>`)."""

    condition: str  # courses, exams, certificate, store, standing
    code: str
    met: bool


class Decision(msgspec.Struct, frozen=True):
    """The gate's answer. `valid_until`: when a yes ends by itself; `recheck_at`: when any answer may change by time."""

    status: Status
    may_share: bool
    reasons: tuple[Reason, ...]
    valid_until: datetime | None
    recheck_at: datetime | None

    @property
    def unmet(self) -> tuple[Reason, ...]:
        return tuple(reason for reason in self.reasons if not reason.met)

    def grants_the_same(self, other: "Decision") -> bool:
        """Whether another program would act on both alike: same status, same answer, same end."""
        return (self.status, self.may_share, self.valid_until) == (other.status, other.may_share, other.valid_until)

    def says_the_same(self, other: "Decision") -> bool:
        """Whether nothing that anybody is told has changed."""
        return (self.status, self.may_share, self.reasons, self.valid_until) == (
            other.status,
            other.may_share,
            other.reasons,
            other.valid_until,
        )


def measures_in_force(measures: Sequence[MeasureFact], now: datetime) -> tuple[MeasureFact, ...]:
    return tuple(m for m in measures if m.started_at <= now and (m.ends_at is None or now < m.ends_at))


def _runs(until: datetime | None, now: datetime) -> bool:
    return until is not None and now < until


def _store_reason(facts: Facts) -> Reason:
    if facts.kit_returned:
        return Reason("store", "kit_returned", False)
    return Reason("store", "store_open" if facts.store_open else "store_closed", facts.store_open)


def _standing_reason(facts: Facts, now: datetime) -> Reason:
    kinds = {measure.kind for measure in measures_in_force(facts.measures, now)}
    if "revocation" in kinds:
        return Reason("standing", "revoked", False)
    if "suspension" in kinds:
        return Reason("standing", "suspended", False)
    return Reason("standing", "in_good_standing", True)


def _learning_reasons(facts: Facts) -> tuple[Reason, Reason]:
    held = facts.certificate is not None and facts.certificate.evidence_holds
    courses = held or (facts.courses_required > 0 and facts.courses_done >= facts.courses_required)
    exams = held or (facts.exams_required > 0 and facts.exams_passed >= facts.exams_required)
    return (
        Reason("courses", "courses_complete" if courses else "courses_incomplete", courses),
        Reason("exams", "exams_passed" if exams else "exam_not_passed", exams),
    )


def _certificate_reason(facts: Facts, now: datetime) -> Reason:
    certificate = facts.certificate
    if certificate is None:
        return Reason("certificate", "certificate_missing", False)
    if certificate.revoked:
        return Reason("certificate", "certificate_revoked", False)
    if not certificate.evidence_holds:
        return Reason("certificate", "evidence_withdrawn", False)
    grace = certificate.version_grace_until
    if grace is not None and not _runs(grace, now):
        return Reason("certificate", "version_superseded", False)
    if now < certificate.valid_until:
        return Reason("certificate", "certificate_in_force", True)
    if _runs(facts.bridge_until, now):
        return Reason("certificate", "certificate_bridged", True)
    return Reason("certificate", "certificate_expired", False)


def _licence_end(facts: Facts) -> datetime | None:
    """When the certificate stops carrying the right by itself: its own end or its bridge's, or the version's grace."""
    certificate = facts.certificate
    if certificate is None:
        return None
    end = max(certificate.valid_until, facts.bridge_until or certificate.valid_until)
    return min(end, certificate.version_grace_until) if certificate.version_grace_until else end


def _status(facts: Facts, now: datetime, may_share: bool, reasons: dict[str, Reason]) -> Status:
    if not reasons["store"].met:
        return Status.CLOSED
    if not reasons["standing"].met:
        return Status.REVOKED if reasons["standing"].code == "revoked" else Status.SUSPENDED
    certificate = facts.certificate
    if may_share:
        settled = reasons["certificate"].code == "certificate_in_force"
        fresh = certificate is not None and now < certificate.valid_until - RENEWAL_WINDOW
        current = certificate is not None and certificate.version_grace_until is None
        return Status.LICENSED if settled and fresh and current else Status.DUE
    if certificate is None:
        return Status.LEARNING
    return Status.REVOKED if certificate.revoked else Status.EXPIRED


def _turning_points(facts: Facts) -> list[datetime]:
    """Every instant at which the answer may change though nobody does anything."""
    points = [measure.started_at for measure in facts.measures]
    points += [measure.ends_at for measure in facts.measures if measure.ends_at is not None]
    points += [until for until in (facts.bridge_until, facts.go_live_grace_until) if until is not None]
    if facts.certificate is not None:
        points += [facts.certificate.valid_until - RENEWAL_WINDOW, facts.certificate.valid_until]
        if facts.certificate.version_grace_until is not None:
            points.append(facts.certificate.version_grace_until)
    return points


def decide(facts: Facts, now: datetime) -> Decision:
    """May this store share at this instant?

    may_share = store open AND not suspended or revoked AND (go-live grace runs OR ((the conditions of the
    certificate's curriculum version hold, or its grace runs) AND (certificate in force OR a confirmed bridge of an
    earlier certificate runs))). Every condition is told, met or not.
    """
    courses, exams = _learning_reasons(facts)
    certificate, store, standing = (
        _certificate_reason(facts, now),
        _store_reason(facts),
        _standing_reason(facts, now),
    )
    graced = _runs(facts.go_live_grace_until, now)
    licensed = certificate.met
    may_share = store.met and standing.met and (graced or licensed)
    if graced and not licensed:
        certificate = Reason("certificate", "go_live_grace", True)
    reasons = (courses, exams, certificate, store, standing)
    ends = [facts.go_live_grace_until if graced else None, _licence_end(facts) if licensed else None]
    valid_until = max((end for end in ends if end is not None), default=None) if may_share else None
    return Decision(
        status=_status(facts, now, may_share, {reason.condition: reason for reason in reasons}),
        may_share=may_share,
        reasons=reasons,
        valid_until=valid_until,
        recheck_at=min((point for point in _turning_points(facts) if point > now), default=None),
    )


# Old rules stay here under their version, so that every stored decision replays to itself.
RULES: dict[str, Callable[[Facts, datetime], Decision]] = {RULES_VERSION: decide}


def replay(rules_version: str, facts: Facts, decided_at: datetime) -> Decision:
    """The decision that these facts gave then. Raises KeyError for a version that was dropped: none ever is."""
    return RULES[rules_version](facts, decided_at)


class ViolationFact(msgspec.Struct, frozen=True):
    """A confirmed violation: its points and when it was confirmed."""

    points: int
    confirmed_at: datetime


def points_in_force(violations: Sequence[ViolationFact], cleared_at: datetime | None, now: datetime) -> int:
    """Points that count: confirmed within a year, and since the last remedial course cleared the slate."""
    since = max(now - POINTS_WINDOW, cleared_at) if cleared_at else now - POINTS_WINDOW
    return sum(violation.points for violation in violations if violation.confirmed_at > since)


def still_earned(
    violations: Sequence[ViolationFact], cleared_at: datetime | None, started_at: datetime, threshold: int
) -> bool:
    """Whether these violations alone reach the threshold when the suspension began, or at any confirmation since."""
    moments = [started_at, *(each.confirmed_at for each in violations if each.confirmed_at > started_at)]
    return any(
        points_in_force([each for each in violations if each.confirmed_at <= moment], cleared_at, moment) >= threshold
        for moment in moments
    )


def may_decide(proposed_by: int | None, decider: int) -> bool:
    """A proposal is decided by another person than who made it."""
    return proposed_by != decider
