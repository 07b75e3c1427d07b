"""What each order line earns, and the ledger: a line's transactions, each with entries that sum to nought."""

from piccolo.table import Table

from certification.rights.tables import Decision
from portal.core.base.rows import Row, big, fk, flag, instant, maybe_fk, maybe_instant, whole, words
from portal.core.stores.tables import Store
from portal.service.orders.tables import OrderLine
from portal.service.sharing.tables import ShareLink


class EarningLine(Row, Table, tablename="earning_lines"):
    """Where an order line's earning stands. The verdict (`why`) is reckoned anew only for another link or order day."""

    order_line = fk(OrderLine)
    store = fk(Store)
    link = maybe_fk(ShareLink)
    decision = maybe_fk(Decision)  # the gate's at the moment of the order
    placed_at = instant()
    why = words(20)
    bp = whole()
    state = words(12)
    pending_fen = big(0)
    payable_fen = big(0)
    reversed_fen = big(0)
    released = flag()
    moves = whole(0)
    delivered_at = maybe_instant()
    release_at = maybe_instant()
    look_at = maybe_instant()  # when the sweep looks at it
    at = instant()


class LedgerTransaction(Row, Table, tablename="ledger_transactions"):
    """A move of a line's earning; `number` counts the line's moves. Append-only."""

    line = fk(EarningLine)
    store = fk(Store)
    number = whole()
    kind = words(8)
    cause = words(12)
    fen = big()
    at = instant()
    month = words(7)  # where the site is


class LedgerEntry(Row, Table, tablename="ledger_entries"):
    """So many fen into an account or out of it. Append-only."""

    move = fk(LedgerTransaction)
    account = words(20)
    store = fk(Store)
    fen = big()
    month = words(7)


INDEXES = (
    "CREATE UNIQUE INDEX earning_lines_once ON earning_lines (order_line)",
    "CREATE INDEX earning_lines_listed ON earning_lines (store, id)",
    "CREATE INDEX earning_lines_by_state ON earning_lines (store, state, id)",
    "CREATE INDEX earning_lines_due ON earning_lines (look_at, id) WHERE look_at IS NOT NULL",
    "CREATE UNIQUE INDEX ledger_transactions_once ON ledger_transactions (line, number)",
    "CREATE INDEX ledger_transactions_listed ON ledger_transactions (store, month, id)",
    "CREATE INDEX ledger_transactions_sums ON ledger_transactions (store, month, kind, fen)",
    "CREATE INDEX ledger_transactions_months ON ledger_transactions (month, kind, fen)",
    "CREATE INDEX ledger_entries_sums ON ledger_entries (store, month, account, fen)",
    "CREATE INDEX ledger_entries_months ON ledger_entries (month, account, fen)",
)
