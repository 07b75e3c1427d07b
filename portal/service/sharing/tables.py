"""Links, their visits, the proof of bindings, posters; and what keeps sharing truthful: reports, samples, pauses."""

from piccolo.table import Table

from certification.rights.tables import Decision, Violation
from courses.catalogue.tables import Course
from portal.core.base.rows import (
    Row,
    fk,
    instant,
    maybe_fk,
    maybe_instant,
    maybe_prose,
    maybe_words,
    prose,
    whole,
    words,
)
from portal.core.base.tables import StoredFile
from portal.core.people.tables import Person
from portal.core.stores.tables import Store, Vip
from portal.core.supply.tables import Product


class ShareLink(Row, Table, tablename="share_links"):
    """A store's invitation (no product) or a product's link, with the decision that allowed it."""

    code = words(32)
    store = fk(Store)
    product = maybe_fk(Product)
    made_at = instant()
    decision = fk(Decision)


class LinkVisits(Row, Table, tablename="link_visits"):
    """How often a link was opened on a day; nobody is tracked."""

    link = fk(ShareLink)
    day = words(10)
    visits = whole(0)


class BindingProof(Row, Table, tablename="binding_proofs"):
    """Why a buyer is this store's VIP: through which link, under which decision."""

    vip = fk(Vip)
    link = maybe_fk(ShareLink)
    decision = fk(Decision)
    at = instant()


class Poster(Row, Table, tablename="posters"):
    """A rendered poster, kept by what it shows: it is drawn anew when that changes."""

    link = fk(ShareLink)
    digest = words(64)
    file = fk(StoredFile)
    made_at = instant()


class ShareReport(Row, Table, tablename="share_reports"):
    """Somebody says that a share misled. `ref` opens its state to the reporter; what she wrote can be erased."""

    ref = words(32)
    link = fk(ShareLink)
    store = fk(Store)
    product = maybe_fk(Product)
    what = words(20)
    text = prose()
    seen_where = maybe_words(120)  # in her words
    contact = maybe_words(120)
    source = words(8)  # visitor, sample, staff
    reporter = maybe_fk(Person)
    at = instant()
    state = words(10)  # open, proposed, upheld, dismissed
    violation = maybe_fk(Violation)
    decided_by = maybe_fk(Person)
    decided_at = maybe_instant()
    answer = maybe_prose()


class ReportPhoto(Row, Table, tablename="share_report_photos"):
    """A picture that came with a report, drawn anew."""

    report = fk(ShareReport)
    file = fk(StoredFile)
    position = whole()


class SampleDraw(Row, Table, tablename="share_sample_draws"):
    """A week's drawing of links to look at; the same seed over the same links draws the same again."""

    week = words(10)  # its Monday
    seed = words(32)
    candidates = whole()
    drawn = whole()
    at = instant()


class ShareSample(Row, Table, tablename="share_samples"):
    """A drawn link, until a person has looked at how it is shared. `weight` is how likely it was, in parts of all."""

    draw = fk(SampleDraw)
    link = fk(ShareLink)
    store = fk(Store)
    weight = whole(1)
    state = words(12)  # open, truthful, misleading, unseen
    note = maybe_prose()
    checked_by = maybe_fk(Person)
    checked_at = maybe_instant()
    report = maybe_fk(ShareReport)


class SharePause(Row, Table, tablename="share_pauses"):
    """A product that nobody may share for a time; `returned` of `delivered` is what it was paused for."""

    product = fk(Product)
    cause = words(16)  # early_returns, admin
    reason = maybe_prose()
    returned = whole(0)
    delivered = whole(0)
    since = instant()
    made_by = maybe_fk(Person)
    ended_at = maybe_instant()
    ended_by = maybe_fk(Person)
    end_reason = maybe_prose()


class ProductLesson(Row, Table, tablename="product_lessons"):
    """The course that an owner finishes before she shares a product on trial."""

    product = fk(Product)
    course = fk(Course)
    set_by = maybe_fk(Person)
    set_at = instant()
    ended_at = maybe_instant()


INDEXES = (
    "CREATE UNIQUE INDEX share_links_code ON share_links (code)",
    "CREATE UNIQUE INDEX share_links_one_invitation ON share_links (store) WHERE product IS NULL",
    "CREATE UNIQUE INDEX share_links_one_per_product ON share_links (store, product) WHERE product IS NOT NULL",
    "CREATE UNIQUE INDEX link_visits_day ON link_visits (link, day)",
    "CREATE UNIQUE INDEX binding_proofs_one_per_vip ON binding_proofs (vip)",
    "CREATE UNIQUE INDEX posters_digest ON posters (link, digest)",
    "CREATE UNIQUE INDEX share_reports_ref ON share_reports (ref)",
    "CREATE INDEX share_reports_by_state ON share_reports (state, id)",
    "CREATE UNIQUE INDEX share_report_photos_place ON share_report_photos (report, position)",
    "CREATE UNIQUE INDEX share_sample_draws_week ON share_sample_draws (week)",
    "CREATE UNIQUE INDEX share_samples_one ON share_samples (draw, link)",
    "CREATE INDEX share_samples_by_state ON share_samples (state, id)",
    "CREATE UNIQUE INDEX share_pauses_current ON share_pauses (product) WHERE ended_at IS NULL",
    "CREATE UNIQUE INDEX product_lessons_current ON product_lessons (product) WHERE ended_at IS NULL",
)
