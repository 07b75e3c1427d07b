"""Who saw whose number and why, and which buyers were erased."""

from piccolo.table import Table

from portal.core.base.rows import Row, big, fk, flag, instant, maybe_fk, maybe_words, whole, words
from portal.core.people.tables import Person
from portal.core.stores.tables import Store, Vip


class Reveal(Row, Table, tablename="reveals"):
    """A buyer's phone or address shown to somebody; `in_hour` counts her reveals of the hour before, this one too."""

    person = fk(Person)
    kind = words(8)  # order, vip
    subject_id = big()
    vip = fk(Vip)
    store = fk(Store)
    own = flag()  # of the viewer's own store
    reason = words(20)
    note = maybe_words(300)
    in_hour = whole(1)
    at = instant()


class Erasure(Row, Table, tablename="erasures"):
    """A buyer whose personal data was erased. What the shop tells of her afterwards is erased as it comes."""

    ref = words(32)
    vip = fk(Vip)
    reason = words(20)
    by_person = maybe_fk(Person)
    at = instant()


INDEXES = (
    "CREATE INDEX reveals_of_person ON reveals (person, at)",
    "CREATE UNIQUE INDEX erasures_one ON erasures (vip)",
    "CREATE UNIQUE INDEX erasures_ref ON erasures (ref)",
)
