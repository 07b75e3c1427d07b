"""Links that open one record to whoever holds them, without an account: an order, a mandate, a supplier's answer.

The token is derived from the row's random ref and the site's secret key, so that a message can be written again later
though only the token's hash is kept.
"""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from portal.core.base.database import writing
from portal.core.base.ids import bound_to, new_ref, token_hash
from portal.core.base.settings import settings
from portal.core.base.tables import PublicLink

_LENGTH = 40  # hex digits of the token: 160 bits, short enough for a text message


class Door(StrEnum):
    """What a link opens; its value up to a dot is the first segment of its address."""

    ORDER = "o"
    MANDATE = "r"
    INQUIRY = "p"
    INSPECTION = "p.i"
    ACTION = "p.a"
    COMPLAINT = "c"
    STANDING = "p.s"

    @property
    def segment(self) -> str:
        return self.value.partition(".")[0]


@dataclass(frozen=True, slots=True)
class OpenedDoor:
    """A link that was presented: the record's id, and whether it still opens."""

    subject_id: int
    usable: bool


def _token(ref: str) -> str:
    return bound_to(settings().secret_key, "public_link", ref)[:_LENGTH]


def address_by(door: Door, ref: str) -> str:
    """The address of a link of this ref, for queries that have joined the links."""
    return f"{settings().base_url}/{door.segment}/{_token(ref)}"


async def link_to(door: Door, subject_id: int, at: datetime, *, expires_at: datetime | None = None) -> str:
    """The address that opens the record, the same one each time until it is ended; made now if there is none."""
    async with writing():
        found = await address_of(door, subject_id)
        if found is not None:
            return found
        ref = new_ref()
        await PublicLink.raw(
            "INSERT INTO public_links (door, subject_id, ref, token_hash, made_at, expires_at)"
            " VALUES ({}, {}, {}, {}, {}, {}) ON CONFLICT DO NOTHING",
            str(door),
            subject_id,
            ref,
            token_hash(_token(ref)),
            at,
            expires_at,
        )
        made = await address_of(door, subject_id)
        assert made is not None
        return made


async def address_of(door: Door, subject_id: int) -> str | None:
    """The address of the record's link, if one was made and not ended. Inside a door of the database."""
    rows = await PublicLink.select(PublicLink.ref).where(
        PublicLink.door == str(door), PublicLink.subject_id == subject_id, PublicLink.ended_at.is_null()
    )
    return address_by(door, rows[0]["ref"]) if rows else None


async def open_door(door: Door, token: str, at: datetime) -> OpenedDoor | None:
    """What the token opens; None where it was never given out. Inside a door of the database."""
    rows = await PublicLink.select(PublicLink.subject_id, PublicLink.expires_at, PublicLink.ended_at).where(
        PublicLink.door == str(door), PublicLink.token_hash == token_hash(token[:100])
    )
    if not rows:
        return None
    row = rows[0]
    over = row["ended_at"] is not None or (row["expires_at"] is not None and row["expires_at"] <= at)
    return OpenedDoor(int(row["subject_id"]), usable=not over)


async def door_of(token: str) -> Door | None:
    """What kind of record the token belongs to, whether or not it still opens. Inside a door of the database."""
    rows = await PublicLink.select(PublicLink.door).where(PublicLink.token_hash == token_hash(token[:100]))
    return Door(rows[0]["door"]) if rows else None


async def end_link(door: Door, subject_id: int, at: datetime) -> None:
    """The record's link opens nothing any more."""
    async with writing():
        await PublicLink.update({PublicLink.ended_at: at}).where(
            PublicLink.door == str(door), PublicLink.subject_id == subject_id, PublicLink.ended_at.is_null()
        )
