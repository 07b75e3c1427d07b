"""Authority in dated rows; proposals with their approvals; grants with their payment; voucher codes; reviews."""

from piccolo.table import Table

from portal.core.base.rows import (
    Row,
    fk,
    flag,
    instant,
    maybe_fk,
    maybe_instant,
    maybe_prose,
    maybe_whole,
    maybe_words,
    prose,
    whole,
    words,
)
from portal.core.people.tables import Person
from portal.service.complaints.tables import Complaint


class Authority(Row, Table, tablename="compensation_authorities"):
    """What a level may give alone from `since` on; of the rows for the same, the newest that has begun holds."""

    level = words(8)
    category = maybe_words(80)
    kind = maybe_words(12)
    limit_fen = maybe_whole()
    day_limit_fen = maybe_whole()
    since = instant()
    reason = words(500)
    made_by = fk(Person)
    made_at = instant()


class Proposal(Row, Table, tablename="compensation_proposals"):
    """What is proposed to a buyer. `value_fen`: what it costs; `own_day`: the day whose authority it was made on.

    `limit_fen` and `day_limit_fen` are the agent's authority when she made it; `needs`: how many approvals.
    """

    ref = words(32)
    complaint = fk(Complaint)
    round = whole()
    kind = words(12)
    amount_fen = whole(0)
    asked_fen = whole(0)
    value_fen = whole(0)
    category = words(80)
    said = prose()
    agent = fk(Person)
    level = words(8)
    limit_fen = whole()
    day_limit_fen = whole()
    own_day = maybe_words(10)
    needs = whole(0)
    why = maybe_words(20)
    ties = words(80)
    state = words(20)
    made_at = instant()
    due_at = maybe_instant()
    next_at = maybe_instant()
    sent_at = maybe_instant()
    answered_at = maybe_instant()
    ended_at = maybe_instant()
    ended_by = maybe_fk(Person)
    reason = maybe_prose()


class Approval(Row, Table, tablename="compensation_approvals"):
    """What somebody with the power to approve has said, once for each proposal."""

    proposal = fk(Proposal)
    person = fk(Person)
    approved = flag()
    amount_fen = whole(0)
    reason = maybe_prose()
    at = instant()


class ApprovalStep(Row, Table, tablename="compensation_approval_steps"):
    """A rung of a waiting approval's ladder that was climbed."""

    proposal = fk(Proposal)
    percent = whole()
    at = instant()


class Grant(Row, Table, tablename="compensation_grants"):
    """What the buyer has accepted: due until it is paid, once. `day`, `month`: the site's calendar."""

    ref = words(32)
    proposal = fk(Proposal)
    complaint = fk(Complaint)
    agent = fk(Person)
    kind = words(12)
    amount_fen = whole(0)
    value_fen = whole(0)
    category = words(80)
    day = words(10)
    month = words(7)
    alone = flag()
    state = words(8)
    granted_at = instant()
    late_at = maybe_instant()  # when it is told if it is not paid by then
    late_told_at = maybe_instant()
    paid_at = maybe_instant()
    confirmed_at = maybe_instant()
    payment_ref = maybe_words(80)
    via = maybe_words(8)
    off_at = maybe_instant()
    off_by = maybe_fk(Person)
    off_reason = maybe_prose()


class VoucherCode(Row, Table, tablename="compensation_vouchers"):
    """A code worth money, from the shop; given out once."""

    code = words(80)
    amount_fen = whole()
    expires_at = maybe_instant()
    added_at = instant()
    added_by = fk(Person)
    grant_of = maybe_fk(Grant)
    given_at = maybe_instant()


class GrantDraw(Row, Table, tablename="compensation_draws"):
    """That a month's grants were drawn from, how many of how many."""

    month = words(7)
    grants = whole()
    drawn = whole()
    at = instant()


class GrantReview(Row, Table, tablename="compensation_reviews"):
    """A drawn grant, and what another has found."""

    draw = fk(GrantDraw)
    grant_of = fk(Grant)
    found = maybe_words(12)
    note = maybe_prose()
    person = maybe_fk(Person)
    at = maybe_instant()


INDEXES: tuple[str, ...] = (
    "CREATE INDEX compensation_authorities_since ON compensation_authorities (since)",
    "CREATE UNIQUE INDEX compensation_proposals_ref ON compensation_proposals (ref)",
    (
        "CREATE UNIQUE INDEX compensation_proposals_open ON compensation_proposals (complaint, round)"
        " WHERE state IN ('awaiting_approval', 'sent')"
    ),
    (
        "CREATE INDEX compensation_proposals_used ON compensation_proposals (agent, own_day)"
        " WHERE own_day IS NOT NULL AND state IN ('sent', 'accepted')"
    ),
    "CREATE INDEX compensation_proposals_due ON compensation_proposals (due_at, id) WHERE state = 'awaiting_approval'",
    "CREATE INDEX compensation_proposals_next ON compensation_proposals (next_at) WHERE next_at IS NOT NULL",
    "CREATE UNIQUE INDEX compensation_approvals_once ON compensation_approvals (proposal, person)",
    "CREATE UNIQUE INDEX compensation_approval_steps_once ON compensation_approval_steps (proposal, percent)",
    "CREATE UNIQUE INDEX compensation_grants_ref ON compensation_grants (ref)",
    "CREATE UNIQUE INDEX compensation_grants_one ON compensation_grants (proposal)",
    "CREATE INDEX compensation_grants_month ON compensation_grants (month, id)",
    "CREATE INDEX compensation_grants_of_agent ON compensation_grants (agent, month, id)",
    "CREATE INDEX compensation_grants_due ON compensation_grants (granted_at, id) WHERE state = 'due'",
    "CREATE INDEX compensation_grants_late ON compensation_grants (late_at) WHERE late_at IS NOT NULL",
    "CREATE UNIQUE INDEX compensation_vouchers_code ON compensation_vouchers (code)",
    "CREATE UNIQUE INDEX compensation_vouchers_once ON compensation_vouchers (grant_of) WHERE grant_of IS NOT NULL",
    "CREATE INDEX compensation_vouchers_free ON compensation_vouchers (amount_fen, id) WHERE grant_of IS NULL",
    "CREATE UNIQUE INDEX compensation_draws_month ON compensation_draws (month)",
    "CREATE UNIQUE INDEX compensation_reviews_one ON compensation_reviews (grant_of)",
    "CREATE INDEX compensation_reviews_open ON compensation_reviews (id) WHERE at IS NULL",
)
