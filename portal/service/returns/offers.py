"""What may be asked of an order now, line by line, and how much. Pure."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from portal.service.returns.rules import (
    ALLOWANCE_SHARE_BP,
    MONEY,
    REASONS,
    STAGES,
    GoodsClass,
    Kind,
    Reason,
    Stage,
    closes_at,
    window_days,
)


@dataclass(frozen=True, slots=True)
class LineState:
    """A line as returns see it; money in fen. `open_*`: what running returns hold of it, `back`: pieces gone back."""

    id: int
    title: str
    goods: GoodsClass
    quantity: int
    paid_fen: int
    refunded_fen: int
    open_quantity: int = 0
    open_fen: int = 0
    back: int = 0
    settled_fen: int = 0  # refunds that returns have brought, whether the shop's order tells them yet or not

    @property
    def free_quantity(self) -> int:
        return max(self.quantity - self.open_quantity - self.back, 0)

    @property
    def room_fen(self) -> int:
        """What may still be asked back. Never more than was paid, however many ask at once."""
        return max(self.paid_fen - max(self.refunded_fen, self.settled_fen) - self.open_fen, 0)

    @property
    def outside_fen(self) -> int:
        """What the shop refunded beside all returns."""
        return max(self.refunded_fen - self.settled_fen, 0)


@dataclass(frozen=True, slots=True)
class OrderState:
    """An order as returns see it."""

    stage: Stage
    delivered_at: datetime | None
    lines: tuple[LineState, ...]


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether something may be filed now; `why` names the reason why not, `until` is a date that belongs to it."""

    allowed: bool
    why: str | None = None
    until: datetime | None = None


def may_file(order: OrderState, line: LineState, kind: Kind, reason: Reason, now: datetime, zone: ZoneInfo) -> Verdict:
    """Whether this line may be asked back for this reason now."""
    if order.stage not in STAGES[kind]:
        return Verdict(False, _wrong_stage(kind, order.stage))
    if order.stage is Stage.SHIPPED and kind is not Kind.CANCEL and reason is not Reason.LOST:
        return Verdict(False, "not_delivered")
    if line.free_quantity == 0:
        return Verdict(False, "line_taken")
    if kind in MONEY and order.stage is not Stage.UNPAID and line.room_fen == 0:
        return Verdict(False, "nothing_left")
    return _in_window(order, line, kind, reason, now, zone)


def _wrong_stage(kind: Kind, stage: Stage) -> str:
    if stage is Stage.OVER:
        return "over"
    if kind is Kind.CANCEL:
        return "delivered_already"
    return "not_paid" if stage is Stage.UNPAID else "not_shipped" if stage is not Stage.SHIPPED else "not_delivered"


def _in_window(
    order: OrderState, line: LineState, kind: Kind, reason: Reason, now: datetime, zone: ZoneInfo
) -> Verdict:
    if window_days(line.goods, kind, reason) is None:
        return Verdict(False, "excepted_goods")
    until = closes_at(line.goods, kind, reason, order.delivered_at, zone) if order.delivered_at else None
    if until is None:
        return Verdict(True)
    return Verdict(now <= until, None if now <= until else "window_over", until)


def may_open(order: OrderState, kind: Kind, now: datetime, zone: ZoneInfo) -> Verdict:
    """Whether anything of the order may be asked for in this way now: the best of all its lines and reasons."""
    verdicts = [may_file(order, line, kind, reason, now, zone) for line in order.lines for reason in REASONS[kind]]
    best = next((verdict for verdict in verdicts if verdict.allowed), None)
    if best is not None:
        return best
    late = [verdict for verdict in verdicts if verdict.why == "window_over" and verdict.until is not None]
    if late:
        return max(late, key=lambda verdict: verdict.until or now)
    return verdicts[0] if verdicts else Verdict(False, "over")


# ---- how much ----


@dataclass(frozen=True, slots=True)
class Asked:
    """How much of a line is asked back: pieces, and money in fen (0 where no money is asked)."""

    line_id: int
    quantity: int
    amount_fen: int


def most_fen(kind: Kind, line: LineState, quantity: int) -> int:
    """The most that so many pieces of a line may bring; the last pieces take what rounding left."""
    if kind not in MONEY:
        return 0
    share = line.paid_fen if quantity >= line.quantity else line.paid_fen * quantity // line.quantity
    if kind is Kind.REPAIR_ALLOWANCE:
        share = share * ALLOWANCE_SHARE_BP // 10_000
    return min(share, line.room_fen)


def amount_faults(
    kind: Kind, stage: Stage, lines: Iterable[LineState], asked: Iterable[Asked]
) -> list[tuple[int, str]]:
    """Line ids whose asked pieces or money are not to be had, each with its fault's name."""
    known = {line.id: line for line in lines}
    faults: list[tuple[int, str]] = []
    for one in asked:
        line = known.get(one.line_id)
        if line is None:
            faults.append((one.line_id, "line_unknown"))
        elif not 1 <= one.quantity <= line.free_quantity:
            faults.append((one.line_id, "quantity"))
        elif one.amount_fen > most_fen(kind, line, one.quantity) or one.amount_fen < 0:
            faults.append((one.line_id, "too_much"))
        elif kind in MONEY and stage is not Stage.UNPAID and one.amount_fen == 0:
            faults.append((one.line_id, "nothing_asked"))
    return faults
