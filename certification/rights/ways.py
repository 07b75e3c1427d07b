"""Where each unmet condition is mended: the page that a refusal leads to."""

from certification.rights.rules import Decision, Reason

WAYS = {
    "courses_incomplete": "/learn",
    "exam_not_passed": "/exams",
    "certificate_missing": "/learn",
    "certificate_expired": "/learn",
    "certificate_revoked": "/right",
    "evidence_withdrawn": "/exams",
    "version_superseded": "/learn",
    "store_closed": "/help",
    "kit_returned": "/help",
    "suspended": "/learn",
    "revoked": "/right",
}


def way_of(reason: Reason) -> str:
    return WAYS.get(reason.code, "/right")


def first_step(decision: Decision) -> Reason | None:
    """The unmet condition to begin with: what shuts everything comes before what is learned, that before its proof."""
    order = ("store", "standing", "courses", "exams", "certificate")
    unmet = {reason.condition: reason for reason in decision.unmet}
    return next((unmet[condition] for condition in order if condition in unmet), None)
