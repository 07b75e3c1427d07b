"""The policy table: who may do what, by role. Whose record it is, is the loaders' matter; whether at all, is here."""

from collections.abc import Iterable
from enum import StrEnum

from portal.core.people.rules import Role


class Capability(StrEnum):
    """One thing that somebody may do; `room.act`, with `team` or `all` where the reach differs."""

    LEARN = "learn"
    SHARE = "share"
    SERVE_VIPS = "serve_vips"
    SEE_TEAM = "see.team"
    SEE_ALL = "see.all"
    ASSIGN_TEAM = "assign.team"
    ASSIGN_ALL = "assign.all"
    AUTHOR = "author"
    PROPOSE_VIOLATION = "violation.propose"
    DECIDE_VIOLATION = "violation.decide"
    MEASURE = "measure"  # suspend and revoke by word
    OVERRIDE_GATE = "gate.override"  # proposed by one admin, confirmed by another
    MANAGE_PEOPLE = "people.manage"
    MANAGE_STORES = "stores.manage"
    CONNECT = "connect"  # API keys, webhooks
    IMPORT = "import"
    READ_AUDIT = "audit.read"
    WORK_DESK = "desk.work"  # take complaints, with the agent certificate
    LEAD_DESK = "desk.lead"  # see everybody's load, move complaints, set the roster
    APPROVE_COMPENSATION = "compensation.approve"
    SET_ROSTER = "roster.set"  # shifts, leave, what agents are good at
    SET_DESK = "desk.settings"  # promise, authority, windows
    WRITE_KNOWLEDGE = "knowledge.write"
    REVIEW_KNOWLEDGE = "knowledge.review"
    VERIFY_CAUSES = "causes.verify"  # corrective actions, by somebody else than who made them
    INSPECT = "inspections"
    REVIEW_QUALITY = "quality.review"
    REVIEW_CASES = "cases.review"
    SEE_COMPLAINTS = "complaints.see"  # every complaint and the archive
    SEE_SUPPLIERS = "suppliers.see"  # their records, figures and verdicts
    KEEP_SUPPLIERS = "suppliers.keep"  # register, visits, rectification
    PROPOSE_STANDING = "standing.propose"  # blacklist, white list, restoration
    CONFIRM_STANDING = "standing.confirm"  # by another admin than who proposed it
    SET_CRITERIA = "criteria.set"  # what suppliers and owners are judged by
    SEE_STARS = "stars.see"  # everybody's stars and awards, with what they rest on
    NOMINATE = "awards.nominate"
    REVIEW_AWARDS = "awards.review"
    PUBLISH_AWARDS = "awards.publish"  # by two admins
    SEE_FIGURES = "figures.see"  # the whole platform's


C = Capability
MAY: dict[Role, frozenset[Capability]] = {
    Role.OWNER: frozenset({C.LEARN, C.SHARE, C.SERVE_VIPS}),
    Role.MANAGER: frozenset({C.LEARN, C.SEE_TEAM, C.ASSIGN_TEAM, C.AUTHOR, C.PROPOSE_VIOLATION, C.NOMINATE}),
    Role.AGENT: frozenset({C.LEARN, C.PROPOSE_VIOLATION, C.WORK_DESK, C.WRITE_KNOWLEDGE, C.SEE_COMPLAINTS}),
    Role.DESK_LEAD: frozenset(
        {
            C.LEARN,
            C.PROPOSE_VIOLATION,
            C.DECIDE_VIOLATION,
            C.MEASURE,
            C.WORK_DESK,
            C.LEAD_DESK,
            C.SET_ROSTER,
            C.APPROVE_COMPENSATION,
            C.WRITE_KNOWLEDGE,
            C.REVIEW_KNOWLEDGE,
            C.VERIFY_CAUSES,
            C.INSPECT,
            C.REVIEW_QUALITY,
            C.REVIEW_CASES,
            C.SEE_COMPLAINTS,
            C.SEE_SUPPLIERS,
            C.KEEP_SUPPLIERS,
            C.PROPOSE_STANDING,
            C.SEE_STARS,
            C.REVIEW_AWARDS,
            C.SEE_FIGURES,
        }
    ),
    Role.ADMIN: frozenset(
        {
            C.SEE_ALL,
            C.ASSIGN_ALL,
            C.AUTHOR,
            C.PROPOSE_VIOLATION,
            C.DECIDE_VIOLATION,
            C.MEASURE,
            C.OVERRIDE_GATE,
            C.MANAGE_PEOPLE,
            C.MANAGE_STORES,
            C.CONNECT,
            C.IMPORT,
            C.READ_AUDIT,
            C.APPROVE_COMPENSATION,
            C.SET_DESK,
            C.SET_ROSTER,
            C.WRITE_KNOWLEDGE,
            C.REVIEW_KNOWLEDGE,
            C.VERIFY_CAUSES,
            C.INSPECT,
            C.REVIEW_QUALITY,
            C.REVIEW_CASES,
            C.SEE_COMPLAINTS,
            C.SEE_SUPPLIERS,
            C.KEEP_SUPPLIERS,
            C.PROPOSE_STANDING,
            C.CONFIRM_STANDING,
            C.SET_CRITERIA,
            C.SEE_STARS,
            C.REVIEW_AWARDS,
            C.PUBLISH_AWARDS,
            C.SEE_FIGURES,
        }
    ),
}


def capabilities(roles: Iterable[str]) -> frozenset[str]:
    """Everything that a person of these roles may do."""
    return frozenset(str(capability) for role in roles for capability in MAY.get(Role(role), frozenset()))
