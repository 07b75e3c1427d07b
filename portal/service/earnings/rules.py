"""Whether a line earns, how much, when it becomes payable, and which entries bring the ledger there (mission D3)."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from portal.core.base.money import share_of
from portal.service.orders.rules import Status
from portal.service.returns import rules as returns
from portal.service.returns.rules import GoodsClass

LOOK_AGAIN = timedelta(hours=1)  # how soon a held line is looked at again
WITHOUT_LINK = "earn_without_link"  # the written setting's name


class Why(StrEnum):
    """Why a line earns or not; its words are `earnings.why.<code>`."""

    LINK = "link"
    BY_SETTING = "by_setting"
    NO_LINK = "no_link"
    FOREIGN_LINK = "foreign_link"
    RIGHT_AT_LINK = "right_at_link"
    RIGHT_AT_ORDER = "right_at_order"


EARNING = frozenset({Why.LINK, Why.BY_SETTING})


class State(StrEnum):
    """Where a line stands; its words are `earnings.state.<code>`."""

    NOTHING = "nothing"  # it does not earn
    UNPAID = "unpaid"
    PENDING = "pending"
    PAYABLE = "payable"
    REVERSED = "reversed"  # it had earned, and all of it went back


class Account(StrEnum):
    """The three accounts: the platform's cost, and what of it is an owner's, not yet and already payable."""

    EXPENSE = "commission_expense"
    PENDING = "owner_pending"
    PAYABLE = "owner_payable"


class Kind(StrEnum):
    """What a transaction does."""

    ACCRUE = "accrue"  # the line's first earning
    ADJUST = "adjust"  # more, because more of it stays paid than was thought
    RELEASE = "release"  # from pending to payable
    REVERSE = "reverse"  # less: refunded, cancelled, taken out, or it no longer earns


class Cause(StrEnum):
    """What made a transaction; its words are `earnings.cause.<code>`."""

    PAID = "paid"
    CHANGED = "changed"
    WINDOW = "window"
    REFUND = "refund"
    CANCELLED = "cancelled"
    REMOVED = "removed"
    VERDICT = "verdict"  # the shop named another link


@dataclass(frozen=True, slots=True)
class Through:
    """The link that the shop named: whose it is, and whether the right held when it was made."""

    of_store: bool
    right_when_made: bool


def verdict(link: Through | None, *, right_when_ordered: bool, without_link: bool) -> Why:
    """Whether a line earns, and why: the written rule, and no other.

    A line earns if the right held when its link was made and when it was ordered. Without a link of her own store
    (a foreign one counts as none) it earns only where the written setting says so and the right held at the order.
    """
    if link is not None and link.of_store:
        if not link.right_when_made:
            return Why.RIGHT_AT_LINK
        return Why.LINK if right_when_ordered else Why.RIGHT_AT_ORDER
    if not without_link:
        return Why.NO_LINK if link is None else Why.FOREIGN_LINK
    return Why.BY_SETTING if right_when_ordered else Why.RIGHT_AT_ORDER


@dataclass(frozen=True, slots=True)
class LineNow:
    """A line as it is now; money in fen, the rate in basis points; `payable_from` None: not delivered yet."""

    why: Why
    bp: int
    paid_fen: int
    refunded_fen: int
    status: Status
    removed: bool
    payable_from: datetime | None


@dataclass(frozen=True, slots=True)
class Booked:
    """What is booked of a line; `released`: it has become payable once, and whatever it earns now is payable."""

    pending_fen: int = 0
    payable_fen: int = 0
    reversed_fen: int = 0
    released: bool = False
    moves: int = 0

    @property
    def total_fen(self) -> int:
        return self.pending_fen + self.payable_fen


@dataclass(frozen=True, slots=True)
class Entry:
    """So many fen into an account (or out of it); the entries of a transaction sum to nought."""

    account: Account
    fen: int


@dataclass(frozen=True, slots=True)
class Move:
    """A transaction of a line: `number` counts its moves, `fen` is what it moves and always more than nought."""

    number: int
    kind: Kind
    cause: Cause
    fen: int
    entries: tuple[Entry, Entry]


@dataclass(frozen=True, slots=True)
class Settled:
    """What is to be posted, what stands booked then, and when to look again though nothing happens."""

    moves: tuple[Move, ...]
    booked: Booked
    state: State
    look_at: datetime | None


def amount(line: LineNow) -> int:
    """What a line brings as it is now, in fen: its rate of what stays paid, rounded once."""
    if line.why not in EARNING or line.status is Status.PLACED or _gone(line) is not None:
        return 0
    return share_of(max(line.paid_fen - line.refunded_fen, 0), line.bp)


def _gone(line: LineNow) -> Cause | None:
    """Why nothing of a line stays, if so."""
    if line.removed:
        return Cause.REMOVED
    return {Status.CANCELLED: Cause.CANCELLED, Status.REFUNDED: Cause.REFUND}.get(line.status)


def window_days(goods: GoodsClass) -> int:
    """Days from delivery in which a buyer may send these goods back, for whatever reason she has the longest."""
    kinds = (returns.Kind.RETURN, returns.Kind.REFUND)
    return max(returns.window_days(goods, kind, reason) or 0 for kind in kinds for reason in returns.REASONS[kind])


def release_at(delivered_at: datetime, goods: GoodsClass, zone: ZoneInfo) -> datetime:
    """The first second after a line's return window, whose last day is whole where the site is."""
    return returns.window_end(delivered_at, window_days(goods), zone).astimezone(UTC) + timedelta(seconds=1)


