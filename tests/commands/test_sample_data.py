"""portal sample-data: many owners, whose every figure and decision holds as if they had come one by one."""

from certification.rights import queries as rights
from certification.rights.rules import replay
from portal.core.base.audit import SYSTEM
from portal.core.base.clock import local, now
from portal.core.base.database import reading
from portal.core.stores.tables import Store
from portal.service.earnings import queries as earnings
from portal.service.earnings.actions import settle_order
from portal.service.earnings.months import month_of
from portal.service.earnings.tables import EarningLine, LedgerTransaction
from portal.service.orders.rules import Status, attention, rank, ranks_of
from portal.service.orders.tables import Order, OrderLine
from tests.commands.conftest import Site


def test_every_decision_is_the_gates_own(site: Site) -> None:
    ran = site.run("sample-data", "--owners", 40)
    assert (ran.code, ran.err) == (0, "")
    assert ran.out == "Added 40 owners, 1 manager looking after them.\n"

    async def check() -> dict[str, int]:
        at = now()
        statuses: dict[str, int] = {}
        async with reading():
            for row in await Store.select(Store.id):
                standing = await rights.standing(row["id"], at)
                assert standing is not None
                kept = standing.kept
                assert kept is not None
                assert standing.facts == kept.facts
                assert replay(kept.rules_version, kept.facts, kept.decided_at).says_the_same(kept.decision)
                statuses[kept.decision.status] = statuses.get(kept.decision.status, 0) + 1
        return statuses

    statuses = site.do(check)
    assert sum(statuses.values()) == 40
    assert set(statuses) == {"learning", "licensed", "due", "expired"}


def test_more_may_be_added(site: Site) -> None:
    site.run("sample-data", "--owners", 3)
    assert site.run("sample-data", "--owners", 4).code == 0

    async def count() -> int:
        async with reading():
            return await Store.count()

    assert site.do(count) == 7


def test_orders_stand_where_the_rules_would_put_them(site: Site) -> None:
    ran = site.run("sample-data", "--owners", 20, "--orders", 400)
    assert (ran.code, ran.err) == (0, "")
    assert "orders." in ran.out

    async def check() -> tuple[int, int]:
        at = now()
        async with reading():
            rows = await Order.select().order_by(Order.id)
            lines = await OrderLine.count()
        for row in rows:
            level = attention(Status(row["status"]), row["ship_by"], needed=False, now=at)
            assert row["attention"] == level
            assert ranks_of(level)[0] <= row["rank"] < ranks_of(level)[1]
            assert (row["rank"] ^ rank(level, row["placed_at"], 0)) < 1 << 21
        assert {row["status"] for row in rows} == {"paid", "placed", "shipped", "completed"}
        return len(rows), lines

    orders, lines = site.do(check)
    assert 400 <= orders <= 440
    assert lines == orders


def test_what_they_bring_is_what_the_product_would_book(site: Site) -> None:
    site.run("sample-data", "--owners", 20, "--orders", 400)
    assert site.run("sample-data", "--owners", 10, "--orders", 100).code == 0

    async def check() -> tuple[set[str], list[int]]:
        at = now()
        async with reading():
            found = await earnings.balance_check()
            rows = await EarningLine.select(EarningLine.state)
            orders = await Order.select(Order.id).order_by(Order.id)
        assert found.whole
        assert found.transactions > 200
        moves = [await settle_order(SYSTEM, row["id"], at) for row in orders[::5]]
        async with reading():
            assert await LedgerTransaction.count() == found.transactions
            late = await LedgerTransaction.select(LedgerTransaction.month, LedgerTransaction.at)
        assert {month_of(local(row["at"]).date()) == row["month"] for row in late} == {True}
        return {row["state"] for row in rows}, moves

    states, moves = site.do(check)
    assert states >= {"pending", "payable", "unpaid"}
    assert set(moves) == {0}


def test_more_orders_may_be_added(site: Site) -> None:
    site.run("sample-data", "--owners", 10, "--orders", 100)
    assert site.run("sample-data", "--owners", 10, "--orders", 100).code == 0


def test_a_real_site_is_left_alone(site: Site) -> None:
    ran = site.at(environment="production").run("sample-data", "--owners", 1)
    assert ran.code == 1
    assert "production" in ran.err
