"""Criteria by version, where each party stands in figures, verdicts, rectifications, proposals and appeals."""

from piccolo.table import Table

from portal.core.base.rows import (
    Row,
    big,
    fk,
    flag,
    instant,
    maybe_fk,
    maybe_instant,
    maybe_prose,
    maybe_words,
    payload,
    prose,
    whole,
    words,
)
from portal.core.base.tables import StoredFile
from portal.core.people.tables import Person
from portal.core.stores.tables import Store
from portal.core.supply.tables import Product, Supplier
from portal.service.orders.tables import Order, OrderLine


class CriteriaVersion(Row, Table, tablename="assessment_criteria"):
    """The numbers that hold from `since` on. Version 0, which has no row, is the one that was shipped."""

    version = whole()
    numbers = payload()
    since = instant()
    reason = prose()
    made_by = fk(Person)
    made_at = instant()


class AssessedParty(Row, Table, tablename="assessed_parties"):
    """A party's figures as of the last judged day; shares in millionths. `from_day`: nothing before it counts.

    `look_day`: when it was last looked at for an order to mend, with `look_counted` orders.
    """

    party = fk(Supplier)
    kind = words(16)
    day = words(10)
    from_day = maybe_words(10)
    level = words(10)
    basis = words(10)
    measure = words(12)
    hits = whole()
    cases = whole()
    counted = whole()
    lower = whole()
    upper = whole()
    severe = whole()
    ratings = whole()
    rating_sum = whole()
    look_day = maybe_words(10)
    look_counted = whole(0)
    at = instant()


class Verdict(Row, Table, tablename="assessment_verdicts"):
    """A change of standing with everything it was decided from. Rows never change."""

    ref = words(40)
    party = fk(Supplier)
    kind = words(16)
    origin = words(10)  # states.Verdicts
    day = words(10)
    since_day = words(10)
    until_day = words(10)
    sums = payload()
    criteria = whole()
    digest = words(64)
    looked = flag()  # on a day of a look; else only what is beyond doubt was acted on
    level = words(10)
    basis = words(10)
    before = words(16)
    after = words(16)
    cause = maybe_words(80)  # the rectification, proposal or appeal behind it: `proposal:<ref>`
    reason = maybe_prose()
    made_by = maybe_fk(Person)
    seconded_by = maybe_fk(Person)
    at = instant()
    appeal_until = instant()


class Rectification(Row, Table, tablename="rectifications"):
    """An order to mend by a date. `fresh_from`: the first day of the window that shows whether it helped."""

    ref = words(40)
    party = fk(Supplier)
    verdict = fk(Verdict)
    state = words(10)
    ordered_at = instant()
    due_at = instant()
    extended_at = maybe_instant()
    extended_by = maybe_fk(Person)
    extension = maybe_prose()
    fresh_from = maybe_words(10)
    accepted_at = maybe_instant()
    accepted_by = maybe_fk(Person)
    ended_at = maybe_instant()
    next_at = maybe_instant()


class Submission(Row, Table, tablename="rectification_submissions"):
    """What a party has sent to show that it has mended, and what staff said to it."""

    rectification = fk(Rectification)
    text = prose()
    at = instant()
    accepted = flag()
    answer = maybe_prose()
    answered_by = maybe_fk(Person)
    answered_at = maybe_instant()


class StandingProposal(Row, Table, tablename="standing_proposals"):
    """A standing that takes two people."""

    ref = words(40)
    party = fk(Supplier)
    wish = words(10)
    state = words(10)
    raised_at = instant()
    because = payload()  # codes and figures that asked for it
    rectification = maybe_fk(Rectification)
    reason = maybe_prose()
    proposed_by = maybe_fk(Person)
    proposed_at = maybe_instant()
    due_at = instant()
    decided_by = maybe_fk(Person)
    decided_at = maybe_instant()
    decision = maybe_prose()
    next_at = maybe_instant()


class StandingAppeal(Row, Table, tablename="standing_appeals"):
    """A party's objection to a verdict, once."""

    ref = words(40)
    verdict = fk(Verdict)
    party = fk(Supplier)
    state = words(10)
    text = prose()
    at = instant()
    due_at = instant()
    reviewed_by = maybe_fk(Person)
    reviewed_at = maybe_instant()
    decided_by = maybe_fk(Person)
    decided_at = maybe_instant()
    answer = maybe_prose()
    next_at = maybe_instant()


class PartyFile(Row, Table, tablename="standing_files"):
    """A photo or document that a party has sent; `subject`: `submission:3`, `appeal:4`."""

    subject = words(40)
    party = fk(Supplier)
    file = fk(StoredFile)
    at = instant()


class StandingStep(Row, Table, tablename="standing_steps"):
    """That those concerned were reminded of a date, once."""

    subject = words(40)
    step = words(10)
    date_at = instant()
    at = instant()


