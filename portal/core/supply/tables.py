"""What is sold and by whom, as plain records that the shop keeps current."""

from piccolo.table import Table

from portal.core.base.rows import (
    Row,
    fk,
    flag,
    instant,
    maybe_instant,
    maybe_prose,
    maybe_words,
    payload,
    whole,
    words,
)


class Supplier(Row, Table, tablename="suppliers"):
    """A supplier of goods or a carrier."""

    external_id = words(80)
    name = words(120)
    kind = words(16)  # goods, carrier
    categories = payload()
    contact_name = maybe_words(80)
    contact_phone = maybe_words(32)
    contact_email = maybe_words(254)
    changed_at = instant()


class Product(Row, Table, tablename="products"):
    """A product as the shop sells it; `commission_bp` of the paid line price is the owner's."""

    external_id = words(80)
    title = words(200)
    price_fen = whole()
    commission_bp = whole()
    supplier = fk(Supplier)
    category = words(80)
    url = words(500)
    image_url = maybe_words(500)
    share_copy = maybe_prose()
    trial = flag()
    changed_at = instant()
    retired_at = maybe_instant()


class SupplierStanding(Row, Table, tablename="supplier_standings"):
    """How a supplier or carrier stands, from when to when. Judged above, read by the doors of sharing.

    `cause`: what brought it, as that room's reference (`verdict:17`).
    """

    supplier = fk(Supplier)
    standing = words(16)  # rules.Standing
    cause = words(80)
    since = instant()
    until = maybe_instant()


class SupplierClearance(Row, Table, tablename="supplier_clearances"):
    """Until when a supplier may sell what must be visited first, by its latest passed site visit."""

    supplier = fk(Supplier)
    cause = words(80)
    until = instant()
    at = instant()


INDEXES = (
    "CREATE UNIQUE INDEX suppliers_external_id ON suppliers (external_id)",
    "CREATE UNIQUE INDEX products_external_id ON products (external_id)",
    "CREATE INDEX products_listed ON products (id) WHERE retired_at IS NULL",
    "CREATE UNIQUE INDEX supplier_standings_one ON supplier_standings (supplier) WHERE until IS NULL",
    "CREATE INDEX supplier_standings_of ON supplier_standings (supplier, id)",
    "CREATE INDEX supplier_standings_now ON supplier_standings (standing, supplier) WHERE until IS NULL",
    "CREATE INDEX supplier_clearances_of ON supplier_clearances (supplier, until)",
)
