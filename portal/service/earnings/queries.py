"""Earnings as their owner, the order page and the admins read them. Call inside a door."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from portal.core.base.database import lasting
from portal.core.web.paging import Cut, Page, paged
from portal.service.earnings import ledger
from portal.service.earnings.months import MonthSums, closed_before, sums_of, year_to
from portal.service.earnings.rules import Account, Cause, Kind, State, Why
from portal.service.earnings.tables import EarningLine, LedgerTransaction

BEYOND = 2**62


@dataclass(frozen=True, slots=True)
class LineEarning:
    """What an order line brings, why, and from when it is payable; money in fen. `held`: something open keeps it."""

    id: int
    order_line: int
    number: str
    title: str
    placed_at: datetime
    paid_fen: int
    refunded_fen: int
    bp: int
    why: Why
    state: State
    pending_fen: int
    payable_fen: int
    reversed_fen: int
    release_at: datetime | None
    decision_id: int | None
    held: bool = False

    @property
    def total_fen(self) -> int:
        return self.pending_fen + self.payable_fen


_LINE = (
    "SELECT e.id, e.order_line, o.number, l.title, e.placed_at, l.paid_fen, l.refunded_fen, e.bp, e.why, e.state,"
    " e.pending_fen, e.payable_fen, e.reversed_fen, e.release_at, e.decision AS decision_id"
    " FROM earning_lines e JOIN order_lines l ON l.id = e.order_line JOIN orders o ON o.id = l.order_of"
)


def _line(row: dict[str, Any], held: Collection[int]) -> LineEarning:
    why, state = Why(row.pop("why")), State(row.pop("state"))
    return LineEarning(why=why, state=state, held=row["order_line"] in held, **row)


async def _lines(sql: str, *values: object) -> list[LineEarning]:
    rows = await EarningLine.raw(sql, *values)
    held = await ledger.held([row["order_line"] for row in rows if row["state"] == State.PENDING])
    return [_line(dict(row), held) for row in rows]


async def lines_of(store_id: int, cut: Cut, state: State | None = None) -> Page[LineEarning]:
    """A store's order lines, the newest first.

    Compared as whole keys, because PostgreSQL would else go through every store's lines by id: a store that sold much
    once, and nothing of late, is then read from the wrong end.
    """
    of: dict[str, object] = {"e.store": store_id} | ({"e.state": str(state)} if state is not None else {})
    key, places = ", ".join([*of, "e.id"]), ", ".join(["{}"] * (len(of) + 1))
    order = ", ".join(f"{name} DESC" for name in (*of, "e.id"))
    sql = f"{_LINE} WHERE ({key}) < ({places}) AND ({key}) > ({places}) ORDER BY {order} LIMIT {{}}"
    found = await _lines(sql, *of.values(), cut.after or BEYOND, *of.values(), 0, cut.fetch)
    return paged(found, cut, lambda line: line.id)


async def lines_of_order(order_id: int) -> list[LineEarning]:
    """What each line of an order brings."""
    return await _lines(f"{_LINE} WHERE l.order_of = {{}} ORDER BY e.id LIMIT 200", order_id)


@dataclass(frozen=True, slots=True)
class Balances:
    """What is an owner's at a moment, in fen: not yet payable, and payable in all so far."""

    pending_fen: int = 0
    payable_fen: int = 0

    @property
    def total_fen(self) -> int:
        return self.pending_fen + self.payable_fen

    def __add__(self, other: "Balances") -> "Balances":
        return Balances(self.pending_fen + other.pending_fen, self.payable_fen + other.payable_fen)


async def pending_fen(store_id: int) -> int:
    """What of a store's earnings is not payable yet: a sum over its open lines, however many were settled."""
    rows = await EarningLine.raw(
        "SELECT coalesce(sum(pending_fen), 0) AS fen FROM earning_lines WHERE store = {} AND state = {}",
        store_id,
        str(State.PENDING),
    )
    return int(rows[0]["fen"])


async def balances_before(store_id: int, month: str, at: datetime) -> Balances:
    """A store's balances as a month began."""
    return (await _opening([store_id], month, at))[store_id]


async def balances_of(store_ids: Sequence[int], at: datetime) -> dict[int, Balances]:
    """The balances of several stores by their ids: as the last closed month left them, and what came since."""
    if not store_ids:
        return {}
    closed = closed_before(at)
    opening, since = await _opening(store_ids, closed, at), await _sums(store_ids, "month >= {}", closed)
    return {store_id: opening[store_id] + since[store_id] for store_id in store_ids}


async def _opening(store_ids: Sequence[int], month: str, at: datetime) -> dict[int, Balances]:
    """Balances as a month began; those before closed months never change again, and are kept."""
    lasts = month <= closed_before(at)

    async def load(missing: list[int]) -> dict[int, tuple[Balances, bool]]:
        return {store: (found, lasts) for store, found in (await _sums(missing, "month < {}", month)).items()}

    return await lasting("earnings.opening", store_ids, month, load)


async def _sums(store_ids: Sequence[int], which: str, month: str) -> dict[int, Balances]:
    marks = ", ".join("{}" for _ in store_ids)
    rows = await EarningLine.raw(
        f"SELECT store, account, sum(fen) AS fen FROM ledger_entries WHERE store IN ({marks}) AND {which}"  # noqa: S608
        " GROUP BY store, account",
        *store_ids,
        month,
    )
    sums = {(row["store"], row["account"]): int(row["fen"]) for row in rows}
    return {
        store_id: Balances(sums.get((store_id, Account.PENDING), 0), sums.get((store_id, Account.PAYABLE), 0))
        for store_id in store_ids
    }