_DELIVERED = frozenset({Status.DELIVERED, Status.COMPLETED})


def delivery(status: Status, told: datetime | None, known: datetime | None, updated_at: datetime) -> datetime | None:
    """The moment from which the window runs: the shop's word, else what we knew, else when it first said delivered."""
    return told or known or (updated_at if status in _DELIVERED else None)


def settle(line: LineNow, booked: Booked, *, held: bool, now: datetime) -> Settled:
    """Bring a line to where it should be. On what is settled already it posts nothing."""
    wanted, moves = amount(line), []
    if wanted != booked.total_fen:
        moves.append(_change(line, booked, wanted))
        booked = _after(booked, moves[-1])
    due = line.payable_from
    if due is not None and due <= now and not held and booked.pending_fen > 0:
        moves.append(_release(booked))
        booked = _after(booked, moves[-1])
    look_at = None
    if booked.pending_fen > 0 and due is not None:
        look_at = due if due > now else now + LOOK_AGAIN
    return Settled(tuple(moves), booked, _state(line, booked), look_at)


def _change(line: LineNow, booked: Booked, wanted: int) -> Move:
    delta = wanted - booked.total_fen
    account = Account.PAYABLE if booked.released else Account.PENDING
    entries = (Entry(Account.EXPENSE, -delta), Entry(account, delta))
    if delta < 0:
        return Move(booked.moves + 1, Kind.REVERSE, _loss(line), -delta, entries)
    first = booked.moves == 0
    kind, cause = (Kind.ACCRUE, Cause.PAID) if first else (Kind.ADJUST, Cause.CHANGED)
    return Move(booked.moves + 1, kind, cause, delta, entries)


def _loss(line: LineNow) -> Cause:
    if line.why not in EARNING:
        return Cause.VERDICT
    return _gone(line) or (Cause.REFUND if line.refunded_fen else Cause.CHANGED)


def _release(booked: Booked) -> Move:
    fen = booked.pending_fen
    entries = (Entry(Account.PENDING, -fen), Entry(Account.PAYABLE, fen))
    return Move(booked.moves + 1, Kind.RELEASE, Cause.WINDOW, fen, entries)


def _after(booked: Booked, move: Move) -> Booked:
    moved = {entry.account: entry.fen for entry in move.entries}
    return Booked(
        pending_fen=booked.pending_fen + moved.get(Account.PENDING, 0),
        payable_fen=booked.payable_fen + moved.get(Account.PAYABLE, 0),
        reversed_fen=booked.reversed_fen + (move.fen if move.kind is Kind.REVERSE else 0),
        released=booked.released or move.kind is Kind.RELEASE,
        moves=move.number,
    )


def _state(line: LineNow, booked: Booked) -> State:
    if booked.pending_fen > 0:
        return State.PENDING
    if booked.payable_fen > 0:
        return State.PAYABLE
    if booked.reversed_fen > 0:
        return State.REVERSED
    unpaid = line.status is Status.PLACED and line.why in EARNING and not line.removed
    return State.UNPAID if unpaid else State.NOTHING
