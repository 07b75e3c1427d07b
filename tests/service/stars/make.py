"""Makers: stores with many delivered orders and ratings, written straight into the tables; months that are over."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from piccolo.table import Table

from certification.certificates.tables import Certificate
from courses.assignment.tables import Assignment
from courses.catalogue.tables import Curriculum, CurriculumVersion
from portal.core.base.audit import SYSTEM
from portal.core.base.database import reading, writing
from portal.core.base.ids import new_number
from portal.core.stores.tables import Vip
from portal.core.supply import queries as supply
from portal.service.facts import keeping
from portal.service.orders.rules import Status
from portal.service.orders.tables import Order, OrderLine
from portal.service.stars import publishing, runs
from portal.service.stars.runs import RunInfo, State
from portal.service.voices.tables import Rating
from tests import make
from tests.make import Owner

DAY = timedelta(days=1)
MONTH = "2026-10"
END = datetime(2026, 10, 31, 16, 0, tzinfo=UTC)  # midnight in Shanghai
FIRST = END + timedelta(hours=3)


@dataclass(frozen=True)
class Shop:
    """A store with its delivered orders."""

    owner: Owner
    vips: list[int]
    orders: list[int]

    @property
    def store_id(self) -> int:
        return self.owner.store_id


async def certify(owner: Owner, since: datetime, until: datetime) -> None:
    """A certificate in force, as if she had passed."""
    async with writing():
        rows = await Curriculum.select(Curriculum.id).where(Curriculum.purpose == "owner_licence").limit(1)
        if rows:
            version = (await CurriculumVersion.select(CurriculumVersion.id).limit(1))[0]["id"]
        else:
            curriculum = await Curriculum.insert(
                Curriculum(**_filled(Curriculum, since) | {"purpose": "owner_licence"})
            )
            values = _filled(CurriculumVersion, since) | {"curriculum": curriculum[0]["id"], "published_at": since}
            version = (await CurriculumVersion.insert(CurriculumVersion(**values)))[0]["id"]
        given = await Assignment.insert(
            Assignment(
                person=owner.person_id,
                curriculum=None,
                curriculum_version=version,
                cause="new_owner",
                assigned_at=since,
                completed_at=since,
            )
        )
        await Certificate.insert(
            Certificate(
                number=new_number(),
                person=owner.person_id,
                assignment=given[0]["id"],
                curriculum_version=version,
                holder_name="李芳",
                store_name="小店",
                issued_at=since,
                valid_until=until,
            )
        )


def _filled(table: type[Table], at: datetime) -> dict[str, Any]:
    """Something for every column that must hold something."""
    values: dict[str, Any] = {}
    for column in table._meta.columns:
        kind = type(column).__name__
        if column._meta.null or column._meta.primary_key or kind == "ForeignKey":
            continue
        values[column._meta.name] = {"Varchar": "x", "Text": "x", "Timestamptz": at, "Boolean": False}.get(kind, 1)
    return values


async def shop(
    name: str = "李芳",
    *,
    orders: int = 40,
    vips: int = 10,
    ratings: int = 20,
    low: int = 0,
    until: datetime = END,
    certified: bool = True,
    opened_at: datetime | None = None,
    manager_id: int | None = None,
    owner: Owner | None = None,
) -> Shop:
    """A store whose orders were delivered day by day before `until`; of its ratings the first `low` are bad."""
    opened = opened_at or until - 400 * DAY
    owner = owner or await make.owner(name, opened, manager_id)
    if certified:
        await certify(owner, opened, until + 400 * DAY)
    external = await make.product(opened)
    async with reading():
        product = await supply.product_by_external_id(external)
    assert product is not None
    async with writing():
        buyers = [await _vip(owner, opened) for _ in range(vips)]
        made = [await _order(owner, buyers[n % vips], product.id, until - (1 + n % 80) * DAY) for n in range(orders)]
        for n, (order_id, line_id, vip_id, at) in enumerate(made[:ratings]):
            mark = 2 if n < low else 5
            await Rating.insert(rating(owner, order_id, line_id, product.id, vip_id, mark, at + timedelta(hours=5)))
        await keeping.reckon([each[0] for each in made], until)
    return Shop(owner, buyers, [each[0] for each in made])


def rating(owner: Owner, order_id: int, line_id: int, product_id: int, vip_id: int, mark: int, at: datetime) -> Rating:
    return Rating(
        order_line=line_id,
        order_of=order_id,
        product=product_id,
        store=owner.store_id,
        vip=vip_id,
        goods=5,
        delivery=1,
        owner=mark,
        low=mark < 3,
        at=at,
    )


async def _vip(owner: Owner, at: datetime) -> int:
    external = make.serial("vip")
    row = Vip(
        external_id=external,
        name="王芳",
        phone=f"139{abs(hash(external)) % 10**8:08d}",
        store=owner.store_id,
        registered_at=at,
        bound_at=at,
        bound_via="owner",
    )
    return int((await Vip.insert(row))[0]["id"])


async def _order(owner: Owner, vip_id: int, product_id: int, at: datetime) -> tuple[int, int, int, datetime]:
    placed = at - 2 * DAY
    number = make.serial("order")
    order = Order(
        number=number,
        store=owner.store_id,
        vip=vip_id,
        status=str(Status.DELIVERED),
        updated_at=at,
        placed_at=placed,
        delivered_at=at,
        paid_fen=5_900,
        address_name="王芳",
        address_phone=f"139{abs(hash(number)) % 10**8:08d}",
        phone_tail="0000",
        region="浙江省杭州市",
        street=f"文三路 {number} 号",
        search=number,
        taken_at=placed,
        changed_at=at,
    )
    order_id = int((await Order.insert(order))[0]["id"])
    line = OrderLine(
        order_of=order_id, line="1", product=product_id, title="蜜", quantity=1, paid_fen=5_900, commission_bp=1_200
    )
    return order_id, int((await OrderLine.insert(line))[0]["id"]), vip_id, at


async def reckoned(month: str = MONTH, at: datetime = FIRST) -> RunInfo:
    """The month begun and reckoned."""
    run_id = await runs.begin(month, at)
    assert run_id is not None
    while await runs.work(run_id, at):
        pass
    async with reading():
        return await runs.run_by_id(run_id)


async def published(
    month: str = MONTH, at: datetime = FIRST, first: int | None = None, second: int | None = None
) -> RunInfo:
    """The month reckoned, proposed by one and confirmed by another."""
    run = await reckoned(month, at)
    one = first or await make.person("admin", "Ada", at)
    two = second or await make.person("admin", "Alan", at)
    await publishing.propose(SYSTEM, one, month, at)
    await publishing.confirm(SYSTEM, two, month, at)
    async with reading():
        done = await runs.run_by_id(run.id)
    assert done.state is State.PUBLISHED
    return done
