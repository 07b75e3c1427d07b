"""What may be asked back, until when, who pays the postage, and how much: the written tables, case by case."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from portal.service.orders.rules import Status
from portal.service.returns.offers import (
    Asked,
    LineState,
    OrderState,
    amount_faults,
    may_file,
    may_open,
    most_fen,
)
from portal.service.returns.rules import (
    FAULT,
    REASONS,
    GoodsClass,
    Kind,
    Reason,
    Side,
    Stage,
    closes_at,
    postage_by,
    reasons_of,
    stage_of,
    window_days,
    window_end,
)

ZONE = ZoneInfo("Asia/Shanghai")
DELIVERED = datetime(2026, 11, 2, 10, 0, tzinfo=UTC)  # 18:00 in Shanghai
G, K, R, S = GoodsClass, Kind, Reason, Stage


def line(**changes: object) -> LineState:
    plain: dict[str, object] = {
        "id": 1,
        "title": "honey",
        "goods": G.ORDINARY,
        "quantity": 2,
        "paid_fen": 11_800,
        "refunded_fen": 0,
    }
    return LineState(**plain | changes)  # type: ignore[arg-type]


def order(stage: Stage, *lines: LineState, delivered: bool = True) -> OrderState:
    return OrderState(stage, DELIVERED if delivered and stage is S.DELIVERED else None, lines or (line(),))


@pytest.mark.parametrize(
    ("status", "packed", "delivered", "stage"),
    [
        (Status.PLACED, False, False, S.UNPAID),
        (Status.PAID, False, False, S.UNPACKED),
        (Status.PAID, True, False, S.PACKED),
        (Status.SHIPPED, True, False, S.SHIPPED),
        (Status.SHIPPED, True, True, S.DELIVERED),  # the carrier says so before the shop does
        (Status.DELIVERED, True, False, S.DELIVERED),
        (Status.COMPLETED, False, False, S.DELIVERED),
        (Status.CANCELLED, False, False, S.OVER),
        (Status.REFUNDED, True, True, S.OVER),
    ],
)
def test_stage(status: Status, packed: bool, delivered: bool, stage: Stage) -> None:
    assert stage_of(status, packed=packed, delivered=delivered) is stage


@pytest.mark.parametrize(
    ("kind", "reason", "stage", "payer"),
    [
        (K.RETURN, R.NO_REASON, S.DELIVERED, Side.BUYER),  # article 25: the buyer bears it
        (K.RETURN, R.QUALITY, S.DELIVERED, Side.SELLER),  # article 24: the operator bears it
        (K.RETURN, R.WRONG_GOODS, S.DELIVERED, Side.SELLER),
        (K.RETURN, R.NOT_AS_DESCRIBED, S.DELIVERED, Side.SELLER),
        (K.RETURN, R.DAMAGED, S.DELIVERED, Side.PLATFORM),  # claimed back from the carrier
        (K.EXCHANGE, R.NO_REASON, S.DELIVERED, Side.BUYER),
        (K.EXCHANGE, R.QUALITY, S.DELIVERED, Side.SELLER),
        (K.RESEND, R.LOST, S.SHIPPED, Side.PLATFORM),
        (K.RESEND, R.MISSING, S.DELIVERED, Side.SELLER),
        (K.REFUND, R.QUALITY, S.DELIVERED, Side.NOBODY),  # nothing travels
        (K.REPAIR_ALLOWANCE, R.DAMAGED, S.DELIVERED, Side.NOBODY),
        (K.CANCEL, R.CHANGED_MIND, S.UNPAID, Side.NOBODY),
        (K.CANCEL, R.CHANGED_MIND, S.UNPACKED, Side.NOBODY),
        (K.CANCEL, R.CHANGED_MIND, S.PACKED, Side.NOBODY),
        (K.CANCEL, R.CHANGED_MIND, S.SHIPPED, Side.BUYER),
        (K.CANCEL, R.LATE, S.SHIPPED, Side.SELLER),
    ],
)
def test_who_pays_the_postage(kind: Kind, reason: Reason, stage: Stage, payer: Side) -> None:
    assert postage_by(kind, reason, stage) is payer


@pytest.mark.parametrize(
    ("kind", "stage", "never"),
    [
        (K.CANCEL, S.UNPAID, {R.LATE}),
        (K.CANCEL, S.UNPACKED, set()),
        (K.CANCEL, S.PACKED, set()),
        (K.CANCEL, S.SHIPPED, {R.OUT_OF_STOCK}),
        (K.REFUND, S.SHIPPED, set()),
    ],
)
def test_only_reasons_that_an_order_can_have_are_offered(kind: Kind, stage: Stage, never: set[Reason]) -> None:
    assert set(REASONS[kind]) - set(reasons_of(kind, stage)) == never


def test_every_reason_of_every_kind_has_a_fault_and_a_payer() -> None:
    for kind, reasons in REASONS.items():
        for reason in reasons:
            assert reason in FAULT
            for stage in Stage:
                assert postage_by(kind, reason, stage) in set(Side)
    assert {reason for reasons in REASONS.values() for reason in reasons} == set(Reason)


@pytest.mark.parametrize(
    ("goods", "kind", "reason", "days"),
    [
        (G.ORDINARY, K.RETURN, R.NO_REASON, 7),
        (G.HYGIENE, K.RETURN, R.NO_REASON, 7),
        (G.FRESH, K.RETURN, R.NO_REASON, None),
        (G.CUSTOM, K.RETURN, R.NO_REASON, None),
        (G.DIGITAL, K.RETURN, R.NO_REASON, None),
        (G.PRESS, K.EXCHANGE, R.NO_REASON, None),
        (G.ORDINARY, K.RETURN, R.QUALITY, 7),
        (G.CUSTOM, K.RETURN, R.QUALITY, 7),  # faulty goods go back whatever they are
        (G.ORDINARY, K.EXCHANGE, R.QUALITY, 15),
        (G.ORDINARY, K.REPAIR_ALLOWANCE, R.QUALITY, 15),
        (G.FRESH, K.EXCHANGE, R.QUALITY, 2),
        (G.FRESH, K.REFUND, R.NOT_AS_DESCRIBED, 3),
        (G.ORDINARY, K.REFUND, R.NOT_AS_DESCRIBED, 7),
        (G.ORDINARY, K.EXCHANGE, R.WRONG_GOODS, 7),
        (G.ORDINARY, K.REFUND, R.DAMAGED, 3),
        (G.FRESH, K.REFUND, R.DAMAGED, 2),
        (G.FRESH, K.RESEND, R.MISSING, 3),
        (G.ORDINARY, K.RESEND, R.MISSING, 3),
        (G.ORDINARY, K.RESEND, R.LOST, 0),
        (G.ORDINARY, K.CANCEL, R.LATE, 0),
    ],
)
def test_window(goods: GoodsClass, kind: Kind, reason: Reason, days: int | None) -> None:
    assert window_days(goods, kind, reason) == days


def test_spoiled_fresh_goods_are_counted_by_the_hour_and_nothing_else_is() -> None:
    end = DELIVERED + timedelta(hours=48)
    assert closes_at(G.FRESH, K.REFUND, R.DAMAGED, DELIVERED, ZONE) == end
    assert closes_at(G.FRESH, K.EXCHANGE, R.QUALITY, DELIVERED, ZONE) == end
    midnight = datetime(2026, 11, 5, 23, 59, 59, tzinfo=ZONE)
    assert closes_at(G.FRESH, K.RESEND, R.MISSING, DELIVERED, ZONE) == midnight
    assert closes_at(G.ORDINARY, K.REFUND, R.DAMAGED, DELIVERED, ZONE) == midnight
    assert closes_at(G.ORDINARY, K.RESEND, R.LOST, DELIVERED, ZONE) is None
    assert closes_at(G.FRESH, K.RETURN, R.NO_REASON, DELIVERED, ZONE) is None


def test_the_day_of_delivery_is_not_counted_and_the_last_day_ends_at_midnight() -> None:
    assert window_end(DELIVERED, 7, ZONE) == datetime(2026, 11, 9, 23, 59, 59, tzinfo=ZONE)
    late_evening = datetime(2026, 11, 2, 16, 30, tzinfo=UTC)  # half past midnight of the 3rd in Shanghai
    assert window_end(late_evening, 7, ZONE) == datetime(2026, 11, 10, 23, 59, 59, tzinfo=ZONE)


LAST = datetime(2026, 11, 9, 15, 59, 59, tzinfo=UTC)


@pytest.mark.parametrize(
    ("state", "kind", "reason", "at", "why"),
    [
        (order(S.UNPAID), K.CANCEL, R.CHANGED_MIND, DELIVERED, None),
        (order(S.UNPACKED), K.CANCEL, R.CHANGED_MIND, DELIVERED, None),
        (order(S.PACKED), K.CANCEL, R.LATE, DELIVERED, None),
        (order(S.SHIPPED), K.CANCEL, R.CHANGED_MIND, DELIVERED, None),
        (order(S.DELIVERED), K.CANCEL, R.CHANGED_MIND, DELIVERED, "delivered_already"),
        (order(S.OVER), K.CANCEL, R.CHANGED_MIND, DELIVERED, "over"),
        (order(S.UNPAID), K.REFUND, R.QUALITY, DELIVERED, "not_paid"),
        (order(S.UNPACKED), K.RETURN, R.NO_REASON, DELIVERED, "not_shipped"),
        (order(S.SHIPPED), K.RETURN, R.NO_REASON, DELIVERED, "not_delivered"),
        (order(S.SHIPPED), K.REFUND, R.QUALITY, DELIVERED, "not_delivered"),
        (order(S.SHIPPED), K.REFUND, R.LOST, DELIVERED, None),
        (order(S.SHIPPED), K.RESEND, R.LOST, DELIVERED, None),
        (order(S.DELIVERED), K.RETURN, R.NO_REASON, LAST, None),
        (order(S.DELIVERED), K.RETURN, R.NO_REASON, LAST + timedelta(seconds=1), "window_over"),
        (order(S.DELIVERED), K.EXCHANGE, R.QUALITY, LAST + timedelta(days=8), None),
        (order(S.DELIVERED), K.EXCHANGE, R.QUALITY, LAST + timedelta(days=8, seconds=1), "window_over"),
        (order(S.DELIVERED), K.REFUND, R.DAMAGED, DELIVERED + timedelta(days=3), None),
        (order(S.DELIVERED), K.REFUND, R.DAMAGED, DELIVERED + timedelta(days=4), "window_over"),
        (order(S.DELIVERED, line(goods=G.FRESH)), K.RETURN, R.NO_REASON, DELIVERED, "excepted_goods"),
        (order(S.DELIVERED, line(goods=G.FRESH)), K.REFUND, R.QUALITY, DELIVERED, None),
        (order(S.DELIVERED, line(open_quantity=2)), K.RETURN, R.NO_REASON, DELIVERED, "line_taken"),
        (order(S.DELIVERED, line(back=2)), K.RETURN, R.NO_REASON, DELIVERED, "line_taken"),
        (order(S.DELIVERED, line(refunded_fen=11_800)), K.REFUND, R.QUALITY, DELIVERED, "nothing_left"),
        (order(S.DELIVERED, line(settled_fen=11_800)), K.REFUND, R.QUALITY, DELIVERED, "nothing_left"),
        (order(S.DELIVERED, line(refunded_fen=11_800)), K.RESEND, R.MISSING, DELIVERED, None),
    ],
)
def test_what_may_be_filed(state: OrderState, kind: Kind, reason: Reason, at: datetime, why: str | None) -> None:
    verdict = may_file(state, state.lines[0], kind, reason, at, ZONE)
    assert (verdict.allowed, verdict.why) == (why is None, why)


def test_a_kind_is_open_while_one_line_and_one_reason_are() -> None:
    mixed = order(S.DELIVERED, line(goods=G.FRESH, open_quantity=2), line(id=2))
    assert may_open(mixed, K.RETURN, DELIVERED, ZONE).allowed
    over = may_open(order(S.DELIVERED), K.EXCHANGE, DELIVERED + timedelta(days=20), ZONE)
    assert (over.why, over.until) == ("window_over", datetime(2026, 11, 17, 23, 59, 59, tzinfo=ZONE))
    assert may_open(order(S.UNPACKED), K.RETURN, DELIVERED, ZONE).why == "not_shipped"


@pytest.mark.parametrize(
    ("kind", "held", "quantity", "most"),
    [
        (K.REFUND, line(), 2, 11_800),
        (K.REFUND, line(), 1, 5_900),
        (K.REFUND, line(quantity=3, paid_fen=1_000), 1, 333),
        (K.REFUND, line(quantity=3, paid_fen=1_000), 3, 1_000),
        (K.REFUND, line(refunded_fen=8_000), 2, 3_800),
        (K.REFUND, line(open_fen=8_000), 2, 3_800),
        (K.REFUND, line(refunded_fen=2_000, settled_fen=2_000, open_fen=1_000), 2, 8_800),
        (K.REFUND, line(settled_fen=11_800), 1, 0),  # paid back, though the shop's order lags behind
        (K.REPAIR_ALLOWANCE, line(), 2, 5_900),
        (K.REPAIR_ALLOWANCE, line(refunded_fen=10_000), 2, 1_800),
        (K.EXCHANGE, line(), 2, 0),
        (K.RESEND, line(), 2, 0),
    ],
)
def test_the_most_that_pieces_may_bring(kind: Kind, held: LineState, quantity: int, most: int) -> None:
    assert most_fen(kind, held, quantity) == most


@pytest.mark.parametrize(
    ("kind", "stage", "asked", "faults"),
    [
        (K.REFUND, S.DELIVERED, Asked(1, 2, 11_800), []),
        (K.REFUND, S.DELIVERED, Asked(1, 1, 5_901), ["too_much"]),
        (K.REFUND, S.DELIVERED, Asked(1, 3, 1), ["quantity"]),
        (K.REFUND, S.DELIVERED, Asked(1, 0, 1), ["quantity"]),
        (K.REFUND, S.DELIVERED, Asked(1, 1, 0), ["nothing_asked"]),
        (K.REFUND, S.DELIVERED, Asked(1, 1, -5), ["too_much"]),
        (K.REFUND, S.DELIVERED, Asked(9, 1, 1), ["line_unknown"]),
        (K.EXCHANGE, S.DELIVERED, Asked(1, 1, 0), []),
        (K.EXCHANGE, S.DELIVERED, Asked(1, 1, 1), ["too_much"]),
        (K.CANCEL, S.UNPAID, Asked(1, 2, 0), []),
    ],
)
def test_amounts(kind: Kind, stage: Stage, asked: Asked, faults: list[str]) -> None:
    assert [fault for _, fault in amount_faults(kind, stage, [line()], [asked])] == faults
