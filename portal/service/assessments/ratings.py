"""Owners rate what their orders brought, as buyers do; a low mark for goods is answered by its supplier or by staff."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from portal.core.base import audit
from portal.core.base.audit import Actor
from portal.core.base.database import placeholders, writing
from portal.core.base.refusals import NotFound, Refused
from portal.service.assessments import queries, telling
from portal.service.assessments.tables import OwnerRating, RatingAnswer
from portal.service.facts.keeping import due
from portal.service.orders.queries import OrderInfo
from portal.service.voices import queries as voices
from portal.service.voices.rules import LOW, RateNo, rate_no

OPEN_FOR = timedelta(days=90)  # so long a low mark waits on its supplier's page


@dataclass(frozen=True, slots=True)
class Marked:
    """An owner's marks for a line of hers, and what was answered."""

    line: str
    goods: int
    delivery: int
    text: str | None
    at: datetime
    answer: str | None
    answered_at: datetime | None


async def marks_of(order_id: int) -> list[Marked]:
    """Inside a door."""
    rows = await OwnerRating.raw(
        "SELECT l.line, r.goods, r.delivery, r.text, r.at, a.text AS answer, a.at AS answered_at FROM owner_ratings r"
        " JOIN order_lines l ON l.id = r.order_line"
        " LEFT JOIN rating_answers a ON a.source = 'owner' AND a.rating = r.id WHERE r.order_of = {} ORDER BY r.id",
        order_id,
    )
    return [Marked(**row) for row in rows]


async def for_facts(order_ids: Sequence[int]) -> list[dict[str, Any]]:
    """The marks of these orders as their facts count them. Inside a door."""
    places = placeholders(order_ids)
    sql = f"SELECT order_of, order_line, goods, delivery FROM owner_ratings WHERE order_of IN ({places})"  # noqa: S608
    return list(await OwnerRating.raw(sql, *order_ids)) if order_ids else []


async def nos(order: OrderInfo, at: datetime) -> dict[str, RateNo | None]:
    """Why an owner cannot rate each line now; None where she can. The times are the buyer's. Inside a door."""
    rated = {each.line for each in await marks_of(order.id)}
    lines = await voices.rateables_of(order)
    found: dict[str, RateNo | None] = {}
    for line, state in lines.items():
        no = rate_no(state, at)
        found[line] = RateNo.RATED if line in rated else None if no is RateNo.RATED else no
    return found


async def rate(
    actor: Actor, person_id: int, order: OrderInfo, line: str, marks: tuple[int, int], text: str | None, at: datetime
) -> None:
    """Rate a line for goods and delivery, once. Raises NotFound; Refused: a RateNo (409)."""
    goods, delivery = marks
    async with writing():
        wanted = next((each for each in order.present if each.line == line), None)
        if wanted is None:
            raise NotFound
        no = (await nos(order, at))[line]
        if no is not None:
            raise Refused(str(no))
        low = goods <= LOW
        rows = await OwnerRating.raw(
            "INSERT INTO owner_ratings (order_line, order_of, product, store, supplier, goods, delivery, low, text, by,"
            " at) VALUES ({}, {}, {}, {}, {}, {}, {}, {}, {}, {}, {}) ON CONFLICT DO NOTHING RETURNING id",
            wanted.id,
            order.id,
            wanted.product_id,
            order.store_id,
            wanted.supplier_id,
            goods,
            delivery,
            low,
            text,
            person_id,
            at,
        )
        if not rows:
            raise Refused(str(RateNo.RATED))
        await audit.record(actor, "owner.rated", ("owner_rating", int(rows[0]["id"])), at, {"line": wanted.id})
        if low:
            firm = await queries.firm(wanted.supplier_id)
            await telling.mail(firm, "low_rating", at, title=wanted.title)
        await due([order.id], at)


# ---- answers ----


@dataclass(frozen=True, slots=True)
class Low:
    """A low mark for goods that nobody has answered; `key` names it in forms: `owner:17`."""

    key: str
    title: str
    goods: int
    text: str | None
    at: datetime


_LOW = (
    "SELECT 'owner' AS source, r.id, l.title, r.goods, r.text, r.at FROM owner_ratings r"
    " JOIN order_lines l ON l.id = r.order_line WHERE r.supplier = {} AND r.low AND r.at > {} AND NOT EXISTS"
    " (SELECT 1 FROM rating_answers a WHERE a.source = 'owner' AND a.rating = r.id)"
    " UNION ALL SELECT 'buyer', r.id, l.title, r.goods, r.text, r.at FROM ratings r JOIN products p ON p.id = r.product"
    " JOIN order_lines l ON l.id = r.order_line WHERE p.supplier = {} AND r.low AND r.goods <= {} AND r.at > {}"
    " AND NOT EXISTS (SELECT 1 FROM rating_answers a WHERE a.source = 'buyer' AND a.rating = r.id)"
    " ORDER BY 6 DESC LIMIT 20"
)


async def unanswered(party_id: int, at: datetime) -> list[Low]:
    """The low marks for a party's goods that wait for a word. Inside a door."""
    since = at - OPEN_FOR
    rows = await OwnerRating.raw(_LOW, party_id, since, party_id, LOW, since)
    return [Low(f"{row['source']}:{row['id']}", row["title"], row["goods"], row["text"], row["at"]) for row in rows]


async def answer(actor: Actor, person_id: int | None, party_id: int, key: str, text: str, at: datetime) -> None:
    """Answer a low mark, once; `person_id` empty: the party itself. Raises NotFound; Refused `rating_answered`."""
    source, _, number = key.partition(":")
    async with writing():
        mine = "SELECT id FROM owner_ratings WHERE id = {} AND supplier = {} AND low"
        if source == "buyer":
            mine = (
                "SELECT r.id FROM ratings r JOIN products p ON p.id = r.product"
                " WHERE r.id = {} AND p.supplier = {} AND r.low"
            )
        if not await OwnerRating.raw(mine, int(number), party_id):
            raise NotFound
        rows = await RatingAnswer.raw(
            "INSERT INTO rating_answers (source, rating, party, text, person, at) VALUES ({}, {}, {}, {}, {}, {})"
            " ON CONFLICT DO NOTHING RETURNING id",
            source,
            int(number),
            party_id,
            text,
            person_id,
            at,
        )
        if not rows:
            raise Refused("low_rating_answered")
        await audit.record(actor, "rating.supplier_answered", ("rating_answer", int(rows[0]["id"])), at)


@dataclass(frozen=True, slots=True)
class Said:
    """What a low mark was answered, by the party itself (no name) or by somebody of ours."""

    text: str
    name: str | None
    at: datetime


async def answers_of(party_id: int) -> list[Said]:
    """The latest answers to a party's low marks. Inside a door."""
    rows = await RatingAnswer.raw(
        "SELECT a.text, p.name, a.at FROM rating_answers a LEFT JOIN persons p ON p.id = a.person WHERE a.party = {}"
        " ORDER BY a.id DESC LIMIT 30",
        party_id,
    )
    return [Said(**row) for row in rows]