class WhiteMonth(Row, Table, tablename="white_months"):
    """That a month's proposals for the white list were made."""

    month = words(7)
    raised = whole()
    at = instant()


class NewSlot(Row, Table, tablename="product_slots"):
    """A place for a new product: the white list may ask for it first, then everybody."""

    ref = words(40)
    title = words(120)
    text = maybe_prose()
    white_until = instant()
    until = instant()
    made_by = fk(Person)
    made_at = instant()
    given_to = maybe_fk(Supplier)
    given_by = maybe_fk(Person)
    given_at = maybe_instant()


class SlotClaim(Row, Table, tablename="product_slot_claims"):
    """A party that wants the place; `first`: it asked from the white list, in its time."""

    slot = fk(NewSlot)
    party = fk(Supplier)
    text = prose()
    first = flag()
    at = instant()


class Incentive(Row, Table, tablename="incentives"):
    """Something good that a party on the white list was given, once in a month."""

    party = fk(Supplier)
    what = words(200)
    month = words(7)
    given_by = fk(Person)
    at = instant()


class OwnerRating(Row, Table, tablename="owner_ratings"):
    """An owner's marks (1 to 5) for goods and delivery of a line, once."""

    order_line = fk(OrderLine)
    order_of = fk(Order)
    product = fk(Product)
    store = fk(Store)
    supplier = fk(Supplier)
    goods = whole()
    delivery = whole()
    low = flag()
    text = maybe_prose()
    by = fk(Person)
    at = instant()


class RatingAnswer(Row, Table, tablename="rating_answers"):
    """What a low rating of goods, an owner's or a buyer's, was answered by its supplier or by staff.

    `source`: owner, buyer; `rating`: the row there.
    """

    source = words(8)
    rating = big()
    party = fk(Supplier)
    text = prose()
    person = maybe_fk(Person)  # empty: the supplier by its link
    at = instant()


INDEXES: tuple[str, ...] = (
    "CREATE UNIQUE INDEX assessment_criteria_version ON assessment_criteria (version)",
    "CREATE UNIQUE INDEX assessed_parties_one ON assessed_parties (party)",
    "CREATE INDEX assessed_parties_listed ON assessed_parties (kind, id)",
    "CREATE UNIQUE INDEX assessment_verdicts_ref ON assessment_verdicts (ref)",
    "CREATE INDEX assessment_verdicts_of ON assessment_verdicts (party, id)",
    "CREATE UNIQUE INDEX assessment_verdicts_day ON assessment_verdicts (party, day) WHERE origin = 'day'",
    "CREATE UNIQUE INDEX rectifications_ref ON rectifications (ref)",
    "CREATE UNIQUE INDEX rectifications_open ON rectifications (party) WHERE state IN ('ordered', 'answered', 'fresh')",
    "CREATE INDEX rectifications_of ON rectifications (party, id)",
    "CREATE INDEX rectifications_due ON rectifications (next_at) WHERE next_at IS NOT NULL",
    "CREATE UNIQUE INDEX submissions_waiting ON rectification_submissions (rectification) WHERE answered_at IS NULL",
    "CREATE UNIQUE INDEX standing_proposals_ref ON standing_proposals (ref)",
    "CREATE UNIQUE INDEX standing_proposals_open ON standing_proposals (party) WHERE state IN ('raised', 'proposed')",
    "CREATE INDEX standing_proposals_listed ON standing_proposals (state, id)",
    "CREATE INDEX standing_proposals_of ON standing_proposals (party, id)",
    "CREATE INDEX standing_proposals_due ON standing_proposals (next_at) WHERE next_at IS NOT NULL",
    "CREATE UNIQUE INDEX standing_appeals_ref ON standing_appeals (ref)",
    "CREATE UNIQUE INDEX standing_appeals_once ON standing_appeals (verdict)",
    "CREATE INDEX standing_appeals_of ON standing_appeals (party, id)",
    "CREATE INDEX standing_appeals_due ON standing_appeals (next_at) WHERE next_at IS NOT NULL",
    "CREATE INDEX standing_files_of ON standing_files (subject)",
    "CREATE UNIQUE INDEX standing_steps_once ON standing_steps (subject, step, date_at)",
    "CREATE UNIQUE INDEX white_months_once ON white_months (month)",
    "CREATE UNIQUE INDEX product_slots_ref ON product_slots (ref)",
    "CREATE UNIQUE INDEX product_slot_claims_once ON product_slot_claims (slot, party)",
    "CREATE UNIQUE INDEX incentives_once ON incentives (party, what, month)",
    "CREATE INDEX incentives_of ON incentives (party, id)",
    "CREATE UNIQUE INDEX owner_ratings_once ON owner_ratings (order_line)",
    "CREATE INDEX owner_ratings_of_order ON owner_ratings (order_of)",
    "CREATE INDEX owner_ratings_low ON owner_ratings (supplier, id) WHERE low",
    "CREATE UNIQUE INDEX rating_answers_once ON rating_answers (source, rating)",
)
