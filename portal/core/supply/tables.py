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


INDEXES = (
    "CREATE UNIQUE INDEX suppliers_external_id ON suppliers (external_id)",
    "CREATE UNIQUE INDEX products_external_id ON products (external_id)",
    "CREATE INDEX products_listed ON products (id) WHERE retired_at IS NULL",
)
