"""What was published of a store: its star of the month and what it won. Written by the rooms that reckon and award.

Posters, the certificate's page and the hall of fame read it. Call inside a door.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from portal.core.stores.tables import StoreBadge, StoreStar


@dataclass(frozen=True, slots=True)
class StarInfo:
    """A published star, 1 to 5; `star` empty: too few cases that month."""

    store_id: int
    month: str
    star: int | None
    at: datetime


@dataclass(frozen=True, slots=True)
class BadgeInfo:
    """Something won and not taken back."""

    store_id: int
    award: str
    cycle: str
    label: str
    since: datetime


async def star_of(store_id: int) -> StarInfo | None:
    """The newest published month's, as last corrected."""
    rows = await StoreStar.raw(
        "SELECT store AS store_id, month, star, at FROM store_stars WHERE store = {}"
        " ORDER BY month DESC, id DESC LIMIT 1",
        store_id,
    )
    return StarInfo(**rows[0]) if rows else None


async def publish_stars(month: str, stars: Collection[tuple[int, int | None]], cause: str, at: datetime) -> None:
    """Publish `(store, star)` of a month; a correction is published again with its own cause. In `writing()`."""
    rows = [StoreStar(store=store, month=month, star=star, cause=cause, at=at) for store, star in stars]
    for start in range(0, len(rows), 500):
        await StoreStar.insert(*rows[start : start + 500])


async def badges_of(store_id: int) -> list[BadgeInfo]:
    """What a store holds, the newest first."""
    rows = await StoreBadge.raw(
        "SELECT store AS store_id, award, cycle, label, since FROM store_badges"
        " WHERE store = {} AND ended_at IS NULL ORDER BY id DESC LIMIT 50",
        store_id,
    )
    return [BadgeInfo(**row) for row in rows]


async def give_badge(store_id: int, award: str, cycle: str, label: str, at: datetime) -> None:
    """A store won this; given twice it is still one. In `writing()`."""
    await StoreBadge.raw(
        "INSERT INTO store_badges (store, award, cycle, label, since) VALUES ({}, {}, {}, {}, {})"
        " ON CONFLICT DO NOTHING",
        store_id,
        award,
        cycle,
        label,
        at,
    )


async def end_badge(store_id: int, award: str, cycle: str, at: datetime) -> None:
    """Take back what a correction takes back. In `writing()`."""
    await StoreBadge.update(ended_at=at).where(
        StoreBadge.store == store_id,
        StoreBadge.award == award,
        StoreBadge.cycle == cycle,
        StoreBadge.ended_at.is_null(),
    )
