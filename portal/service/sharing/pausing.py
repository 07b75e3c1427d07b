"""Pausing a product's sharing, by its early returns or an admin's word, and letting it go on; and its lesson."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from portal.core.base import audit
from portal.core.base.audit import SYSTEM, Actor
from portal.core.base.clock import now
from portal.core.base.database import reading, writing
from portal.core.base.refusals import Refused
from portal.core.notices import actions as notices
from portal.service.sharing import queries
from portal.service.sharing.rules import EARLY_RETURN_DAYS, PauseCause, returns_pause
from portal.service.sharing.tables import ProductLesson, SharePause

# How many of a product's lines that were delivered since an instant came back, and how many there were: what the
# room of returns knows, joined by wiring. It opens no door of its own.
EarlyReturns = Callable[[int, datetime], Awaitable[tuple[int, int]]]
EARLY_RETURNS: list[EarlyReturns] = []
NOTICES = {PauseCause.EARLY_RETURNS: "sharing.paused_early_returns", PauseCause.ADMIN: "sharing.paused_admin"}


async def pause_by_returns() -> int:
    """Sweep: pause every shared product whose early returns say so; returns how many. A pause that an admin has ended
    is not made again before thirty days, when nothing is left of what she looked at."""
    at, made = now(), 0
    window = at - timedelta(days=EARLY_RETURN_DAYS)
    for early_returns in EARLY_RETURNS:
        after = 0
        while True:
            async with reading():
                ids = await queries.shared_products(after, window)
                counts = {product_id: await early_returns(product_id, window) for product_id in ids}
            if not ids:
                break
            after = ids[-1]
            for product_id, (returned, delivered) in counts.items():
                if returns_pause(returned, delivered):
                    made += await _pause(SYSTEM, product_id, Paused(PauseCause.EARLY_RETURNS, at, returned, delivered))
    return made


@dataclass(frozen=True, slots=True)
class Paused:
    """Why a product is paused, as of when."""

    cause: PauseCause
    at: datetime
    returned: int = 0
    delivered: int = 0
    reason: str | None = None


async def pause(actor: Actor, product_id: int, reason: str, at: datetime) -> None:
    """An admin pauses a product's sharing. Raises Refused where it is paused already."""
    if not await _pause(actor, product_id, Paused(PauseCause.ADMIN, at, reason=reason)):
        raise Refused("share_paused_already")


async def _pause(actor: Actor, product_id: int, why: Paused) -> bool:
    async with writing():
        rows = await SharePause.raw(
            "INSERT INTO share_pauses (product, cause, reason, returned, delivered, since, made_by)"
            " VALUES ({}, {}, {}, {}, {}, {}, {}) ON CONFLICT DO NOTHING RETURNING id",
            product_id,
            str(why.cause),
            why.reason,
            why.returned,
            why.delivered,
            why.at,
            actor.id if actor.kind == "person" else None,
        )
        if not rows:
            return False
        facts = {"cause": str(why.cause), "returned": why.returned, "delivered": why.delivered}
        await audit.record(actor, "share.paused", ("product", product_id), why.at, facts)
        await _tell(product_id, NOTICES[why.cause], why.at)
    return True


async def _tell(product_id: int, kind: str, at: datetime) -> None:
    """Owners who share the product hear of it."""
    title, external_id, owners = await queries.sharers(product_id)
    for owner_id in owners:
        await notices.notify(owner_id, kind, {"product": title}, at, way=f"/share/products/{external_id}", email=False)


async def end_pause(actor: Actor, product_id: int, reason: str, at: datetime) -> None:
    """Let a product be shared again. Raises Refused where it is not paused."""
    async with writing():
        rows = (
            await SharePause.update(
                {SharePause.ended_at: at, SharePause.ended_by: actor.id, SharePause.end_reason: reason}
            )
            .where(SharePause.product == product_id, SharePause.ended_at.is_null())
            .returning(SharePause.id)
        )
        if not rows:
            raise Refused("share_not_paused")
        await audit.record(actor, "share.pause_ended", ("product", product_id), at, {"pause": rows[0]["id"]})
        await _tell(product_id, "sharing.pause_ended", at)


async def set_lesson(actor: Actor, product_id: int, course_id: int | None, at: datetime) -> None:
    """Say which course comes before sharing a product on trial; None: none. The same again changes nothing."""
    async with writing():
        current = await ProductLesson.select(ProductLesson.id, ProductLesson.course).where(
            ProductLesson.product == product_id, ProductLesson.ended_at.is_null()
        )
        if [row["course"] for row in current] == ([course_id] if course_id else []):
            return
        await ProductLesson.update({ProductLesson.ended_at: at}).where(
            ProductLesson.product == product_id, ProductLesson.ended_at.is_null()
        )
        if course_id:
            rows = await ProductLesson.raw(
                "INSERT INTO product_lessons (product, course, set_by, set_at) VALUES ({}, {}, {}, {})"
                " ON CONFLICT DO NOTHING RETURNING id",
                product_id,
                course_id,
                actor.id,
                at,
            )
            if not rows:
                raise Refused("share_lesson_meanwhile")
        await audit.record(actor, "share.lesson_set", ("product", product_id), at, {"course": course_id})
