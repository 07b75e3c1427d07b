"""Who was at fault and why, what follows from it, who may verify, and when somebody is reminded."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from certification.rights.rules import Category
from portal.service.complaints.rules import Function


class Party(StrEnum):
    """At whose side the cause lies; a slip of the desk is the platform's."""

    BUYER = "buyer"
    OWNER = "owner"
    SUPPLIER = "supplier"
    CARRIER = "carrier"
    PLATFORM = "platform"
    NOBODY = "nobody"


@dataclass(frozen=True, slots=True)
class Cause:
    """A cause code: whose, and what it brings about: a violation of this category, or training by this course."""

    party: Party
    category: Category | None = None
    course: str | None = None
    desk: bool = False  # names the agent whose slip it was


CAUSES: Mapping[str, Cause] = {
    "supplier_defect": Cause(Party.SUPPLIER),
    "supplier_not_as_described": Cause(Party.SUPPLIER),
    "supplier_wrong_item": Cause(Party.SUPPLIER),
    "supplier_short_delivery": Cause(Party.SUPPLIER),
    "supplier_poor_packing": Cause(Party.SUPPLIER),
    "supplier_late_shipping": Cause(Party.SUPPLIER),
    "supplier_out_of_stock": Cause(Party.SUPPLIER),
    "carrier_late": Cause(Party.CARRIER),
    "carrier_lost": Cause(Party.CARRIER),
    "carrier_damaged": Cause(Party.CARRIER),
    "carrier_wrong_address": Cause(Party.CARRIER),
    "owner_overpromised": Cause(Party.OWNER, Category.OVERPROMISE),
    "owner_false_claim": Cause(Party.OWNER, Category.FALSE_CLAIM),
    "owner_medical_claim": Cause(Party.OWNER, Category.MEDICAL_CLAIM),
    "owner_privacy": Cause(Party.OWNER, Category.PRIVACY_LEAK),
    "owner_slow_reply": Cause(Party.OWNER, course="customers"),
    "owner_wrong_advice": Cause(Party.OWNER, course="products"),
    "platform_wrong_page": Cause(Party.PLATFORM),
    "platform_system": Cause(Party.PLATFORM),
    "platform_policy": Cause(Party.PLATFORM),
    "desk_slow": Cause(Party.PLATFORM, course="receiving", desk=True),
    "desk_cold": Cause(Party.PLATFORM, course="feelings", desk=True),
    "desk_wrong_advice": Cause(Party.PLATFORM, course="receiving", desk=True),
    "desk_wrong_grant": Cause(Party.PLATFORM, course="authority", desk=True),
    "desk_not_to_the_root": Cause(Party.PLATFORM, course="root", desk=True),
    "buyer_misuse": Cause(Party.BUYER),
    "buyer_mistake": Cause(Party.BUYER),
    "buyer_changed_mind": Cause(Party.BUYER),
    "nobody_chance": Cause(Party.NOBODY),
    "nobody_not_found": Cause(Party.NOBODY),
}


class Follows(StrEnum):
    """What a finding brings about by itself."""

    VIOLATION = "violation"  # proposed; a second person confirms it
    TRAINING = "training"
    RECORD = "record"
    NOTHING = "nothing"


def follows(cause: Cause) -> Follows:
    if cause.category is not None:
        return Follows.VIOLATION
    if cause.course is not None:
        return Follows.TRAINING
    return Follows.RECORD if cause.party in (Party.SUPPLIER, Party.CARRIER) else Follows.NOTHING


# ---- what is known before anybody has looked ----


@dataclass(frozen=True, slots=True)
class Known:
    """What the records say of a complaint's order. `shipped_late`: after the day that was promised, or not yet."""

    function: Function
    out_of_stock: bool = False
    shipped_late: bool = False
    parcel_problem: bool = False
    parcel_slow: bool = False
    delivered: bool = False


