"""What somebody has told so far of a complaint: kept at every step, so that no network or back button loses it."""

import json
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Any

from portal.core.base.clock import now
from portal.core.base.database import writing
from portal.service.complaints.rules import Channel, Function, Urgency, Wanted
from portal.service.complaints.tables import ComplaintDraft

KEPT_FOR = timedelta(days=3)


@dataclass(frozen=True, slots=True)
class Kept:
    """A photo or film in the object store, drawn anew and checked, not yet recorded."""

    sha256: str
    size: int
    media_type: str
    kind: str  # photo, film


@dataclass(frozen=True, slots=True)
class Draft:
    """A complaint as far as it is told; `lines` are ids of the order's lines."""

    lines: tuple[int, ...] = ()
    channel: Channel = Channel.PORTAL
    function: Function | None = None
    text: str = ""
    files: tuple[Kept, ...] = ()
    wanted: Wanted | None = None
    urgency: Urgency = Urgency.NORMAL

    @property
    def told(self) -> bool:
        """Whether the second step is done."""
        return self.function is not None and bool(self.text)


async def draft(key: str) -> Draft | None:
    """Inside a door."""
    rows = await ComplaintDraft.select(ComplaintDraft.told).where(ComplaintDraft.key == key)
    return _read(json.loads(rows[0]["told"])) if rows else None


def _read(told: dict[str, Any]) -> Draft:
    function, wanted = told["function"], told["wanted"]
    return Draft(
        lines=tuple(told["lines"]),
        channel=Channel(told["channel"]),
        function=Function(function) if function else None,
        text=told["text"],
        files=tuple(Kept(**each) for each in told["files"]),
        wanted=Wanted(wanted) if wanted else None,
        urgency=Urgency(told["urgency"]),
    )


async def keep(key: str, vip_id: int, told: Draft, at: datetime) -> None:
    """Write down what is told by now; the last word of a key counts."""
    async with writing():
        await ComplaintDraft.raw(
            "INSERT INTO complaint_drafts (key, vip, told, changed_at) VALUES ({}, {}, {}, {})"
            " ON CONFLICT (key) DO UPDATE SET told = excluded.told, changed_at = excluded.changed_at",
            key,
            vip_id,
            json.dumps(asdict(told)),
            at,
        )


async def take(key: str) -> Draft | None:
    """The draft, which is no draft any more: one hand alone gets it. In the caller's transaction."""
    rows = await ComplaintDraft.delete().where(ComplaintDraft.key == key).returning(ComplaintDraft.told)
    return _read(json.loads(rows[0]["told"])) if rows else None


async def tidy() -> int:
    """Forget what was never sent."""
    async with writing():
        old = ComplaintDraft.changed_at < now() - KEPT_FOR
        return len(await ComplaintDraft.delete().where(old).returning(ComplaintDraft.id))