async def months(last: date, at: datetime, store_id: int | None = None) -> list[MonthSums]:
    """The sums of the twelve months that end with this one, the oldest first; of all stores where none is named.

    Closed months are summed once: nothing is booked in them any more.
    """
    wanted, everybody, border = year_to(last), 0, closed_before(at)
    closed = [month for month in wanted if month < border]

    async def load(_: list[int]) -> dict[int, tuple[dict[str, MonthSums], bool]]:
        return {store_id or everybody: (await _month_sums(closed, store_id), True)}

    span = f"{closed[0]} {closed[-1]}" if closed else ""
    kept = (await lasting("earnings.months", [store_id or everybody], span, load))[store_id or everybody]
    found = kept | await _month_sums(wanted[len(closed) :], store_id)
    return [found[month] for month in wanted]


async def _month_sums(wanted: list[str], store_id: int | None) -> dict[str, MonthSums]:
    if not wanted:
        return {}
    marks = ", ".join("{}" for _ in wanted)
    where, values = f"month IN ({marks})", list[object](wanted)
    if store_id is not None:
        where, values = f"store = {{}} AND {where}", [store_id, *values]
    kinds = await EarningLine.raw(
        f"SELECT month, kind, sum(fen) AS fen FROM ledger_transactions WHERE {where} GROUP BY month, kind",  # noqa: S608
        *values,
    )
    payable = await EarningLine.raw(
        f"SELECT month, sum(fen) AS fen FROM ledger_entries WHERE {where} AND account = {{}} GROUP BY month",  # noqa: S608
        *values,
        str(Account.PAYABLE),
    )
    settled = {row["month"]: int(row["fen"]) for row in payable}
    by_kind: dict[str, list[tuple[Kind, int]]] = {month: [] for month in wanted}
    for row in kinds:
        by_kind[row["month"]].append((Kind(row["kind"]), int(row["fen"])))
    return {month: sums_of(month, by_kind[month], settled.get(month, 0)) for month in wanted}


@dataclass(frozen=True, slots=True)
class Entry:
    """A transaction as a statement lists it; `fen` is signed as it changes what is the owner's (a release: nought)."""

    id: int
    at: datetime
    kind: Kind
    cause: Cause
    fen: int
    number: str
    title: str


_ENTRY = (
    "SELECT t.id, t.at, t.kind, t.cause, t.fen, o.number, l.title FROM ledger_transactions t"
    " JOIN earning_lines e ON e.id = t.line JOIN order_lines l ON l.id = e.order_line"
    " JOIN orders o ON o.id = l.order_of"
    " WHERE t.store = {} AND t.month = {} AND t.id > {} ORDER BY t.id LIMIT {}"
)


async def entries(store_id: int, month: str, cut: Cut) -> Page[Entry]:
    """A month's transactions of a store, the oldest first."""
    rows = await LedgerTransaction.raw(_ENTRY, store_id, month, cut.after, cut.fetch)
    found = [Entry(kind=Kind(row.pop("kind")), cause=Cause(row.pop("cause")), **row) for row in map(dict, rows)]
    return paged(found, cut, lambda entry: entry.id)


@dataclass(frozen=True, slots=True)
class Ready:
    """A store in whose month something was booked, and what is to be settled for it, in fen."""

    store_id: int
    owner_id: int
    payable_fen: int


_READY = (
    "SELECT s.id AS store_id, s.owner AS owner_id, (SELECT coalesce(sum(e.fen), 0) FROM ledger_entries e"
    " WHERE e.store = s.id AND e.month = {} AND e.account = {}) AS payable_fen FROM stores s WHERE s.id > {}"
    " AND EXISTS (SELECT 1 FROM ledger_transactions t WHERE t.store = s.id AND t.month = {}) ORDER BY s.id LIMIT {}"
)


async def ready_statements(month: str, after: int, limit: int) -> list[Ready]:
    """The next stores behind `after` that have a statement of this month."""
    rows = await LedgerTransaction.raw(_READY, month, str(Account.PAYABLE), after, month, limit)
    return [Ready(row["store_id"], row["owner_id"], int(row["payable_fen"])) for row in rows]


@dataclass(frozen=True, slots=True)
class Check:
    """Whether the ledger adds up: transactions whose entries do not sum to nought, stores whose lines say otherwise."""

    transactions: int
    unbalanced: int
    apart: int

    @property
    def whole(self) -> bool:
        return self.unbalanced == 0 and self.apart == 0


_UNBALANCED = (
    "SELECT count(*) AS n FROM (SELECT t.id FROM ledger_transactions t LEFT JOIN ledger_entries e ON e.move = t.id"
    " GROUP BY t.id HAVING coalesce(sum(e.fen), 1) <> 0) x"
)
_APART = (
    "SELECT count(*) AS n FROM (SELECT store FROM (SELECT store, pending_fen AS pending, payable_fen AS payable"
    " FROM earning_lines UNION ALL SELECT store, CASE account WHEN 'owner_pending' THEN -fen ELSE 0 END,"
    " CASE account WHEN 'owner_payable' THEN -fen ELSE 0 END FROM ledger_entries) b"
    " GROUP BY store HAVING sum(pending) <> 0 OR sum(payable) <> 0) x"
)


async def balance_check() -> Check:
    """Look through the whole ledger. Long: take `reading(long=True)`."""
    unbalanced, apart = await LedgerTransaction.raw(_UNBALANCED), await LedgerTransaction.raw(_APART)
    return Check(await LedgerTransaction.count(), int(unbalanced[0]["n"]), int(apart[0]["n"]))
