"""What made-up orders bring their owners, written by the database itself: every line stands where settling puts it."""

from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta

from portal.core.base.clock import local, site_zone
from portal.core.base.database import DB
from portal.core.base.money import share_of
from portal.service.earnings.months import month_of
from portal.service.earnings.rules import Account, Cause, Kind, State, Why, release_at
from portal.service.returns.rules import GoodsClass


async def newest() -> tuple[int, int]:
    """The newest order line and the newest ledger transaction: what is written after them belongs to a batch."""
    rows = await DB.fetch(
        "SELECT (SELECT coalesce(max(id), 0) FROM order_lines) AS line,"
        " (SELECT coalesce(max(id), 0) FROM ledger_transactions) AS move",
        [],
    )
    return int(rows[0]["line"]), int(rows[0]["move"])


async def settle(after: tuple[int, int], price_fen: int, bp: int, at: datetime) -> None:
    """Reckon and book the order lines behind `after`, all of the same price and rate, in the caller's transaction.

    What was paid was booked on the day of the order, and became payable when the return window was over.
    """
    line, move = after
    days = await _days(line)
    if not days:
        return
    fen = share_of(price_fen, bp)
    await DB.fetch(_lines_sql(days, fen, bp, at), [line, at])
    earned = await DB.fetch(f"SELECT count(*) AS n FROM earning_lines WHERE order_line > {line} AND moves > 0", [])  # noqa: S608
    if not earned[0]["n"]:
        return
    accrued = f"e.placed_at, {_day(days, 'e.placed_at', 'month')}"
    await DB.fetch(_move_sql(1, Kind.ACCRUE, Cause.PAID, accrued, fen, line), [])
    released = f"e.release_at, {_day(days, 'e.delivered_at', 'over_month')}"
    await DB.fetch(_move_sql(2, Kind.RELEASE, Cause.WINDOW, released, fen, line), [])
    await DB.fetch(_entries_sql(move), [])


async def _days(line: int) -> list[date]:
    """The days of the site's calendar that the lines behind this one fall on."""
    rows = await DB.fetch(
        "SELECT min(o.placed_at) AS first, max(coalesce(o.delivered_at, o.placed_at)) AS last"  # noqa: S608
        f" FROM order_lines l JOIN orders o ON o.id = l.order_of WHERE l.id > {line}",
        [],
    )
    if rows[0]["first"] is None:
        return []
    first, last = (local(_instant(rows[0][name])).date() for name in ("first", "last"))
    return [first + timedelta(days=number) for number in range((last - first).days + 1)]


def _instant(told: datetime | str) -> datetime:
    return told if isinstance(told, datetime) else datetime.fromisoformat(told)


def _stored(instant: datetime) -> str:
    """A moment as SQL, of the kind that the connected database keeps."""
    text = f"'{instant.astimezone(UTC):%Y-%m-%d %H:%M:%S+00:00}'"
    return f"CAST({text} AS timestamptz)" if DB.engine_type == "postgres" else text


def _start(day: date) -> datetime:
    return datetime.combine(day, time(), site_zone())


def _over(day: date) -> datetime:
    """When what was delivered on a day becomes payable."""
    return release_at(_start(day), GoodsClass.ORDINARY, site_zone())


def _day(days: list[date], moment: str, wanted: str) -> str:
    """A CASE over the days: of the one that `moment` falls on its month, or the end of its return window."""
    words: Callable[[date], str] = {
        "month": lambda day: f"'{month_of(day)}'",
        "over": lambda day: _stored(_over(day)),
        "over_month": lambda day: f"'{month_of(local(_over(day)).date())}'",
    }[wanted]
    spans = _spans(days, words)
    cases = " ".join(f"WHEN {moment} < {_stored(_start(day + timedelta(days=1)))} THEN {text}" for day, text in spans)
    return f"CASE WHEN {moment} IS NULL THEN NULL {cases} END"


def _spans(days: list[date], words: Callable[[date], str]) -> list[tuple[date, str]]:
    """The last day of each run of days that have the same words."""
    told = [(day, words(day)) for day in days]
    return [one for one, after in zip(told, [*told[1:], None], strict=True) if after is None or after[1] != one[1]]