@dataclass(frozen=True, slots=True)
class Hint:
    """A cause to look at first, and the record that speaks for it (key `causes.hint.<why>`)."""

    code: str
    why: str


def hints(known: Known) -> tuple[Hint, ...]:
    """Causes that the records point to, the strongest first; a person looks and decides."""
    about = {Function.DELIVERY, Function.REFUND, Function.OTHER, Function.SERVICE}
    found = []
    if known.out_of_stock:
        found.append(Hint("supplier_out_of_stock", "out_of_stock"))
    if known.shipped_late and known.function in about:
        found.append(Hint("supplier_late_shipping", "shipped_late"))
    if known.parcel_problem and known.function is Function.DAMAGED:
        found.append(Hint("carrier_damaged", "parcel_problem"))
    if known.parcel_problem and known.function in about and not known.delivered:
        found.append(Hint("carrier_lost", "parcel_problem"))
    if known.parcel_slow and known.function in about:
        found.append(Hint("carrier_late", "parcel_slow"))
    if known.function is Function.WRONG_ITEM:
        found.append(Hint("supplier_wrong_item", "told_wrong_item"))
    return tuple(found)


# ---- corrective actions ----


class ActionState(StrEnum):
    """How far a corrective action is; a waiver is asked for, then granted or not."""

    OPEN = "open"
    DONE = "done"
    VERIFIED = "verified"
    WAIVER_ASKED = "waiver_asked"
    WAIVED = "waived"
    REFUSED = "refused"


ENDED = frozenset({ActionState.VERIFIED, ActionState.WAIVED})
RUNNING = frozenset({ActionState.OPEN, ActionState.DONE, ActionState.WAIVER_ASKED})
RECHECK_AFTER = timedelta(days=30)
SOON = timedelta(days=2)
LATEST_DUE = timedelta(days=180)
AGAIN_WITHIN = timedelta(days=14)  # for the action that follows one without effect
LONGEST_WORDS = 1000


class Recheck(StrEnum):
    """What the look after thirty days found."""

    EFFECTIVE = "effective"
    NOT_EFFECTIVE = "not_effective"


@dataclass(frozen=True, slots=True)
class Hands:
    """Who had a hand in an action: it is verified by none of them."""

    responsible: int
    made_by: int
    done_by: int | None
    handled: frozenset[int]


def may_verify(person: int, hands: Hands) -> bool:
    return person not in {hands.responsible, hands.made_by, hands.done_by} | hands.handled


class Step(StrEnum):
    """What time brings to an action; each once for each due date."""

    SOON = "soon"
    OVERDUE = "overdue"
    RECHECK = "recheck"


def step_due(state: ActionState, due_at: datetime | None, recheck_at: datetime | None, at: datetime) -> Step | None:
    """The reminder that is due now; after a downtime only the later one."""
    if state is ActionState.OPEN and due_at is not None:
        if at >= due_at:
            return Step.OVERDUE
        return Step.SOON if at >= due_at - SOON else None
    if state is ActionState.VERIFIED and recheck_at is not None and at >= recheck_at:
        return Step.RECHECK
    return None


def next_step_at(
    state: ActionState, due_at: datetime | None, recheck_at: datetime | None, at: datetime
) -> datetime | None:
    """When time brings something next, once what is due by `at` is done."""
    if state is ActionState.OPEN and due_at is not None:
        return next((moment for moment in (due_at - SOON, due_at) if moment > at), None)
    if state is ActionState.VERIFIED and recheck_at is not None and recheck_at > at:
        return recheck_at
    return None


def missing(*, found: bool, compensated: bool, states: Collection[ActionState]) -> list[str]:
    """What still stands between a complaint and its end, as refusal codes.

    What was paid for needs a cause that is mended or a reason why nothing needs mending; no mending is left half way.
    """
    codes = [] if found else ["finding_missing"]
    if any(state in RUNNING for state in states):
        return [*codes, "action_unverified"]
    if compensated and not any(state in ENDED for state in states):
        codes.append("action_missing")
    return codes
