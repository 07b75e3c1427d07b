"""Links, their visits, the proof of bindings, and posters. Each was made under a decision of the gate."""

from piccolo.table import Table

from certification.rights.tables import Decision
from portal.core.base.rows import Row, fk, instant, maybe_fk, whole, words
from portal.core.base.tables import StoredFile
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


INDEXES = (
    "CREATE UNIQUE INDEX share_links_code ON share_links (code)",
    "CREATE UNIQUE INDEX share_links_one_invitation ON share_links (store) WHERE product IS NULL",
    "CREATE UNIQUE INDEX share_links_one_per_product ON share_links (store, product) WHERE product IS NOT NULL",
    "CREATE UNIQUE INDEX link_visits_day ON link_visits (link, day)",
    "CREATE UNIQUE INDEX binding_proofs_one_per_vip ON binding_proofs (vip)",
    "CREATE UNIQUE INDEX posters_digest ON posters (link, digest)",
)