def _lines_sql(days: list[date], fen: int, bp: int, at: datetime) -> str:
    """Every line of the batch through its link, by the gate's decision of the moment when it was ordered."""
    held = "g.may_share AND (g.valid_until IS NULL OR o.placed_at < g.valid_until)"
    why = f"CASE WHEN o.link IS NULL THEN '{Why.NO_LINK}' WHEN {held} THEN '{Why.LINK}' ELSE '{Why.RIGHT_AT_ORDER}' END"
    decision = f"CASE WHEN {held} THEN g.id END"
    decided = "(SELECT max(x.id) FROM gate_decisions x WHERE x.store = o.store AND x.decided_at <= o.placed_at)"
    given = (
        "SELECT l.id AS order_line, o.store, o.link, o.placed_at, o.delivered_at, o.status,"  # noqa: S608
        f" {why} AS why, {decision} AS decision, {_day(days, 'o.delivered_at', 'over')} AS release_at"
        " FROM order_lines l JOIN orders o ON o.id = l.order_of"
        f" LEFT JOIN gate_decisions g ON g.id = {decided} WHERE l.id > {_place(1)}"
    )
    earns = f"r.why = '{Why.LINK}' AND r.status <> 'placed'"
    over = f"r.release_at IS NOT NULL AND r.release_at <= {_stored(at)}"
    state = (
        f"CASE WHEN r.why <> '{Why.LINK}' THEN '{State.NOTHING}' WHEN r.status = 'placed' THEN '{State.UNPAID}'"
        f" WHEN {over} THEN '{State.PAYABLE}' ELSE '{State.PENDING}' END"
    )
    yes, no = ("true", "false") if DB.engine_type == "postgres" else ("1", "0")
    return (
        "INSERT INTO earning_lines (order_line, store, link, decision, placed_at, why, bp, state, pending_fen,"  # noqa: S608
        " payable_fen, reversed_fen, released, moves, delivered_at, release_at, look_at, at)"
        f" SELECT r.order_line, r.store, r.link, r.decision, r.placed_at, r.why, {bp}, {state},"
        f" CASE WHEN {earns} AND NOT ({over}) THEN {fen} ELSE 0 END, CASE WHEN {earns} AND {over} THEN {fen} ELSE 0"
        f" END, 0, CASE WHEN {earns} AND {over} THEN {yes} ELSE {no} END,"
        f" CASE WHEN {earns} THEN CASE WHEN {over} THEN 2 ELSE 1 END ELSE 0 END, r.delivered_at, r.release_at,"
        f" CASE WHEN {earns} AND NOT ({over}) THEN r.release_at END, {_place(2)} FROM ({given}) r"
    )


def _move_sql(number: int, kind: Kind, cause: Cause, at_and_month: str, fen: int, line: int) -> str:
    return (
        "INSERT INTO ledger_transactions (line, store, number, kind, cause, fen, at, month)"  # noqa: S608
        f" SELECT e.id, e.store, {number}, '{kind}', '{cause}', {fen}, {at_and_month} FROM earning_lines e"
        f" WHERE e.order_line > {line} AND e.moves >= {number} ORDER BY e.placed_at"
    )


def _entries_sql(move: int) -> str:
    """Two entries for each transaction behind `move`, which sum to nought."""
    into = f"CASE t.kind WHEN '{Kind.ACCRUE}' THEN '{Account.PENDING}' ELSE '{Account.PAYABLE}' END"
    out = f"CASE t.kind WHEN '{Kind.ACCRUE}' THEN '{Account.EXPENSE}' ELSE '{Account.PENDING}' END"
    sides = f"(SELECT 1 AS side UNION ALL SELECT -1) s WHERE t.id > {move}"
    return (
        "INSERT INTO ledger_entries (move, account, store, fen, month) SELECT t.id,"  # noqa: S608
        f" CASE s.side WHEN 1 THEN {into} ELSE {out} END, t.store, s.side * t.fen, t.month"
        f" FROM ledger_transactions t CROSS JOIN {sides}"
    )


def _place(number: int) -> str:
    return f"${number}" if DB.engine_type == "postgres" else f"?{number}"
